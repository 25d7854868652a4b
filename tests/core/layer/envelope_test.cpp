// Covers: core/layer/stages.cpp, core/plugin/serializer_handle.cpp, core/plugin/serializer_shelf.cpp
#include "layer/envelope.hpp"

#include "base/buffer.hpp"
#include "support/catch.hpp"
#include "support/manual_clock.hpp"
#include "support/test_serializers.hpp"

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

struct EnvelopeRig {
    ManualClock clock;
    Runtime runtime{clock.table(), [](void*, uint32_t, const char*, size_t) noexcept {}, nullptr, 0};
    SerializerShelf shelf;
    CallContext context;
    const std::string name = "aurelis:v1:c:k";
    uint64_t value_bytes_max = 1 << 20;
    size_t asked = 0;

    template <typename T>
    Stage stage(uint64_t threshold = 0, double min_gain = -1) {
        return {shelf.add(make_test_serializer<T>(runtime)), threshold, min_gain};
    }
    aurelis_key key() const { return {name.data(), name.size(), 1, nullptr}; }
    Pinned seal(const Envelope& envelope, std::string_view value, std::string_view attrs = {}) {
        aurelis_write write{};
        write.value = borrowed(value);
        write.attrs = bytes(attrs);
        write.meta.created_wall = 7;
        return envelope.seal(&context.call, key(), write);
    }
    FrameView frame(const Pinned& sealed) const {
        FrameView view;
        REQUIRE(open_frame(name, sealed.view(), view) == FrameFault::kFine);
        return view;
    }
    // The value, or the fault as "!number".
    std::string opened(const Envelope& envelope, Pinned sealed, std::string* attrs = nullptr) {
        aurelis_entry entry{};
        entry.value = sealed.give();
        std::string why;
        FormatIds formats;
        const DecodeFault fault = envelope.open(&context.call, key(), entry, formats, why);
        const Pinned held(entry.value);
        if (fault != DecodeFault::kRead) return "!" + std::to_string(static_cast<int>(fault)) + " " + why;
        CHECK(entry.meta.created_wall == 7);
        if (attrs != nullptr) *attrs = view(entry.attrs);
        return std::string(held.view());
    }
    Pinned framed(std::string_view payload, std::vector<FrameStage> stages) const {
        FrameView content;
        content.payload = payload;
        content.meta.created_wall = 7;
        for (const FrameStage& stage : stages) content.stages[content.stage_count++] = stage;
        return seal_frame(name, content);
    }
};

std::string dotted(size_t letters, size_t dots) { return std::string(letters, 'x') + std::string(dots, '.'); }

}  // namespace

TEST_CASE("envelope: the frame names the stages that applied, and reading goes by it alone") {
    EnvelopeRig rig;
    const Envelope writer(&rig.shelf, {rig.stage<BraceMark>(), rig.stage<GrowStage>(), rig.stage<ShrinkStage>()},
                          1 << 20);
    const std::string value = "{" + dotted(50, 200);
    const Pinned sealed = rig.seal(writer, value, "attributes");
    const FrameView frame = rig.frame(sealed);
    REQUIRE(frame.stage_count == 3);
    CHECK(frame.stages[0].format_id == 210);
    CHECK(frame.stages[0].size_before == 251);
    CHECK(frame.stages[1].format_id == 201);
    CHECK(frame.stages[1].size_before == 251);
    CHECK(frame.stages[2].format_id == 200);
    CHECK(frame.stages[2].size_before == 252);
    CHECK(frame.payload.size() == 153);

    std::string attrs;
    ShrinkStage::last_key.clear();
    CHECK(rig.opened(writer, sealed.share(), &attrs) == value);
    CHECK(attrs == "attributes");
    CHECK(ShrinkStage::last_key == rig.name);
    const Envelope plain(&rig.shelf, {}, 1 << 20);  // Today's configuration names no stage.
    CHECK(rig.opened(plain, sealed.share(), &attrs) == value);
    CHECK(attrs == "attributes");
}

TEST_CASE("envelope: a marked value stays where it lies") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<BraceMark>()}, 1 << 20);
    const Pinned sealed = rig.seal(envelope, "{}");
    CHECK(rig.frame(sealed).payload == "{}");
    aurelis_entry entry{};
    entry.value = aurelis_buf_share(&sealed.raw());
    std::string why;
    FormatIds formats;
    REQUIRE(envelope.open(&rig.context.call, rig.key(), entry, formats, why) == DecodeFault::kRead);
    CHECK(formats.view() == std::string(1, static_cast<char>(rig.frame(sealed).stages[0].format_id)));
    CHECK(entry.value.owner == sealed.raw().owner);
    aurelis_buf_release(&entry.value);
}

