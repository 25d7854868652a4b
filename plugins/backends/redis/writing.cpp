// RedisBackend: sets, removals, touches, and batches of them.
#include "backend.hpp"

namespace aurelis::redis {

using plugin::report;

WriteSteps::Frame RedisBackend::frame_of(const aurelis_call* call) noexcept {
    const int64_t lease_ms = context_.host.raw()->lease_ns / kMillisecond;
    return {now_ms(call), lease_ms, &sender_, context_.settings.coherence == Coherence::Tracking ? &own_ : nullptr};
}

aurelis_status RedisBackend::write_one(aurelis_call* call, WriteSteps& steps) {
    const int64_t begun_ns = mono_ns();
    Exchange exchange(context_, *topology_, deadline_of(call), false);
    exchange.add(steps.jobs().front().key);
    exchange.run(steps);
    observe(begun_ns);
    const aurelis_status status = exchange.questions().front().status;
    return status < 0 ? report(call, status, exchange.trouble().message) : status;
}

aurelis_status RedisBackend::set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                                 uint64_t* version) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    WriteSteps steps(context_, frame_of(call));
    aurelis_write asked = write;
    asked.flags &= ~uint32_t{AURELIS_SET_REMOVE};
    const Result<void> possible = steps.add_write(text_of(key), asked);
    if (!possible) return report(call, possible.error());
    const aurelis_status status = write_one(call, steps);
    if (status == AURELIS_OK && version != nullptr)
        *version = context_.settings.bare ? 0 : steps.jobs().front().version;
    return status;
}

aurelis_status RedisBackend::remove(aurelis_call* call, const aurelis_key& key) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    WriteSteps steps(context_, frame_of(call));
    steps.add_drop(text_of(key));
    return write_one(call, steps);
}

aurelis_status RedisBackend::touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    WriteSteps steps(context_, frame_of(call));
    steps.add_touch(text_of(key), expires_wall);
    return write_one(call, steps);
}

aurelis_status RedisBackend::multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes,
                                         size_t count, aurelis_status* each, uint64_t* versions) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const int64_t begun_ns = mono_ns();
    WriteSteps steps(context_, frame_of(call));
    Exchange exchange(context_, *topology_, deadline_of(call), false);
    std::vector<size_t> place;  // For each job, the item that it belongs to.
    std::vector<aurelis_status> told(count, AURELIS_OK);
    Error trouble{AURELIS_OK, {}};
    for (size_t i = 0; i < count; ++i) {
        const Result<void> possible = steps.add_write(text_of(keys[i]), writes[i]);
        if (possible) {
            exchange.add(text_of(keys[i]));
            place.push_back(i);
            continue;
        }
        told[i] = possible.error().status;
        aurelis_item_error(call, i, told[i], possible.error().message.data(), possible.error().message.size());
        if (trouble.status == AURELIS_OK) trouble = possible.error();
    }
    exchange.run(steps);
    observe(begun_ns);
    for (size_t job = 0; job < place.size(); ++job) told[place[job]] = exchange.questions()[job].status;
    if (trouble.status == AURELIS_OK) trouble = exchange.trouble();
    size_t failed = 0;
    bool all_well = true;
    for (const aurelis_status one : told) {
        failed += one < 0 ? 1 : 0;
        all_well = all_well && (one == AURELIS_OK || one == AURELIS_NOT_FOUND);
    }
    if (failed != 0) report(call, trouble);
    // One error for all items only if it is the same for all: some may have been done.
    if (failed == count && std::count(told.begin(), told.end(), trouble.status) == static_cast<long>(count))
        return trouble.status;
    std::copy(told.begin(), told.end(), each);
    if (versions != nullptr) {
        std::fill(versions, versions + count, 0);
        for (size_t job = 0; job < place.size() && !context_.settings.bare; ++job)
            if (told[place[job]] == AURELIS_OK) versions[place[job]] = steps.jobs()[job].version;
    }
    return all_well ? AURELIS_OK : AURELIS_PARTIAL;
}

}  // namespace aurelis::redis
