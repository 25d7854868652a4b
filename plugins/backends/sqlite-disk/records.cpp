// Records: cells, headers and columns; every length is checked against what is there.
#include "records.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::sqlite_disk {

namespace {

constexpr char kTableLeaf = 0x0d;
constexpr size_t kHead = 8;
constexpr uint64_t kPayloadMost = 1'000'000'000;  // SQLite's own limit for a row.
constexpr size_t kEntryColumns = 12;

size_t big_endian_16(const char* from) noexcept {
    return static_cast<size_t>(static_cast<unsigned char>(from[0])) << 8 | static_cast<unsigned char>(from[1]);
}

// Reads bytes in order; remembers when they ran out.
struct Reader {
    const char* at;
    const char* end;
    bool sound = true;

    uint64_t varint() noexcept {
        uint64_t value = 0;
        for (int i = 0; i < 9; ++i) {
            if (at == end) return sound = false, 0;
            const auto byte = static_cast<unsigned char>(*at++);
            if (i == 8) return value << 8 | byte;
            value = value << 7 | (byte & 0x7f);
            if ((byte & 0x80) == 0) return value;
        }
        return value;
    }
};

uint64_t bytes_of(uint64_t type) noexcept {
    constexpr uint64_t kFixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    return type < 10 ? kFixed[type] : type < 12 ? kPayloadMost : (type - 12) / 2;
}

bool is_number(uint64_t type) noexcept { return (type >= 1 && type <= 6) || type == 8 || type == 9; }
bool is_blob(uint64_t type) noexcept { return type >= 12 && type % 2 == 0; }

// The columns of one record.
struct Columns {
    std::vector<uint64_t> types;
    std::vector<std::string_view> values;

    explicit Columns(std::string_view record) {
        Reader head{record.data(), record.data() + record.size()};
        const uint64_t head_size = head.varint();
        if (!head.sound || head_size > record.size()) return;
        head.end = record.data() + head_size;
        size_t at = head_size;
        while (head.at < head.end && types.size() < 64) {
            const uint64_t type = head.varint();
            const uint64_t size = bytes_of(type);
            if (!head.sound || size > record.size() - at) {
                types.clear();
                return;
            }
            types.push_back(type);
            values.push_back(record.substr(at, size));
            at += size;
        }
        if (at != record.size()) types.clear();
    }
    int64_t number(size_t column) const noexcept {
        if (types[column] == 8) return 0;
        if (types[column] == 9) return 1;
        const std::string_view bytes = values[column];
        uint64_t value = !bytes.empty() && static_cast<signed char>(bytes[0]) < 0 ? UINT64_MAX : 0;
        for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
        return static_cast<int64_t>(value);
    }
};

bool is_entry(const Columns& columns) noexcept {
    if (columns.types.size() < kEntryColumns || columns.types[0] != 0) return false;
    return std::all_of(columns.types.begin() + 1, columns.types.begin() + 9, is_number) &&
           std::all_of(columns.types.begin() + 9, columns.types.begin() + kEntryColumns, is_blob);
}

}  // namespace

LeafPage::LeafPage(const char* bytes) noexcept : bytes_(bytes) {
    if (bytes[0] != kTableLeaf) return;
    const size_t cells = big_endian_16(bytes + 3);
    if (kHead + 2 * cells > kPageSize) return;
    cells_ = cells;
    accounted_ = count_up();
}

bool LeafPage::cell_at(size_t cell, Cell& out) const noexcept {
    const size_t at = big_endian_16(bytes_ + kHead + 2 * cell);
    if (at < kHead + 2 * cells_ || at >= kPageSize) return false;
    Reader reader{bytes_ + at, bytes_ + kPageSize};
    out.payload = reader.varint();
    out.rowid = static_cast<int64_t>(reader.varint());
    if (!reader.sound || out.payload > kPayloadMost) return false;
    constexpr uint64_t kWhole = kPageSize - 35, kLeast = (kPageSize - 12) * 32 / 255 - 23;
    out.at = static_cast<size_t>(reader.at - bytes_);
    out.local = out.payload;
    if (out.payload > kWhole) {
        const uint64_t most = kLeast + (out.payload - kLeast) % (kPageSize - 4);
        out.local = most <= kWhole ? most : kLeast;
    }
    out.end = std::max(out.at + out.local + (out.local < out.payload ? 4 : 0), at + 4);
    return out.end <= kPageSize;
}

bool LeafPage::count_up() const noexcept {
    const size_t content = big_endian_16(bytes_ + 5);
    if (content < kHead + 2 * cells_ || content > kPageSize) return false;
    size_t used = static_cast<unsigned char>(bytes_[7]);
    for (size_t i = 0; i < cells_; ++i) {
        Cell cell;
        if (!cell_at(i, cell)) return false;
        used += cell.end - big_endian_16(bytes_ + kHead + 2 * i);
    }
    for (size_t at = big_endian_16(bytes_ + 1), before = 0; at != 0; before = at, at = big_endian_16(bytes_ + at)) {
        if (at <= before || at + 4 > kPageSize) return false;
        used += big_endian_16(bytes_ + at + 2);
    }
    return content + used == kPageSize;
}

bool LeafPage::fetch(const Cell& cell, const char* bytes, Pages& pages, std::string& out) {
    out.assign(bytes + cell.at, cell.local);
    if (cell.local == cell.payload) return true;
    if (cell.payload > uint64_t{pages.count()} * kPageSize) return false;
    char page[kPageSize];
    uint32_t next = big_endian_32(bytes + cell.at + cell.local);
    while (out.size() < cell.payload) {
        const Pages::Use use = pages.use_of(next);
        if (use == Pages::Use::Free || !pages.read(next, page)) return false;
        out.append(page + 4, std::min<size_t>(cell.payload - out.size(), kPageSize - 4));
        next = big_endian_32(page);
    }
    return next == 0;
}

bool LeafPage::read(size_t cell, Pages& pages, EntryRecord& out) const {
    Cell found;
    std::string record;
    if (!cell_at(cell, found) || found.payload < kEntryColumns || !fetch(found, bytes_, pages, record)) return false;
    const Columns columns(record);
    if (!is_entry(columns)) return false;
    out.id = found.rowid;
    out.meta = aurelis_meta{columns.number(1),
                            columns.number(2),
                            columns.number(3),
                            static_cast<uint64_t>(columns.number(4)),
                            static_cast<uint32_t>(columns.number(5)),
                            static_cast<uint32_t>(columns.number(6))};
    out.accessed = columns.number(7);
    out.key = columns.values[9];
    out.attrs = columns.values[10];
    out.value = columns.values[11];
    return true;
}

bool LeafPage::read(size_t cell, SlotRecord& out) const {
    Cell found;
    if (!cell_at(cell, found) || found.local != found.payload || found.payload > 16) return false;
    const Columns columns(std::string_view(bytes_ + found.at, found.local));
    if (columns.types.size() != 2 || columns.types[0] != 0 || !is_number(columns.types[1])) return false;
    out = SlotRecord{found.rowid, columns.number(1)};
    return true;
}

}  // namespace aurelis::sqlite_disk