TEST_CASE("envelope: a stage is asked above its threshold, and not at it") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<ShrinkStage>(1024)}, 1 << 20);
    CHECK(rig.frame(rig.seal(envelope, dotted(824, 200))).stage_count == 0);
    CHECK(rig.frame(rig.seal(envelope, dotted(825, 200))).stage_count == 1);
    CHECK(envelope.stages().counted(0, kBelowThreshold) == 1);
    CHECK(envelope.stages().counted(0, kApplied) == 1);
}

TEST_CASE("envelope: what gains too little, is declined or fails is passed over and counted") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<ShrinkStage>(0, 0.10), rig.stage<LaterStage>(0, 0)}, 1 << 20);
    CHECK(rig.frame(rig.seal(envelope, dotted(890, 100))).stages[0].format_id == 200);   // 99 of 990 are 10 %.
    CHECK(rig.frame(rig.seal(envelope, dotted(1000, 100))).stages[0].format_id == 202);  // 99 of 1100 are not.
    CHECK(envelope.stages().counted(0, kGainedTooLittle) == 1);
    CHECK(rig.frame(rig.seal(envelope, "decline" + dotted(0, 100))).stage_count == 0);
    CHECK(rig.frame(rig.seal(envelope, "fail" + dotted(0, 100))).stage_count == 0);
    CHECK(envelope.stages().counted(0, kDeclined) == 1);
    CHECK(envelope.stages().counted(0, kStageErrors) == 1);
    CHECK(rig.opened(envelope, rig.seal(envelope, "fail..")) == "fail..");
}

TEST_CASE("envelope: a stage that may grow the value is kept although it grows") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<GrowStage>()}, 1 << 20);
    const Pinned sealed = rig.seal(envelope, "x");
    CHECK(rig.frame(sealed).payload == "Gx");
    CHECK(rig.opened(envelope, sealed.share()) == "x");
    CHECK(rig.frame(rig.seal(envelope, "")).stage_count == 0);  // In an empty value there is nothing to encode.
}

TEST_CASE("envelope: stages get the subject of the key") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<ShrinkStage>()}, 1 << 20);
    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.category = bytes("user_data");
    aurelis_key key = rig.key();
    key.subject = &subject;
    aurelis_write write{};
    const std::string value = dotted(1, 100);
    write.value = borrowed(value);
    const Pinned sealed = envelope.seal(&rig.context.call, key, write);
    CHECK(ShrinkStage::last_category == "user_data");
}

TEST_CASE("envelope: bad bytes are a fault with a reason, whatever a frame promises") {
    EnvelopeRig rig;
    const Envelope envelope(&rig.shelf, {rig.stage<ShrinkStage>()}, 1000);
    const auto fault = [](DecodeFault one) { return "!" + std::to_string(static_cast<int>(one)); };
    const auto starts = [](const std::string& text, const std::string& with) {
        return text.substr(0, with.size()) == with;
    };
    // Not what the stage makes.
    CHECK(starts(rig.opened(envelope, rig.framed("Xabc", {{200, 103}})), fault(DecodeFault::kDamaged)));
    // More, and less, comes out than the frame says.
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, 102}})), fault(DecodeFault::kDamaged)));
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, 104}})), fault(DecodeFault::kDamaged)));
    CHECK(rig.opened(envelope, rig.framed("Sabc", {{200, 103}})) == dotted(0, 0) + "abc" + dotted(0, 100));
    // A bomb: no room is made for what is above the limit.
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, 1001}})), fault(DecodeFault::kOversized)));
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, UINT64_MAX}})), fault(DecodeFault::kOversized)));
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, 103}, {200, UINT64_MAX / 2}})),
                 fault(DecodeFault::kOversized)));
    // An unknown stage, and one whose dictionary is missing.
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{250, 103}})), fault(DecodeFault::kNoSerializer)));
    CHECK(rig.opened(envelope, rig.framed("Sneeds a dictionary", {{200, 118}})).find(
              "stage test needs something that it has not been given, such as a dictionary") != std::string::npos);
    // The stage's own text is kept, whatever the status.
    CHECK(rig.opened(envelope, rig.framed("Sanother key", {{200, 111}})).find(
              "stage test: sealed with the key 7, which is not listed") != std::string::npos);
    CHECK(rig.opened(envelope, rig.framed("Sforged", {{200, 106}})).find(
              "stage test: the seal is broken") != std::string::npos);
    // The second stage's output is not what the first one makes.
    CHECK(starts(rig.opened(envelope, rig.framed("Sabc", {{200, 200}, {200, 103}})), fault(DecodeFault::kDamaged)));
}

