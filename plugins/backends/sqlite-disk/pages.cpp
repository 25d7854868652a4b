// Pages: the formats are documented at sqlite.org/fileformat2.html.
#include "pages.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace aurelis::sqlite_disk {

namespace {

constexpr uint32_t kPagesPerMap = kPageSize / 5;
constexpr uint32_t kLockPage = 0x40000000 / kPageSize + 1;
constexpr size_t kLogHead = 32;
constexpr size_t kFrameHead = 24;

// The running checksum of a log.
struct Sums {
    uint32_t a = 0, b = 0;

    void add(const char* data, size_t size, bool big_endian) noexcept {
        for (size_t at = 0; at + 8 <= size; at += 8) {
            uint32_t first = big_endian_32(data + at), second = big_endian_32(data + at + 4);
            if (!big_endian) first = __builtin_bswap32(first), second = __builtin_bswap32(second);
            a += first + b;
            b += second + a;
        }
    }
    friend bool operator==(const Sums&, const Sums&) = default;
};

Sums sums_at(const char* from) noexcept { return {big_endian_32(from), big_endian_32(from + 4)}; }

bool read_at(int descriptor, char* to, size_t size, int64_t at) noexcept {
    return pread(descriptor, to, size, at) == static_cast<ssize_t>(size);
}

}  // namespace

uint32_t big_endian_32(const char* from) noexcept {
    uint32_t value;
    std::memcpy(&value, from, sizeof value);
    return __builtin_bswap32(value);
}

