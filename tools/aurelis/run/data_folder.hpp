// The folder in which `run` keeps its data: used only by `run` and recognized by a marker file, so that emptying it
// never deletes anybody else's files; locked while a run uses it.
#pragma once

#include <aurelis/base/result.hpp>

#include <string>

namespace aurelis::cli {

class DataFolder {
public:
    // Creates the folder if it is missing; refuses one with foreign files; empties it unless `keep`.
    static Result<DataFolder> claim(const std::string& path, bool keep);
    // $XDG_CACHE_HOME/aurelis/run, else ~/.cache/aurelis/run.
    static Result<std::string> default_path();

    DataFolder(DataFolder&& other) noexcept : path_(std::move(other.path_)), lock_(other.lock_) {
        other.lock_ = -1;
    }
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    const std::string& path() const noexcept { return path_; }  // Absolute.

private:
    DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::string path_;
    int lock_;  // The marker file, locked.
};

}  // namespace aurelis::cli
