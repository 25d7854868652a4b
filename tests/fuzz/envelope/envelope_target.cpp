#include "envelope_target.hpp"

#include "base/buffer.hpp"
#include "base/hash.hpp"
#include "config/option_check.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <cstring>

namespace aurelis::fuzz {

using namespace core;

namespace {

const std::string kKey = "aurelis:v1:user_data:user123";
constexpr size_t kChecksumAt = 56;
constexpr size_t kHeaderBytes = 64;

Result<std::unique_ptr<SerializerHandle>> made(Runtime& runtime, PluginRegistry& plugins, const char* name) {
    AURELIS_TRY(found, plugins.find(AURELIS_KIND_SERIALIZER, name));
    Problems problems("fuzz");
    Node none;
    none.kind = Node::Kind::Map;
    const Node options = check_options(found.component->options, found.component->option_count, none, {}, problems);
    return SerializerHandle::make(runtime, found, name, options);
}

aurelis_key the_key() { return {kKey.data(), kKey.size(), 1, nullptr}; }

// The checksum that these bytes should have.
std::string with_checksum(std::string stored) {
    if (stored.size() < kHeaderBytes) return stored;
    constexpr char kZero[8] = {};
    Checksum sum;
    sum.add(kKey.data(), kKey.size());
    sum.add(stored.data(), kChecksumAt);
    sum.add(kZero, sizeof kZero);
    sum.add(stored.data() + kHeaderBytes, stored.size() - kHeaderBytes);
    const uint64_t value = sum.value();
    for (size_t i = 0; i < 8; ++i) stored[kChecksumAt + i] = static_cast<char>(value >> (8 * i));
    return stored;
}

std::string some_json(int members) {
    std::string text = "{";
    for (int i = 0; i < members; ++i)
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":[" + std::to_string(i * 7) + ",\"value\",null,0.5]";
    return text + "}";
}

}  // namespace

Result<std::unique_ptr<EnvelopeTarget>> EnvelopeTarget::open() {
    std::unique_ptr<EnvelopeTarget> target(new EnvelopeTarget);
    PluginRegistry plugins({AURELIS_TEST_PLUGIN_FOLDER});
    for (const char* name : {"json", "msgpack", "gzip", "lz4", "zstd"}) {
        AURELIS_TRY(handle, made(target->runtime_, plugins, name));
        target->shelf_.add(std::move(handle));
    }
    target->plain_ = std::make_unique<Envelope>(&target->shelf_, std::vector<Stage>{}, kValueBytesMax);
    return target;
}

std::string EnvelopeTarget::sealed(const Envelope& envelope, const std::string& value) {
    CallContext context;
    char attrs[16];
    const size_t size = aurelis_attr_put(attrs, sizeof attrs, AURELIS_ATTR_TAG, bytes("people"));
    aurelis_write write{};
    write.value = borrowed(value);
    write.attrs = {attrs, size};
    write.meta.created_wall = 1'700'000'000'000'000'000;
    return std::string(envelope.seal(&context.call, the_key(), write).view());
}

std::vector<std::string> EnvelopeTarget::seeds() {
    const auto stage = [&](uint8_t format_id) { return Stage{shelf_.find(format_id, 0), 0, -1}; };
    const std::vector<std::vector<uint8_t>> chains{{}, {1}, {2}, {3}, {4}, {5}, {2, 4}, {1, 5}, {2, 3, 4, 5}};
    std::vector<std::string> all;
    for (const std::vector<uint8_t>& chain : chains) {
        std::vector<Stage> stages;
        for (const uint8_t format_id : chain) stages.push_back(stage(format_id));
        const Envelope envelope(&shelf_, stages, kValueBytesMax);
        for (const std::string& value :
             {std::string(), std::string("x"), some_json(3), some_json(40), std::string(3000, 'a')})
            all.push_back(sealed(envelope, value));
    }
    sound_ = all;
    // Impossible sizes and unknown stages, with a checksum that fits.
    FrameView odd;
    odd.payload = "payload";
    for (const uint64_t claim : {uint64_t{0}, uint64_t{7}, uint64_t{1} << 20, uint64_t{1} << 40, UINT64_MAX}) {
        for (const uint8_t format_id : {uint8_t{0}, uint8_t{3}, uint8_t{5}, uint8_t{200}}) {
            odd.stage_count = 2;
            odd.stages[0] = {format_id, claim};
            odd.stages[1] = {4, claim};
            all.emplace_back(seal_frame(kKey, odd).view());
        }
    }
    return all;
}

const char* EnvelopeTarget::open_one(const std::string& stored, bool expects_fault) {
    CallContext context;
    aurelis_entry entry{};
    const Pinned held([&] {
        void* room = nullptr;
        const aurelis_buf buf = new_buffer(stored.size(), &room);
        if (room != nullptr) std::memcpy(room, stored.data(), stored.size());
        return buf;
    }());
    entry.value = aurelis_buf_share(&held.raw());
    std::string why;
    FormatIds formats;
    const DecodeFault fault = plain_->open(&context.call, the_key(), entry, formats, why);
    const Pinned opened(entry.value);
    if (held.view() != stored) return "the stored bytes stay as they are";
    if (fault != DecodeFault::kRead) return why.empty() ? "a fault has a reason" : nullptr;
    if (expects_fault) return "bytes that nobody sealed do not open";
    if (opened.size() > kValueBytesMax && opened.size() > stored.size()) return "a value stays within its bound";
    ++opened_;
    // All of it can be read.
    size_t sum = 0;
    for (const char byte : opened.view()) sum += static_cast<unsigned char>(byte);
    for (aurelis_attr attr{}; aurelis_attr_next(entry.attrs, &attr);)
        for (const char byte : view(attr.value)) sum += static_cast<unsigned char>(byte);
    return sum == SIZE_MAX ? "no sum of so few bytes" : nullptr;
}

const char* EnvelopeTarget::fuzz_one(std::string_view stored) {
    const std::string given(stored);
    const bool sound = std::find(sound_.begin(), sound_.end(), given) != sound_.end();
    const std::string fitting = with_checksum(given);
    if (const char* broken = open_one(given, !sound && fitting != given)) return broken;
    return fitting == given ? nullptr : open_one(fitting, false);
}

}  // namespace aurelis::fuzz
