// WalBound: when to copy the log into the database, and when to refuse.
#include "wal_bound.hpp"

#include "keeper.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kFrameBytes = 4096 + 24;
constexpr int64_t kPatienceNs = 50'000'000;
constexpr int64_t kNapNs = 500'000;
constexpr int64_t kTryAgainNs = 100'000'000;
constexpr int64_t kTellAgainNs = 60'000'000'000;

int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

WalBound::WalBound(const Settings& settings, const plugin::Host& host, Counters& counters) noexcept
    : settings_(settings),
      host_(host),
      counters_(counters),
      room_(static_cast<int64_t>(settings.wal_bytes()) / kFrameBytes) {}

void WalBound::follow(Database& writer) noexcept {
    path_ = writer.path();
    sqlite3_wal_hook(
        writer.raw(),
        [](void* self, sqlite3*, const char*, int frames) {
            static_cast<WalBound*>(self)->frames_ = frames;
            return SQLITE_OK;
        },
        this);
}

std::string WalBound::why() const {
    return path_ + ": its write-ahead log has " + std::to_string(frames_ * kFrameBytes) +
           " bytes and cannot be restarted while another program reads in one long transaction; end that transaction";
}

Error WalBound::refuse() {
    ++counters_.wal_refusals;
    tell_blocked();
    return fail(AURELIS_E_FULL, why());
}

Result<void> WalBound::prepare(Database& writer) {
    const Patience patience = writer.patience();
    const int64_t until = steady_ns() + patience.left_ns();
    while (is_full() && !is_known_blocked() && steady_ns() < until) {
        if (checkpoint(writer, Mode::Truncate, std::min(until - steady_ns(), kPatienceNs))) break;
    }
    writer.set_patience(patience);
    if (frames_ > 3 * room_) return refuse();
    return {};
}

void WalBound::settle(Database& writer) {
    if (writer.in_transaction()) return;
    if (frames_ < passive_at_) passive_at_ = 0;
    if (frames_ >= room_) {
        if (!is_known_blocked()) checkpoint(writer, Mode::Restart, kPatienceNs);
    } else if (frames_ >= room_ / 2 && (passive_at_ == 0 || frames_ - passive_at_ >= room_ / 4)) {
        passive_at_ = frames_;
        checkpoint(writer, Mode::Passive, 0);
    }
}

void WalBound::trim(Database& writer, uint64_t bytes) {
    if (bytes > settings_.wal_bytes() * 3 / 2) checkpoint(writer, Mode::Truncate, kPatienceNs);
}

bool WalBound::is_known_blocked() const noexcept {
    return tried_ns_ != 0 && steady_ns() - tried_ns_ < kTryAgainNs;
}

// If another process is already doing this, waits instead of writing on: otherwise that one would never get its turn
// among the writers. A reader that stays is recognized by the number of frames that can be copied: it does not grow
// from one attempt to the next.
bool WalBound::checkpoint(Database& writer, Mode mode, int64_t patience_ns) {
    writer.set_patience(Patience{host_.raw(), 0, patience_ns});
    const int64_t until = steady_ns() + patience_ns;
    int frames = -1, copied = -1, code = SQLITE_BUSY;
    for (;;) {
        code = sqlite3_wal_checkpoint_v2(writer.raw(), "main",
                                         mode == Mode::Passive   ? SQLITE_CHECKPOINT_PASSIVE
                                         : mode == Mode::Restart ? SQLITE_CHECKPOINT_RESTART
                                                                 : SQLITE_CHECKPOINT_TRUNCATE,
                                         &frames, &copied);
        if (code != SQLITE_BUSY || frames >= 0 || steady_ns() >= until) break;
        const timespec span{0, kNapNs};
        nanosleep(&span, nullptr);
    }
    if (mode == Mode::Passive) return code == SQLITE_OK;
    if (code == SQLITE_OK) {
        frames_ = 0;
        tried_ns_ = 0;
        copied_ = -1;
        return true;
    }
    if (frames < 0) return false;
    frames_ = frames;
    if (std::exchange(copied_, copied) != copied) return false;
    tried_ns_ = steady_ns();
    ++counters_.wal_blocked;
    return false;
}

void WalBound::tell_blocked() {
    if (told_ns_ != 0 && steady_ns() - told_ns_ < kTellAgainNs) return;
    told_ns_ = steady_ns();
    host_.log(AURELIS_LOG_WARN, why() + "; until then no entries are stored here");
}

}  // namespace aurelis::sqlite_disk
