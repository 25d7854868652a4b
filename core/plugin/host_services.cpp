#include "plugin/host_services.hpp"

#include "base/buffer.hpp"
#include "base/hash.hpp"
#include "base/names.hpp"
#include "plugin/relayed_call.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace aurelis::core {

constexpr size_t kErrorTextMax = 4096;
constexpr size_t kLogTextMax = 16384;

namespace {

// Applied to every text from a plugin: a line break in it would forge a line of the log.
void make_one_line(std::string& text) noexcept {
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = ' ';
}

std::string error_text(const char* text, size_t size) {
    std::string kept(text == nullptr ? "" : text, text == nullptr ? 0 : std::min(size, kErrorTextMax));
    make_one_line(kept);
    return kept;
}

// Calls that were derived from one another report their errors to one context. Errors are rare enough for one lock.
Mutex& errors_mutex() noexcept {
    static Mutex mutex;
    return mutex;
}

static_assert(sizeof(aurelis_call) <= sizeof(aurelis_call_room), "a derived call holds all that a call carries");

}  // namespace

void CallContext::keep_error(aurelis_call* call, aurelis_status status, const char* text, size_t size) noexcept {
    auto* context = static_cast<CallContext*>(call->host_data);
    if (context == nullptr) return;
    MutexLock lock(errors_mutex());
    try {
        context->error_status = status;
        context->error = error_text(text, size);
    } catch (...) {
        context->error.clear();
    }
}

void CallContext::keep_item_error(aurelis_call* call, size_t item, aurelis_status status, const char* text,
                                  size_t size) noexcept {
    auto* context = static_cast<CallContext*>(call->host_data);
    if (context == nullptr) return;
    MutexLock lock(errors_mutex());
    try {
        context->item_errors.put(item, error_text(text, size));
        context->error_status = status;
    } catch (...) {  // No memory: the item then has no text of its own.
    }
}

CallContext* CallContext::behind_loop(aurelis_call* call) noexcept {
    while (call != nullptr && call->set_error != &keep_error) call = RelayedCall::stands_for(call);
    return call == nullptr ? nullptr : static_cast<CallContext*>(call->host_data);
}

