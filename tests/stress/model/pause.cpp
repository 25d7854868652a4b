#include "stress/model/pause.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace aurelis::stress {

namespace {

// Asks until it is so; false after a minute.
template <typename Ask>
bool becomes(Ask&& ask) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!ask()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

void must_become(bool has_become, const char* what) {
    if (has_become) return;
    std::fprintf(stderr, "waited in vain for %s\n", what);
    std::_Exit(4);
}

}  // namespace

void Pause::await_live() const {
    must_become(becomes([&] {
                    const auto stats = nlohmann::json::parse(field_.cache.stats_json().value());
                    return stats["layers"][1]["following"]["state"] == "live";
                }),
                "live events");
}

void Pause::mark(const std::string& value) const {
    must_become(markers_.set(marker(process_), value).has_value(), "a marker to be set");
}

// Messages come in the order in which they were sent. The first value gets into this process's memory; that it
// disappears from there means that the message about it or about the second one has come, and so all earlier ones.
void Pause::await_messages(uint64_t round) {
    const std::string first = std::to_string(round) + ".1";
    const std::string its = marker(1 - process_);
    mark(first);
    meeting_.wait();
    must_become(becomes([&] { return markers_.get<std::string>(its).value() == first; }), "the other's marker");
    meeting_.wait();
    mark(std::to_string(round) + ".2");
    must_become(becomes([&] {
                    const ReadOptions from_memory{.promote = false, .skip_layers = kMemoryOnly};
                    return markers_.get<std::string>(its, from_memory).value() != first;
                }),
                "the message about the other's marker");
}

bool Pause::agrees(size_t key, const ReadOptions& reading, bool only_written, const char* report_as) const {
    const auto answer = field_.category(key).lookup(field_.ids[key], reading);
    if (!answer || !answer->found()) return true;
    if (!field_.model.is_superseded(key, answer->bytes(), only_written)) return true;
    if (report_as != nullptr)
        field_.model.report(key, answer->bytes(), "a value that either process has superseded", report_as);
    return false;
}

void Pause::await_agreement(Tally& tally) {
    for (size_t key = 0; key < field_.ids.size(); ++key) {
        if (agrees(key, {}, false, nullptr)) continue;
        ++tally[Count::Outdated];
        if (!becomes([&] { return agrees(key, {}, false, nullptr); })) agrees(key, {}, false, "get after a minute");
    }
}

void Pause::hold(uint64_t round, Tally& tally) {
    meeting_.wait();
    for (size_t key = 0; key < field_.ids.size(); ++key)
        agrees(key, {.promote = false, .skip_layers = kRedisOnly}, true, "get from Redis at a pause");
    await_messages(round);
    await_agreement(tally);
    meeting_.wait();
    for (size_t key = 0; key < field_.ids.size(); ++key) agrees(key, {}, false, "get at a pause");
    meeting_.wait();
    field_.model.learn();
    meeting_.wait();
}

}  // namespace aurelis::stress
