// Private folders for one test.
#include "support/redis/temp_folder.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <unistd.h>

namespace aurelis::rig {

namespace {

constexpr size_t kParentBytesMax = 50;
constexpr std::string_view kPrefix = "aurelis-rig-";  // Followed by the owner's process id.

std::string parent_folder() {
    std::error_code ignored;
    const std::string wanted = std::filesystem::temp_directory_path(ignored).string();
    return wanted.empty() || wanted.size() > kParentBytesMax ? "/tmp" : wanted;
}

}  // namespace

void remove_left_overs() {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(parent_folder(), ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.compare(0, kPrefix.size(), kPrefix) != 0) continue;
        const int owner = std::atoi(name.c_str() + kPrefix.size());
        if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) std::filesystem::remove_all(entry.path(), ignored);
    }
}

TempFolder::TempFolder() : owner_(getpid()) {
    static std::once_flag cleaned;
    std::call_once(cleaned, remove_left_overs);
    std::string name = parent_folder() + "/" + std::string(kPrefix) + std::to_string(owner_) + "-XXXXXX";
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
