// The services: clocks, buffers, tasks, metrics, log.
#include "plugin_host.hpp"

#include "config/values.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace aurelis::conformance {

namespace {

std::atomic<int64_t> live_buffer_count{0};

std::atomic<int64_t> misused_buffer_count{0};

// Its bytes are freed at the last release; the Buffer itself is kept, so that a superfluous release is counted instead
// of crashing elsewhere.
struct Buffer {
    std::atomic<int64_t> references{1};
    void* room = nullptr;
    Buffer* next = nullptr;  // In the list of released buffers.
};
std::atomic<Buffer*> spent_buffers{nullptr};

void buffer_retain(void* owner) noexcept {
    if (static_cast<Buffer*>(owner)->references.fetch_add(1, std::memory_order_relaxed) <= 0)
        misused_buffer_count.fetch_add(1);
}
void buffer_release(void* owner) noexcept {
    auto* buffer = static_cast<Buffer*>(owner);
    const int64_t before = buffer->references.fetch_sub(1, std::memory_order_acq_rel);
    if (before <= 0) misused_buffer_count.fetch_add(1);
    if (before != 1) return;
    live_buffer_count.fetch_sub(1);
    std::free(std::exchange(buffer->room, nullptr));
    buffer->next = spent_buffers.load();
    while (!spent_buffers.compare_exchange_weak(buffer->next, buffer)) {
    }
}
constexpr aurelis_buf_ops kBufferOps{sizeof(aurelis_buf_ops), 0, &buffer_retain, &buffer_release};

#define CAP(name) {uint64_t{name}, #name}
constexpr std::pair<uint64_t, const char*> kCapNames[] = {
    CAP(AURELIS_CAP_EXPIRY), CAP(AURELIS_CAP_META), CAP(AURELIS_CAP_CAS), CAP(AURELIS_CAP_LEASE),
    CAP(AURELIS_CAP_MULTI), CAP(AURELIS_CAP_ATOMIC), CAP(AURELIS_CAP_SCAN), CAP(AURELIS_CAP_ZERO_COPY),
    CAP(AURELIS_CAP_ADOPT), CAP(AURELIS_CAP_NO_BLOCK), CAP(AURELIS_CAP_TOKEN), CAP(AURELIS_CAP_PERSISTENT),
    CAP(AURELIS_CAP_SHARED), CAP(AURELIS_CAP_REMOTE), CAP(AURELIS_CAP_FENCED)};
#undef CAP

}  // namespace

CallErrors& CallErrors::of_this_thread() noexcept {
    thread_local CallErrors errors;
    return errors;
}

void CallErrors::note(const char* said, size_t size) {
    ++texts;
    is_text = is_text && said != nullptr && core::valid_utf8_prefix({said, size}) == size;
    text.assign(said != nullptr ? said : "(NULL)", said != nullptr ? size : 6);
}

const char* CallErrors::fault(aurelis_status status) const noexcept {
    if (status >= 0 && texts != 0) return "answered and told an error text as well";
    if (texts > 1) return "told an error more than once";
    if (!is_text) return "told an error whose text is not UTF-8";
    return nullptr;
}

std::string cap_names(uint64_t caps) {
    std::string names;
    for (const auto& [cap, name] : kCapNames)
        if ((caps & cap) != 0) names += (names.empty() ? "" : " | ") + std::string(name);
    return names;
}

struct HostTable {
    static PluginHost& self(const aurelis_host* host) noexcept {
        return *static_cast<PluginHost*>(host->ctx);
    }

