#include "stack/layer.hpp"

#include "base/buffer.hpp"
#include "base/hash.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr int64_t kRetryFirstNs = 1'000'000'000;
constexpr int64_t kRetryMostNs = 30'000'000'000;
constexpr int64_t kTellAgainNs = 10'000'000'000;  // A line that repeats itself is told so seldom,
constexpr uint32_t kToldMost = 8;                   // and in that time no more than so many different ones.
constexpr uint32_t kSampleEvery = 128;

}  // namespace

// Times a read: every one of a lower layer, one in kSampleEvery of the highest, whose hits cost less than two clocks.
class Layer::Timing {
public:
    explicit Timing(Layer& layer) noexcept : layer_(layer) {
        if (!layer.highest_ || ++thread_slot().ticks % kSampleEvery == 0) begin_ = layer.runtime_.clock.mono();
    }
    ~Timing() {
        if (begin_ != 0) layer_.read_times_.record(layer_.runtime_.clock.mono() - begin_);
    }
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;

private:
    Layer& layer_;
    int64_t begin_ = 0;
};

// What earlier layers and calls told is not this one's: set aside, and given back if this one tells nothing.
class Layer::OwnError {
public:
    explicit OwnError(CallContext& context) noexcept : context_(context) {
        if (!context.error.empty()) before_.swap(context.error);
    }
    ~OwnError() {
        if (context_.error.empty() && !before_.empty()) context_.error.swap(before_);
    }
    OwnError(const OwnError&) = delete;
    OwnError& operator=(const OwnError&) = delete;

private:
    CallContext& context_;
    std::string before_;
};

Layer::Layer(Runtime& runtime, LayerSpec spec, const Stamps& stamps, bool highest)
    : runtime_(runtime),
      spec_(std::move(spec)),
      stamps_(stamps),
      highest_(highest),
      envelope_(spec_.shelf, spec_.stages, spec_.max_value_bytes) {
    runtime_.tasks.open(this);
}
Layer::~Layer() { close(); }

Result<void> Layer::try_start() {
    AURELIS_TRY(handle, StoreHandle::start(runtime_, spec_.component, spec_.name, spec_.options));
    owned_ = std::move(handle);
    live_.store(owned_.get(), std::memory_order_release);
    return {};
}

void Layer::open() {
    const Result<void> started = try_start();
    if (started) return;
    CallContext context;
    context.error = started.error().message;
    failed(context, started.error().status, "cannot start");
    retry_delay_ns_ = kRetryFirstNs;
    runtime_.tasks.submit(this, &Layer::retry, this, retry_delay_ns_, nullptr);
}

void Layer::retry(void* self, uint32_t cancelled) noexcept {
    auto& layer = *static_cast<Layer*>(self);
    if (cancelled != 0) return;
    const Result<void> started = layer.try_start();
    if (started) return layer.runtime_.log.write(AURELIS_LOG_WARN, layer.spec_.place + ": layer " + layer.spec_.name + ": serves again");
    CallContext context;
    context.error = started.error().message;
    layer.failed(context, started.error().status, "cannot start");
    layer.retry_delay_ns_ = std::min(layer.retry_delay_ns_ * 2, kRetryMostNs);
    layer.runtime_.tasks.submit(self, &Layer::retry, self, layer.retry_delay_ns_, nullptr);
}

void Layer::close() {
    runtime_.tasks.close(this);
    live_.store(nullptr, std::memory_order_release);
    owned_.reset();
}

aurelis_status Layer::failed(CallContext& context, aurelis_status status, const char* what) {
    counters_.add(kErrors);
    const std::string why = context.error.empty() ? std::string(what) + " (" + aurelis_status_name(status) + ")" : context.error;
    std::string line = spec_.place + ": layer " + spec_.name + " (" + spec_.backend + "): " + why;
    const int64_t now = runtime_.clock.mono();
    bool tell = false;
    {
        std::scoped_lock lock(failure_mutex_);
        if (now - window_mono_ >= kTellAgainNs) window_mono_ = now, told_ = 0;
        tell = told_ == 0 || (last_error_ != line && told_ < kToldMost);
        if (tell) ++told_;
        last_error_ = line;
    }
    if (tell) runtime_.log.write(AURELIS_LOG_WARN, line + "; the other layers serve on");
    context.error = std::move(line);
    context.error_status = status;
    const bool known = status < 0 && status >= AURELIS_E_CLOSED;
    return known ? status : aurelis_status{AURELIS_E_FAILED};
}