// The functions behind the table; ctx is the HostServices.
struct HostTable {
    static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free);

    static HostServices& self(const aurelis_host* host) noexcept { return *static_cast<HostServices*>(host->ctx); }

    static int64_t now_wall(const aurelis_host* h) noexcept { return self(h).runtime_.clock.wall(); }
    static int64_t now_mono(const aurelis_host* h) noexcept { return self(h).runtime_.clock.mono(); }
    static int64_t now_stamp(const aurelis_host* h) noexcept { return self(h).runtime_.clock.stamp(); }
    static uint64_t hash(const aurelis_host*, const void* data, size_t size) noexcept { return hash_bytes(data, size); }
    static uint32_t log_enabled(const aurelis_host* h, uint32_t level) noexcept {
        return !self(h).is_mute_ && self(h).runtime_.log.enabled(level) ? 1 : 0;
    }
    static void log(const aurelis_host* h, uint32_t level, const char* text, size_t size) noexcept {
        HostServices& me = self(h);
        if (me.is_mute_ || !me.runtime_.log.enabled(level)) return;
        try {
            std::string line =
                me.instance_ + ": " + std::string(text, text == nullptr ? 0 : std::min(size, kLogTextMax));
            make_one_line(line);
            me.runtime_.log.write(level, line);
        } catch (...) {
            me.runtime_.log.write(level, "out of memory while logging");
        }
    }
    // Errors of such a call go to the log, since no caller reads them.
    static void log_error(aurelis_call* call, aurelis_status, const char* text, size_t size) noexcept {
        log(static_cast<const aurelis_host*>(call->host_data), AURELIS_LOG_WARN, text, size);
    }
    static void log_item_error(aurelis_call* call, size_t, aurelis_status status, const char* text,
                               size_t size) noexcept {
        log_error(call, status, text, size);
    }
    static void call_derive(const aurelis_host*, const aurelis_call* from, aurelis_call_room* to) noexcept {
        const size_t known = std::min<size_t>(from->struct_size, sizeof *to);
        std::memcpy(static_cast<void*>(to), from, known);
        std::memset(reinterpret_cast<char*>(to) + known, 0, sizeof *to - known);
        to->call.struct_size = static_cast<uint32_t>(known);
    }
    static void call_init(const aurelis_host* h, aurelis_call* call) noexcept {
        aurelis_call fresh{};
        fresh.struct_size = call->struct_size < sizeof fresh ? call->struct_size : uint32_t{sizeof fresh};
        fresh.host_data = const_cast<aurelis_host*>(h);
        fresh.set_error = &log_error;
        fresh.set_item_error = &log_item_error;
        fresh.cancel = reinterpret_cast<const uint32_t*>(&self(h).cancel_);
        fresh.flags = AURELIS_CALL_BACKGROUND;
        std::memcpy(call, &fresh, fresh.struct_size);
    }
    static void* alloc(const aurelis_host*, size_t size, size_t align) noexcept {
        return ::operator new(size, std::align_val_t(align < 16 ? 16 : align), std::nothrow);
    }
    static void dealloc(const aurelis_host*, void* place, size_t, size_t align) noexcept {
        ::operator delete(place, std::align_val_t(align < 16 ? 16 : align));
    }
    static aurelis_status buf_new(const aurelis_host*, size_t size, aurelis_buf* out, void** writable) noexcept {
        const aurelis_buf made = new_buffer(size, writable);
        if (made.ops == nullptr) return AURELIS_E_NOMEM;
        *out = made;
        return AURELIS_OK;
    }
    static aurelis_status task_submit(const aurelis_host* h, aurelis_task_fn fn, void* arg, int64_t delay,
                                      uint64_t* id) noexcept {
        try {
            return self(h).runtime_.tasks.submit(&self(h), fn, arg, delay, id);
        } catch (...) {
            return AURELIS_E_NOMEM;
        }
    }
    static aurelis_status task_cancel(const aurelis_host* h, uint64_t id, uint32_t wait) noexcept {
        return self(h).runtime_.tasks.cancel(id, wait != 0);
    }
    static aurelis_metric* metric_open(const aurelis_host* h, uint32_t kind, const char* name, const char* unit,
                                       const char* help) noexcept {
        HostServices& me = self(h);
        try {
            MutexLock lock(me.mutex_);
            auto& metric = me.metrics_.emplace_back();
            metric.name = name;
            metric.unit = unit != nullptr ? unit : "";
            metric.help = help != nullptr ? help : "";
            metric.kind = kind;
            return reinterpret_cast<aurelis_metric*>(&metric);
        } catch (...) {
            return nullptr;
        }
    }
    static void metric_add(aurelis_metric* opaque, int64_t amount) noexcept {
        if (opaque == nullptr) return;
        reinterpret_cast<HostServices::Metric*>(opaque)->sum.fetch_add(amount, std::memory_order_relaxed);
    }
    static void metric_observe(aurelis_metric* opaque, double value) noexcept {
        if (opaque == nullptr) return;
        auto* metric = reinterpret_cast<HostServices::Metric*>(opaque);
        metric->count.fetch_add(1, std::memory_order_relaxed);
        if (metric->kind == AURELIS_METRIC_GAUGE)
            metric->observed.store(value, std::memory_order_relaxed);
        else
            metric->observed.fetch_add(value, std::memory_order_relaxed);
    }
    static const void* get_extension(const aurelis_host* h, const char* id) noexcept {
        static constexpr uint64_t kYes = 1;
        return id != nullptr && self(h).is_origin_ && std::strcmp(id, AURELIS_EXT_ORIGIN) == 0 ? &kYes : nullptr;
    }
};

HostServices::HostServices(Runtime& runtime, std::string instance, const aurelis_config_api* config, bool is_origin)
    : runtime_(runtime), instance_(std::move(instance)), is_origin_(is_origin) {
    runtime_.tasks.open(this);  // An earlier instance may have lived at this address.
    table_.struct_size = sizeof table_;
    table_.abi_major = AURELIS_ABI_MAJOR;
    table_.abi_minor = AURELIS_ABI_MINOR;
    table_.name = "aurelis";
    table_.version = kLibraryVersion;
    table_.instance = instance_.c_str();
    table_.ctx = this;
    table_.max_batch = 1024;
    table_.lease_ns = runtime.lease_ns;
    table_.config = config;
    table_.now_wall = &HostTable::now_wall;
    table_.now_mono = &HostTable::now_mono;
    table_.now_stamp = &HostTable::now_stamp;
    table_.hash = &HostTable::hash;
    table_.log_enabled = &HostTable::log_enabled;
    table_.log = &HostTable::log;
    table_.call_init = &HostTable::call_init;
    table_.call_derive = &HostTable::call_derive;
    table_.alloc = &HostTable::alloc;
    table_.dealloc = &HostTable::dealloc;
    table_.buf_new = &HostTable::buf_new;
    table_.task_submit = &HostTable::task_submit;
    table_.task_cancel = &HostTable::task_cancel;
    table_.metric_open = &HostTable::metric_open;
    table_.metric_add = &HostTable::metric_add;
    table_.metric_observe = &HostTable::metric_observe;
    table_.get_extension = &HostTable::get_extension;
}

std::vector<MetricValue> HostServices::metrics() const {
    MutexLock lock(mutex_);
    std::vector<MetricValue> all;
    for (const Metric& metric : metrics_) {
        const double value = metric.kind == AURELIS_METRIC_COUNTER ? static_cast<double>(metric.sum.load())
                                                                   : metric.observed.load();
        all.push_back({metric.name, metric.unit, metric.kind, value, metric.count.load()});
    }
    return all;
}

}  // namespace aurelis::core
