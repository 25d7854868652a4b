#include "validity/stamps.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>
#include <vector>

namespace aurelis::core {
namespace {

constexpr std::string_view kMagic = "aurelis-stamps 1\n";
constexpr char kParamsMark = '\x1f';  // Between an identity's name and its params.

uint64_t name_of(StampKind kind, std::string_view text) noexcept {
    return hash_bytes(text.data(), text.size()) ^ (static_cast<uint64_t>(kind) * 0x9e3779b97f4a7c15u);
}

// Without params, the last of several parts that looks like a digest has its first digit escaped (keys/identifier.hpp):
// the place of that escape; npos: there is none.
size_t guard_in(std::string_view whole) noexcept {
    const size_t last = whole.rfind(':') + 1;
    if (whole.size() - last < 3 || whole[last] != '%') return std::string_view::npos;
    const char high = whole[last + 1], low = whole[last + 2];
    const bool digit = high == '3' && low >= '0' && low <= '9';
    const bool letter = high == '6' && low >= '1' && low <= '6';
    return digit || letter ? last : std::string_view::npos;
}

uint64_t identifier_name(std::string_view whole) {
    const size_t guard = guard_in(whole);
    if (guard == std::string_view::npos) [[likely]] return name_of(StampKind::Identifier, whole);
    std::string plain(whole.substr(0, guard));
    plain += static_cast<char>((whole[guard + 1] - '0') * 16 + (whole[guard + 2] - '0'));
    plain += whole.substr(guard + 3);
    return name_of(StampKind::Identifier, plain);
}

// Of params, in either format of keys.
bool looks_like_digest(std::string_view field) noexcept {
    if (field.size() != 32 && field.size() != 8) return false;
    return field.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

uint64_t checksum_of(std::string_view text) noexcept {
    Checksum checksum;
    checksum.add(text.data(), text.size());
    return checksum.value();
}

bool is_kind(char c) noexcept { return c == 'e' || c == 'c' || c == 'i' || c == 't'; }

template <typename Number>
bool take_number(std::string_view& line, int base, Number& to) noexcept {
    if (line.empty() || line.front() != ' ') return false;
    const char* const end = line.data() + line.size();
    const auto read = std::from_chars(line.data() + 1, end, to, base);
    if (read.ec != std::errc{}) return false;
    line.remove_prefix(static_cast<size_t>(read.ptr - line.data()));
    return true;
}

// Kind, name and category in hex, hard and soft stamp: "c 1f 0 1700000000000000000 0".
std::optional<Stamp> take_stamp(std::string_view& line) noexcept {
    Stamp stamp;
    if (line.empty() || !is_kind(line.front())) return std::nullopt;
    stamp.kind = static_cast<StampKind>(line.front());
    line.remove_prefix(1);
    const bool whole = take_number(line, 16, stamp.name) && take_number(line, 16, stamp.category) &&
                       take_number(line, 10, stamp.hard) && take_number(line, 10, stamp.soft);
    return whole ? std::optional(stamp) : std::nullopt;
}

// The pattern in hex, since it may contain any byte.
std::optional<std::string> take_pattern(std::string_view line) {
    if (line.empty() || line.front() != ' ' || line.size() % 2 == 0) return std::nullopt;
    std::string pattern;
    for (size_t i = 1; i < line.size(); i += 2) {
        unsigned byte = 0;
        const auto read = std::from_chars(line.data() + i, line.data() + i + 2, byte, 16);
        if (read.ec != std::errc{} || read.ptr != line.data() + i + 2) return std::nullopt;
        pattern += static_cast<char>(byte);
    }
    return pattern;
}

void append_hex(std::string& text, uint64_t number) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, 16);
    text.append(digits, end.ptr);
}

void append_hex_byte(std::string& text, unsigned char byte) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
}

void raise_to(std::atomic<int64_t>& mark, int64_t to) noexcept {
    int64_t before = mark.load(std::memory_order_acquire);
    while (before < to && !mark.compare_exchange_weak(before, to, std::memory_order_acq_rel)) {
    }
}

}  // namespace