TEST_CASE("envelope: another layer's instance of the same format may have the dictionary") {
    EnvelopeRig rig;
    const Envelope without(&rig.shelf, {rig.stage<ShrinkStage>()}, 1000);
    using WithDictionary = DotStage<200, 'S', 100, 0>;
    rig.shelf.add(make_test_serializer<WithDictionary>(rig.runtime));
    WithDictionary::has_dictionary = true;
    CHECK(rig.opened(without, rig.framed("Sneeds a dictionary", {{200, 118}})) ==
          "needs a dictionary" + dotted(0, 100));
    WithDictionary::has_dictionary = false;
}

TEST_CASE("shelf: a format that only a frame names is made once, and asked for once if it cannot be") {
    EnvelopeRig rig;
    rig.shelf.set_maker([&](uint8_t format_id) -> Result<std::unique_ptr<SerializerHandle>> {
        ++rig.asked;
        if (format_id == 200) return make_test_serializer<ShrinkStage>(rig.runtime);
        return fail(AURELIS_E_CONFIG, "nobody has format " + std::to_string(format_id));
    });
    const Envelope envelope(&rig.shelf, {}, 1000);
    CHECK(rig.opened(envelope, rig.framed("Sabc", {{200, 103}})) == "abc" + dotted(0, 100));
    CHECK(rig.opened(envelope, rig.framed("Sabd", {{200, 103}})) == "abd" + dotted(0, 100));
    CHECK(rig.asked == 1);
    CHECK(rig.opened(envelope, rig.framed("Sabc", {{250, 103}})) == "!3 nobody has format 250");
    CHECK(rig.opened(envelope, rig.framed("Sabc", {{250, 103}})) == "!3 there is no plugin for one of its stages");
    CHECK(rig.asked == 2);
    CHECK(rig.shelf.name_of(200) == "test");
    CHECK(rig.shelf.name_of(250) == "format 250");
}

TEST_CASE("serializer handle: a table that does not fit its declaration is refused") {
    EnvelopeRig rig;
    static const PluginModule module{"lies.so", "", nullptr};
    static aurelis_component lies = plugin::serializer<ShrinkStage>("lies", "Declares another id.");
    lies.format_id = 7;
    Node none;
    none.kind = Node::Kind::Map;
    auto made = SerializerHandle::make(rig.runtime, {&module, &lies}, "lies", none);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().message ==
          "plugin lies.so declares format id 7 and has 200; they must be one of 1 to 255; tell its author");
}

namespace {

// A stage whose table has no decode.
template <typename T>
Result<std::unique_ptr<SerializerHandle>> made_without_decode(Runtime& runtime) {
    static const PluginModule module{"short.so", "", nullptr};
    static aurelis_component component = plugin::serializer<T>("short", "Has no decode.");
    static const auto create = [](const aurelis_component* of, const aurelis_host* host, const aurelis_node* config,
                                  const aurelis_env* env, aurelis_call* call, aurelis_object* out) noexcept {
        static aurelis_serializer_ops ops = plugin::serializer_table<T>;
        ops.decode = nullptr;
        const aurelis_status status = plugin::create_serializer<T>(of, host, config, env, call, out);
        out->ops = &ops;
        return status;
    };
    static const aurelis_object_factory factory{sizeof(aurelis_object_factory), 0, create};
    component.factory = &factory;
    Node none;
    none.kind = Node::Kind::Map;
    return SerializerHandle::make(runtime, {&module, &component}, "short", none);
}

}  // namespace

TEST_CASE("serializer handle: a stage that marks needs no decode, every other one does") {
    EnvelopeRig rig;
    auto marks = made_without_decode<BraceMark>(rig.runtime);
    REQUIRE(marks.has_value());
    const Envelope envelope(&rig.shelf, {{rig.shelf.add(std::move(marks).value()), 0, -1}}, 1 << 20);
    const Pinned sealed = rig.seal(envelope, "{}");
    CHECK(rig.frame(sealed).stage_count == 1);
    CHECK(rig.opened(envelope, sealed.share()) == "{}");
    auto shrinks = made_without_decode<ShrinkStage>(rig.runtime);
    REQUIRE_FALSE(shrinks.has_value());
    CHECK(shrinks.error().message ==
          "plugin short.so lacks destroy, bound, encode or decode; only a stage that marks needs no decode");
}
