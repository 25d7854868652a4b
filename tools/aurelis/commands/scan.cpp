// aurelis scan: the keys of this cache, one per line.
#include "commands/commands.hpp"
#include "people/table.hpp"
#include "people/terminal.hpp"
#include "people/text.hpp"

namespace aurelis::host {
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
        limit_option_ = app.add_option("--limit", limit_, "stop after so many keys")->type_name("N");
        app.add_option("--only-layer", only_layer_, "ask this layer alone")->type_name("NAME");
    }

    Result<Exit> run() override {
        if (limit_option_->count() > 0 && limit_ == 0)
            return usage_error("scan: --limit is 0; give 1 or more");
        AURELIS_TRY(session, Session::open(common.source()));
        AURELIS_TRY(skipped, session.all_layers_but(only_layer_));
        const aurelis_read_options options{sizeof(aurelis_read_options), 0, 0, skipped, nullptr, nullptr};
        session_ = &session;
        if (common.json) print("{\"keys\":[");
        aurelis_error* error = nullptr;
        const aurelis_status status =
            aurelis_scan_keys(session.cache(), bytes_of(glob_), &options, visit, this, &error);
        const bool complete = status == AURELIS_OK && !limited_;
        if (common.json) print_line(std::string("],\"complete\":") + (complete ? "true" : "false") + "}");
        if (status < 0) return error_of(status, error, "scan");
        if (limited_) complain("there are more keys; raise --limit to see them");
        if (status == AURELIS_PARTIAL)
            complain(error_of(status, error, "a layer could not be asked, so keys may be missing").message);
        AURELIS_TRY_VOID(session.close());
        return status == AURELIS_PARTIAL ? Exit::Failure : Exit::Done;
    }

private:
    static uint32_t visit(void* self, const aurelis_scanned* scanned) AURELIS_NX {
        return static_cast<Scan*>(self)->show(view_of(scanned->key), scanned->layer);
    }

    // 0: enough.
    uint32_t show(std::string_view key, uint32_t layer) {
        if (limit_ != 0 && shown_ == limit_) {
            limited_ = true;
            return 0;
        }
        if (common.json)
            print((shown_ > 0 ? ",\n" : "\n") + json_of(key, layer));
        else
            print_line(printable(key));
        ++shown_;
        return output_is_wanted() ? 1 : 0;
    }

    std::string json_of(std::string_view key, uint32_t layer) const {
        Json item;
        if (is_utf8(key))
            item["key"] = std::string(key);
        else
            item["key_base64"] = base64(key);
        item["layer"] = session_->layer_name(layer);
        return dump(item);
    }

    std::string glob_, only_layer_;
    uint64_t limit_ = 0;
    uint64_t shown_ = 0;
    bool limited_ = false;
    CLI::Option* limit_option_ = nullptr;
    const Session* session_ = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_scan() { return std::make_unique<Scan>(); }

}  // namespace aurelis::host
