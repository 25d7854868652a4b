#include "plugin/store_handle.hpp"

#include "config/option_access.hpp"
#include "plugin/limited_table.hpp"
#include "plugin/relayed_call.hpp"

#include <cstring>

namespace aurelis::core {
namespace {

aurelis_status unsupported(aurelis_call* call, const char* what) noexcept {
    if (call != nullptr && call->set_error != nullptr) {
        call->set_error(call, AURELIS_E_UNSUPPORTED, what, std::strlen(what));
    }
    return AURELIS_E_UNSUPPORTED;
}

// What stands where a plugin has no function of its own.
struct Filler {
    static aurelis_status start(aurelis_store*, aurelis_call*) noexcept { return AURELIS_OK; }
    static void stop(aurelis_store*) noexcept {}
    static const void* get_extension(aurelis_store*, const char*) noexcept { return nullptr; }
    static aurelis_status touch(aurelis_store*, aurelis_call* c, const aurelis_key*, int64_t) noexcept {
        return unsupported(c, "this store cannot move the end of an entry's life");
    }
    static aurelis_status multi_get(aurelis_store* s, aurelis_call* c, const aurelis_key* keys, size_t n,
                                    aurelis_entry* out) noexcept {
        bool partial = false;
        RelayedCall relayed(c);
        for (size_t i = 0; i < n; ++i) {
            const aurelis_status status = s->ops->get(s, relayed.for_item(i), &keys[i], &out[i]);
            out[i].status = status;
            partial |= status < 0;
        }
        return partial ? AURELIS_PARTIAL : AURELIS_OK;
    }
    static aurelis_status multi_write(aurelis_store* s, aurelis_call* c, const aurelis_key* keys,
                                      const aurelis_write* writes, size_t n, aurelis_status* each,
                                      uint64_t* versions) noexcept {
        bool partial = false;
        RelayedCall relayed(c);
        for (size_t i = 0; i < n; ++i) {
            aurelis_call* const item = relayed.for_item(i);
            each[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0
                          ? s->ops->remove(s, item, &keys[i])
                          : s->ops->set(s, item, &keys[i], &writes[i], versions != nullptr ? &versions[i] : nullptr);
            partial |= each[i] != AURELIS_OK && each[i] != AURELIS_NOT_FOUND;
        }
        return partial ? AURELIS_PARTIAL : AURELIS_OK;
    }
    static aurelis_status remove_matching(aurelis_store*, aurelis_call* c, const aurelis_match*, uint64_t*) noexcept {
        return unsupported(c, "this store cannot remove by condition");
    }
    static aurelis_status scan(aurelis_store*, aurelis_call* c, aurelis_scan*, aurelis_visit_fn, void*) noexcept {
        return unsupported(c, "this store cannot list its keys");
    }
    static aurelis_status flush(aurelis_store*, aurelis_call*) noexcept { return AURELIS_OK; }
    static aurelis_status size(aurelis_store*, aurelis_call* c, aurelis_size*) noexcept {
        return unsupported(c, "this store does not count");
    }
    static aurelis_status stats(aurelis_store*, aurelis_call*, aurelis_stat_fn, void*) noexcept { return AURELIS_OK; }
    static void limits(aurelis_store*, aurelis_limits*) noexcept {}
};

template <typename Function>
void fill(Function*& place, Function* filler) noexcept {
    if (place == nullptr) place = filler;
}

void fill_gaps(aurelis_store_ops& ops) noexcept {
    ops.struct_size = sizeof ops;
    fill(ops.start, &Filler::start);
    fill(ops.stop, &Filler::stop);
    fill(ops.get_extension, &Filler::get_extension);
    fill(ops.touch, &Filler::touch);
    fill(ops.multi_get, &Filler::multi_get);
    fill(ops.multi_write, &Filler::multi_write);
    fill(ops.remove_matching, &Filler::remove_matching);
    fill(ops.scan, &Filler::scan);
    fill(ops.flush, &Filler::flush);
    fill(ops.size, &Filler::size);
    fill(ops.stats, &Filler::stats);
    fill(ops.limits, &Filler::limits);
}

}  // namespace

// One call at a time, for components that say AURELIS_THREADS_SERIAL: each function behind the handle's lock.
struct SerialTable {
    static StoreHandle& self(aurelis_store* s) noexcept { return *static_cast<StoreHandle*>(s->host_data); }

