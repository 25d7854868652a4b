// Salvage: first the newest versions, then the rows that have one, then those whose slot was lost.
#include "salvage.hpp"

#include <algorithm>
#include <chrono>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kPieceNs = 8'000'000;
constexpr size_t kRowsPerPiece = 512;
constexpr size_t kRemembered = 4'000'000;  // Versions, and rows; what exceeds it is not salvaged.

int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

void Salvage::take_slots(const LeafPage& leaf) {
    if (!leaf.accounted()) return;
    for (size_t i = 0; i < leaf.cells(); ++i) {
        SlotRecord slot;
        if (!leaf.read(i, slot)) continue;
        if (slot.slot == kSeedSlot && marks_.seed == 0) marks_.seed = static_cast<uint64_t>(slot.version);
        if (slot.slot >= kNewestSlots && noted_.size() < kRemembered) noted_.push_back({slot.slot, slot.version});
    }
}

void Salvage::end_slots() {
    std::sort(noted_.begin(), noted_.end(), [](const Noted& a, const Noted& b) { return a.slot < b.slot; });
    if (marks_.seed == 0) noted_.clear();
}

// other: becomes true if a different version is noted.
bool Salvage::is_noted(int64_t slot, int64_t version, bool& other) const {
    const auto found = std::lower_bound(noted_.begin(), noted_.end(), slot,
                                        [](const Noted& noted, int64_t wanted) { return noted.slot < wanted; });
    const bool there = found != noted_.end() && found->slot == slot;
    other = there && found->version != version;
    return there && found->version == version;
}

Result<void> Salvage::restore(Batch& batch, const EntryRecord& row, int64_t now_wall) {
    if (row.meta.expires_wall != 0 && row.meta.expires_wall <= now_wall) return {};
    AURELIS_TRY(became, batch.restore(row, base_));
    if (became == Batch::Restored::Taken) ++at_.restored;
    if (became == Batch::Restored::NoRoom) cut_short_ = true, at_.phase = Phase::Done;
    return {};
}

// A row that is noted as the newest is taken wherever it is. If nothing is noted about its key, it must be on a sound
// page, and other rows of the key may be newer.
Result<void> Salvage::take_rows(Batch& batch, const LeafPage& leaf, int64_t now_wall) {
    for (size_t cell = 0; cell < leaf.cells() && at_.phase == Phase::Rows; ++cell) {
        EntryRecord row;
        if (!leaf.read(cell, *pages_, row)) continue;
        const int64_t slot = marks_.slot_of(row.key);
        bool other = false;
        if (is_noted(slot, static_cast<int64_t>(row.meta.version), other)) {
            ++at_.seen;
            AURELIS_TRY_VOID(restore(batch, row, now_wall));
        } else if (!other && leaf.accounted() && unnoted_.size() < kRemembered) {
            unnoted_.push_back({slot, row.meta.created_wall, row.id, at_.page, static_cast<uint16_t>(cell)});
        }
    }
    return {};
}

void Salvage::end_rows() {
    lost_ = noted_.size() - std::min<uint64_t>(noted_.size(), at_.seen);
    std::sort(unnoted_.begin(), unnoted_.end(), [](const Place& a, const Place& b) {
        if (a.digest != b.digest) return a.digest < b.digest;
        return a.created != b.created ? a.created > b.created : a.id > b.id;
    });
}

Result<void> Salvage::take_unnoted(Batch& batch, int64_t now_wall) {
    const Place place = unnoted_[at_.next_unnoted++];
    if (at_.next_unnoted > 1 && unnoted_[at_.next_unnoted - 2].digest == place.digest) return {};
    char bytes[kPageSize];
    EntryRecord row;
    if (!pages_->read(place.page, bytes)) return {};
    const LeafPage leaf(bytes);
    if (place.cell >= leaf.cells() || !leaf.read(place.cell, *pages_, row)) return {};
    return restore(batch, row, now_wall);
}

Result<bool> Salvage::step(Batch& batch, int64_t now_wall) {
    before_ = at_;
    const int64_t until = steady_ns() + kPieceNs;
    const uint64_t enough = at_.restored + kRowsPerPiece;
    AURELIS_TRY(goes_on, batch.salvage_goes_on());
    if (!goes_on) cut_short_ = true, at_.phase = Phase::Done;
    char bytes[kPageSize];
    while (at_.phase != Phase::Done && at_.restored < enough && steady_ns() < until) {
        if (at_.phase == Phase::Unnoted) {
            if (at_.next_unnoted == unnoted_.size()) {
                at_.phase = Phase::Done;
                break;
            }
            AURELIS_TRY_VOID(take_unnoted(batch, now_wall));
            continue;
        }
        if (at_.page >= pages_->count()) {
            if (at_.phase == Phase::Slots) end_slots();
            if (at_.phase == Phase::Rows) end_rows();
            at_.phase = at_.phase == Phase::Slots ? Phase::Rows : Phase::Unnoted;
            at_.page = 0;
            continue;
        }
        ++at_.page;
        if (pages_->use_of(at_.page) != Pages::Use::Tree || !pages_->read(at_.page, bytes)) continue;
        const LeafPage leaf(bytes);
        if (at_.phase == Phase::Slots)
            take_slots(leaf);
        else
            AURELIS_TRY_VOID(take_rows(batch, leaf, now_wall));
    }
    if (at_.phase == Phase::Done) AURELIS_TRY_VOID(batch.end_salvage());
    return at_.phase != Phase::Done;
}

}  // namespace aurelis::sqlite_disk
