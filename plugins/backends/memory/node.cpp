// Making and freeing nodes, and the buffer table through which readers hold them.
#include "node.hpp"

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace aurelis::memory {

namespace {

// The word that malloc keeps before each block.
constexpr uint64_t kBlockHeader = sizeof(size_t);

void free_node(Node* node) noexcept {
    node->~Node();
    std::free(node);
}

void retain_node(void* owner) noexcept {
    static_cast<Node*>(owner)->references.fetch_add(1, std::memory_order_relaxed);
}

// A reader can be the last holder only after the table gave the node up, so the ledger counts it.
void release_node(void* owner) noexcept {
    Node* node = static_cast<Node*>(owner);
    if (node->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    PinLedger* ledger = node->ledger;
    ledger->add(-static_cast<int64_t>(charge_of(node)));
    free_node(node);
    ledger->release();
}

constexpr aurelis_buf_ops kNodeBuf{sizeof(aurelis_buf_ops), 0, &retain_node, &release_node};

}  // namespace

aurelis_buf pin(Node* node) noexcept {
    node->references.fetch_add(1, std::memory_order_relaxed);
    return aurelis_buf{node->value(), node->value_size, &kNodeBuf, node};
}

Node* make_node(uint64_t hash, std::string_view key, const aurelis_write& write, PinLedger* ledger) noexcept {
    const uint64_t offset = Node::value_offset(key.size(), write.attrs.size);
    if (write.attrs.size > std::numeric_limits<uint32_t>::max() ||
        write.value.size > std::numeric_limits<int64_t>::max() - offset - sizeof(Node))
        return nullptr;
    void* room = std::malloc(sizeof(Node) + offset + write.value.size);
    if (room == nullptr) return nullptr;
    Node* node = new (room) Node;
    node->ledger = ledger;
    node->hash = hash;
    node->key_size = static_cast<uint32_t>(key.size());
    node->attrs_size = static_cast<uint32_t>(write.attrs.size);
    node->value_size = write.value.size;
    node->meta = write.meta;
    char* at = reinterpret_cast<char*>(node + 1);
    std::memcpy(at, key.data(), key.size());
    if (write.attrs.size != 0) std::memcpy(at + key.size(), write.attrs.data, write.attrs.size);
    if (write.value.size != 0) std::memcpy(at + offset, write.value.data, write.value.size);
    return node;
}

uint64_t charge_of(const Node* node) noexcept {
    return malloc_usable_size(const_cast<Node*>(node)) + kBlockHeader;
}

uint64_t least_charge(size_t key_size, const aurelis_write& write) noexcept {
    const uint64_t fixed = sizeof(Node) + kBlockHeader + Node::value_offset(key_size, write.attrs.size);
    const uint64_t room = std::numeric_limits<uint64_t>::max() - fixed;
    return write.value.size > room ? std::numeric_limits<uint64_t>::max() : fixed + write.value.size;
}

void drop_node(Node* node) noexcept {
    // Nobody can find the node any more: if this is the only reference, no other can be made.
    if (node->references.load(std::memory_order_acquire) == 1) return free_node(node);
    node->ledger->retain();
    node->ledger->add(static_cast<int64_t>(charge_of(node)));
    release_node(node);
}

}  // namespace aurelis::memory
