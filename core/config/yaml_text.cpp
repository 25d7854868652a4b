// One pass over the lines; the first mistake of each line is reported, at most a few in all.
#include "config/yaml_text.hpp"

#include "config/values.hpp"

#include <optional>
#include <string>

namespace aurelis::core {
namespace {

constexpr int kReportedMax = 10;  // The first lines are enough to recognize a binary file.

std::string hex(unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

bool tab_in_indentation(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

std::optional<std::string> mistake_in(std::string_view line) {
    const size_t valid = valid_utf8_prefix(line);
    if (valid < line.size())
        return "byte " + hex(static_cast<unsigned char>(line[valid])) + " in column " + std::to_string(valid + 1) +
               " is not UTF-8; save the file as UTF-8";
    for (size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        const std::string column = " in column " + std::to_string(i + 1);
        if (byte == '\r')
            return "a carriage return" + column + " that does not end a line; save the file with Unix line ends";
        if (byte == 0) return "a NUL byte" + column + "; remove it, or save the file as UTF-8 if it is UTF-16";
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return "control character " + hex(byte) + column + "; remove it";
    }
    if (tab_in_indentation(line))
        return std::string("the line is indented with a tab; YAML allows only spaces, replace it");
    return std::nullopt;
}

}  // namespace

bool check_yaml_text(std::string_view text, Problems& problems) {
    if (text.size() > kYamlBytesMax) {
        problems.add(0, "the file is larger than 1 MiB, which no configuration needs; name the right file");
        return false;
    }
    int reported = 0;
    for (int number = 1; !text.empty() && reported < kReportedMax; ++number) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (auto mistake = mistake_in(line)) {
            problems.add(number, *mistake);
            ++reported;
        }
    }
    return reported == 0;
}

}  // namespace aurelis::core