std::string Layer::last_error() const {
    std::scoped_lock lock(failure_mutex_);
    return last_error_;
}

aurelis_status Layer::unreachable(CallContext& context) {
    counters_.add(kUnreachable);
    context.error = last_error();
    context.error_status = AURELIS_E_UNAVAILABLE;
    return AURELIS_E_UNAVAILABLE;
}

// An entry that cannot be read for want of a plugin or a dictionary is a miss that its owner can mend: said now and then.
void Layer::tell_of_missing(const std::string& why) {
    const int64_t now = runtime_.clock.mono();
    {
        std::scoped_lock lock(failure_mutex_);
        if (told_of_missing_ != 0 && now - told_of_missing_ < kTellAgainNs) return;
        told_of_missing_ = now;
    }
    runtime_.log.write(AURELIS_LOG_WARN, spec_.place + ": layer " + spec_.name + ": an entry is taken for a miss: " + why);
}

// Takes a backend's OK at its word only as far as it can be checked.
aurelis_status Layer::accept(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale) {
    const bool counted = counts(context);
    const auto miss = [&](LayerCounter why) {
        const uint64_t version = out.meta.version;
        aurelis_buf_release(&out.value);
        out = aurelis_entry{};
        out.meta.version = version;
        if (counted) {
            counters_.add(why);
            counters_.add(kMisses);
        }
        return AURELIS_NOT_FOUND;
    };
    if (out.value.size != 0 && out.value.data == nullptr) return miss(kCorrupt);
    if (out.attrs.size != 0 && out.attrs.data == nullptr) return miss(kCorrupt);
    if (framed()) {
        std::string why;
        switch (envelope_.open(&context.call, key, out, why)) {
            case EnvelopeFault::kFine: break;
            case EnvelopeFault::kDamaged: return miss(kCorrupt);
            case EnvelopeFault::kOversized: return miss(kOversized);
            case EnvelopeFault::kNoSerializer: return tell_of_missing(why), miss(kNoSerializer);
            case EnvelopeFault::kNoDictionary: return tell_of_missing(why), miss(kNoDictionary);
        }
    }
    switch (judge(out.meta, context.call.now_wall, stamps_)) {
        case Life::Expired: return miss(kExpiredFound);
        case Life::Invalidated: return miss(kInvalidatedFound);
        case Life::Stale: stale = true; break;
        case Life::Fresh: stale = false; break;
    }
    if (!is_about(key, out.attrs)) return miss(kCollisions);
    if (counted) counters_.add(stale ? kStaleFound : kHits);
    return AURELIS_OK;
}

aurelis_status Layer::get(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    if (handle == nullptr) return unreachable(context);
    out.meta.version = 0;
    aurelis_status status;
    {
        Timing timing(*this);
        status = handle->ops().get(handle->store(), &context.call, &key, &out);
    }
    if (status == AURELIS_OK) return accept(context, key, out, stale);
    if (status == AURELIS_NOT_FOUND) {
        if (counts(context)) counters_.add(kMisses);
        return status;
    }
    return failed(context, status, "get failed");
}

void Layer::multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    aurelis_status all = AURELIS_E_UNAVAILABLE;
    for (size_t i = 0; i < n; ++i) out[i] = aurelis_entry{};
    if (handle == nullptr) {
        unreachable(context);
    } else {
        Timing timing(*this);
        all = handle->ops().multi_get(handle->store(), &context.call, keys, n, out);
    }
    if (all < 0) {
        if (handle != nullptr) failed(context, all, "multi_get failed");
        for (size_t i = 0; i < n; ++i) out[i].status = all;
        return;
    }
    const std::string told = context.error;  // Of one of the items; it stands for all.
    for (size_t i = 0; i < n; ++i) {
        if (out[i].status == AURELIS_OK) {
            bool stale = false;
            const aurelis_status accepted = accept(context, keys[i], out[i], stale);
            out[i].status = accepted == AURELIS_OK && stale ? AURELIS_STALE : accepted;
        } else if (out[i].status == AURELIS_NOT_FOUND) {
            if (counts(context)) counters_.add(kMisses);
        } else {
            context.error = told;
            out[i].status = failed(context, out[i].status, "get failed");
        }
    }
}

