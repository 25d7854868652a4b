// Pages: the pages of a database file on the disk, overlaid with its log, read without trusting any tree. Knows which
// pages are in use, and which are damaged: a page whose newest state in the log is damaged counts as lost; its earlier
// state is not used. Leaves to others: what the pages mean (records.hpp).
#pragma once

#include "database.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace aurelis::sqlite_disk {

inline constexpr size_t kPageSize = 4096;

class Pages {
public:
    enum class Use : uint8_t { Tree, Overflow, Free, Unknown };

    // file: a connection through which the file is read, since closing another descriptor of the file would drop the
    // locks of this process. log: the path of its write-ahead log, which may be missing.
    static Result<std::unique_ptr<Pages>> open(std::unique_ptr<Database> file, const std::string& log);
    ~Pages();
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    // Does the head of the file have our marks and a schema version that we know?
    static bool has_our_marks(Database& file);

    uint32_t count() const noexcept { return count_; }
    // Pages are numbered from 1. False: it cannot be read or must not be believed.
    bool read(uint32_t page, char* to) const;
    Use use_of(uint32_t page);

private:
    explicit Pages(std::unique_ptr<Database> file) : file_(std::move(file)) {}
    void read_log(const std::string& path);
    bool read_map(uint32_t map_page);
    void read_free_list();

    const std::unique_ptr<Database> file_;
    uint32_t count_ = 0;
    int log_ = -1;
    std::unordered_map<uint32_t, int64_t>
        in_log_;  // The position of the newest state of a page; below 0: it is damaged.
    std::vector<Use> map_;                          // Of the pages after map_page_.
    uint32_t map_page_ = 0;
    bool free_list_read_ = false;   // The list has been read,
    bool free_list_whole_ = false;  // and is sound.
    std::vector<uint32_t> free_;    // Sorted.
};

uint32_t big_endian_32(const char* from) noexcept;

}  // namespace aurelis::sqlite_disk
