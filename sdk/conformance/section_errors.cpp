// Sections about unusual answers: errors and their texts, E_BUSY, E_TIMEOUT. What Instance notices about single calls
// (an answer with a text, two texts, a text that is not UTF-8) is judged at the end of every section.
#include "sections.hpp"

namespace aurelis::conformance {

void errors_are_told_once(Bench& bench) {
    Instance& store = bench.store();
    constexpr uint32_t kMustKnow = 1u << 30;
    const auto with_flags = [](uint32_t flags) {
        SetOptions options;
        options.flags = flags;
        return options;
    };
    // Answers, including a miss and a conflict.
    store.get("absent");
    store.remove("absent");
    AURELIS_EXPECT(store.set("key", "value") == AURELIS_OK);
    store.get("key");
    for (const uint32_t condition : {AURELIS_SET_IF_ABSENT, AURELIS_SET_IF_PRESENT, AURELIS_SET_IF_VERSION}) {
        const aurelis_status status = store.set("key", "value", with_flags(condition));
        // Without CAP_CAS a condition must be refused, not ignored.
        AURELIS_EXPECT(store.has(AURELIS_CAP_CAS) || status == AURELIS_E_UNSUPPORTED);
    }
    if (store.ops().touch != nullptr) store.touch("absent", bench.host.now_wall() + kSecond);
    // Errors, also for a caller that takes no text: set_error may be missing.
    store.set("key", "value", with_flags(kMustKnow));
    store.get("key", kMustKnow);
    store.remove("key", kMustKnow);
    aurelis_call silent = store.call(kMustKnow);
    silent.set_error = [](aurelis_call*, aurelis_status, const char*, size_t) noexcept {};
    const aurelis_key key = store.key("key");
    aurelis_entry entry{};
    AURELIS_EXPECT(store.ops().get(store.store(), &silent, &key, &entry) == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(store.get("key").is("value"));
}

// E_BUSY is always allowed here, but then nothing must have changed.
void calls_that_must_not_block(Bench& bench) {
    Instance& store = bench.store();
    constexpr uint32_t kNoBlock = AURELIS_CALL_NO_BLOCK;
    AURELIS_EXPECT(store.set("key", "old") == AURELIS_OK);
    const Got got = store.get("key", kNoBlock);
    AURELIS_EXPECT(got.is("old") || got.status == AURELIS_E_BUSY);
    const Got missed = store.get("absent", kNoBlock);
    AURELIS_EXPECT(missed.status == AURELIS_NOT_FOUND || missed.status == AURELIS_E_BUSY);
    const aurelis_status set = store.set("key", "new", {}, nullptr, kNoBlock);
    AURELIS_EXPECT(set == AURELIS_OK || set == AURELIS_E_BUSY);
    AURELIS_EXPECT(store.get("key").is(set == AURELIS_OK ? "new" : "old"));
    const aurelis_status removed = store.remove("key", kNoBlock);
    AURELIS_EXPECT(removed == AURELIS_OK || removed == AURELIS_E_BUSY);
    AURELIS_EXPECT((store.get("key").status == AURELIS_NOT_FOUND) == (removed == AURELIS_OK));
}

// A store may finish in spite of the deadline. Otherwise it answers with an error; only after E_TIMEOUT may a set still
// take effect, after any other error nothing has changed.
void deadlines_that_have_passed(Bench& bench) {
    Instance& store = bench.store();
    AURELIS_EXPECT(store.set("key", "old") == AURELIS_OK);
    aurelis_call call = store.call();
    call.deadline_mono = 1;
    const aurelis_key key = store.key("key");
    aurelis_entry entry{};
    const aurelis_status got = store.ops().get(store.store(), &call, &key, &entry);
    AURELIS_EXPECT(got == AURELIS_OK || got < 0);
    if (got == AURELIS_OK) aurelis_buf_release(&entry.value);
    const aurelis_write write = Instance::write("new", {});
    const aurelis_status set = store.ops().set(store.store(), &call, &key, &write, nullptr);
    AURELIS_EXPECT(set == AURELIS_OK || set < 0);
    const Got after = store.get("key");
    AURELIS_EXPECT(set == AURELIS_OK || set == AURELIS_E_TIMEOUT || after.is("old"));
    AURELIS_EXPECT(after.is("new") || (set != AURELIS_OK && after.is("old")));
}

}  // namespace aurelis::conformance
