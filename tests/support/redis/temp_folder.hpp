// A private folder with a short path (a Unix socket's path has at most 107 bytes), deleted with its content at the end.
#pragma once

#include <string>

namespace aurelis::rig {

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
    int owner_;  // A forked child of the test must not remove it.
};

// Removes the folders of processes that were killed before they could; the first folder of each process does it.
void remove_left_overs();

// Empty if there is no such file.
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace aurelis::rig
