// JsonStage: the stage "json" as the core sees it. It has no state, so any number of threads may use one instance.
// Leaves to others: what JSON is (json_text.hpp).
#pragma once

#include "json_text.hpp"

#include <aurelis/plugin/serializer.hpp>

#include <cstring>

namespace aurelis::json {

class JsonStage {
public:
    static constexpr uint8_t kFormatId = 1;
    static constexpr uint64_t kCaps = AURELIS_STAGE_MARKS;

    static Result<std::unique_ptr<JsonStage>> create(const plugin::Setup&) { return std::make_unique<JsonStage>(); }

    size_t bound(size_t source_bytes) const { return source_bytes; }
    aurelis_status encode(aurelis_call*, const aurelis_key*, std::string_view source, char*, size_t,
                          size_t& written) const {
        if (!is_json_text(source)) return AURELIS_DECLINED;
        written = source.size();
        return AURELIS_OK;
    }
    // The core never calls it, since nothing was changed; other callers get the same bytes.
    aurelis_status decode(aurelis_call*, const aurelis_key*, std::string_view source, char* room, size_t room_bytes,
                          size_t& written) const {
        written = source.size();
        if (source.size() > room_bytes) return AURELIS_E_SPACE;
        if (!is_json_text(source)) return AURELIS_E_CORRUPT;
        std::memcpy(room, source.data(), source.size());
        return AURELIS_OK;
    }
};

}  // namespace aurelis::json
