// Reading and checking the file.
#include "dictionary_file.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>

namespace aurelis::zstd {

namespace {

constexpr size_t kBeforeContentBytes = 8;  // Magic and ID.
constexpr uint64_t kFirstId = 32768;
constexpr uint64_t kIdsEnd = uint64_t{1} << 31;

Error refuse(const std::string& path, const std::string& why) { return fail(AURELIS_E_CONFIG, path + " " + why); }

Error cannot_read(const std::string& path, int code) {
    return refuse(path,
                  std::string("cannot be read: ") + std::strerror(code) + "; change the path or the file's rights");
}

Result<std::string> read_file(const std::string& path) {
    int code = 0;
    const auto opened = open_trusted(path, O_RDONLY, {}, &code);
    if (!opened && code == 0) return refuse(path, "is not read: " + opened.error().message);
    if (!opened && code == EINVAL) return refuse(path, "is not a regular file; name the file of a dictionary");
    if (!opened) return cannot_read(path, code);
    const Descriptor& file = opened.value().file;
    struct stat found {};
    if (::fstat(file.number(), &found) != 0) return cannot_read(path, errno);
    if (static_cast<uint64_t>(found.st_size) > kDictionaryBytesMax)
        return refuse(path, "is larger than 16 MiB; train a smaller dictionary");
    std::string bytes(static_cast<size_t>(found.st_size), '\0');
    size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(file.number(), bytes.data() + have, bytes.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot_read(path, errno);
        if (got == 0)
            return refuse(path,
                          "became shorter while it was read; write dictionaries under another name and rename them");
        have += static_cast<size_t>(got);
    }
    return bytes;
}

}  // namespace

uint32_t id_by_content(std::string_view dictionary) noexcept {
    const std::string_view content = dictionary.substr(kBeforeContentBytes);
    return static_cast<uint32_t>(XXH64(content.data(), content.size(), 0) % (kIdsEnd - kFirstId) + kFirstId);
}

Result<std::string> read_dictionary_file(const std::string& path) {
    AURELIS_TRY(bytes, read_file(path));
    const uint32_t id = ZSTD_getDictID_fromDict(bytes.data(), bytes.size());
    if (id == 0 || bytes.size() <= kBeforeContentBytes)
        return refuse(path, "is not a zstd dictionary; make one with 'aurelis dictionary train'");
    if (id != id_by_content(bytes))
        return refuse(path, "is damaged or was made by another program: its ID " + std::to_string(id) +
                                " does not belong to its content; make one with 'aurelis dictionary train'");
    return bytes;
}

}  // namespace aurelis::zstd