    static int64_t now_wall(const aurelis_host* host) noexcept {
        return self(host).wall_.load(std::memory_order_relaxed);
    }
    static int64_t now_mono(const aurelis_host* host) noexcept {
        return self(host).mono_.load(std::memory_order_relaxed);
    }
    static int64_t now_stamp(const aurelis_host* host) noexcept {
        return now_wall(host) + self(host).stamp_.fetch_add(1, std::memory_order_relaxed);
    }
    static uint64_t hash(const aurelis_host*, const void* data, size_t size) noexcept {
        uint64_t h = 14695981039346656037u;
        for (size_t i = 0; i < size; ++i)
            h = (h ^ static_cast<const unsigned char*>(data)[i]) * 1099511628211u;
        h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
        h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
        h ^= h >> 33;
        return h != 0 ? h : 1;
    }
    static uint32_t log_enabled(const aurelis_host*, uint32_t level) noexcept {
        return level >= AURELIS_LOG_INFO;
    }
    static void log(const aurelis_host* host, uint32_t, const char* text, size_t size) noexcept {
        std::scoped_lock lock(self(host).mutex_);
        self(host).log_lines_.emplace_back(text, size);
    }
    static void call_init(const aurelis_host*, aurelis_call* call) noexcept {
        const uint32_t room = call->struct_size;
        std::memset(call, 0, room);
        call->struct_size = room;
    }
    static void call_derive(const aurelis_host*, const aurelis_call* from, aurelis_call_room* to) noexcept {
        const size_t known = std::min<size_t>(from->struct_size, sizeof *to);
        std::memset(static_cast<void*>(to), 0, sizeof *to);
        std::memcpy(static_cast<void*>(to), from, known);
        to->call.struct_size = static_cast<uint32_t>(known);
    }
    static void* alloc(const aurelis_host* host, size_t size, size_t align) noexcept {
        self(host).allocations_.fetch_add(1, std::memory_order_relaxed);
        return ::operator new(size, std::align_val_t(align), std::nothrow);
    }
    static void dealloc(const aurelis_host*, void* room, size_t, size_t align) noexcept {
        ::operator delete(room, std::align_val_t(align));
    }
    static aurelis_status buf_new(const aurelis_host* host, size_t size, aurelis_buf* out,
                                  void** writable) noexcept {
        self(host).allocations_.fetch_add(1, std::memory_order_relaxed);
        void* room = std::malloc(size != 0 ? size : 1);
        auto* buffer = new (std::nothrow) Buffer;
        if (room == nullptr || buffer == nullptr) {
            std::free(room);
            delete buffer;
            return AURELIS_E_NOMEM;
        }
        buffer->room = room;
        *writable = room;
        *out = aurelis_buf{room, size, &kBufferOps, buffer};
        live_buffer_count.fetch_add(1);
        return AURELIS_OK;
    }
    static aurelis_status task_submit(const aurelis_host* host, aurelis_task_fn fn, void* arg, int64_t delay,
                                      uint64_t* id) noexcept {
        PluginHost& of = self(host);
        std::scoped_lock lock(of.mutex_);
        const uint64_t made = of.next_task_++;
        of.tasks_.emplace(made, PluginHost::Task{fn, arg, of.mono_.load() + delay});
        if (id != nullptr) *id = made;
        of.changed_.notify_all();
        return AURELIS_OK;
    }
    static aurelis_status task_cancel(const aurelis_host* host, uint64_t id, uint32_t wait) noexcept {
        PluginHost& of = self(host);
        std::unique_lock lock(of.mutex_);
        if (const auto found = of.tasks_.find(id); found != of.tasks_.end()) {
            const PluginHost::Task task = found->second;
            of.tasks_.erase(found);
            lock.unlock();
            task.fn(task.arg, 1);
            return AURELIS_OK;
        }
        of.changed_.wait(lock, [&] { return wait == 0 || of.running_.count(id) == 0; });
        return AURELIS_OK;
    }
    static aurelis_metric* metric_open(const aurelis_host* host, uint32_t, const char* name, const char*,
                                       const char*) noexcept {
        std::scoped_lock lock(self(host).mutex_);
        self(host).metrics_.push_back(std::make_unique<PluginHost::Metric>());
        self(host).metrics_.back()->name = name;
        return reinterpret_cast<aurelis_metric*>(self(host).metrics_.back().get());
    }
    static void metric_add(aurelis_metric* metric, int64_t by) noexcept {
        metric_observe(metric, static_cast<double>(by));
    }
    static void metric_observe(aurelis_metric* metric, double value) noexcept {
        auto& sum = reinterpret_cast<PluginHost::Metric*>(metric)->sum;
        for (double seen = sum.load(); !sum.compare_exchange_weak(seen, seen + value);) {
        }
    }
    static const void* get_extension(const aurelis_host*, const char*) noexcept { return nullptr; }
};

