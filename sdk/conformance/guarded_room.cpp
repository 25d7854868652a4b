// Pages from the system, the last of them inaccessible.
#include "guarded_room.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace aurelis::conformance {

namespace {

constexpr unsigned char kBorder = 0xa7;

size_t page_bytes() noexcept {
    static const auto bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return bytes;
}

bool is_border(const char* begin) noexcept {
    return std::all_of(begin, begin + GuardedRoom::kBorderBytes,
                       [](char byte) { return static_cast<unsigned char>(byte) == kBorder; });
}

}  // namespace

GuardedRoom::~GuardedRoom() {
    if (pages_ != nullptr) munmap(pages_, capacity_ + page_bytes());
}

void GuardedRoom::reserve(size_t size) {
    if (size <= capacity_) return;
    const size_t page = page_bytes();
    const size_t wanted = (std::max(size, 2 * capacity_) + page - 1) / page * page;
    void* made = mmap(nullptr, wanted + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) throw std::bad_alloc();
    mprotect(static_cast<char*>(made) + wanted, page, PROT_NONE);
    if (pages_ != nullptr) munmap(pages_, capacity_ + page);
    pages_ = static_cast<char*>(made);
    capacity_ = wanted;
}

const char* GuardedRoom::place(std::string_view text) {
    reserve(std::max<size_t>(text.size(), 1));
    char* begin = pages_ + capacity_ - text.size();
    if (!text.empty()) std::memcpy(begin, text.data(), text.size());
    return begin;
}

char* GuardedRoom::open(size_t size) {
    reserve(size + 2 * kBorderBytes);
    room_ = pages_ + capacity_ - kBorderBytes - size;
    size_ = size;
    std::memset(room_ - kBorderBytes, kBorder, kBorderBytes);
    std::memset(room_ + size_, kBorder, kBorderBytes);
    return room_;
}

bool GuardedRoom::intact() const noexcept { return is_border(room_ - kBorderBytes) && is_border(room_ + size_); }

}  // namespace aurelis::conformance