    template <auto Member, typename... Args>
    static auto locked(aurelis_store* s, Args... args) noexcept {
        StoreHandle& handle = self(s);
        std::scoped_lock lock(handle.serial_);
        return (handle.native_.*Member)(s, args...);
    }
    template <auto Member>
    struct Proxy;
    template <typename R, typename... Args, R (*aurelis_store_ops::*Member)(aurelis_store*, Args...) noexcept>
    struct Proxy<Member> {
        static R call(aurelis_store* s, Args... args) noexcept { return locked<Member>(s, args...); }
    };
    static void install(aurelis_store_ops& ops) noexcept {
        ops.get = &Proxy<&aurelis_store_ops::get>::call;
        ops.set = &Proxy<&aurelis_store_ops::set>::call;
        ops.remove = &Proxy<&aurelis_store_ops::remove>::call;
        ops.touch = &Proxy<&aurelis_store_ops::touch>::call;
        ops.remove_matching = &Proxy<&aurelis_store_ops::remove_matching>::call;
        ops.scan = &Proxy<&aurelis_store_ops::scan>::call;
        ops.flush = &Proxy<&aurelis_store_ops::flush>::call;
        ops.size = &Proxy<&aurelis_store_ops::size>::call;
        ops.stats = &Proxy<&aurelis_store_ops::stats>::call;
    }
};

StoreHandle::StoreHandle(Runtime& runtime, const std::string& instance, bool is_origin)
    : services_(runtime, instance, config_api(), is_origin) {}

aurelis_status StoreHandle::normalise(bool serial) {
    const aurelis_store_ops* theirs = store_.ops;
    if (theirs == nullptr || theirs->struct_size < offsetof(aurelis_store_ops, start)) return AURELIS_E_INVALID;
    const size_t known = theirs->struct_size < sizeof native_ ? theirs->struct_size : sizeof native_;
    std::memcpy(&native_, theirs, known);
    if (native_.get == nullptr || native_.set == nullptr || native_.remove == nullptr || native_.destroy == nullptr)
        return AURELIS_E_INVALID;
    has_batches_ = native_.multi_get != nullptr && native_.multi_write != nullptr;
    fill_gaps(native_);
    ops_ = native_;
    if (serial) {
        SerialTable::install(ops_);
        // The loops go through the locked single forms; batches of the plugin's own are locked as a whole.
        ops_.multi_get = has_batches_ ? &SerialTable::Proxy<&aurelis_store_ops::multi_get>::call : &Filler::multi_get;
        ops_.multi_write = has_batches_ ? &SerialTable::Proxy<&aurelis_store_ops::multi_write>::call : &Filler::multi_write;
    }
    store_.ops = &ops_;
    store_.host_data = this;
    return AURELIS_OK;
}

namespace {

Error said(const CallContext& context, aurelis_status status, const char* otherwise) {
    return fail(status, context.error.empty() ? std::string(otherwise) : context.error);
}

}  // namespace

Result<void> StoreHandle::create(const FoundComponent& found, const Node& options, CallContext& context) {
    const auto* factory = static_cast<const aurelis_store_factory*>(found.component->factory);
    aurelis_env env{};
    env.struct_size = sizeof env;
    env.category = "";
    const auto* node = reinterpret_cast<const aurelis_node*>(&options);
    const aurelis_status created =
        factory->create(found.component, services_.table(), node, &env, &context.call, &store_);
    if (created != AURELIS_OK) {
        store_ = aurelis_store{};
        return said(context, created < 0 ? created : aurelis_status{AURELIS_E_FAILED},
                    "the plugin could not make it and did not say why");
    }
    if (normalise(found.component->threads == AURELIS_THREADS_SERIAL) == AURELIS_OK) return {};
    store_ = aurelis_store{};
    return fail(AURELIS_E_CONFIG, "plugin " + found.module->file + " lacks get, set, remove or destroy; it must have all four");
}

Result<std::unique_ptr<StoreHandle>> StoreHandle::start(Runtime& runtime, const FoundComponent& found,
                                                        const std::string& instance, const Node& options,
                                                        bool is_origin) {
    std::unique_ptr<StoreHandle> handle(new StoreHandle(runtime, instance, is_origin));
    CallContext context;
    AURELIS_TRY_VOID(handle->create(found, options, context));
    const aurelis_status started = handle->ops_.start(&handle->store_, &context.call);
    if (started != AURELIS_OK)
        return said(context, started, "the plugin could not start it and did not say why");
    handle->started_ = true;
    if (handle->limits_.learn(&handle->store_)) {
        handle->behind_limits_ = handle->ops_;
        LimitedTable::install(handle->ops_, handle->has_batches_);
    }
    return handle;
}

Result<StoreHandle::Trial> StoreHandle::try_out(Runtime& runtime, const FoundComponent& found, const std::string& instance,
                                  const Node& options, bool is_origin) {
    StoreHandle handle(runtime, instance, is_origin);
    handle.services_.mute();  // The one that serves will say the same again.
    CallContext context;
    AURELIS_TRY_VOID(handle.create(found, options, context));
    return Trial{handle.caps(), handle.ops().get_extension(handle.store(), AURELIS_EXT_WATCH) != nullptr};
}

StoreHandle::~StoreHandle() {
    if (store_.ops == nullptr) {
        services_.close_tasks();
        return;
    }
    services_.cancel_calls();
    if (started_) ops_.stop(&store_);
    services_.close_tasks();
    ops_.destroy(&store_);
}

}  // namespace aurelis::core
