// aurelis scan: the keys of this cache, one per line.
#include "commands/commands.hpp"
#include "commands/only_layer_option.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"

namespace aurelis::cli {
namespace {

class Scan final : public Command {
public:
    std::string name() const override { return "scan"; }
    std::string summary() const override { return "list the keys that match a pattern"; }
    std::string examples() const override {
        return "aurelis scan '*:user_data:*' --limit 20\n"
               "aurelis scan --only-layer L3_disk --json";
    }

    void describe(CLI::App& app) override {
        app.add_option("GLOB", glob_,
                       "* ? [set] and \\ before a character that stands for itself; else all keys")
            ->type_name("");
        limit_option_ = app.add_option("--limit", limit_, "stop after N keys")->type_name("N");
        only_layer_.describe(app);
    }

    Result<Exit> run() override {
        if (limit_option_->count() > 0 && limit_ == 0)
            return usage_error("scan: --limit is 0; give 1 or more");
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(skipped, only_layer_.skipped_layers(cache));
        if (common.json) print("{\"keys\":[");
        const auto scanned = cache.scan(
            glob_, [&](std::string_view key, uint32_t layer) { return show(key, cache.layer_name(layer)); },
            {.skip_layers = skipped});
        const bool complete = scanned && !limited_;
        if (common.json) print_line(std::string("],\"complete\":") + (complete ? "true" : "false") + "}");
        const bool partial = !scanned && scanned.error().status == AURELIS_E_UNAVAILABLE;
        if (!partial) AURELIS_TRY_VOID(scanned);
        if (limited_) complain("there are more keys; raise --limit to see them");
        if (partial) complain(scanned.error().message);
        AURELIS_TRY_VOID(cache.close());
        return partial ? Exit::Failure : Exit::Done;
    }

private:
    // False: stop.
    bool show(std::string_view key, std::string_view layer) {
        if (limit_ != 0 && shown_ == limit_) {
            limited_ = true;
            return false;
        }
        if (common.json)
            print((shown_ > 0 ? ",\n" : "\n") + json_of(key, layer));
        else
            print_line(printable(key));
        ++shown_;
        return output_is_wanted();
    }

    static std::string json_of(std::string_view key, std::string_view layer) {
        Json item;
        if (is_utf8(key))
            item["key"] = std::string(key);
        else
            item["key_base64"] = base64(key);
        item["layer"] = std::string(layer);
        return dump(item);
    }

    std::string glob_;
    OnlyLayerOption only_layer_;
    uint64_t limit_ = 0;
    uint64_t shown_ = 0;
    bool limited_ = false;
    CLI::Option* limit_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_scan() { return std::make_unique<Scan>(); }

}  // namespace aurelis::cli
