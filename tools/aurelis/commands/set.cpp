// aurelis set: stores one value in every layer and reports layers that did not take it.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/write_report.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace aurelis::cli {
namespace {

constexpr size_t kValueMax = size_t{1} << 30;

Result<std::string> read_standard_input() {
    std::string value;
    char piece[65536];
    while (const size_t size = std::fread(piece, 1, sizeof piece, stdin)) {
        value.append(piece, size);
        if (value.size() > kValueMax)
            return fail(AURELIS_E_TOO_LARGE,
                        "set: the value on standard input is above 1 GiB; give a smaller one");
    }
    if (std::ferror(stdin))
        return fail(AURELIS_E_FAILED,
                    "set: standard input cannot be read: " + std::string(std::strerror(errno)) +
                        "; give the value as an argument or through a pipe");
    return value;
}

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

class Set final : public Command {
public:
    std::string name() const override { return "set"; }
    std::string summary() const override { return "store a value in all layers"; }
    std::string examples() const override {
        return "aurelis set user_data user123 '{\"name\":\"John\",\"role\":\"developer\"}' --ttl 3600\n"
               "aurelis set pages home - --ttl 1d --tags home,public < home.html";
    }

    void describe(CLI::App& app) override {
        name_.describe(app, false);
        value_option_ =
            app.add_option("VALUE", value_, "the value; - reads it from standard input")->type_name("");
        app.add_option("--ttl", ttl_, "how long it is fresh: 30 (seconds), 90s, 5m, 1h30m, 1d, never")
            ->type_name("DURATION");
        app.add_option("--stale", stale_, "how long after that it may still be served as stale")
            ->type_name("DURATION");
        app.add_option("--idle", idle_, "end it when it is not used for so long")->type_name("DURATION");
        app.add_option("--tags", tags_, "words by which it can be invalidated, separated by commas")
            ->type_name("TAG,...");
        app.add_option("--require", require_, "persistent: fail if no persistent layer takes it")
            ->type_name("persistent");
    }

    Result<Exit> run() override {
        WriteOptions options;
        AURELIS_TRY_VOID(read_times(options));
        if (!require_.empty() && require_ != "persistent")
            return usage_error("set: --require: expected persistent, got " + printable(require_));
        options.require_persistent = !require_.empty();
        if (!tags_.empty()) options.tags = split_at_commas(tags_);
        for (const std::string& tag : options.tags)
            if (tag.empty())
                return usage_error("set: --tags: '" + printable(tags_) + "' has an empty tag; remove it");
        return store(options);
    }

private:
    Result<void> read_times(WriteOptions& options) const {
        if (ttl_ == "never") {
            options.ttl = never;
        } else if (!ttl_.empty()) {
            auto ttl = parse_time(ttl_);
            if (!ttl.has_value()) return usage_error("set: --ttl: " + ttl.error().message + ", or never");
            options.ttl = std::chrono::nanoseconds(ttl.value());
        }
        if (!idle_.empty()) {
            auto idle = parse_duration(idle_);
            if (!idle.has_value()) return usage_error("set: --idle: " + idle.error().message);
            options.idle = std::chrono::nanoseconds(idle.value());
        }
        if (stale_.empty()) return {};
        auto stale = parse_duration(stale_);
        if (!stale.has_value()) return usage_error("set: --stale: " + stale.error().message);
        options.stale = std::chrono::nanoseconds(stale.value());
        return {};
    }

    Result<Exit> store(const WriteOptions& options) {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(entry, name_.resolve(cache, name()));
        if (value_option_->count() == 0)
            return usage_error(
                "set: VALUE is missing; such as: aurelis set user_data user123 '{\"name\":\"John\"}'");
        AURELIS_TRY(key, entry.key());
        if (value_ == "-") {
            AURELIS_TRY(read, read_standard_input());
            value_ = std::move(read);
        }
        AURELIS_TRY(report, entry.category.set_with_report(entry.id, value_, options));
        const bool failed = complain_of_failures(cache, report, "set");
        if (common.json)
            print_line(dump({{"key", key}, {"status", "stored"}, {"layers", layers_json(cache, report)}}));
        else
            print_line(printable(key));
        AURELIS_TRY_VOID(cache.close());
        return failed ? Exit::Failure : Exit::Done;
    }

    NameArguments name_;
    std::string value_, ttl_, stale_, idle_, tags_, require_;
    CLI::Option* value_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_set() { return std::make_unique<Set>(); }

}  // namespace aurelis::cli
