// Reading a request trace through libarchive, which recognises the compression by the file's first bytes.
#include "run/trace.hpp"

#include "output/text.hpp"
#include "process/interrupt.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace aurelis::cli {
namespace {

constexpr size_t kKeyMax = 65536;          // The longest key that a cache takes.
constexpr size_t kLineMax = kKeyMax + 64;  // A key, a space and a number.
constexpr size_t kRequestsMax = 2'000'000'000;

struct Free {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Free>;

Error reading_failure(const std::string& file, archive* reader) {
    const char* why = archive_error_string(reader);
    return fail(AURELIS_E_FAILED,
                file + ": the trace cannot be read: " + (why != nullptr ? why : "unknown reason") +
                    "; give a file that is plain or compressed by gzip, xz, zstd, bzip2 or lz4");
}

Result<Reader> open_trace(const std::string& file) {
    AURELIS_TRY_VOID(Trace::check_file(file));
    Reader reader(archive_read_new());
    if (reader == nullptr) return fail(AURELIS_E_NOMEM, file + ": no memory to read the trace; free some");
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    archive_read_support_filter_lz4(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_read_support_format_empty(reader.get());
    if (archive_read_open_filename(reader.get(), file.c_str(), 65536) != ARCHIVE_OK)
        return reading_failure(file, reader.get());
    return reader;
}

// Splits a file that arrives in pieces into lines.
class Lines {
public:
    Lines(Trace& trace, std::string file, uint64_t limit)
        : trace_(trace), file_(std::move(file)), limit_(limit) {}

    // False: stop.
    Result<bool> add(std::string_view piece) {
        while (!piece.empty()) {
            const size_t end = piece.find('\n');
            rest_.append(piece.substr(0, end));
            if (rest_.size() > kLineMax) return wrong("the line is longer than a key may be");
            if (end == std::string_view::npos) return true;
            piece.remove_prefix(end + 1);
            AURELIS_TRY(more, finish_line());
            if (!more) return false;
        }
        return true;
    }

    Result<bool> finish_line() {
        ++number_;
        const auto added = trace_.add_line(rest_);
        rest_.clear();
        if (!added.has_value()) return wrong(added.error().message);
        if (trace_.requests().size() >= kRequestsMax)
            return wrong("too many requests; stop earlier with --requests");
        return limit_ == 0 || trace_.requests().size() < limit_;
    }

    Error wrong(const std::string& what) const {
        return fail(AURELIS_E_INVALID, file_ + ":" + std::to_string(number_) + ": " + what);
    }

private:
    Trace& trace_;
    std::string file_;
    uint64_t limit_;
    std::string rest_;
    uint64_t number_ = 0;
};

Result<void> read_lines(archive* reader, const std::string& file, Lines& lines) {
    std::array<char, 65536> piece;
    while (interrupts() == 0) {
        const la_ssize_t size = archive_read_data(reader, piece.data(), piece.size());
        if (size < 0) return reading_failure(file, reader);
        if (size == 0) break;
        AURELIS_TRY(more, lines.add({piece.data(), static_cast<size_t>(size)}));
        if (!more) return {};
    }
    AURELIS_TRY_VOID(lines.finish_line());  // The last line may have no line end.
    return {};
}

}  // namespace

Result<void> Trace::check_file(const std::string& file) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0)
        return fail(AURELIS_E_INVALID, file + ": the trace cannot be opened: " + std::strerror(errno) +
                                           "; name another one with --trace");
    if (!S_ISREG(status.st_mode))
        return fail(AURELIS_E_INVALID, file + ": the trace is not a regular file; name another one with --trace");
    return {};
}

Result<Trace> Trace::read(const std::string& file, uint64_t limit) {
    AURELIS_TRY(reader, open_trace(file));
    Trace trace;
    Lines lines(trace, file, limit);
    archive_entry* entry = nullptr;
    const int header = archive_read_next_header(reader.get(), &entry);
    if (header != ARCHIVE_OK && header != ARCHIVE_EOF) return reading_failure(file, reader.get());
    if (header == ARCHIVE_OK) AURELIS_TRY_VOID(read_lines(reader.get(), file, lines));
    if (trace.requests_.empty() && interrupts() == 0)
        return fail(AURELIS_E_INVALID, file + ": the trace has no request; give one with a key per line");
    return trace;
}

Result<void> Trace::add_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) return {};
    const size_t blank = line.find(' ');
    const std::string_view key = line.substr(0, blank);
    if (key.empty()) return fail(AURELIS_E_INVALID, "the line begins with a blank; write: KEY, or KEY SIZE");
    if (key.size() > kKeyMax)
        return fail(AURELIS_E_INVALID, "the key is longer than 65,536 bytes; shorten it");
    uint32_t size = kNoSize;
    if (blank != std::string_view::npos) {
        const std::string_view text = line.substr(blank + 1);
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
        if (problem != std::errc{} || end != text.data() + text.size() || size == kNoSize)
            return fail(AURELIS_E_INVALID,
                        "'" + printable(text) + "' is not a size in bytes below 4 GiB; write: KEY SIZE");
        sized_ = true;
    }
    const auto [place, added] = numbers_.emplace(std::string(key), static_cast<uint32_t>(keys_.size()));
    if (added) keys_.push_back(&place->first);
    requests_.push_back({place->second, size});
    return {};
}

}  // namespace aurelis::cli
