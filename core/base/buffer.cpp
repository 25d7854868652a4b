#include "base/buffer.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace aurelis::core {
namespace {

struct Block {
    std::atomic<uint32_t> refs{1};
    alignas(16) char bytes[1];
};

void retain_block(void* owner) noexcept {
    static_cast<Block*>(owner)->refs.fetch_add(1, std::memory_order_relaxed);
}
void release_block(void* owner) noexcept {
    auto* block = static_cast<Block*>(owner);
    if (block->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    block->~Block();
    std::free(block);
}
constexpr aurelis_buf_ops kBlockOps{sizeof(aurelis_buf_ops), 0, &retain_block, &release_block};

struct Wrapped {
    std::atomic<uint32_t> refs{1};
    std::function<void()> end;
};
void retain_wrapped(void* owner) noexcept {
    static_cast<Wrapped*>(owner)->refs.fetch_add(1, std::memory_order_relaxed);
}
void release_wrapped(void* owner) noexcept {
    auto* wrapped = static_cast<Wrapped*>(owner);
    if (wrapped->refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    wrapped->end();
    delete wrapped;
}
constexpr aurelis_buf_ops kWrappedOps{sizeof(aurelis_buf_ops), 0, &retain_wrapped, &release_wrapped};

}  // namespace

aurelis_buf new_buffer(size_t size, void** writable) noexcept {
    void* const room = size > SIZE_MAX - sizeof(Block) ? nullptr : std::malloc(sizeof(Block) + size);
    if (room == nullptr) return aurelis_buf{};
    auto* block = new (room) Block;
    *writable = block->bytes;
    return aurelis_buf{block->bytes, size, &kBlockOps, block};
}

Pinned join_buffer(std::initializer_list<std::string_view> pieces) noexcept {
    size_t size = 0;
    for (std::string_view piece : pieces) size += piece.size();
    void* room = nullptr;
    const aurelis_buf buf = new_buffer(size, &room);
    auto* to = static_cast<char*>(room);
    if (to == nullptr) return Pinned{};
    for (std::string_view piece : pieces) {
        if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
        to += piece.size();
    }
    return Pinned(buf);
}

Pinned copy_buffer(std::string_view data) noexcept { return join_buffer({data}); }

Pinned wrap_buffer(std::string_view data, std::function<void()> end) {
    auto* wrapped = new Wrapped;
    wrapped->end = std::move(end);
    return Pinned(aurelis_buf{data.data(), data.size(), &kWrappedOps, wrapped});
}

Pinned keep_buffer(const aurelis_buf& buf) noexcept {
    return buf.ops != nullptr ? Pinned(aurelis_buf_share(&buf)) : copy_buffer(view(buf));
}

}  // namespace aurelis::core
