// The promises of abi.h, checked for one input at a time.
#include "fuzz_target.hpp"

#include "json_oracle.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace aurelis::fuzz {

namespace {

using conformance::GuardedRoom;
using conformance::OptionValues;
using conformance::PluginFile;
using conformance::Stage;

struct StageKind {
    const char* name;
    bool transcodes;
    std::vector<OptionValues> options;  // An instance with each.
};

const std::vector<StageKind>& stage_kinds() {
    static const std::vector<StageKind> kKinds{
        {"json", false, {{}}},
        {"msgpack", true, {{}}},
        {"gzip", true, {{}, {{"level", "1"}}, {{"level", "9"}}}},
        {"lz4", true, {{}, {{"level", "9"}}}},
        {"zstd", true, {{}, {{"level", "1"}}, {{"level", "9"}}}},
    };
    return kKinds;
}

// Small enough for the recursion and the speed of the other reader.
constexpr size_t kOracleBytesMax = 4096;
// A stage may have a bound of its own on how deep values nest; up to here it must not.
constexpr auto kNestedSurely = 64;

uint64_t hash_of(std::string_view data) noexcept {
    uint64_t hash = 0x9e3779b97f4a7c15u ^ data.size();
    for (size_t at = 0; at < data.size(); at += 8) {
        uint64_t word = 0;
        std::memcpy(&word, data.data() + at, std::min<size_t>(8, data.size() - at));
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 29;
    }
    return hash;
}

size_t room_for(size_t size, uint64_t dice) noexcept {
    const size_t rooms[] = {0, 1, 15, 64, size, size + 1, 3 * size, 1000, 4096, 20 * size + 7, 65536};
    const uint64_t choice = dice % 64;
    return choice == 63 ? size_t{1} << 20 : rooms[choice % std::size(rooms)];
}

aurelis_call counting_call(size_t& texts) noexcept {
    aurelis_call call{};
    call.struct_size = sizeof call;
    call.host_data = &texts;
    call.set_error = [](aurelis_call* of, aurelis_status, const char*, size_t) noexcept {
        ++*static_cast<size_t*>(of->host_data);
    };
    return call;
}

bool is_nested_little(std::string_view text) noexcept {
    return std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{') < kNestedSurely;
}

}  // namespace

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const StageKind& kind : stage_kinds()) {
        if (kind.transcodes) names.push_back(std::string(kind.name) + "_decode");
        names.push_back(std::string(kind.name) + "_roundtrip");
    }
    return names;
}

Result<std::unique_ptr<FuzzTarget>> FuzzTarget::open(const std::string& plugin_folder, const std::string& name) {
    for (const StageKind& kind : stage_kinds()) {
        const bool decodes = name == std::string(kind.name) + "_decode";
        if (!decodes && name != std::string(kind.name) + "_roundtrip") continue;
        if (decodes && !kind.transcodes) break;
        std::unique_ptr<FuzzTarget> made(new FuzzTarget);
        made->name_ = name;
        made->stage_name_ = kind.name;
        made->decodes_ = decodes;
        AURELIS_TRY(file, PluginFile::load(plugin_folder + "/" + kind.name + ".so"));
        for (const OptionValues& options : kind.options) {
            AURELIS_TRY(stage, Stage::open(file, kind.name, options, made->host_));
            made->stages_.push_back(std::move(stage));
        }
        return made;
    }
    return fail(AURELIS_E_CONFIG, "there is no target '" + name + "'");
}

void FuzzTarget::judge(const Answer& answer, const GuardedRoom& room, size_t room_bytes) {
    promise(room.intact(), "nothing is written beside the room");
    promise(texts_ <= 1, "an error is told at most once");
    promise(answer.status < 0 || texts_ == 0, "an answer has no error text");
    promise(answer.status != AURELIS_OK || answer.written <= room_bytes, "what is said to be written fits the room");
}

FuzzTarget::Answer FuzzTarget::encode(const Stage& stage, std::string_view placed, size_t room) {
    texts_ = 0;
    aurelis_call call = counting_call(texts_);
    Answer answer{AURELIS_E_FAILED, 0};
    char* const at = encoded_.open(room);
    encoded_at_ = at;
    answer.status = stage.ops().encode(stage.self(), &call, nullptr, bytes(placed), at, room, &answer.written);
    judge(answer, encoded_, room);
    promise(answer.status == AURELIS_OK || answer.status == AURELIS_DECLINED || answer.status == AURELIS_E_SPACE,
            "encode answers OK, DECLINED or E_SPACE");
    return answer;
}

