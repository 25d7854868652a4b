// aurelis remove: takes one entry out of every layer. aurelis clear: takes out all of this cache's namespace.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/write_report.hpp"
#include "people/terminal.hpp"
#include "people/text.hpp"
#include "people/units.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace aurelis::host {
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
        AURELIS_TRY(session, Session::open(common.source()));
        AURELIS_TRY(name, name_.resolve(session, this->name()));
        AURELIS_TRY(key, NameArguments::key_of(session, name));
        aurelis_write_report report = new_write_report();
        aurelis_error* error = nullptr;
        const aurelis_status status = aurelis_remove(session.cache(), &name, nullptr, &report, &error);
        if (status < 0) return error_of(status, error, "remove " + printable(key));
        const bool failed = complain_of_failures(session, report, "remove");
        const bool missed = status == AURELIS_NOT_FOUND;
        if (common.json)
            print_line(dump({{"key", key},
                             {"status", missed ? "miss" : "removed"},
                             {"layers", layers_json(session, report)}}));
        else if (missed)
            complain("no entry: " + printable(key));
        else
            print_line(printable(key));
        AURELIS_TRY_VOID(session.close());
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

    void describe(CLI::App& app) override { app.add_flag("--yes,-y", yes_, "do not ask; needed where nobody can answer"); }

    Result<Exit> run() override {
        AURELIS_TRY(session, Session::open(common.source()));
        if (!yes_) {
            AURELIS_TRY(agreed, confirmed(session));
            if (!agreed) {
                complain("nothing was removed");
                return Exit::Miss;
            }
        }
        uint64_t removed = 0;
        aurelis_error* error = nullptr;
        const aurelis_status status = aurelis_clear(session.cache(), nullptr, &removed, &error);
        if (status < 0) return error_of(status, error, "clear");
        if (common.json)
            print_line(dump({{"removed", removed == UINT64_MAX ? Json(nullptr) : Json(removed)}}));
        else
            print_line(removed == UINT64_MAX ? "removed all entries"
                                             : "removed " + format_count(removed) + " entries");
        const bool partly = status == AURELIS_PARTIAL;
        if (partly) complain(error_of(status, error, "not every layer could be cleared").message);
        AURELIS_TRY_VOID(session.close());
        return partly ? Exit::Failure : Exit::Done;
    }

private:
    // The answer comes from a terminal or down a pipe; where there is none, nothing is assumed.
    static Result<bool> confirmed(const Session& session) {
        std::fprintf(stderr, "Remove all entries of this cache from %s? [y/N] ",
                     listed(session.layer_names()).c_str());
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

}  // namespace aurelis::host