Stamp Stamp::of_everything() noexcept { return {StampKind::Everything, name_of(StampKind::Everything, {})}; }
Stamp Stamp::of_category(std::string_view category) noexcept {
    return {StampKind::Category, name_of(StampKind::Category, category)};
}
Stamp Stamp::of_identifier(std::string_view category, std::string_view identifier) {
    const std::string whole = std::string(category) + ':' + std::string(identifier);
    return {StampKind::Identifier, identifier_name(whole), name_of(StampKind::Category, category)};
}
Stamp Stamp::of_tag(std::string_view tag) noexcept { return {StampKind::Tag, name_of(StampKind::Tag, tag)}; }

uint64_t Ban::id() const noexcept {
    Checksum checksum;
    checksum.add(&of.kind, sizeof of.kind);
    checksum.add(&of.name, sizeof of.name);
    checksum.add(&larger_than, sizeof larger_than);
    checksum.add(&format_id, sizeof format_id);
    checksum.add(pattern.data(), pattern.size());
    return checksum.value();
}

// The names of an entry's category and identifier. Not known for keys of other namespaces and of no category. The
// fields of an identity are those of the default format.
struct Stamps::EntryName {
    EntryName(std::string_view root, const aurelis_key& key, aurelis_bytes attrs) {
        const std::string_view identity = identity_of(attrs);
        std::string_view text = identity.empty() ? text_of(key) : identity.substr(0, identity.find(kParamsMark));
        if (identity.empty() && !text.starts_with(root)) return;
        // The namespace and the version; as the keys of the compat format have it, the namespace may contain a ':'.
        size_t end = identity.empty() ? root.size() - 1 : text.find(':');
        for (int field = 0; field < 2; ++field) {
            if (end == std::string_view::npos) return;
            text.remove_prefix(end + 1);
            end = text.find(':');
        }
        if (end == std::string_view::npos) return;
        known = true;
        category = name_of(StampKind::Category, text.substr(0, end));
        identifier = without_digest = identifier_name(text);
        // A full key that its caller gave comes without an identity, and may end in the digest of params.
        const size_t last = text.rfind(':');
        if (identity.empty() && last > end && looks_like_digest(text.substr(last + 1)))
            without_digest = identifier_name(text.substr(0, last));
    }
    bool known = false;
    uint64_t category = 0, identifier = 0, without_digest = 0;
};

void Stamps::Passed::make() {
    MutexLock lock(mutex_);
    if (!tables_.empty()) return;
    tables_.push_back(std::make_unique<Table>(kFirstBits));
    table_.store(tables_.back().get(), std::memory_order_release);
}

// A word of another generation gives, read as one of this, a mark that belongs to some other set: those are replaced
// first. False: there was none, and another mark of this generation has been displaced.
bool Stamps::Passed::Table::add(uint64_t mark, uint64_t generation) noexcept {
    const uint64_t shifted = generation * kPerGeneration;
    const size_t place = place_of(mark);
    for (size_t i = 0; i < kWays; ++i) {
        auto& one = sets[place].words[(mark + i) % kWays];
        if (place_of(one.load(std::memory_order_relaxed) - shifted) == place) continue;
        one.store(mark + shifted, std::memory_order_relaxed);
        return true;
    }
    sets[place].words[mark % kWays].store(mark + shifted, std::memory_order_relaxed);
    return false;
}

void Stamps::Passed::add(uint64_t mark, uint64_t generation) noexcept {
    Table& table = *table_.load(std::memory_order_acquire);
    if (table.add(mark, generation)) return;
    if (displaced_.fetch_add(1, std::memory_order_relaxed) < table.sets.size() / 16) return;
    if (table.shift > 64 - kLastBits) grow(table, generation);
}

void Stamps::Passed::grow(const Table& full, uint64_t generation) noexcept {
    MutexLock lock(mutex_);
    if (table_.load(std::memory_order_relaxed) != &full) return;
    displaced_.store(0, std::memory_order_relaxed);
    try {
        auto larger = std::make_unique<Table>(64 - full.shift + 1);
        for (size_t place = 0; place < full.sets.size(); ++place) {
            for (const auto& one : full.sets[place].words) {
                const uint64_t mark = one.load(std::memory_order_relaxed) - generation * kPerGeneration;
                if (full.place_of(mark) == place) larger->add(mark, generation);
            }
        }
        tables_.push_back(std::move(larger));
    } catch (const std::bad_alloc&) {
        return;  // It is tried again when as many more have been displaced.
    }
    table_.store(tables_.back().get(), std::memory_order_release);
}

