// A temporary folder of the test, deleted with its content at the end; for tests that need no Unix socket in it (a
// socket's path has at most 107 bytes: support/redis/temp_folder.hpp).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aurelis::test {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "aurelis-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder " + name + " for the test");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

    // Writes a file, creating the folders above it, and returns its path.
    std::string write(const std::string& name, std::string_view text, unsigned mode = 0600) const {
        const std::filesystem::path file = *this / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
        return file.string();
    }

private:
    std::string path_;
};

// Empty if there is no such file.
inline std::string contents_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace aurelis::test
