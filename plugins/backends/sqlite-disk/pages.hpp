// Pages: the pages of a database file as they lie on the disk, with its log laid over them, read without believing any
// tree. Knows which pages are in use, and which were hit: a page whose newest state in the log is damaged counts as
// lost, never as what it was before. Leaves to others: what the pages mean (records.hpp).
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

    // file: a connection to the file, which is read through it, since closing another descriptor of the file would drop
    // the locks of this process. log: the path of its write-ahead log, which may be missing.
    static Result<std::unique_ptr<Pages>> open(std::unique_ptr<Database> file, const std::string& log);
    ~Pages();
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    // Does the head of the file carry our marks, and a version of the schema that we know?
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
    std::unordered_map<uint32_t, int64_t> in_log_;  // Where the newest state of a page lies; below 0: it is damaged.
    std::vector<Use> map_;                          // Of the pages behind map_page_.
    uint32_t map_page_ = 0;
    bool free_list_read_ = false;   // The list was asked for,
    bool free_list_whole_ = false;  // and is sound.
    std::vector<uint32_t> free_;    // Sorted.
};

uint32_t big_endian_32(const char* from) noexcept;

}  // namespace aurelis::sqlite_disk