// The life in this layer is the smaller of the entry's own and the layer's; the frame is sealed around both.
aurelis_status Layer::prepare(CallContext& context, const aurelis_key& key, const aurelis_write& write, Prepared& out) {
    out.write = write;
    if (write.value.size > spec_.max_value_bytes) {
        counters_.add(kTooLarge);
        context.error = spec_.place + ": layer " + spec_.name + ": the value has " + std::to_string(write.value.size) +
                        " bytes, max_value_bytes is " + std::to_string(spec_.max_value_bytes) + "; raise it or store less";
        return AURELIS_E_TOO_LARGE;
    }
    if (spec_.ttl && !spec_.ttl->never) {
        const int64_t end = saturating_add(context.call.now_wall, spec_.ttl->ns);
        if (out.write.meta.expires_wall == 0 || end < out.write.meta.expires_wall) out.write.meta.expires_wall = end;
    }
    if (!framed()) return AURELIS_OK;
    out.frame = envelope_.seal(&context.call, key, out.write);
    if (out.frame.raw().ops == nullptr) return failed(context, AURELIS_E_NOMEM, "out of memory while sealing a frame");
    out.write.value = out.frame.raw();
    return AURELIS_OK;
}

// Counts what became of a write and keeps the promise that a value which is not admitted leaves nothing behind.
aurelis_status Layer::written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                              aurelis_status status) {
    switch (status) {
        case AURELIS_OK:
            counters_.add((write.flags & AURELIS_SET_FILL) != 0 ? kFills : kSets);
            return status;
        case AURELIS_NOT_STORED: counters_.add(kNotAdmitted); return status;
        case AURELIS_CONFLICT: counters_.add(kConflicts); return status;
        case AURELIS_E_TOO_LARGE: {
            StoreHandle* const handle = backend();
            counters_.add(kNotAdmitted);
            if (handle != nullptr) handle->ops().remove(handle->store(), &context.call, &key);
            return status;
        }
        default: return failed(context, status, "set failed");
    }
}

aurelis_status Layer::set(CallContext& context, const aurelis_key& key, const aurelis_write& write) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    if (handle == nullptr) return unreachable(context);
    Prepared prepared;
    aurelis_status status = prepare(context, key, write, prepared);
    if (status == AURELIS_OK) status = handle->ops().set(handle->store(), &context.call, &key, &prepared.write, nullptr);
    else if (status != AURELIS_E_TOO_LARGE) return status;
    return written(context, key, write, status);
}

aurelis_status Layer::remove(CallContext& context, const aurelis_key& key) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    if (handle == nullptr) return unreachable(context);
    const aurelis_status status = handle->ops().remove(handle->store(), &context.call, &key);
    if (status != AURELIS_OK && status != AURELIS_NOT_FOUND) return failed(context, status, "remove failed");
    counters_.add(kRemoves);
    return status;
}

