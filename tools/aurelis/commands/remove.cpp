// aurelis remove: removes one entry from every layer. aurelis clear: removes everything in this cache's namespace.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/write_report.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>

namespace aurelis::cli {
namespace {

class Remove final : public Command {
public:
    std::string name() const override { return "remove"; }
    std::string summary() const override { return "remove one entry from all layers"; }
    std::string examples() const override {
        return "aurelis remove user_data user123\n"
               "aurelis remove aurelis:v1:user_data:user123";
    }

    void describe(CLI::App& app) override { name_.describe(app); }

    Result<Exit> run() override {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(entry, name_.resolve(cache, name()));
        AURELIS_TRY(key, entry.key());
        AURELIS_TRY(report, entry.category.remove_with_report(entry.id));
        const bool failed = complain_of_failures(cache, report, "remove");
        const bool missed = report.status == AURELIS_NOT_FOUND;
        if (common.json)
            print_line(dump({{"key", key},
                             {"status", missed ? "miss" : "removed"},
                             {"layers", layers_json(cache, report)}}));
        else if (missed)
            complain("no entry: " + printable(key));
        else
            print_line(printable(key));
        AURELIS_TRY_VOID(cache.close());
        return failed ? Exit::Failure : missed ? Exit::Miss : Exit::Done;
    }

private:
    NameArguments name_;
};

class Clear final : public Command {
public:
    std::string name() const override { return "clear"; }
    std::string summary() const override { return "remove all entries of this cache from all layers"; }
    std::string examples() const override {
        return "aurelis clear --yes\n"
               "aurelis clear --yes --config ./aurelis.yaml --json";
    }

    void describe(CLI::App& app) override {
        app.add_flag("--yes,-y", yes_, "do not ask; needed where nobody can answer");
    }

    Result<Exit> run() override {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        if (!yes_) {
            AURELIS_TRY(agreed, confirmed(cache));
            if (!agreed) {
                complain("nothing was removed");
                return Exit::Miss;
            }
        }
        const auto found = count_found(cache);
        AURELIS_TRY(report, cache.clear_with_report());
        const auto gone = report.removed;
        const auto removed = found ? found : gone;
        const uint64_t hidden = found && gone && *gone > *found ? *gone - *found : 0;
        if (common.json)
            print_line(dump({{"removed", removed ? Json(*removed) : Json(nullptr)},
                             {"hidden_before", hidden},
                             {"complete", report.complete}}));
        else
            print_line((removed ? "removed " + format_count(*removed) + " entries" : "removed all entries") +
                       (hidden != 0 ? ", and the bytes of " + format_count(hidden) + " that were hidden before" : ""));
        if (!report.complete) complain(report.problem);
        AURELIS_TRY_VOID(cache.close());
        return report.complete ? Exit::Done : Exit::Failure;
    }

private:
    // How many entries the layer with the most has that a get would find; nothing: a layer could not be asked.
    static std::optional<uint64_t> count_found(const Cache& cache) {
        Invalidation everything;
        everything.dry_run = true;
        const auto counted = cache.invalidate(everything);
        if (!counted || !counted->complete) return std::nullopt;
        uint64_t most = 0;
        for (const auto& layer : counted->layers) most = std::max(most, layer.matched.value_or(0));
        return most;
    }

    // The answer comes from a terminal or through a pipe; without an answer, nothing is assumed.
    static Result<bool> confirmed(const Cache& cache) {
        std::fprintf(stderr, "Remove all entries of this cache from %s? [y/N] ",
                     listed(cache.layer_names()).c_str());
        std::string line;
        const bool answered = static_cast<bool>(std::getline(std::cin, line));
        if (!answered || !is_terminal(STDIN_FILENO)) std::fputc('\n', stderr);
        if (!answered && !is_terminal(STDIN_FILENO))
            return usage_error("clear: nobody answers, so nothing was removed; write: aurelis clear --yes");
        return line == "y" || line == "Y" || line == "yes";
    }

    bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_remove() { return std::make_unique<Remove>(); }
std::unique_ptr<Command> make_clear() { return std::make_unique<Clear>(); }

}  // namespace aurelis::cli
