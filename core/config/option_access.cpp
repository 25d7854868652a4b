// Each function is called from C: nothing throws, no argument is trusted not to be NULL.
#include "config/option_access.hpp"

#include "base/buffer.hpp"
#include "config/files.hpp"
#include "config/values.hpp"

#include <string>
#include <string_view>

namespace aurelis::core {
namespace {

static_assert(static_cast<uint32_t>(Node::Kind::Null) == AURELIS_NODE_NULL);
static_assert(static_cast<uint32_t>(Node::Kind::Scalar) == AURELIS_NODE_SCALAR);
static_assert(static_cast<uint32_t>(Node::Kind::List) == AURELIS_NODE_LIST);
static_assert(static_cast<uint32_t>(Node::Kind::Map) == AURELIS_NODE_MAP);

const Node* node_of(const aurelis_node* node) noexcept { return reinterpret_cast<const Node*>(node); }

void tell(aurelis_call* call, const std::string& message) noexcept {
    if (call != nullptr && call->set_error != nullptr)
        call->set_error(call, AURELIS_E_CONFIG, message.data(), message.size());
}

// "cache.yaml:12: layer L3_disk (sqlite-disk): option path"
std::string where(const Node& node) {
    std::string text = node.place ? node.place->file : "configuration";
    if (node.line > 0) text += ":" + std::to_string(node.line);
    text += ": ";
    if (node.place) text += node.place->owner;
    return text + (node.place && !node.place->path.empty() ? "option " + node.place->path : "options");
}

template <typename T, typename Out>
aurelis_status read(const aurelis_node* node, aurelis_call* call, Result<T> (*reader)(const Node&), Out* out) noexcept {
    if (node == nullptr) {
        tell(call, "the plugin reads an option that does not exist; tell its author");
        return AURELIS_E_CONFIG;
    }
    Result<T> value = reader(*node_of(node));
    if (!value) {
        tell(call, where(*node_of(node)) + ": " + value.error().message);
        return AURELIS_E_CONFIG;
    }
    if (out != nullptr) *out = static_cast<Out>(*value);
    return AURELIS_OK;
}

const aurelis_node* get(const aurelis_node* node, const char* path) noexcept {
    const Node* at = node_of(node);
    if (path == nullptr) return nullptr;
    std::string_view rest = path;
    while (at != nullptr && !rest.empty()) {
        const size_t dot = rest.find('.');
        at = at->find(rest.substr(0, dot));
        rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
    }
    return at == nullptr ? nullptr : as_abi(*at);
}

uint32_t kind(const aurelis_node* node) noexcept {
    return node == nullptr ? uint32_t{AURELIS_NODE_NULL} : static_cast<uint32_t>(node_of(node)->kind);
}

size_t count(const aurelis_node* node) noexcept {
    return node == nullptr ? 0 : node_of(node)->items.size() + node_of(node)->members.size();
}

const aurelis_node* at(const aurelis_node* node, size_t i, const char** key) noexcept {
    if (key != nullptr) *key = nullptr;
    if (i >= count(node)) return nullptr;
    const Node& parent = *node_of(node);
    if (parent.kind == Node::Kind::List) return as_abi(parent.items[i]);
    if (key != nullptr) *key = parent.members[i].first.c_str();
    return as_abi(parent.members[i].second);
}

aurelis_status as_string(const aurelis_node* node, aurelis_call* call, aurelis_bytes* out) noexcept {
    const aurelis_status status = read<std::string, std::string>(node, call, to_text, nullptr);
    if (status == AURELIS_OK && out != nullptr) *out = {node_of(node)->text.data(), node_of(node)->text.size()};
    return status;
}
aurelis_status as_int(const aurelis_node* node, aurelis_call* call, int64_t* out) noexcept {
    return read<int64_t>(node, call, to_int, out);
}
aurelis_status as_double(const aurelis_node* node, aurelis_call* call, double* out) noexcept {
    return read<double>(node, call, to_double, out);
}
aurelis_status as_bool(const aurelis_node* node, aurelis_call* call, uint32_t* out) noexcept {
    return read<bool>(node, call, to_bool, out);
}
aurelis_status as_duration(const aurelis_node* node, aurelis_call* call, int64_t* out) noexcept {
    return read<int64_t>(node, call, to_duration, out);
}
aurelis_status as_bytes(const aurelis_node* node, aurelis_call* call, uint64_t* out) noexcept {
    return read<uint64_t>(node, call, to_size, out);
}

Result<std::string> to_path(const Node& node) {
    AURELIS_TRY(text, to_text(node));
    return absolute_path(text, node.place ? node.place->folder : std::string("."));
}
aurelis_status as_path(const aurelis_node* node, aurelis_call* call, aurelis_buf* out) noexcept {
    std::string path;
    const aurelis_status status = read<std::string>(node, call, to_path, &path);
    if (status != AURELIS_OK || out == nullptr) return status;
    Pinned kept = copy_buffer(std::string_view(path.c_str(), path.size() + 1));
    if (kept.raw().ops == nullptr) return AURELIS_E_NOMEM;
    *out = kept.give();
    --out->size;  // The NUL stays after the text.
    return AURELIS_OK;
}

void reject(const aurelis_node* node, aurelis_call* call, const char* why) noexcept {
    const std::string reason = why == nullptr ? "is refused by the plugin, which does not say why" : why;
    tell(call, (node == nullptr ? std::string("options") : where(*node_of(node))) + ": " + reason);
}

constexpr aurelis_config_api kApi{sizeof(aurelis_config_api), 0, get, kind, count, at, as_string, as_int, as_double,
                                  as_bool, as_duration, as_bytes, reject, as_path};

}  // namespace

const aurelis_config_api* config_api() noexcept { return &kApi; }

}  // namespace aurelis::core