void Layer::multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                        aurelis_status* each) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    if (handle == nullptr) {
        const aurelis_status status = unreachable(context);
        std::fill(each, each + n, status);
        return;
    }
    std::vector<Prepared> prepared(n);
    std::vector<aurelis_write> ready(n);
    bool all_fit = true;
    for (size_t i = 0; i < n; ++i) {
        each[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0 ? aurelis_status{AURELIS_OK}
                                                               : prepare(context, keys[i], writes[i], prepared[i]);
        ready[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0 ? writes[i] : prepared[i].write;
        // What is too large becomes a removal: the layer must hold nothing under the key.
        if (each[i] != AURELIS_OK) {
            all_fit = false;
            ready[i] = aurelis_write{};
            ready[i].flags = AURELIS_SET_REMOVE;
        }
    }
    std::vector<aurelis_status> said(n, AURELIS_OK);
    const aurelis_status all = handle->ops().multi_write(handle->store(), &context.call, keys, ready.data(), n, said.data());
    if (all < 0) {
        failed(context, all, "multi_write failed");
        std::fill(each, each + n, all);
        return;
    }
    const std::string told = context.error;  // Of one of the items; it stands for all.
    for (size_t i = 0; i < n; ++i) {
        context.error = told;
        if (!all_fit && each[i] != AURELIS_OK) {
            counters_.add(kNotAdmitted);
        } else if ((writes[i].flags & AURELIS_SET_REMOVE) != 0) {
            each[i] = said[i] == AURELIS_OK || said[i] == AURELIS_NOT_FOUND ? said[i] : failed(context, said[i], "remove failed");
            counters_.add(kRemoves);
        } else {
            each[i] = written(context, keys[i], writes[i], said[i]);
        }
    }
}

aurelis_status Layer::remove_older(CallContext& context, std::string_view prefix, int64_t stamp, uint64_t& removed) {
    const OwnError own(context);
    StoreHandle* const handle = backend();
    if (handle == nullptr) return unreachable(context);
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = bytes(prefix);
    match.created_before = stamp;
    aurelis_status status = handle->ops().remove_matching(handle->store(), &context.call, &match, &removed);
    if (status == AURELIS_E_UNSUPPORTED) {
        match.created_before = 0;
        status = handle->ops().remove_matching(handle->store(), &context.call, &match, &removed);
    }
    if (status == AURELIS_E_UNSUPPORTED) status = remove_by_scan(*handle, context, prefix, removed);
    if (status == AURELIS_OK || status == AURELIS_NOT_FOUND) return status;
    return failed(context, status, "clear failed");
}

// For stores that cannot remove by condition: list, then remove one by one. What was set since goes too, which costs a
// miss and never a wrong answer.
aurelis_status Layer::remove_by_scan(StoreHandle& handle, CallContext& context, std::string_view prefix,
                                     uint64_t& removed) {
    struct Page {
        std::string_view prefix;
        std::vector<std::string> keys;
        static uint32_t collect(void* self, const aurelis_key* key, const aurelis_entry*) noexcept {
            auto& page = *static_cast<Page*>(self);
            try {
                if (text_of(*key).starts_with(page.prefix)) page.keys.emplace_back(text_of(*key));
                return 1;
            } catch (...) {
                return 0;
            }
        }
    };
    removed = 0;
    Pinned resume;
    do {
        Page page{prefix, {}};
        aurelis_scan scan{};
        scan.struct_size = sizeof scan;
        scan.page_hint = 512;
        scan.after = bytes(resume.view());
        const aurelis_status status = handle.ops().scan(handle.store(), &context.call, &scan, &Page::collect, &page);
        if (status != AURELIS_OK) return status;
        Pinned next(scan.next);
        const bool stuck = next.size() != 0 && next.view() == resume.view();
        resume = stuck ? Pinned{} : std::move(next);
        for (const std::string& name : page.keys) {
            const aurelis_key key{name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
            const aurelis_status gone = handle.ops().remove(handle.store(), &context.call, &key);
            if (gone < 0) return gone;
            removed += gone == AURELIS_OK ? 1 : 0;
        }
    } while (resume.size() != 0);
    return AURELIS_OK;
}

LayerView Layer::look(CallContext& context, const aurelis_key& key) {
    using State = LayerView::State;
    LayerView seen;
    StoreHandle* const handle = backend();
    const auto told = [&](State state, std::string reason) {
        seen.state = state;
        seen.reason = std::move(reason);
    };
    if (handle == nullptr) return told(State::Unreachable, last_error()), std::move(seen);
    aurelis_entry entry{};
    const aurelis_status status = handle->ops().get(handle->store(), &context.call, &key, &entry);
    if (status == AURELIS_NOT_FOUND) return told(State::Absent, "not stored, removed, evicted or expired"), std::move(seen);
    if (status == AURELIS_E_CORRUPT) return told(State::Corrupt, context.error), std::move(seen);
    if (status != AURELIS_OK) return told(State::Unreachable, context.error.empty() ? aurelis_status_name(status) : context.error), std::move(seen);
    seen.bytes_stored = seen.bytes_raw = entry.value.size;
    const Pinned stored(aurelis_buf_share(&entry.value));
    if (framed()) {
        FrameView frame;
        if (open_frame(text_of(key), stored.view(), frame) == FrameFault::kFine) {
            seen.stages.assign(frame.stages.begin(), frame.stages.begin() + static_cast<std::ptrdiff_t>(frame.stage_count));
            seen.bytes_raw = seen.stages.empty() ? frame.payload.size() : seen.stages.front().size_before;
        }
        std::string why;
        const EnvelopeFault fault = envelope_.open(&context.call, key, entry, why);
        if (fault != EnvelopeFault::kFine) {
            aurelis_buf_release(&entry.value);
            return told(State::Corrupt, why), std::move(seen);
        }
    }
    const Pinned opened(entry.value);  // The attributes live as long.
    seen.meta = entry.meta;
    seen.attrs = std::string(view(entry.attrs));
    const Life life = judge(entry.meta, context.call.now_wall, stamps_);
    seen.stale = life == Life::Stale;
    if (life == Life::Expired) return told(State::Expired, "its life has ended"), std::move(seen);
    if (life == Life::Invalidated) return told(State::Invalidated, "older than the last clear"), std::move(seen);
    if (!is_about(key, entry.attrs)) return told(State::Absent, "another entry has the same short key; its identity differs"), std::move(seen);
    told(State::Present, seen.stale ? "stale: its ttl has passed" : "");
    return seen;
}

}  // namespace aurelis::core
