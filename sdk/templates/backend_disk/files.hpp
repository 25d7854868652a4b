// Files: a folder in which each entry is one file, replaced as a whole by a rename, so that a reader, also after a
// crash, finds the old bytes or the new ones. Leaves to others: which entries there are, and who may change one when
// (drawer.cpp).
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

// What a file says of its entry.
struct Record {
    std::string key, value;
    int64_t expires_wall = 0;  // 0 never.
};

class Files {
public:
    // Takes the folder, made if it is not there, for this process alone, until the end of the object.
    static Result<Files> open(const std::string& folder);
    ~Files();
    Files(Files&& other) noexcept : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    // Writes what will be the file of the key, beside it. publish() makes it so, drop() gives it up.
    Result<std::string> prepare(const Record& record, bool durable, uint64_t number) const;
    Result<void> publish(const std::string& prepared, std::string_view key) const;
    void drop(const std::string& prepared) const noexcept;
    // Nothing: there is no file, or one that is damaged or of another key, whose name happens to be the same.
    std::optional<Record> read(std::string_view key) const;
    Result<void> change_end(std::string_view key, int64_t expires_wall) const;
    void remove(std::string_view key) const noexcept;
    // Every sound entry; what is not sound is removed.
    void each(const std::function<void(const Record&)>& visit) const;

private:
    Files(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
    std::string path_of(std::string_view key) const;
    std::string folder_;
    int lock_ = -1;
};

}  // namespace drawer
