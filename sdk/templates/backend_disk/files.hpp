// Files: a folder in which each entry is one file, replaced as a whole by a rename, so that a reader finds either the
// old bytes or the new ones, even after a crash. Leaves to others: which entries there are, and locking (drawer.cpp).
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace drawer {

using aurelis::Result;

// What a file contains about its entry.
struct Record {
    std::string key, value;
    int64_t expires_wall = 0;  // 0 never.
};

class Files {
public:
    // Takes the folder, which is created if it is missing, for this process alone until the object is destroyed.
    static Result<Files> open(const std::string& folder);
    ~Files();
    Files(Files&& other) noexcept : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    // Writes the new file of the key under a temporary name. publish() puts it in place, drop() deletes it.
    Result<std::string> prepare(const Record& record, bool durable, uint64_t number) const;
    Result<void> publish(const std::string& prepared, std::string_view key) const;
    void drop(const std::string& prepared) const noexcept;
    // Nothing: there is no file, or it is damaged or belongs to another key with the same file name.
    std::optional<Record> read(std::string_view key) const;
    Result<void> change_end(std::string_view key, int64_t expires_wall) const;
    void remove(std::string_view key) const noexcept;
    // Visits every sound entry; removes damaged ones.
    void each(const std::function<void(const Record&)>& visit) const;

private:
    Files(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
    std::string path_of(std::string_view key) const;
    std::string folder_;
    int lock_ = -1;
};

}  // namespace drawer
