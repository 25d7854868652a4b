#include "stress/model/model.hpp"

#include <cinttypes>
#include <cstdio>

namespace aurelis::stress {

Model::Get Model::begin_get(size_t key, bool allows_stale) {
    Register::Reading reading;
    reading.allows_stale = allows_stale;
    reading.hard = hard().of(key);
    reading.soft = floors(true).of(key);
    reading.begin = now();
    return {key, state_.registers[key].begin_read(reading)};
}

void Model::end_get(const Get& get, const std::optional<Found>& found, const char* operation) {
    Register& its = state_.registers[get.key];
    if (!found) return its.abandon_read(get.place);
    const std::optional<Value> value = Value::read(found->bytes);
    if (!value || value->key != get.key) {
        its.abandon_read(get.place);
        return report(get.key, found->bytes, "bytes that are no value of the key", operation);
    }
    const Fault fault = its.end_read(get.place, {*value, found->is_stale, found->is_from_layer}, now(), in_order_);
    if (fault != Fault::None) report(get.key, found->bytes, text_of(fault), operation);
}

Value Model::begin_value(size_t key, uint32_t writer, bool has_other_tag, bool is_load) {
    const Value value{key, now(), writer, has_other_tag ? 1u : 0u};
    state_.registers[key].begin_value(value, is_load, least(key));
    return value;
}

void Model::end_set(const Value& value, bool replaced) {
    end_value(value);
    if (replaced) removed(value.key, value.begun);
}

KeyFloors Model::least(size_t key) const noexcept {
    KeyFloors all = state_.hard[0].of(key);
    for (size_t process = 1; process < processes_; ++process) {
        const KeyFloors its = state_.hard[process].of(key);
        all.written = std::min(all.written, its.written);
        all.hidden = std::min(all.hidden, its.hidden);
        all.common_tag = std::min(all.common_tag, its.common_tag);
    }
    return all;
}

bool Model::is_superseded(size_t key, std::string_view bytes, bool only_written) const {
    const std::optional<Value> value = Value::read(bytes);
    if (!value || value->key != key) return true;
    KeyFloors all;
    for (size_t process = 0; process < processes_; ++process) {
        all.written = std::max(all.written, state_.hard[process].of(key).written);
        if (only_written) continue;
        for (const auto* kind : {&state_.hard, &state_.soft}) {
            const KeyFloors its = (*kind)[process].of(key);
            all.hidden = std::max(all.hidden, its.hidden);
            all.common_tag = std::max(all.common_tag, its.common_tag);
            all.other_tag = std::max(all.other_tag, its.other_tag);
        }
    }
    return state_.registers[key].check(*value, all) != Fault::None;
}

void Model::learn() noexcept {
    for (size_t process = 0; process < processes_; ++process) {
        hard().raise_to(state_.hard[process]);
        floors(true).raise_to(state_.soft[process]);
    }
}

void Model::report(size_t key, std::string_view bytes, std::string_view what, const char* operation) {
    constexpr uint64_t kShown = 20;
    if (state_.violations.fetch_add(1) >= kShown) return;
    const Value value = Value::read(bytes).value_or(Value{});
    const KeyFloors hard_now = hard().of(key), soft_now = floors(true).of(key);
    std::fprintf(stderr,
                 "violation: process %zu, %s of key %zu: %.*s (%zu bytes, begun at %" PRIu64 " by %u%s; now %" PRIu64
                 "; floors now: written %" PRIu64 ", hidden %" PRIu64 ", tags %" PRIu64 " and %" PRIu64
                 "; stale: %" PRIu64 ", %" PRIu64 ", %" PRIu64 ")\n",
                 process_, operation, key, static_cast<int>(what.size()), what.data(), bytes.size(), value.begun,
                 value.writer, value.has_other_tag != 0 ? ", with the other tag" : "", now(), hard_now.written,
                 hard_now.hidden, hard_now.common_tag, hard_now.other_tag, soft_now.hidden, soft_now.common_tag,
                 soft_now.other_tag);
}

}  // namespace aurelis::stress
