// Serializers for tests, made in this process: stages that shrink, grow, decline, fail and lie as a test wants.
#pragma once

#include "plugin/serializer_shelf.hpp"

#include <aurelis/plugin/serializer.hpp>

#include <cstring>

namespace aurelis::testing {

// Writes a letter and then the source; decoding removes the letter. The last `Gain` bytes of the source are left out
// and must be dots, so that it shrinks by Gain - 1.
template <uint8_t FormatId, char Letter, size_t Gain, uint64_t Caps>
struct DotStage {
    static constexpr uint8_t kFormatId = FormatId;
    static constexpr uint64_t kCaps = Caps;
    static Result<std::unique_ptr<DotStage>> create(const plugin::Setup&) { return std::make_unique<DotStage>(); }

    size_t bound(size_t source_bytes) const { return source_bytes + 1; }
    aurelis_status encode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room, size_t,
                          size_t& written) const {
        if (source.find("decline") != std::string_view::npos) return AURELIS_DECLINED;
        if (source.find("fail") != std::string_view::npos) return plugin::report(call, AURELIS_E_FAILED, "asked to");
        if (source.size() < Gain ||
            source.substr(source.size() - Gain).find_first_not_of('.') != std::string_view::npos)
            return AURELIS_DECLINED;
        if (key != nullptr && key->subject != nullptr) last_category = view(key->subject->category);
        written = source.size() - Gain + 1;
        room[0] = Letter;
        std::memcpy(room + 1, source.data(), source.size() - Gain);
        return AURELIS_OK;
    }
    aurelis_status decode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const {
        last_key = key != nullptr ? std::string(static_cast<const char*>(key->data), key->size) : "";
        if (source.empty() || source[0] != Letter) return AURELIS_E_CORRUPT;
        // As a stage that encrypts would answer.
        if (source.find("another key") != std::string_view::npos)
            return plugin::report(call, AURELIS_NOT_FOUND, "sealed with the key 7, which is not listed");
        if (source.find("forged") != std::string_view::npos)
            return plugin::report(call, AURELIS_E_CORRUPT, "the seal is broken");
        if (source.find("needs a dictionary") != std::string_view::npos && !has_dictionary) return AURELIS_NOT_FOUND;
        written = source.size() - 1 + Gain;
        if (written > room_bytes) return AURELIS_E_SPACE;
        std::memcpy(room, source.data() + 1, source.size() - 1);
        std::memset(room + source.size() - 1, '.', Gain);
        return AURELIS_OK;
    }

    static inline std::string last_category;
    static inline std::string last_key;  // The key with which decode was called.
    static inline bool has_dictionary = false;
};

// Marks what begins with '{'.
struct BraceMark {
    static constexpr uint8_t kFormatId = 210;
    static constexpr uint64_t kCaps = AURELIS_STAGE_MARKS;
    static Result<std::unique_ptr<BraceMark>> create(const plugin::Setup&) { return std::make_unique<BraceMark>(); }
    size_t bound(size_t source_bytes) const { return source_bytes; }
    aurelis_status encode(aurelis_call*, const aurelis_key*, std::string_view source, char*, size_t,
                          size_t& written) const {
        written = source.size();
        return !source.empty() && source[0] == '{' ? AURELIS_OK : AURELIS_DECLINED;
    }
    aurelis_status decode(aurelis_call*, const aurelis_key*, std::string_view, char*, size_t, size_t&) const {
        return AURELIS_E_INTERNAL;
    }
};

using ShrinkStage = DotStage<200, 'S', 100, AURELIS_STAGE_COMPRESSES>;
using GrowStage = DotStage<201, 'G', 0, 0>;
using LaterStage = DotStage<202, 'L', 2, AURELIS_STAGE_COMPRESSES>;

template <typename T>
std::unique_ptr<core::SerializerHandle> make_test_serializer(core::Runtime& runtime) {
    static const aurelis_component component = plugin::serializer<T>("test", "For tests.");
    static const core::PluginModule module{"test.so", "", nullptr};
    core::Node none;
    none.kind = core::Node::Kind::Map;
    auto made = core::SerializerHandle::make(runtime, {&module, &component}, "test", none);
    return std::move(made).value();
}

}  // namespace aurelis::testing
