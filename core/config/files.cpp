// std::filesystem without exceptions, and a bounded read.
#include "config/files.hpp"

#include "config/units.hpp"
#include "config/values.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace aurelis::core {

namespace fs = std::filesystem;

Result<std::string> read_regular_file(const std::string& path, size_t bytes_max) {
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (status.type() == fs::file_type::not_found)
        return fail(AURELIS_E_CONFIG, "'" + path + "' does not exist; create it or name another file");
    if (failed) return fail(AURELIS_E_CONFIG, "'" + path + "' cannot be reached: " + failed.message());
    if (!fs::is_regular_file(status))
        return fail(AURELIS_E_CONFIG, "'" + path + "' is not a regular file; name a file that holds the text itself");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return fail(AURELIS_E_CONFIG, "'" + path + "' cannot be opened; check its permissions");
    std::string text(bytes_max + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return fail(AURELIS_E_CONFIG, "'" + path + "' cannot be read; check the disk it lies on");
    text.resize(static_cast<size_t>(stream.gcount()));
    if (text.size() > bytes_max)
        return fail(AURELIS_E_CONFIG, "'" + path + "' is longer than " + format_size(bytes_max) + "; shorten it");
    return text;
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
    if (failed) return fail(AURELIS_E_CONFIG, "the working folder cannot be told: " + failed.message());
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