Result<std::unique_ptr<Pages>> Pages::open(std::unique_ptr<Database> file, const std::string& log) {
    std::unique_ptr<Pages> made(new Pages(std::move(file)));
    sqlite3_db_config(made->file_->raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_file* raw = nullptr;
    sqlite3_file_control(made->file_->raw(), "main", SQLITE_FCNTL_FILE_POINTER, &raw);
    sqlite3_int64 bytes = 0;
    if (raw == nullptr || raw->pMethods == nullptr || raw->pMethods->xFileSize(raw, &bytes) != SQLITE_OK)
        return fail(AURELIS_E_UNAVAILABLE, made->file_->path() + ": it cannot be read; check the disk");
    made->count_ = static_cast<uint32_t>(static_cast<uint64_t>(bytes) / kPageSize);
    made->read_log(log);
    return made;
}

bool Pages::has_our_marks(Database& file) {
    sqlite3_file* raw = nullptr;
    char head[100];
    sqlite3_file_control(file.raw(), "main", SQLITE_FCNTL_FILE_POINTER, &raw);
    if (raw == nullptr || raw->pMethods == nullptr || raw->pMethods->xRead(raw, head, sizeof head, 0) != SQLITE_OK)
        return false;
    return big_endian_32(head + 68) == kApplicationId && big_endian_32(head + 60) <= kSchemaVersion;
}

Pages::~Pages() {
    if (log_ >= 0) close(log_);
}

// A frame is checked against the sum stated in the frame before it, so that one damaged frame does not hide those after
// it. It is not known whether what follows the last sound commit was acknowledged: the pages that it would change are
// lost.
void Pages::read_log(const std::string& path) {
    log_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char head[kLogHead];
    if (log_ < 0 || !read_at(log_, head, sizeof head, 0)) return;
    const uint32_t magic = big_endian_32(head);
    if ((magic & ~1u) != 0x377f0682 || big_endian_32(head + 8) != kPageSize) return;
    const bool big_endian = (magic & 1) != 0;
    std::unordered_map<uint32_t, int64_t> pending;
    std::vector<char> frame(kFrameHead + kPageSize);
    Sums sums = sums_at(head + 24);
    const auto step = static_cast<int64_t>(frame.size());
    for (int64_t at = kLogHead; read_at(log_, frame.data(), frame.size(), at); at += step) {
        if (std::memcmp(frame.data() + 8, head + 16, 8) != 0) break;  // From an earlier use of the log.
        const uint32_t page = big_endian_32(frame.data());
        sums.add(frame.data(), 8, big_endian);
        sums.add(frame.data() + kFrameHead, kPageSize, big_endian);
        const Sums stated = sums_at(frame.data() + 16);
        const bool sound = sums == stated;
        sums = stated;
        pending[page] = sound ? at + static_cast<int64_t>(kFrameHead) : -1;
        if (!sound || big_endian_32(frame.data() + 4) == 0) continue;
        count_ = std::max(count_, big_endian_32(frame.data() + 4));
        for (const auto& [number, where] : pending) in_log_[number] = where;
        pending.clear();
    }
    for (const auto& [number, where] : pending) in_log_[number] = -1;
}

bool Pages::read(uint32_t page, char* to) const {
    if (page == 0 || page > count_) return false;
    if (const auto found = in_log_.find(page); found != in_log_.end())
        return found->second >= 0 && read_at(log_, to, kPageSize, found->second);
    sqlite3_file* raw = nullptr;
    sqlite3_file_control(file_->raw(), "main", SQLITE_FCNTL_FILE_POINTER, &raw);
    const auto at = static_cast<sqlite3_int64>(page - 1) * static_cast<sqlite3_int64>(kPageSize);
    return raw->pMethods->xRead(raw, to, kPageSize, at) == SQLITE_OK;
}

// False if the map is damaged.
bool Pages::read_map(uint32_t map_page) {
    map_page_ = map_page;
    map_.clear();
    char bytes[kPageSize];
    if (!read(map_page, bytes)) return false;
    for (uint32_t i = 0; i < kPagesPerMap && map_page + 1 + i <= count_; ++i) {
        constexpr char kRoot = 1, kFree = 2, kTree = 5;  // 3 and 4 are the overflow pages of long rows.
        const char kind = bytes[5 * i];
        // The lock page is not in the map; a page that was never used has no kind.
        if (kind == 0 && (map_page + 1 + i == kLockPage || big_endian_32(bytes + 5 * i + 1) == 0))
            map_.push_back(Use::Free);
        else if (kind < kRoot || kind > kTree || big_endian_32(bytes + 5 * i + 1) > count_)
            return map_.clear(), false;
        else
            map_.push_back(kind == kRoot || kind == kTree ? Use::Tree
                           : kind == kFree                ? Use::Free
                                                          : Use::Overflow);
    }
    return true;
}

void Pages::read_free_list() {
    free_list_read_ = true;
    char bytes[kPageSize];
    if (!read(1, bytes)) return;
    const uint32_t stated = big_endian_32(bytes + 36);
    for (uint32_t trunk = big_endian_32(bytes + 32); trunk != 0; trunk = big_endian_32(bytes)) {
        if (free_.size() > stated || !read(trunk, bytes)) return;
        const uint32_t leaves = big_endian_32(bytes + 4);
        if (leaves > kPageSize / 4 - 2) return;
        free_.push_back(trunk);
        for (uint32_t i = 0; i < leaves; ++i) free_.push_back(big_endian_32(bytes + 8 + 4 * i));
    }
    std::sort(free_.begin(), free_.end());
    free_list_whole_ = free_.size() == stated;
}

// According to the maps that incremental vacuum needs or, where such a map is damaged, to the list of free pages.
Pages::Use Pages::use_of(uint32_t page) {
    if (page <= 1) return Use::Unknown;
    const uint32_t map_page = (page - 2) / (kPagesPerMap + 1) * (kPagesPerMap + 1) + 2;
    if (page == map_page || page == kLockPage) return Use::Free;
    if (map_page != map_page_) static_cast<void>(read_map(map_page));
    if (const uint32_t at = page - map_page - 1; at < map_.size()) return map_[at];
    if (!free_list_read_) read_free_list();
    if (!free_list_whole_) return Use::Unknown;
    return std::binary_search(free_.begin(), free_.end(), page) ? Use::Free : Use::Tree;
}

}  // namespace aurelis::sqlite_disk
