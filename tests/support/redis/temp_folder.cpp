// Private folders for one test.
#include "support/redis/temp_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr size_t kParentBytesMax = 60;

std::string parent_folder() {
    std::error_code ignored;
    const std::string wanted = std::filesystem::temp_directory_path(ignored).string();
    return wanted.empty() || wanted.size() > kParentBytesMax ? "/tmp" : wanted;
}

}  // namespace

TempFolder::TempFolder() : owner_(getpid()) {
    std::string name = parent_folder() + "/aurelis-rig-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + ": " + std::strerror(errno));
    path_ = name;
}

TempFolder::~TempFolder() {
    if (owner_ != getpid()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(path + ": could not be written");
}

}  // namespace aurelis::rig
