// A file: magic, expiry time, sizes, checksum of everything except the expiry time, key, value. Numbers in the byte
// order of this machine.
#include "files.hpp"

#include <aurelis/base/descriptor.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace drawer {

namespace {

namespace fs = std::filesystem;

struct Head {
    char magic[8];
    int64_t expires_wall;
    uint64_t key_size, value_size, check;
};
constexpr char kMagic[8] = {'d', 'r', 'a', 'w', 'e', 'r', '0', '1'};
constexpr const char* kEntry = ".entry";
constexpr const char* kPrepared = ".new";

// FNV-1a. The host's hash is not for files: it may be a different one in the next process.
uint64_t hash_of(std::string_view bytes, uint64_t start) noexcept {
    uint64_t hash = start;
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
    return hash;
}

uint64_t check_of(const Head& head, std::string_view key) noexcept {
    const uint64_t sizes[] = {head.key_size, head.value_size};
    return hash_of({reinterpret_cast<const char*>(sizes), sizeof sizes}, hash_of(key, 14695981039346656037u));
}

aurelis::Error failed(const std::string& path, const char* what) {
    const aurelis_status status = errno == ENOSPC || errno == EDQUOT ? AURELIS_E_FULL : AURELIS_E_UNAVAILABLE;
    return aurelis::fail(status, path + ": " + what + ": " + std::strerror(errno) + "; check the folder of 'path'");
}

bool write_all(int file, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t wrote = write(file, bytes.data(), bytes.size());
        if (wrote < 0 && errno != EINTR) return false;
        if (wrote > 0) bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    return true;
}

std::optional<Record> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    Head head{};
    if (!file.read(reinterpret_cast<char*>(&head), sizeof head)) return std::nullopt;
    std::error_code error;
    const uint64_t size = fs::file_size(path, error);
    const bool fits = !error && head.key_size <= size && head.value_size <= size &&
                      size == sizeof head + head.key_size + head.value_size;
    if (std::memcmp(head.magic, kMagic, sizeof kMagic) != 0 || !fits) return std::nullopt;
    Record record;
    record.expires_wall = head.expires_wall;
    record.key.resize(head.key_size);
    record.value.resize(head.value_size);
    if (!file.read(record.key.data(), static_cast<std::streamsize>(record.key.size())) ||
        !file.read(record.value.data(), static_cast<std::streamsize>(record.value.size())) ||
        head.check != check_of(head, record.key))
        return std::nullopt;
    return record;
}

}  // namespace

Result<Files> Files::open(const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    const std::string path = folder + "/lock";
    const int lock = aurelis::above_standard(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock < 0) return failed(path, "cannot be opened");
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return aurelis::fail(AURELIS_E_UNAVAILABLE,
                             folder + ": another process uses it; give each a 'path' of its own");
    }
    return Files(folder, lock);
}

Files::~Files() {
    if (lock_ >= 0) close(lock_);
}

std::string Files::path_of(std::string_view key) const {
    char name[33];
    std::snprintf(name, sizeof name, "%016llx%016llx",
                  static_cast<unsigned long long>(hash_of(key, 14695981039346656037u)),
                  static_cast<unsigned long long>(hash_of(key, 0x9e3779b97f4a7c15u)));
    return folder_ + "/" + name + kEntry;
}

Result<std::string> Files::prepare(const Record& record, bool durable, uint64_t number) const {
    const std::string path = folder_ + "/" + std::to_string(number) + kPrepared;
    const int file =
        aurelis::above_standard(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file < 0) return failed(path, "cannot be opened");
    Head head{{}, record.expires_wall, record.key.size(), record.value.size(), 0};
    std::memcpy(head.magic, kMagic, sizeof kMagic);
    head.check = check_of(head, record.key);
    const bool wrote = write_all(file, {reinterpret_cast<const char*>(&head), sizeof head}) &&
                       write_all(file, record.key) && write_all(file, record.value) && (!durable || fsync(file) == 0);
    const aurelis::Error error = failed(path, "cannot be written");
    if (close(file) == 0 && wrote) return path;
    drop(path);
    return error;
}

Result<void> Files::publish(const std::string& prepared, std::string_view key) const {
    const std::string path = path_of(key);
    if (rename(prepared.c_str(), path.c_str()) == 0) return {};
    return failed(path, "cannot be replaced");
}

void Files::drop(const std::string& prepared) const noexcept { unlink(prepared.c_str()); }

std::optional<Record> Files::read(std::string_view key) const {
    std::optional<Record> record = read_file(path_of(key));
    return record && record->key == key ? record : std::nullopt;
}

Result<void> Files::change_end(std::string_view key, int64_t expires_wall) const {
    const std::string path = path_of(key);
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return failed(path, "cannot be opened");
    const bool wrote = pwrite(file, &expires_wall, sizeof expires_wall, offsetof(Head, expires_wall)) ==
                       static_cast<ssize_t>(sizeof expires_wall);
    const aurelis::Error error = failed(path, "cannot be written");
    close(file);
    return wrote ? Result<void>() : Result<void>(error);
}

void Files::remove(std::string_view key) const noexcept { unlink(path_of(key).c_str()); }

void Files::each(const std::function<void(const Record&)>& visit) const {
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        const fs::path path = at->path();
        if (path.extension() == kPrepared) drop(path);  // Left by a process that died.
        if (path.extension() != kEntry) continue;
        const std::optional<Record> record = read_file(path);
        if (record && path_of(record->key) == path)
            visit(*record);
        else
            drop(path);
    }
}

}  // namespace drawer
