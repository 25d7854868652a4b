// Making a serializer's instance and calling it between guards.
#include "stage.hpp"

#include "guarded_room.hpp"

#include <time.h>

#include <algorithm>
#include <cstring>

namespace aurelis::conformance {

namespace {

double thread_seconds() noexcept {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

aurelis_call counting_call(int64_t deadline, size_t& texts) noexcept {
    aurelis_call made{};
    made.struct_size = sizeof made;
    made.deadline_mono = deadline;
    made.host_data = &texts;
    made.set_error = [](aurelis_call* of, aurelis_status, const char*, size_t) noexcept {
        ++*static_cast<size_t*>(of->host_data);
    };
    return made;
}

// One checked call: `work(call, source, room, written)` is encode or decode.
template <typename Work>
Coded watched(const PluginHost& host, std::string_view source, size_t room, Work work) {
    thread_local GuardedRoom reading, writing;
    Coded coded;
    coded.room = room;
    const aurelis_bytes placed{reading.place(source), source.size()};
    char* const begin = writing.open(room);
    aurelis_call call = counting_call(host.deadline(), coded.texts);
    const double before = thread_seconds();
    coded.status = work(&call, placed, begin, &coded.written);
    coded.seconds = thread_seconds() - before;
    coded.in_bounds = writing.intact();
    coded.source_intact = view(placed) == source;
    if (coded.ok()) coded.output.assign(begin, std::min(coded.written, room));
    return coded;
}

Result<const aurelis_component*> serializer_of(const PluginFile& file, std::string_view type_name) {
    if (const aurelis_component* component = file.component(AURELIS_KIND_SERIALIZER, type_name)) return component;
    return fail(AURELIS_E_CONFIG,
                std::string(file.plugin().id) + ": has no serializer '" + std::string(type_name) + "'");
}

// A stage that only marks is never asked to decode.
std::string missing_function(const aurelis_serializer_ops& ops, bool marks) {
    std::string missing;
    const auto need = [&](bool there, const char* name) {
        if (!there) missing += (missing.empty() ? "" : ", ") + std::string(name);
    };
    need(ops.destroy != nullptr, "destroy");
    need(ops.bound != nullptr, "bound");
    need(ops.encode != nullptr, "encode");
    need(ops.decode != nullptr || marks, "decode");
    return missing;
}

}  // namespace

const char* Coded::fault() const noexcept {
    if (!in_bounds) return "nothing is written beside the room";
    if (!source_intact) return "the source stays as it is";
    if (texts > 1) return "an error is told at most once";
    if (status >= 0 && texts > 0) return "an answer has no error text";
    if (ok() && written > room) return "what is said to be written fits into the room";
    return nullptr;
}

Result<std::unique_ptr<Stage>> Stage::open(const PluginFile& file, std::string_view type_name,
                                           const OptionValues& values, PluginHost& host) {
    AURELIS_TRY(component, serializer_of(file, type_name));
    AURELIS_TRY(tree, ConfigTree::make(*component, values));
    return open(file, type_name, tree.root(), host);
}

Result<std::unique_ptr<Stage>> Stage::open(const PluginFile& file, std::string_view type_name,
                                           const aurelis_node* options, PluginHost& host) {
    AURELIS_TRY(component, serializer_of(file, type_name));
    std::unique_ptr<Stage> made(new Stage);
    made->component_ = component;
    made->host_ = &host;
    std::string told;
    aurelis_call call{};
    call.struct_size = sizeof call;
    call.deadline_mono = host.deadline();
    call.host_data = &told;
    call.set_error = [](aurelis_call* of, aurelis_status, const char* text, size_t size) noexcept {
        auto& kept = *static_cast<std::string*>(of->host_data);
        if (kept.empty()) kept.assign(text, size);
    };
    static constexpr aurelis_env kEnv{sizeof(aurelis_env), 0, nullptr, nullptr, nullptr, 0, "", {}};
    const auto* factory = static_cast<const aurelis_object_factory*>(component->factory);
    const aurelis_status status = factory->create(component, host.table(), options, &kEnv, &call, &made->object_);
    if (status != AURELIS_OK) return fail(status, told);
    const auto* ops = static_cast<const aurelis_serializer_ops*>(made->object_.ops);
    if (ops == nullptr) return fail(AURELIS_E_INVALID, "create said OK and gave no table of functions");
    std::memcpy(&made->ops_, ops, std::min<size_t>(ops->struct_size, sizeof made->ops_));
    if (const std::string missing = missing_function(made->ops_, made->marks()); !missing.empty())
        return fail(AURELIS_E_INVALID, "the instance lacks " + missing + ", which every serializer must have");
    made->open_ = true;
    return made;
}

void Stage::close() {
    if (!open_) return;
    open_ = false;
    ops_.destroy(object_.self);
}

Coded Stage::encode(std::string_view source, const aurelis_key* key) const {
    if (!marks()) return encode_into(source, bound(source.size()), key);
    Coded coded = watched(*host_, source, 0, [&](aurelis_call* call, aurelis_bytes placed, char*, size_t* written) {
        return ops_.encode(object_.self, call, key, placed, nullptr, 0, written);
    });
    // Nothing has been written: the reported size is that of the source.
    if (coded.ok()) coded.room = source.size();
    if (coded.ok()) coded.output = source;
    return coded;
}

Coded Stage::encode_into(std::string_view source, size_t room, const aurelis_key* key) const {
    return watched(*host_, source, room, [&](aurelis_call* call, aurelis_bytes placed, char* begin, size_t* written) {
        return ops_.encode(object_.self, call, key, placed, begin, room, written);
    });
}

Coded Stage::decode(std::string_view source, size_t room, const aurelis_key* key) const {
    return watched(*host_, source, room, [&](aurelis_call* call, aurelis_bytes placed, char* begin, size_t* written) {
        return ops_.decode(object_.self, call, key, placed, begin, room, written);
    });
}

}  // namespace aurelis::conformance
