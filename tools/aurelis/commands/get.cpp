// aurelis get: prints one value, exactly as it was stored, and which layer had it.
#include "commands/commands.hpp"
#include "commands/name_arguments.hpp"
#include "commands/only_layer_option.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <unistd.h>

#include <chrono>

namespace aurelis::cli {
namespace {

int64_t now_wall_ns() {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A key or value as a member of a JSON object: JSON stays exactly as it was written.
std::string json_member(const std::string& name, std::string_view bytes, bool may_be_json) {
    if (may_be_json && Json::accept(bytes.begin(), bytes.end()))
        return "\"" + name + "\":" + std::string(bytes);
    if (is_utf8(bytes)) return "\"" + name + "\":" + dump(Json(std::string(bytes)));
    return "\"" + name + "_base64\":\"" + base64(bytes) + "\"";
}

class Get final : public Command {
public:
    std::string name() const override { return "get"; }
    std::string summary() const override { return "print the value of one entry"; }
    std::string examples() const override {
        return "aurelis get user_data user123\n"
               "aurelis get search_results query123 --params '{\"page\": 1}' --layer\n"
               "aurelis get aurelis:v1:user_data:user123 --only-layer L3_disk --json";
    }

    void describe(CLI::App& app) override {
        name_.describe(app);
        only_layer_.describe(app);
        app.add_flag("--layer", show_layer_, "add a line with the name of the layer that answered");
    }

    Result<Exit> run() override {
        AURELIS_TRY(cache, Cache::open(common.opening()));
        AURELIS_TRY(exit, ask(cache));
        AURELIS_TRY_VOID(cache.close());
        return exit;
    }

private:
    // The answer is released in here, before the cache is closed.
    Result<Exit> ask(const Cache& cache) {
        AURELIS_TRY(skipped, only_layer_.skipped_layers(cache));
        AURELIS_TRY(entry, name_.resolve(cache, name()));
        AURELIS_TRY(key, entry.key());
        AURELIS_TRY(answer, entry.category.lookup(entry.id, {.allow_stale = true, .skip_layers = skipped}));
        const std::string layer(cache.layer_name(answer.layer()));
        if (common.json)
            print_json(key, answer, layer);
        else
            print_plain(key, answer, layer);
        return answer.found() ? Exit::Done : Exit::Miss;
    }

    static void print_json(const std::string& key, const Answer& answer, const std::string& layer) {
        std::string text = "{" + json_member("key", key, false);
        if (!answer.found()) return print_line(text + ",\"status\":\"miss\"}");
        const int64_t now = now_wall_ns();
        const auto ms_until = [&](int64_t wall) {
            return Json(std::max<int64_t>(0, (wall - now) / 1'000'000));
        };
        // The ttl ends when the answer becomes stale; one that never does ends when it expires.
        const int64_t fresh_until = answer.stale_wall() != 0 ? answer.stale_wall() : answer.expires_wall();
        text += std::string(",\"status\":\"") + (answer.stale() ? "stale" : "hit") + "\"";
        text += ",\"layer\":" + dump(Json(layer));
        text += ",\"age_ms\":" + dump(Json(std::max<int64_t>(0, (now - answer.created_wall()) / 1'000'000)));
        text += ",\"ttl_left_ms\":" + dump(fresh_until == 0 ? Json(nullptr) : ms_until(fresh_until));
        const bool may_be_stale = answer.stale_wall() != 0 && answer.stale_wall() != answer.expires_wall();
        text += ",\"stale_left_ms\":" +
                dump(may_be_stale && answer.expires_wall() != 0 ? ms_until(answer.expires_wall()) : Json(nullptr));
        print_line(text + "," + json_member("value", answer.bytes(), true) + "}");
    }

    void print_plain(const std::string& key, const Answer& answer, const std::string& layer) const {
        if (!answer.found()) return complain("no entry: " + printable(key));
        const std::string_view value = answer.bytes();
        const bool to_terminal = is_terminal(STDOUT_FILENO);
        if (to_terminal && !is_plain_text(value)) {
            complain("the value is " + format_bytes(value.size()) +
                     " of binary data; write it to a file, or see it in base64 with --json");
        } else {
            print(value);
            if ((to_terminal || show_layer_) && (value.empty() || value.back() != '\n')) print("\n");
        }
        if (show_layer_) print_line("layer: " + layer + (answer.stale() ? ", stale" : ""));
        if (answer.stale() && !show_layer_) complain("stale: its ttl has passed, or it was invalidated softly");
    }

    NameArguments name_;
    OnlyLayerOption only_layer_;
    bool show_layer_ = false;
};

}  // namespace

std::unique_ptr<Command> make_get() { return std::make_unique<Get>(); }

}  // namespace aurelis::cli
