// Loading a plugin file and calling one instance of a backend.
#include "plugin_host.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace aurelis::conformance {

namespace {

std::string component_fault(const aurelis_component* component) {
    if (component == nullptr) return "is missing";
    if (component->struct_size < sizeof(aurelis_component)) return "is cut short";
    if (component->type_name == nullptr || *component->type_name == '\0') return "lacks a type name";
    // Both kinds of factory begin with their size and create().
    const auto* const factory = static_cast<const aurelis_store_factory*>(component->factory);
    if (factory == nullptr || !AURELIS_HAS(factory, aurelis_store_factory, create) || factory->create == nullptr)
        return "lacks a factory with create";
    if (component->option_count != 0 && component->options == nullptr) return "lacks the table of its options";
    for (size_t i = 0; i < component->option_count; ++i)
        if (component->options[i] == nullptr || component->options[i]->name == nullptr)
            return "lacks its option " + std::to_string(i + 1) + " or the option's name";
    return {};
}

// What a host reads before it calls anything else.
std::string description_fault(const aurelis_plugin& plugin) {
    if (plugin.id == nullptr || *plugin.id == '\0') return "has no id";
    if (plugin.component_count != 0 && plugin.components == nullptr) return "lists components but has none";
    for (size_t i = 0; i < plugin.component_count; ++i)
        if (const std::string fault = component_fault(plugin.components[i]); !fault.empty())
            return "its component " + std::to_string(i + 1) + " " + fault;
    return {};
}

// As a host does, once for each library; what init() gets lives as long as the library.
Result<void> initialise(const std::string& path, const aurelis_plugin& plugin) {
    if (!AURELIS_HAS(&plugin, aurelis_plugin, init)) return {};
    static auto* const host = new PluginHost("init");
    std::string told;
    aurelis_call call{};
    call.struct_size = sizeof call;
    call.now_wall = host->now_wall();
    call.host_data = &told;
    call.set_error = [](aurelis_call* of, aurelis_status, const char* text, size_t size) noexcept {
        static_cast<std::string*>(of->host_data)->assign(text, size);
    };
    const aurelis_status status = plugin.init(host->table(), &call);
    if (status == AURELIS_OK) return {};
    return fail(status, path + ": its init failed: " + told);
}

// A capability implies functions; these are checked here once, so that no section has to.
struct Claim {
    uint64_t cap;
    const char* name;
    const char* needs;
    bool (*kept)(const aurelis_store_ops& ops, uint64_t caps);
};
constexpr Claim kClaims[] = {
    {AURELIS_CAP_EXPIRY, "AURELIS_CAP_EXPIRY", "touch",
     [](const aurelis_store_ops& ops, uint64_t) { return ops.touch != nullptr; }},
    {AURELIS_CAP_LEASE, "AURELIS_CAP_LEASE", "AURELIS_CAP_CAS",
     [](const aurelis_store_ops&, uint64_t caps) { return (caps & AURELIS_CAP_CAS) != 0; }},
    {AURELIS_CAP_MULTI, "AURELIS_CAP_MULTI", "multi_get and multi_write",
     [](const aurelis_store_ops& ops, uint64_t) { return ops.multi_get != nullptr && ops.multi_write != nullptr; }},
    {AURELIS_CAP_ATOMIC, "AURELIS_CAP_ATOMIC", "multi_write",
     [](const aurelis_store_ops& ops, uint64_t) { return ops.multi_write != nullptr; }},
    {AURELIS_CAP_SCAN, "AURELIS_CAP_SCAN", "scan",
     [](const aurelis_store_ops& ops, uint64_t) { return ops.scan != nullptr; }},
    {AURELIS_CAP_FENCED, "AURELIS_CAP_FENCED", "AURELIS_CAP_REMOTE",
     [](const aurelis_store_ops&, uint64_t caps) { return (caps & AURELIS_CAP_REMOTE) != 0; }},
};

std::string missing_function(const aurelis_store_ops& ops) {
    std::string missing;
    const auto need = [&](bool there, const char* name) {
        if (!there) missing += (missing.empty() ? "" : ", ") + std::string(name);
    };
    need(ops.destroy != nullptr, "destroy");
    need(ops.get != nullptr, "get");
    need(ops.set != nullptr, "set");
    need(ops.remove != nullptr, "remove");
    return missing;
}

}  // namespace

