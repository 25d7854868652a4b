// std::filesystem without exceptions, and a bounded read of a file that nobody else can change.
#include "config/files.hpp"

#include "config/units.hpp"
#include "config/values.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace aurelis::core {

namespace fs = std::filesystem;

Result<std::string> read_regular_file(const std::string& path, size_t bytes_max, mode_t* mode) {
    const auto refuse = [&path](const std::string& why) { return fail(AURELIS_E_CONFIG, "'" + path + "'" + why); };
    int code = 0;
    const auto opened = open_trusted(path, O_RDONLY, {}, &code);
    if (!opened && code == 0) return refuse(": " + opened.error().message);
    if (!opened && (code == ENOENT || code == ENOTDIR))
        return refuse(" does not exist; create it or name another file");
    if (!opened && code == EINVAL) return refuse(" is not a regular file; name a file that holds the text itself");
    if (!opened && code == EACCES) return refuse(" cannot be opened; check its permissions");
    if (!opened) return refuse(std::string(" cannot be reached: ") + std::strerror(code));
    struct stat info {};
    if (mode != nullptr && fstat(opened.value().file.number(), &info) == 0) *mode = info.st_mode;
    auto text = read_up_to(opened.value().file, bytes_max + 1);
    if (!text) return refuse(" cannot be read; check the disk it is on");
    if (text->size() > bytes_max) return refuse(" is longer than " + format_size(bytes_max) + "; shorten it");
    return std::move(*text);
}

Result<std::string> absolute_path(std::string_view path, const std::string& folder) {
    if (path.empty()) return fail(AURELIS_E_CONFIG, "expected a path, got an empty text");
    if (path.find('\0') != std::string_view::npos)
        return fail(AURELIS_E_CONFIG, "expected a path, got '" + printable(path) + "', which holds a NUL byte");
    if (path.front() == '~')
        return fail(AURELIS_E_CONFIG, "expected a path, got '" + printable(path) +
                                          "'; '~' means nothing here, write ${HOME} or './~' for a file of that name");
    fs::path result = fs::path(folder) / fs::path(path);
    std::error_code failed;
    if (!result.is_absolute()) result = fs::absolute(result, failed);
    if (failed) return fail(AURELIS_E_CONFIG, "the working folder cannot be determined: " + failed.message());
    std::string text = result.lexically_normal().string();
    if (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

std::string folder_of(const std::string& file) {
    std::error_code failed;
    const fs::path whole = fs::absolute(fs::path(file), failed);
    return (failed ? fs::path(file) : whole.lexically_normal()).parent_path().string();
}

}  // namespace aurelis::core