uint64_t Stamps::mark_of(const aurelis_key& key, const Evidence& evidence) noexcept {
    uint64_t rest = (key.hash ^ static_cast<uint64_t>(evidence.created)) * 0x9fb21c651e98df25u + evidence.bytes;
    if (evidence.attrs.size != 0) rest ^= hash_bytes(evidence.attrs.data, evidence.attrs.size);
    if (evidence.formats.data() != nullptr) rest += 1 + hash_bytes(evidence.formats.data(), evidence.formats.size());
    rest *= 0xff51afd7ed558ccdu;
    constexpr unsigned kRest = 64 - Passed::kLastBits;
    return (key.hash >> kRest << kRest) | (rest >> Passed::kLastBits);
}

Hiding Stamps::find(const aurelis_key& key, const Evidence& evidence) const {
    const int64_t everything = this->everything();
    if (evidence.created < everything) return {.stamp = everything};
    if (!passed_.is_made()) return {};
    const uint64_t mark = mark_of(key, evidence);
    // Read before the stamps are looked at, so that one that is raised meanwhile counts from the next time on.
    const uint64_t generation = generation_.load(std::memory_order_acquire);
    if (passed_.has(mark, generation)) return {};
    Hiding hiding = look_up(key, evidence, mark);
    if (hiding.stamp == 0) passed_.add(mark, generation);
    return hiding;
}

void Stamps::consider(uint64_t name, StampKind kind, int64_t created, std::string_view tag, Hiding& hiding) const {
    const Bucket& bucket = buckets_[bucket_of(name)];
    const auto found = bucket.find(name);
    if (found == bucket.end()) return;
    const Kept& kept = found->second;
    if (created < kept.hard)
        hiding = {.stamp = kept.hard, .kind = kind, .tag = tag};
    else if (created < kept.soft && hiding.stamp == 0)
        hiding = {.stamp = kept.soft, .kind = kind, .soft = true, .tag = tag};
}

// A hard stamp counts more than a soft one.
Hiding Stamps::look_up(const aurelis_key& key, const Evidence& evidence, uint64_t mark) const {
    static const uint64_t everything = Stamp::of_everything().name;
    const EntryName named(root_, key, evidence.attrs);
    const int64_t created = evidence.created;
    Hiding hiding;
    SharedLock lock(mutex_);
    const auto hard = [&] { return hiding.stamp != 0 && !hiding.soft; };
    consider(everything, StampKind::Everything, created, {}, hiding);
    if (named.known && !hard()) consider(named.category, StampKind::Category, created, {}, hiding);
    if (named.known && !hard()) consider(named.identifier, StampKind::Identifier, created, {}, hiding);
    if (named.without_digest != named.identifier && !hard())
        consider(named.without_digest, StampKind::Identifier, created, {}, hiding);
    for (aurelis_attr attr{}; !hard() && aurelis_attr_next(evidence.attrs, &attr) != 0;)
        if (attr.kind == AURELIS_ATTR_TAG)
            consider(name_of(StampKind::Tag, view(attr.value)), StampKind::Tag, created, view(attr.value), hiding);
    if (hard() || !passed_bans_.is_made()) return hiding;
    const uint64_t generation = ban_generation_.load(std::memory_order_acquire);
    if (passed_bans_.has(mark, generation)) return hiding;
    if (!consider_bans(key, evidence, named, hiding)) passed_bans_.add(mark, generation);
    return hiding;
}

// True: one of them hides the entry.
bool Stamps::consider_bans(const aurelis_key& key, const Evidence& evidence, const EntryName& named,
                           Hiding& hiding) const {
    static const uint64_t everything = Stamp::of_everything().name;
    const auto may_be_made_by = [&](uint8_t format_id) {
        return format_id == 0 || evidence.formats.data() == nullptr ||
               evidence.formats.find(static_cast<char>(format_id)) != std::string_view::npos;
    };
    const std::string_view identity = identity_of(evidence.attrs);
    bool any = false, hard = false;
    const auto consider_those_of = [&](uint64_t name) AURELIS_REQUIRES_SHARED(mutex_) {
        const auto found = bans_of_.find(name);
        if (hard || found == bans_of_.end()) return;
        for (const Ban* const ban : found->second) {
            if (evidence.created >= ban->of.newest() || !may_be_made_by(ban->format_id)) continue;
            if (ban->larger_than != 0 && evidence.bytes <= ban->larger_than) continue;
            if (ban->matches != nullptr && !ban->matches(text_of(key), identity)) continue;
            any = true;
            hard = evidence.created < ban->of.hard;
            if (hard || hiding.stamp == 0)
                hiding = {.stamp = hard ? ban->of.hard : ban->of.soft,
                          .kind = ban->of.kind,
                          .soft = !hard,
                          .ban = true,
                          .pattern = ban->pattern,
                          .larger_than = ban->larger_than,
                          .format_id = ban->format_id};
            if (hard) return;
        }
    };
    consider_those_of(everything);
    if (named.known) {
        consider_those_of(named.category);
        consider_those_of(named.identifier);
        if (named.without_digest != named.identifier) consider_those_of(named.without_digest);
    }
    for (aurelis_attr attr{}; !hard && aurelis_attr_next(evidence.attrs, &attr) != 0;)
        if (attr.kind == AURELIS_ATTR_TAG) consider_those_of(name_of(StampKind::Tag, view(attr.value)));
    return any;
}