Result<PluginFile> PluginFile::load(const std::string& path) {
    const std::string direct = path.find('/') == std::string::npos ? "./" + path : path;
    void* library = dlopen(direct.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return fail(AURELIS_E_CONFIG, std::string(dlerror()));
    auto entry = reinterpret_cast<aurelis_entry_fn>(dlsym(library, AURELIS_ENTRY_SYMBOL));
    if (entry == nullptr) return fail(AURELIS_E_CONFIG, path + ": exports no " AURELIS_ENTRY_SYMBOL);
    PluginFile file;
    file.plugin_ = entry(AURELIS_ABI_MINOR);
    if (!aurelis_abi_ok(file.plugin_, AURELIS_ABI_MAJOR, AURELIS_ABI_MINOR))
        return fail(AURELIS_E_CONFIG, path + ": needs another ABI");
    if (const std::string fault = description_fault(*file.plugin_); !fault.empty())
        return fail(AURELIS_E_CONFIG, path + ": " + fault);
    AURELIS_TRY_VOID(initialise(path, *file.plugin_));
    return file;
}

const aurelis_component* PluginFile::component(uint32_t kind, std::string_view type_name) const noexcept {
    for (size_t i = 0; i < plugin_->component_count; ++i) {
        const aurelis_component* component = plugin_->components[i];
        if (component->kind == kind && component->type_name == type_name) return component;
    }
    return nullptr;
}

Result<std::unique_ptr<Instance>> Instance::open(const PluginFile& file, std::string_view type_name,
                                                 const OptionValues& values, PluginHost& host) {
    const aurelis_component* component = file.component(AURELIS_KIND_BACKEND, type_name);
    if (component == nullptr)
        return fail(AURELIS_E_CONFIG,
                    std::string(file.plugin().id) + ": has no backend '" + std::string(type_name) + "'");
    AURELIS_TRY(tree, ConfigTree::make(*component, values));
    std::unique_ptr<Instance> made(new Instance(host));
    aurelis_call creating = made->call();
    static constexpr aurelis_env kEnv{sizeof(aurelis_env), 0, nullptr, nullptr, nullptr, 0, "", {}};
    const auto* factory = static_cast<const aurelis_store_factory*>(component->factory);
    aurelis_status status =
        factory->create(component, host.table(), tree.root(), &kEnv, &creating, &made->store_);
    if (status != AURELIS_OK) return fail(status, made->last_error());
    const aurelis_store_ops* const theirs = made->store_.ops;
    if (theirs == nullptr) return fail(AURELIS_E_INVALID, "create said OK and gave no table of functions");
    std::memcpy(&made->ops_, theirs, std::min<size_t>(theirs->struct_size, sizeof made->ops_));
    if (const std::string missing = missing_function(made->ops_); !missing.empty())
        return fail(AURELIS_E_INVALID, "the instance lacks " + missing + ", which every backend must have");
    made->open_ = true;
    made->store_.ops = &made->ops_;
    made->weigh_claims();
    aurelis_call starting = made->call();
    if (made->ops_.start != nullptr) status = made->ops_.start(&made->store_, &starting);
    if (status != AURELIS_OK) return fail(status, made->last_error());
    return made;
}

void Instance::weigh_claims() {
    usable_caps_ = store_.caps;
    for (const Claim& claim : kClaims) {
        if ((store_.caps & claim.cap) == 0 || claim.kept(ops_, store_.caps)) continue;
        usable_caps_ &= ~claim.cap;
        broken_claims_.push_back(std::string("claims ") + claim.name + " without " + claim.needs);
    }
}

void Instance::close() {
    if (!open_) return;
    open_ = false;
    if (ops_.stop != nullptr) ops_.stop(&store_);
    ops_.destroy(&store_);
}

aurelis_call Instance::call(uint32_t flags) {
    aurelis_call made{};
    made.struct_size = sizeof made;
    made.flags = flags;
    made.deadline_mono = host_.deadline();
    made.now_wall = host_.now_wall();
    made.host_data = this;
    CallErrors::of_this_thread() = CallErrors{};
    made.set_error = [](aurelis_call* of, aurelis_status, const char* text, size_t size) noexcept {
        auto* self = static_cast<Instance*>(of->host_data);
        CallErrors& here = CallErrors::of_this_thread();
        here.note(text, size);
        std::scoped_lock lock(self->mutex_);
        self->last_error_ = here.text;
    };
    return made;
}

aurelis_key Instance::key(std::string_view text) const {
    return {text.data(), text.size(), host_.table()->hash(host_.table(), text.data(), text.size()), nullptr};
}

aurelis_write Instance::write(std::string_view value, const SetOptions& options) {
    aurelis_write made{};
    made.value = borrowed(value);
    made.meta = {options.created_wall, options.stale_wall, options.expires_wall, 0,
                 options.entry_flags,  options.cost};
    made.attrs = bytes(options.attrs);
    made.flags = options.flags;
    made.if_version = options.if_version;
    return made;
}

std::string Instance::last_error() const {
    std::scoped_lock lock(mutex_);
    return last_error_;
}

Got Instance::get(std::string_view text, uint32_t call_flags) {
    aurelis_call asking = call(call_flags);
    const aurelis_key wanted = key(text);
    aurelis_entry entry{};
    Got got;
    got.status = ops_.get(&store_, &asking, &wanted, &entry);
    host_.note_call("get", got.status);
    got.meta = entry.meta;
    if (got.status != AURELIS_OK) return got;
    got.value = Pinned(entry.value);
    got.attrs = aurelis::view(entry.attrs);
    return got;
}

aurelis_status Instance::set(std::string_view text, std::string_view value, const SetOptions& options,
                             uint64_t* version, uint32_t call_flags) {
    aurelis_call asking = call(call_flags);
    const aurelis_key wanted = key(text);
    const aurelis_write made = write(value, options);
    const aurelis_status status = ops_.set(&store_, &asking, &wanted, &made, version);
    host_.note_call("set", status);
    return status;
}

aurelis_status Instance::remove(std::string_view text, uint32_t call_flags) {
    aurelis_call asking = call(call_flags);
    const aurelis_key wanted = key(text);
    const aurelis_status status = ops_.remove(&store_, &asking, &wanted);
    host_.note_call("remove", status);
    return status;
}

aurelis_status Instance::touch(std::string_view text, int64_t expires_wall, uint32_t call_flags) {
    aurelis_call asking = call(call_flags);
    const aurelis_key wanted = key(text);
    const aurelis_status status = ops_.touch(&store_, &asking, &wanted, expires_wall);
    host_.note_call("touch", status);
    return status;
}

aurelis_size Instance::size() {
    aurelis_size told{};
    told.struct_size = sizeof told;
    aurelis_call asking = call();
    if (ops_.size == nullptr || ops_.size(&store_, &asking, &told) != AURELIS_OK)
        told.entries = told.bytes = told.capacity_entries = told.capacity_bytes = UINT64_MAX;
    return told;
}

std::map<std::string, double> Instance::stats() {
    std::map<std::string, double> all;
    aurelis_call asking = call();
    if (ops_.stats != nullptr) {
        ops_.stats(
            &store_, &asking,
            [](void* user, const char* name, uint32_t, double value) noexcept {
                (*static_cast<std::map<std::string, double>*>(user))[name] = value;
            },
            &all);
    }
    return all;
}

}  // namespace aurelis::conformance
