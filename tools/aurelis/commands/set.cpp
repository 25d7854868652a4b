// aurelis set: stores one value in every layer and says when one did not take it.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/write_report.hpp"
#include "people/terminal.hpp"
#include "people/text.hpp"
#include "people/units.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace aurelis::host {
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
        app.add_option("--tags", tags_, "words by which it can be invalidated, separated by commas")
            ->type_name("TAG,...");
        app.add_option("--require", require_, "persistent: fail if no persistent layer takes it")
            ->type_name("persistent");
    }

    Result<Exit> run() override {
        aurelis_write_options options{};
        options.struct_size = sizeof options;
        AURELIS_TRY_VOID(read_times(options));
        if (!require_.empty() && require_ != "persistent")
            return usage_error("set: --require: expected persistent, got " + printable(require_));
        if (!require_.empty()) options.flags |= AURELIS_WRITE_PERSISTENT;
        const std::vector<std::string> tags =
            tags_.empty() ? std::vector<std::string>{} : split_at_commas(tags_);
        for (const std::string& tag : tags)
            if (tag.empty()) return usage_error("set: --tags: '" + printable(tags_) + "' has an empty tag; take it out");
        std::vector<aurelis_bytes> tag_views;
        for (const std::string& tag : tags) tag_views.push_back(bytes_of(tag));
        options.tags = tag_views.data();
        options.tag_count = tag_views.size();
        return store(options);
    }

private:
    Result<void> read_times(aurelis_write_options& options) const {
        if (ttl_ == "never") {
            options.flags |= AURELIS_WRITE_NEVER;
        } else if (!ttl_.empty()) {
            auto ttl = parse_time(ttl_);
            if (!ttl.has_value()) return usage_error("set: --ttl: " + ttl.error().message + ", or never");
            options.flags |= AURELIS_WRITE_TTL;
            options.ttl_ns = ttl.value();
        }
        if (stale_.empty()) return {};
        auto stale = parse_duration(stale_);
        if (!stale.has_value()) return usage_error("set: --stale: " + stale.error().message);
        options.flags |= AURELIS_WRITE_STALE;
        options.stale_ns = stale.value();
        return {};
    }

    Result<Exit> store(const aurelis_write_options& options) {
        AURELIS_TRY(session, Session::open(common.source()));
        AURELIS_TRY(name, name_.resolve(session, this->name()));
        if (value_option_->count() == 0)
            return usage_error(
                "set: VALUE is missing; such as: aurelis set user_data user123 '{\"name\":\"John\"}'");
        AURELIS_TRY(key, NameArguments::key_of(session, name));
        if (value_ == "-") {
            AURELIS_TRY(read, read_standard_input());
            value_ = std::move(read);
        }
        aurelis_write_report report = new_write_report();
        aurelis_error* error = nullptr;
        const aurelis_status status =
            aurelis_set(session.cache(), &name, bytes_of(value_), &options, &report, &error);
        if (status < 0) return error_of(status, error, "set " + printable(key));
        const bool failed = complain_of_failures(session, report, "set");
        if (common.json)
            print_line(dump({{"key", key}, {"status", "stored"}, {"layers", layers_json(session, report)}}));
        else
            print_line(printable(key));
        AURELIS_TRY_VOID(session.close());
        return failed ? Exit::Failure : Exit::Done;
    }

    NameArguments name_;
    std::string value_, ttl_, stale_, tags_, require_;
    CLI::Option* value_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_set() { return std::make_unique<Set>(); }

}  // namespace aurelis::host