void Stamps::raise_everything(int64_t hard) noexcept {
    raise_to(everything_, hard);
    effect(hard, false);
}

void Stamps::effect(int64_t newest, bool bans) noexcept {
    if (bans) ban_generation_.fetch_add(1, std::memory_order_acq_rel);
    generation_.fetch_add(1, std::memory_order_acq_rel);
    raise_to(newest_, newest);
}

Stamps::Buckets Stamps::raise(const Stamp& stamp) {
    Buckets changed;
    {
        ExclusiveLock lock(mutex_);
        keep(stamp, changed);
    }
    if (changed.any()) effect(stamp.newest(), false);
    return changed;
}

Stamps::Buckets Stamps::raise(const Ban& ban) {
    Buckets changed;
    {
        ExclusiveLock lock(mutex_);
        keep(ban, changed);
    }
    if (changed.any()) effect(ban.of.newest(), true);
    return changed;
}

void Stamps::keep(const Stamp& stamp, Buckets& changed) {
    passed_.make();
    const size_t place = bucket_of(stamp.name);
    Bucket& bucket = buckets_[place];
    const auto [found, fresh] = bucket.try_emplace(stamp.name, Kept{stamp.kind, stamp.category, 0, 0});
    Kept& kept = found->second;
    if (fresh) kept_.fetch_add(1, std::memory_order_relaxed);
    if (stamp.hard <= kept.hard && stamp.soft <= kept.soft) return;
    kept.hard = std::max(kept.hard, stamp.hard);
    kept.soft = std::max(kept.soft, stamp.soft);
    changed.set(place);
    if (bucket.size() > kPerBucketMax) widen_oldest(place, changed);
}

void Stamps::keep(const Ban& ban, Buckets& changed) {
    passed_.make();
    passed_bans_.make();
    const uint64_t id = ban.id();
    std::vector<const Ban*>& others = bans_of_[ban.of.name];
    if (others.size() == others.capacity()) others.reserve(2 * others.size() + 1);  // A ban is in both or in neither.
    const auto [found, fresh] = bans_.try_emplace(id, ban);
    Stamp& of = found->second.of;
    if (fresh) others.push_back(&found->second);
    if (!fresh && ban.of.hard <= of.hard && ban.of.soft <= of.soft) return;
    of.hard = std::max(of.hard, ban.of.hard);
    of.soft = std::max(of.soft, ban.of.soft);
    changed.set(bucket_of(id));
    if (bans_.size() > kBansMax) widen_oldest_bans(changed);
    ban_count_.store(bans_.size(), std::memory_order_relaxed);
}

// A quarter at once, so that not every further one has to look for the oldest. Soft stamps stay soft.
void Stamps::widen_oldest(size_t place, Buckets& changed) {
    Bucket& bucket = buckets_[place];
    std::vector<std::pair<int64_t, uint64_t>> oldest;
    for (const auto& [name, kept] : bucket)
        if (kept.kind != StampKind::Everything) oldest.emplace_back(std::max(kept.hard, kept.soft), name);
    const auto end = oldest.begin() + static_cast<std::ptrdiff_t>(oldest.size() / 4);
    std::nth_element(oldest.begin(), end, oldest.end());
    std::vector<Stamp> wider;
    for (auto one = oldest.begin(); one != end; ++one) {
        const auto found = bucket.find(one->second);
        const Kept kept = found->second;
        bucket.erase(found);
        Stamp stamp = Stamp::of_everything();
        if (kept.kind == StampKind::Identifier) {
            stamp.kind = StampKind::Category;
            stamp.name = kept.category;
        }
        stamp.hard = kept.hard;
        stamp.soft = kept.soft;
        wider.push_back(stamp);
    }
    kept_.fetch_sub(wider.size(), std::memory_order_relaxed);
    widened_.fetch_add(wider.size(), std::memory_order_relaxed);
    for (const Stamp& stamp : wider) keep(stamp, changed);
}