PluginHost::PluginHost(std::string instance) : instance_(std::move(instance)) {
    table_ = aurelis_host{sizeof(aurelis_host),
                          AURELIS_ABI_MAJOR,
                          AURELIS_ABI_MINOR,
                          "conformance",
                          "1.0.0",
                          instance_.c_str(),
                          this,
                          1024,
                          60 * kSecond,
                          ConfigTree::api(),
                          &HostTable::now_wall,
                          &HostTable::now_mono,
                          &HostTable::now_stamp,
                          &HostTable::hash,
                          &HostTable::log_enabled,
                          &HostTable::log,
                          &HostTable::call_init,
                          &HostTable::call_derive,
                          &HostTable::alloc,
                          &HostTable::dealloc,
                          &HostTable::buf_new,
                          &HostTable::task_submit,
                          &HostTable::task_cancel,
                          &HostTable::metric_open,
                          &HostTable::metric_add,
                          &HostTable::metric_observe,
                          &HostTable::get_extension};
}

PluginHost::~PluginHost() { stop_worker(); }

int64_t PluginHost::live_buffers() noexcept { return live_buffer_count.load(); }
int64_t PluginHost::misused_buffers() noexcept { return misused_buffer_count.load(); }

void PluginHost::advance(int64_t ns) {
    std::scoped_lock lock(mutex_);
    wall_ += ns;
    mono_ += ns;
    changed_.notify_all();
}

bool PluginHost::is_due() const {
    for (const auto& [id, task] : tasks_) {
        if (task.due <= mono_.load()) return true;
    }
    return false;
}

bool PluginHost::run_one(std::unique_lock<std::mutex>& lock) {
    auto next = tasks_.end();
    for (auto at = tasks_.begin(); at != tasks_.end(); ++at) {
        if (at->second.due <= mono_.load() && (next == tasks_.end() || at->second.due < next->second.due))
            next = at;
    }
    if (next == tasks_.end()) return false;
    const auto [id, task] = *next;
    tasks_.erase(next);
    running_.emplace(id, std::this_thread::get_id());
    lock.unlock();
    task.fn(task.arg, 0);
    lock.lock();
    running_.erase(id);
    changed_.notify_all();
    return true;
}

size_t PluginHost::run_due_tasks(size_t most) {
    std::unique_lock lock(mutex_);
    size_t ran = 0;
    while (ran < most && run_one(lock)) ++ran;
    return ran;
}

void PluginHost::start_worker() {
    stop_worker();
    worker_stops_ = false;
    worker_ = std::thread([this] { work(); });
}

void PluginHost::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return worker_stops_ || is_due(); });
        if (worker_stops_) return;
        run_one(lock);
    }
}

void PluginHost::stop_worker() {
    if (!worker_.joinable()) return;
    {
        std::scoped_lock lock(mutex_);
        worker_stops_ = true;
        changed_.notify_all();
    }
    worker_.join();
}

std::vector<std::string> PluginHost::log_lines() const {
    std::scoped_lock lock(mutex_);
    return log_lines_;
}

void PluginHost::note_call(const char* function, aurelis_status status) {
    const char* const fault = CallErrors::of_this_thread().fault(status);
    if (fault == nullptr) return;
    std::scoped_lock lock(mutex_);
    call_faults_.insert(std::string(function) + " " + fault);
}

std::vector<std::string> PluginHost::call_faults() const {
    std::scoped_lock lock(mutex_);
    return {call_faults_.begin(), call_faults_.end()};
}

std::map<std::string, double> PluginHost::metrics() const {
    std::scoped_lock lock(mutex_);
    std::map<std::string, double> all;
    for (const auto& metric : metrics_) all[metric->name] += metric->sum.load();
    return all;
}

}  // namespace aurelis::conformance
