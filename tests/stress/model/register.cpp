#include "stress/model/register.hpp"

#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace aurelis::stress {

namespace {

[[noreturn]] void overflow(const char* what) {
    std::fprintf(stderr, "the model has no room for more %s of one key; shorten the rounds\n", what);
    std::abort();
}

}  // namespace

const char* text_of(Fault fault) noexcept {
    switch (fault) {
        case Fault::None: return "no fault";
        case Fault::Unknown: return "a value that nobody wrote, or that was superseded long ago";
        case Fault::BelowFloor: return "a value that was replaced, removed or invalidated before the get began";
        case Fault::BelowStaleFloor: return "as fresh a value that was stale before the get began";
        case Fault::BelowSeen: return "a value older than one that another get had returned before";
        case Fault::Overtaken: return "a value again, after a get that returned what came after it";
    }
    return "";
}

Register::Written* Register::find(Moment begun) noexcept {
    for (size_t i = 0; i < count_; ++i)
        if (written_[i].begun == begun) return &written_[i];
    return nullptr;
}

void Register::begin_value(const Value& value, bool is_load, const KeyFloors& least) {
    std::scoped_lock guard(lock_);
    if (count_ > 8) prune(least);
    if (count_ == kWrittenMax) overflow("values");
    Written& written = written_[count_++];
    written = Written{};
    written.begun = value.begun;
    written.is_load = is_load;
    written.has_other_tag = value.has_other_tag != 0;
}

void Register::end_value(Moment begun, Moment end) {
    std::scoped_lock guard(lock_);
    if (Written* written = find(begun)) written->end = end;
}

size_t Register::begin_read(const Reading& reading) {
    std::scoped_lock guard(lock_);
    for (size_t place = 0; place < kReadingsMax; ++place) {
        if (readings_[place].is_under_way) continue;
        readings_[place] = reading;
        readings_[place].is_under_way = true;
        readings_[place].seen = seen_;
        return place;
    }
    overflow("gets");
}

void Register::abandon_read(size_t place) {
    std::scoped_lock guard(lock_);
    readings_[place].is_under_way = false;
}

Fault Register::judge(const Written* written, const Reading& reading, bool is_stale) {
    if (written == nullptr) return Fault::Unknown;
    if (written->moment() < reading.hard.of(written->has_other_tag)) return Fault::BelowFloor;
    if (!is_stale && written->moment() < reading.soft.of(written->has_other_tag)) return Fault::BelowStaleFloor;
    return Fault::None;
}

Fault Register::end_read(size_t place, const Seen& seen, Moment end, bool in_order) {
    std::scoped_lock guard(lock_);
    const Reading reading = readings_[place];
    readings_[place].is_under_way = false;
    Written* written = find(seen.value.begun);
    const Fault fault = judge(written, reading, seen.is_stale);
    if (fault != Fault::None || !in_order || !seen.is_from_layer) return fault;
    if (written->end < reading.seen) return Fault::BelowSeen;
    if (written->overtaken < reading.begin) return Fault::Overtaken;
    seen_ = std::max(seen_, written->begun);
    written->first_seen = std::min(written->first_seen, end);
    // Each value is stored once, so one that was seen before this get began came before what the get has returned.
    for (size_t i = 0; i < count_; ++i)
        if (&written_[i] != written && written_[i].first_seen < reading.begin)
            written_[i].overtaken = std::min(written_[i].overtaken, end);
    return Fault::None;
}

Fault Register::check(const Value& value, const KeyFloors& floors) const {
    std::scoped_lock guard(lock_);
    Reading reading;
    reading.hard = floors;
    return judge(find(value.begun), reading, true);
}

void Register::prune(const KeyFloors& least) {
    Moment floor = least.of_all_values();
    for (const Reading& reading : readings_)
        if (reading.is_under_way) floor = std::min(floor, reading.hard.of_all_values());
    for (size_t i = 0; i < count_;) {
        if (written_[i].end != kNever && written_[i].moment() < floor)
            written_[i] = written_[--count_];
        else
            ++i;
    }
}

}  // namespace aurelis::stress