void Stamps::widen_oldest_bans(Buckets& changed) {
    std::vector<std::pair<int64_t, uint64_t>> oldest;
    for (const auto& [id, ban] : bans_) oldest.emplace_back(ban.of.newest(), id);
    const auto end = oldest.begin() + static_cast<std::ptrdiff_t>(oldest.size() / 4);
    std::nth_element(oldest.begin(), end, oldest.end());
    for (auto one = oldest.begin(); one != end; ++one) {
        const auto found = bans_.find(one->second);
        const Stamp stamp = found->second.of;
        const auto others = bans_of_.find(stamp.name);
        std::erase(others->second, &found->second);
        if (others->second.empty()) bans_of_.erase(others);
        bans_.erase(found);
        changed.set(bucket_of(one->second));
        keep(stamp, changed);
        widened_.fetch_add(1, std::memory_order_relaxed);
    }
}

const std::string& Stamps::text_of_none() {
    static const std::string text = Stamps("").text_of_bucket(0);
    return text;
}

std::string Stamps::text_of_bucket(size_t place) const {
    std::vector<std::string> lines;
    const auto line_of = [](const Stamp& stamp) {
        std::string line(1, static_cast<char>(stamp.kind));
        line += ' ';
        append_hex(line, stamp.name);
        line += ' ';
        append_hex(line, stamp.category);
        return line + ' ' + std::to_string(stamp.hard) + ' ' + std::to_string(stamp.soft);
    };
    {
        SharedLock lock(mutex_);
        for (const auto& [name, kept] : buckets_[place])
            lines.push_back(line_of({kept.kind, name, kept.category, kept.hard, kept.soft}));
        for (const auto& [id, ban] : bans_) {
            if (bucket_of(id) != place) continue;
            std::string line = "b " + line_of(ban.of) + ' ' + std::to_string(ban.larger_than) + ' ';
            line += std::to_string(ban.format_id) + ' ';
            for (const char c : ban.pattern) append_hex_byte(line, static_cast<unsigned char>(c));
            lines.push_back(std::move(line));
        }
    }
    std::sort(lines.begin(), lines.end());
    std::string text(kMagic);
    for (const std::string& line : lines) text += line + '\n';
    append_hex(text, checksum_of(text));
    return text;
}

bool Stamps::merge(std::string_view text, int64_t& newest, Buckets& changed) {
    newest = 0;
    if (!text.starts_with(kMagic)) return false;
    const size_t end = text.rfind('\n') + 1;
    std::string sum;
    append_hex(sum, checksum_of(text.substr(0, end)));
    if (text.substr(end) != sum) return false;
    std::vector<Stamp> stamps;
    std::vector<Ban> bans;
    for (std::string_view rest = text.substr(kMagic.size(), end - kMagic.size()); !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        const bool is_ban = line.starts_with("b ");
        if (is_ban) line.remove_prefix(2);
        const auto stamp = take_stamp(line);
        if (!stamp) return false;
        newest = std::max(newest, stamp->newest());
        if (!is_ban) {
            if (!line.empty()) return false;
            stamps.push_back(*stamp);
            continue;
        }
        Ban ban;
        ban.of = *stamp;
        if (!take_number(line, 10, ban.larger_than) || !take_number(line, 10, ban.format_id)) return false;
        auto pattern = take_pattern(line);
        if (!pattern) return false;
        ban.pattern = std::move(*pattern);
        if (ban.pattern.empty())
            ban.matches = [](std::string_view, std::string_view) { return true; };
        else if (read_ != nullptr)
            ban.matches = read_(ban.pattern);
        bans.push_back(std::move(ban));
    }
    {
        ExclusiveLock lock(mutex_);
        for (const Stamp& stamp : stamps) keep(stamp, changed);
        for (const Ban& ban : bans) keep(ban, changed);
    }
    if (changed.any()) effect(newest, !bans.empty());
    return true;
}

}  // namespace aurelis::core
