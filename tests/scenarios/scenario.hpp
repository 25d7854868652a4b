// Helpers for the scenarios: a cache over a folder of its own, and short forms of its calls.
#pragma once

#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/manual_clock.hpp"

#include <aurelis/cache.hpp>

#include <nlohmann/json.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::testing {

using test::Folder;

inline std::string two_layers(const std::string& db) {
    return "layers:\n"
           "  - {name: L1_memory, backend: memory, priority: 3, ttl: 5m, max_entries: 10000}\n"
           "  - name: L3_disk\n"
           "    backend: sqlite-disk\n"
           "    priority: 1\n"
           "    ttl: 1d\n"
           "    options: {path: \"" + db + "\"}\n"
           "categories:\n"
           "  default: {ttl: 1h}\n";
}

// The report of a configuration check; nothing is started.
inline nlohmann::json checked(const std::string& yaml) {
    aurelis_open_options options{};
    options.struct_size = sizeof options;
    options.text = bytes(yaml);
    aurelis_buf json{};
    aurelis_config_check(&options, &json, nullptr);
    auto report = nlohmann::json::parse(view(json));
    aurelis_buf_release(&json);
    return report;
}

// One thread's calls to a cache that is opened elsewhere: cache.hpp, with the answer of each call as a short text.
class Calls {
public:
    explicit Calls(aurelis_cache* its) : cache(its) {}

    Category in(const std::string& name = "user_data") const { return Category(cache, category(name)); }
    const aurelis_category* category(const std::string& name = "user_data") const {
        const aurelis_category* found = nullptr;
        aurelis_category_open(cache, bytes(name), &found, nullptr);
        return found;
    }
    aurelis_status set(const std::string& id, const std::string& value, const WriteOptions& options = {}) {
        const auto report = kept(in().set_with_report(id, value, options));
        return report ? report->status : report.error().status;
    }
    // The value, after a "~" if it is stale; "-" for a miss, "!" and the reason for an error. layer: the one that
    // answered.
    std::string get(const std::string& id, const ReadOptions& options = {}) {
        const auto answer = kept(in().lookup(id, options));
        if (!answer) return "!" + problem;
        layer = answer->layer();
        if (!answer->found()) return "-";
        return (answer->stale() ? "~" : "") + std::string(answer->bytes());
    }
    aurelis_status remove(const std::string& id) {
        const auto report = kept(in().remove_with_report(id));
        return report ? report->status : report.error().status;
    }
    // what.category: that of in(), if `of_category`.
    aurelis_status invalidate(const Invalidation& what, bool of_category = false) {
        aurelis_invalidation selection = detail::invalidation(what);
        if (of_category) selection.category = in().raw();
        const auto report = kept(detail::invalidate(cache, selection));
        return report ? (report->complete ? AURELIS_OK : AURELIS_PARTIAL) : report.error().status;
    }
    nlohmann::json stats() {
        return nlohmann::json::parse(
            detail::text_from([&](aurelis_buf* out, aurelis_error** error) { return aurelis_stats(cache, out, error); })
                .value());
    }
    // Of the entry with that id; explain's report on each layer is in ["layers"].
    nlohmann::json explain(const std::string& id, const std::string& of_category = "user_data") {
        const auto text = kept(in(of_category).explain_json(id));
        return nlohmann::json::parse(text ? *text : "", nullptr, false);
    }
    // A call of the C host API itself.
    template <typename Call>
    aurelis_status told(Call&& call) {
        detail::Failure failure;
        const aurelis_status said = call(failure.place());
        problem = failure.has_text() ? failure.error(said).message : "";
        return said;
    }

    aurelis_cache* cache = nullptr;
    std::string problem;  // Of the last call; empty: none.
    uint32_t layer = 0;   // Which one answered the last get.

private:
    template <typename T>
    Result<T> kept(Result<T> result) {
        problem = result ? "" : result.error().message;
        return result;
    }
};

class Opened : public Calls {
public:
    explicit Opened(const std::string& yaml, const aurelis_clock* clock = nullptr, LogLevel log_level = LogLevel::Warn)
        : Calls(nullptr) {
        OpenOptions options;
        options.text = yaml;
        options.clock = clock;
        options.log = [this](LogLevel, std::string_view text) {
            std::scoped_lock lock(mutex_);
            lines_.emplace_back(text);
        };
        options.log_level = log_level;
        auto opened = Cache::open(options);
        if (opened) {
            owner_.emplace(std::move(opened).value());
            cache = owner_->raw();
        } else {
            status = opened.error().status;
            problem = opened.error().message;
        }
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    std::vector<std::string> lines() {
        std::scoped_lock lock(mutex_);
        return lines_;
    }

    aurelis_status status = AURELIS_OK;

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
    std::optional<Cache> owner_;  // Closed first: until then it logs.
};

}  // namespace aurelis::testing
