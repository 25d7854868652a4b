#include "plugin/store_handle.hpp"

#include "config/option_access.hpp"
#include "plugin/limited_table.hpp"
#include "plugin/table_gaps.hpp"

#include <aurelis/base/bytes.hpp>

#include <cstring>

namespace aurelis::core {
namespace {

Error said(const CallContext& context, aurelis_status status, const char* otherwise) {
    return fail(status, context.error.empty() ? std::string(otherwise) : context.error);
}

}  // namespace

// One call at a time, for components with AURELIS_THREADS_SERIAL: each function takes the handle's lock.
struct SerialTable {
    static StoreHandle& self(aurelis_store* s) noexcept { return *static_cast<StoreHandle*>(s->host_data); }

    template <auto Member, typename... Args>
    static auto locked(aurelis_store* s, Args... args) noexcept {
        StoreHandle& handle = self(s);
        MutexLock lock(handle.serial_);
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

StoreHandle::StoreHandle(Runtime& runtime, const std::string& instance, Wiring wiring)
    : wiring_(std::move(wiring)), services_(runtime, instance, config_api(), wiring_.is_origin) {}

// False: a required function is missing.
bool StoreHandle::normalise(const aurelis_component& component) {
    const aurelis_store_ops* theirs = store_.ops;
    if (theirs == nullptr || theirs->struct_size < offsetof(aurelis_store_ops, start)) return false;
    const size_t known = theirs->struct_size < sizeof native_ ? theirs->struct_size : sizeof native_;
    std::memcpy(&native_, theirs, known);
    if (native_.destroy == nullptr) return false;
    has_batches_ = native_.multi_get != nullptr && native_.multi_write != nullptr;
    if (component.kind == AURELIS_KIND_STRATEGY) {
        constexpr uint64_t kWishes = ~UINT64_C(0) << 48;
        store_.caps = (wiring_.next->caps & ~kWishes) | (store_.caps & kWishes);
        flushes_itself_ = native_.flush != nullptr;
        fill_gaps_of_strategy(native_);
    } else {
        if (native_.get == nullptr || native_.set == nullptr || native_.remove == nullptr) return false;
        fill_gaps_of_backend(native_);
    }
    ops_ = native_;
    if (component.threads == AURELIS_THREADS_SERIAL) {
        SerialTable::install(ops_);
        // The loops go through the locked single forms; the plugin's own batches are locked as a whole.
        ops_.multi_get = has_batches_ ? &SerialTable::Proxy<&aurelis_store_ops::multi_get>::call : &multi_get_by_loop;
        ops_.multi_write =
            has_batches_ ? &SerialTable::Proxy<&aurelis_store_ops::multi_write>::call : &multi_write_by_loop;
    }
    store_.ops = &ops_;
    store_.host_data = this;
    return true;
}

Result<void> StoreHandle::create(const FoundComponent& found, const Node& options, CallContext& context) {
    const bool is_strategy = found.component->kind == AURELIS_KIND_STRATEGY;
    if (is_strategy && found.component->threads == AURELIS_THREADS_SERIAL)
        return fail(AURELIS_E_CONFIG, "plugin " + found.module->file +
                                          " asks for one call at a time, which a strategy cannot have, since it is "
                                          "called again while it loads; tell its author");
    const auto* factory = static_cast<const aurelis_store_factory*>(found.component->factory);
    aurelis_env env{};
    env.struct_size = sizeof env;
    env.next_count = wiring_.next != nullptr ? 1 : 0;
    env.next = wiring_.next != nullptr ? &wiring_.next : nullptr;
    env.origin = wiring_.origin;
    env.refs = wiring_.refs.data();
    env.ref_count = wiring_.refs.size();
    env.category = wiring_.category.c_str();
    env.key_prefix = bytes(wiring_.key_prefix);
    const auto* node = reinterpret_cast<const aurelis_node*>(&options);
    const aurelis_status created =
        factory->create(found.component, services_.table(), node, &env, &context.call, &store_);
    if (created != AURELIS_OK) {
        store_ = aurelis_store{};
        return said(context, created < 0 ? created : aurelis_status{AURELIS_E_FAILED},
                    "the plugin could not make it and did not say why");
    }
    if (normalise(*found.component)) {
        tells_changes_ = ops_.get_extension(&store_, AURELIS_EXT_WATCH) != nullptr;
        return {};
    }
    store_ = aurelis_store{};
    return fail(AURELIS_E_CONFIG, "plugin " + found.module->file +
                                      (is_strategy ? " lacks destroy; a strategy must have it"
                                                   : " lacks get, set, remove or destroy; it must have all four"));
}

Result<std::unique_ptr<StoreHandle>> StoreHandle::start(Runtime& runtime, const FoundComponent& found,
                                                        const std::string& instance, const Node& options,
                                                        Wiring wiring) {
    std::unique_ptr<StoreHandle> handle(new StoreHandle(runtime, instance, std::move(wiring)));
    CallContext context;
    AURELIS_TRY_VOID(handle->create(found, options, context));
    const aurelis_status started = handle->ops_.start(&handle->store_, &context.call);
    if (started != AURELIS_OK)
        return said(context, started, "the plugin could not start it and did not say why");
    handle->started_ = true;
    if (found.component->kind != AURELIS_KIND_STRATEGY && handle->limits_.learn(&handle->store_)) {
        handle->behind_limits_ = handle->ops_;
        LimitedTable::install(handle->ops_, handle->has_batches_);
    }
    return handle;
}

Result<StoreHandle::Trial> StoreHandle::try_out(Runtime& runtime, const FoundComponent& found,
                                                const std::string& instance, const Node& options, Wiring wiring) {
    StoreHandle handle(runtime, instance, std::move(wiring));
    handle.services_.mute();  // The instance that is used later will log the same.
    CallContext context;
    AURELIS_TRY_VOID(handle.create(found, options, context));
    return Trial{handle.caps(), handle.tells_changes()};
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
