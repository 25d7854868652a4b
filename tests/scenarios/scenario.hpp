// Helpers of the scenarios: a cache over a folder of its own, and calls of the C door without ceremony.
#pragma once

#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/manual_clock.hpp"

#include <aurelis/aurelis.h>
#include <aurelis/base/bytes.hpp>

#include <nlohmann/json.hpp>

#include <mutex>
#include <string>
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

// One thread's calls of a cache that somebody else has opened.
class Calls {
public:
    explicit Calls(aurelis_cache* its) : cache(its) {}

    const aurelis_category* category(const std::string& name = "user_data") {
        const aurelis_category* found = nullptr;
        aurelis_category_open(cache, bytes(name), &found, nullptr);
        return found;
    }
    aurelis_status set(const std::string& id, const std::string& value, const aurelis_write_options* options = nullptr) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category(), &part);
        return told([&](aurelis_error** error) { return aurelis_set(cache, &name, bytes(value), options, nullptr, error); });
    }
    // The value; "-" for a miss. layer: who answered.
    std::string get(const std::string& id, const aurelis_read_options* options = nullptr) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category(), &part);
        aurelis_answer answer{};
        const aurelis_status said = told([&](aurelis_error** error) { return aurelis_get(cache, &name, options, &answer, error); });
        layer = answer.layer;
        if (said < 0) return "!" + problem;
        if (said == AURELIS_NOT_FOUND) return "-";
        std::string value(view(answer.value));
        aurelis_answer_release(&answer);
        return (said == AURELIS_STALE ? "~" : "") + value;
    }
    aurelis_status remove(const std::string& id) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category(), &part);
        return told([&](aurelis_error** error) { return aurelis_remove(cache, &name, nullptr, nullptr, error); });
    }
    template <typename Call>
    aurelis_status told(Call&& call) {
        aurelis_error* error = nullptr;
        const aurelis_status said = call(&error);
        problem = error != nullptr ? aurelis_error_message(error) : "";
        aurelis_error_free(error);
        return said;
    }
    nlohmann::json stats() {
        aurelis_buf text{};
        aurelis_stats(cache, &text, nullptr);
        auto json = nlohmann::json::parse(view(text));
        aurelis_buf_release(&text);
        return json;
    }
    // Of the entry with that id; explain's report on each layer is in ["layers"].
    nlohmann::json explain(const std::string& id, const std::string& of_category = "user_data") {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category(of_category), &part);
        aurelis_buf text{};
        told([&](aurelis_error** error) { return aurelis_explain(cache, &name, nullptr, &text, error); });
        auto json = nlohmann::json::parse(view(text), nullptr, false);
        aurelis_buf_release(&text);
        return json;
    }

    aurelis_cache* cache = nullptr;
    std::string problem;  // Of the last call; empty: none.
    uint32_t layer = 0;   // Which one answered the last get.
};

class Opened : public Calls {
public:
    explicit Opened(const std::string& yaml, const aurelis_clock* clock = nullptr,
                    uint32_t log_level = 3)  // 0 tells everything, 3 warnings and errors.
        : Calls(nullptr) {
        aurelis_open_options options{};
        options.struct_size = sizeof options;
        options.text = bytes(yaml);
        options.clock = clock;
        options.log = [](void* self, uint32_t, const char* text, size_t size) noexcept {
            auto& me = *static_cast<Opened*>(self);
            std::scoped_lock lock(me.mutex_);
            me.lines_.emplace_back(text, size);
        };
        options.log_user = this;
        options.log_level = log_level;
        aurelis_error* error = nullptr;
        status = aurelis_open(&options, &cache, &error);
        if (error != nullptr) problem = aurelis_error_message(error);
        aurelis_error_free(error);
    }
    ~Opened() { aurelis_close(cache, 0, nullptr); }
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
};

}  // namespace aurelis::testing