FuzzTarget::Answer FuzzTarget::decode(const Stage& stage, std::string_view placed, size_t room) {
    texts_ = 0;
    aurelis_call call = counting_call(texts_);
    Answer answer{AURELIS_E_FAILED, 0};
    char* const at = decoded_.open(room);
    decoded_at_ = at;
    answer.status = stage.ops().decode(stage.self(), &call, nullptr, bytes(placed), at, room, &answer.written);
    judge(answer, decoded_, room);
    promise(answer.status == AURELIS_OK || answer.status == AURELIS_E_SPACE || answer.status == AURELIS_E_CORRUPT ||
                answer.status == AURELIS_NOT_FOUND,
            "decode answers OK, E_SPACE, E_CORRUPT or NOT_FOUND");
    promise(answer.status != AURELIS_E_SPACE || answer.written == 0 || answer.written > room,
            "E_SPACE names a size beyond the room, or 0");
    return answer;
}

const char* FuzzTarget::fuzz_one(const char* data, size_t size) {
    broken_ = nullptr;
    outcome_ = 0;
    const std::string_view given(data, size);
    const uint64_t hash = hash_of(given);
    const Stage& stage = *stages_[hash % stages_.size()];
    const std::string_view placed(source_.place(given), size);
    if (stage.marks())
        fuzz_mark(stage, placed);
    else if (decodes_)
        fuzz_decode(stage, placed, hash >> 8);
    else
        fuzz_round_trip(stage, placed, hash >> 8);
    promise(placed == given, "the source stays as it is");
    outcome_ = outcome_ << 8 | std::bit_width(size);
    return broken_;
}

void FuzzTarget::fuzz_decode(const Stage& stage, std::string_view source, uint64_t hash) {
    const size_t room = room_for(source.size(), hash);
    const Answer first = decode(stage, source, room);
    outcome_ = (static_cast<uint64_t>(first.status) & 0xff) << 8 | std::bit_width(first.written);
    if (first.status != AURELIS_OK || broken_ != nullptr) return;
    const std::string value(decoded_at_, first.written);
    expect_decoded(stage, source, value);
    if ((hash >> 32) % 8 != 0) return;
    // Whatever it was read from, a value can be encoded and read again.
    const std::string_view placed(encoded_source_.place(value), value.size());
    const Answer again = encode(stage, placed, stage.bound(value.size()));
    if (again.status != AURELIS_OK || broken_ != nullptr) return;
    const std::string encoded(encoded_at_, again.written);
    expect_decoded(stage, {encoded_source_.place(encoded), encoded.size()}, value);
}

void FuzzTarget::fuzz_round_trip(const Stage& stage, std::string_view source, uint64_t hash) {
    const size_t bound = stage.bound(source.size());
    const Answer whole = encode(stage, source, bound);
    promise(whole.status != AURELIS_E_SPACE, "the bound is room enough");
    outcome_ = (static_cast<uint64_t>(whole.status) & 0xff) << 8 | std::bit_width(whole.written);
    if (whole.status != AURELIS_OK || broken_ != nullptr) return;
    const std::string_view encoded(encoded_source_.place({encoded_at_, whole.written}), whole.written);
    expect_decoded(stage, encoded, source);
    if ((hash >> 16) % 4 != 0 || broken_ != nullptr) return;
    const Answer tight = encode(stage, source, hash >> 20 & 1 ? whole.written / 2 : whole.written);
    promise(tight.status != AURELIS_OK || tight.written <= whole.written, "less room, no more output");
    if (stage_name_ != "msgpack" || source.size() > kOracleBytesMax) return;
    promise(verdict_on(source) != Verdict::NoJson, "what is taken for JSON is JSON");
    promise(verdict_on(source) != Verdict::Json || says_the_same(source, encoded),
            "others read the same from the MessagePack");
}

void FuzzTarget::fuzz_mark(const Stage& stage, std::string_view source) {
    texts_ = 0;
    aurelis_call call = counting_call(texts_);
    size_t written = 0;
    const aurelis_status status = stage.ops().encode(stage.self(), &call, nullptr, bytes(source), nullptr, 0, &written);
    outcome_ = static_cast<uint64_t>(status) & 0xff;
    promise(texts_ == 0, "an answer has no error text");
    promise(status == AURELIS_OK || status == AURELIS_DECLINED, "a mark is OK or DECLINED");
    promise(status != AURELIS_OK || written == source.size(), "a mark tells the size of its source");
    if (source.size() > kOracleBytesMax) return;
    const Verdict verdict = verdict_on(source);
    promise(status != AURELIS_OK || verdict != Verdict::NoJson, "what is taken for JSON is JSON");
    promise(status == AURELIS_OK || verdict != Verdict::Json || !is_nested_little(source),
            "what is JSON is taken for it");
}

void FuzzTarget::expect_decoded(const Stage& stage, std::string_view encoded, std::string_view original) {
    const Answer exact = decode(stage, encoded, original.size());
    promise(exact.status == AURELIS_OK && std::string_view(decoded_at_, exact.written) == original,
            "in a room of its size the value comes back to the byte");
    if (original.empty() || broken_ != nullptr) return;
    promise(decode(stage, encoded, original.size() - 1).status == AURELIS_E_SPACE, "a room one byte short is E_SPACE");
}

}  // namespace aurelis::fuzz
