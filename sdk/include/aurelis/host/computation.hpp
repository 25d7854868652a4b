// Turns what the host computes or loads on a miss into the callback that the C host API calls. Leaves to others: when
// it is called, and on how many threads at once (the library).
#pragma once

#include <aurelis/host/answer.hpp>
#include <aurelis/host/codec.hpp>
#include <aurelis/host/id.hpp>
#include <aurelis/host/options.hpp>

#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aurelis {

// A computed value with its own options, which replace those of the call; its tags are added to them.
template <typename T>
struct Computed {
    T value{};
    std::optional<Life> ttl{};
    std::optional<Duration> stale{};
    std::vector<std::string> tags{};
    uint16_t app_flags = 0;
    bool store = true;  // false: the value is returned to the waiting callers and is not stored.
    std::string etag{};
    uint32_t cost = 0;          // Microseconds; 0: as measured.
    std::optional<double> jitter{};  // Instead of that of the call.
    bool not_modified = false;       // The stale value is still right, and `value` is ignored.
    std::optional<Duration> idle{};  // It ends if it is not used for so long, instead of that of the call.

    // The stale value is still right: it is stored again with new times, and keeps its tags, etag, flags and cost.
    static Computed unchanged() {
        Computed computed{};
        computed.not_modified = true;
        return computed;
    }
};

// What a computation is told, if it takes a Context&. Valid while it runs.
class Context {
public:
    explicit Context(aurelis_computed& computed) noexcept : computed_(&computed) {}

    // The copy whose time has passed, from a layer; its etag belongs to it.
    bool has_stale() const noexcept { return computed_->stale != nullptr; }
    std::string_view stale_bytes() const noexcept { return has_stale() ? view(computed_->stale->value) : ""; }
    std::string_view etag() const noexcept {
        return has_stale() ? view(aurelis_answer_etag(computed_->stale)) : std::string_view{};
    }
    // An error if there is none, or if the codec refuses it.
    template <typename T>
    Result<T> stale() const {
        if (!has_stale()) return fail(AURELIS_E_INVALID, "there is no stale value; check has_stale() first");
        return detail::guarded([&]() -> Result<T> { return Codec<T>::decode(stale_bytes()); });
    }
    // When the caller gives up. A cache with a clock of the host's own counts by that clock.
    std::optional<std::chrono::steady_clock::time_point> deadline() const noexcept {
        if (computed_->deadline_mono == 0) return std::nullopt;
        return std::chrono::steady_clock::time_point(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::nanoseconds(computed_->deadline_mono)));
    }
    bool cancelled() const noexcept {
        return computed_->cancel != nullptr && __atomic_load_n(computed_->cancel, __ATOMIC_RELAXED) != 0;
    }
    const aurelis_trace* trace() const noexcept { return computed_->trace; }
    // If the computation finds nothing: how long that is remembered; 0: not at all.
    void remember_nothing_for(Duration time) noexcept {
        computed_->flags |= AURELIS_WRITE_NEGATIVE_TTL;
        computed_->negative_ttl_ns = time.ns();
    }

private:
    aurelis_computed* computed_;
};

// A computation that may go on behind the call, on another thread and after the call has returned. It is copied for
// that, so it must not refer to what may end with the call: capture by value.
template <typename Compute>
struct Behind {
    Compute compute;
};
template <typename Compute>
Behind<std::decay_t<Compute>> behind(Compute&& compute) {
    static_assert(std::is_copy_constructible_v<std::decay_t<Compute>>,
                  "what goes on behind the call is copied; let the computation own what it needs by shared_ptr");
    return {std::forward<Compute>(compute)};
}

namespace detail {

// The T of what a computation may return: T, Computed<T>, std::optional of either, or a Result of any of these.
template <typename Made>
struct ValueIn {
    using type = Made;
};
template <typename Made>
struct ValueIn<Result<Made>> : ValueIn<Made> {};
template <typename Made>
struct ValueIn<std::optional<Made>> : ValueIn<Made> {};
template <typename Made>
struct ValueIn<Computed<Made>> {
    using type = Made;
};

template <typename Compute>
decltype(auto) call_with(Compute& compute, const aurelis_name& name, Context& context) {
    if constexpr (std::is_invocable_v<Compute&, NameView, Context&>)
        return compute(NameView(name), context);
    else if constexpr (std::is_invocable_v<Compute&, NameView>)
        return compute(NameView(name));
    else if constexpr (std::is_invocable_v<Compute&, Context&>)
        return compute(context);
    else
        return compute();
}
template <typename Compute>
using MadeBy = std::decay_t<decltype(call_with(std::declval<Compute&>(), std::declval<const aurelis_name&>(),
                                               std::declval<Context&>()))>;

// Passes the outcome of a computation of the host to C: what work() returns or throws becomes a status and a text.
template <typename Work>
aurelis_status answer_computation(aurelis_computed& out, Work&& work) noexcept {
    const Result<aurelis_status> answered = guarded(work);
    if (answered) return answered.value();
    const Error& error = answered.error();
    out.set_error(&out, error.message.data(), error.message.size());
    return error.status < 0 ? error.status : aurelis_status{AURELIS_E_FAILED};
}

// Holds what a computation has made while the library reads it: until the next one, or until the call returns.
template <typename T>
class Made {
public:
    bool has_value() const noexcept { return computed_.has_value(); }

    template <typename Compute>
    aurelis_status compute(Compute& compute, const aurelis_name& name, aurelis_computed& out) noexcept {
        Context context(out);
        return answer_computation(out, [&] { return keep(call_with(compute, name, context), out); });
    }
    // What a computation of several names has returned for one of them.
    template <typename Returned>
    aurelis_status take(Returned returned, aurelis_computed& out) noexcept {
        return answer_computation(out, [&] { return keep(std::move(returned), out); });
    }

private:
    template <typename Returned>
    Result<aurelis_status> keep(Result<Returned> returned, aurelis_computed& out) {
        if (!returned) return std::move(returned).error();
        return keep(std::move(returned).value(), out);
    }
    template <typename Returned>
    Result<aurelis_status> keep(std::optional<Returned> returned, aurelis_computed& out) {
        if (!returned) return aurelis_status{AURELIS_NOT_FOUND};
        return keep(*std::move(returned), out);
    }
    template <typename Returned>
    Result<aurelis_status> keep(Returned value, aurelis_computed& out) {
        static_assert(!std::is_same_v<T, std::string_view> || std::is_same_v<Returned, std::string_view>,
                      "a view would outlive what the computation returned; compute a std::string");
        return keep(Computed<T>{.value = std::move(value)}, out);
    }
    Result<aurelis_status> keep(Computed<T> computed, aurelis_computed& out) {
        computed_.emplace(std::move(computed));
        encoded_.reset();
        AURELIS_TRY(encoded, encode(computed_->value));
        encoded_.emplace(std::move(encoded));
        tags_ = texts_of(computed_->tags);
        out.value = borrowed(*encoded_);
        say_times(computed_->ttl, computed_->stale, out);
        say_idle(computed_->idle, out);
        out.tags = tags_.data();
        out.tag_count = tags_.size();
        out.etag = bytes(computed_->etag);
        if (computed_->jitter) out.flags |= AURELIS_WRITE_JITTER;
        out.jitter = computed_->jitter.value_or(0);
        out.cost = computed_->cost;
        out.not_modified = computed_->not_modified ? 1 : 0;
        out.dont_store = computed_->store ? 0 : 1;
        out.entry_flags = uint32_t{computed_->app_flags} << 16;
        return aurelis_status{AURELIS_OK};
    }

    std::optional<Computed<T>> computed_;
    std::optional<Encoded<T>> encoded_;
    std::vector<aurelis_bytes> tags_;
};

// A computation of one get_or_compute.
template <typename T, typename Compute>
struct Computation {
    Compute& compute;
    Made<T> made{};

    static aurelis_status run(void* user, const aurelis_name* name, aurelis_computed* out) noexcept {
        auto& self = *static_cast<Computation*>(user);
        return self.made.compute(self.compute, *name, *out);
    }
    static void prepare(aurelis_computation&) noexcept {}
};

// What the library keeps of a computation that goes on behind its call: with a copy of what it wraps.
template <typename Computation>
struct Kept : Computation {
    using Wrapped = std::remove_reference_t<decltype(Computation::wrapped)>;
    explicit Kept(const Wrapped& from) : Computation{own}, own(from) {}
    std::remove_const_t<Wrapped> own;
};
template <typename Computation>
void keepable(aurelis_computation& to) noexcept {
    to.keep = [](void* user) noexcept -> void* {
        try {
            return static_cast<Computation*>(new Kept<Computation>(static_cast<Computation*>(user)->wrapped));
        } catch (...) {
            return nullptr;
        }
    };
    to.release = [](void* kept) noexcept { delete static_cast<Kept<Computation>*>(static_cast<Computation*>(kept)); };
}

// One that can be kept beyond it: of a Behind, or of a const one.
template <typename T, typename Wrapped>
struct KeepableComputation {
    Wrapped& wrapped;
    Made<T> made{};

    static aurelis_status run(void* user, const aurelis_name* name, aurelis_computed* out) noexcept {
        auto& self = *static_cast<KeepableComputation*>(user);
        return self.made.compute(self.wrapped.compute, *name, *out);
    }
    static void prepare(aurelis_computation& to) noexcept { keepable<KeepableComputation>(to); }
};

template <typename Compute>
inline constexpr bool is_behind = false;
template <typename Compute>
inline constexpr bool is_behind<Behind<Compute>> = true;
template <typename T, typename Compute>
using ComputationOf = std::conditional_t<is_behind<std::remove_const_t<Compute>>, KeepableComputation<T, Compute>,
                                         Computation<T, Compute>>;

// A computation of many names. compute takes the names, and the contexts of all of them if it wants them.
template <typename Compute>
decltype(auto) call_batch_with(Compute& compute, std::span<const NameView> names, std::span<Context> contexts) {
    if constexpr (std::is_invocable_v<Compute&, std::span<const NameView>, std::span<Context>>)
        return compute(names, contexts);
    else
        return compute(names);
}
template <typename Compute>
using BatchMadeBy = std::decay_t<decltype(call_batch_with(
    std::declval<Compute&>(), std::declval<std::span<const NameView>>(), std::declval<std::span<Context>>()))>;
// What it returns for one name.
template <typename Returned>
struct ItemIn {
    static_assert(sizeof(Returned) == 0, "a computation of many names returns a std::vector with an item for each");
};
template <typename Returned>
struct ItemIn<Result<Returned>> : ItemIn<Returned> {};
template <typename Item>
struct ItemIn<std::vector<Item>> {
    using type = Item;
};

// Holds what a computation has made for many names while the library reads it.
template <typename T>
class MadeBatch {
public:
    template <typename Compute>
    aurelis_status compute(Compute& compute, const aurelis_name* names, size_t n, aurelis_computed* out,
                           aurelis_status* each) noexcept {
        return answer_computation(out[0], [&]() -> Result<aurelis_status> {
            std::vector<NameView> views(names, names + n);
            std::vector<Context> contexts;
            for (size_t i = 0; i < n; ++i) contexts.emplace_back(out[i]);
            return keep(call_batch_with(compute, views, contexts), n, out, each);
        });
    }

private:
    template <typename Items>
    Result<aurelis_status> keep(Result<Items> returned, size_t n, aurelis_computed* out, aurelis_status* each) {
        if (!returned) return std::move(returned).error();
        return keep(std::move(returned).value(), n, out, each);
    }
    template <typename Item>
    Result<aurelis_status> keep(std::vector<Item> items, size_t n, aurelis_computed* out, aurelis_status* each) {
        if (items.size() != n)
            return fail(AURELIS_E_FAILED, "the computation got " + std::to_string(n) + " names and returned " +
                                              std::to_string(items.size()) + " items; return one for each");
        made_.clear();
        made_.resize(n);
        for (size_t i = 0; i < n; ++i) each[i] = made_[i].take(std::move(items[i]), out[i]);
        return aurelis_status{AURELIS_OK};
    }

    std::deque<Made<T>> made_;
};

template <typename T, typename Compute>
struct BatchComputation {
    Compute& compute;
    MadeBatch<T> made{};

    static aurelis_status run(void* user, const aurelis_name* names, size_t n, aurelis_computed* out,
                              aurelis_status* each) noexcept {
        auto& self = *static_cast<BatchComputation*>(user);
        return self.made.compute(self.compute, names, n, out, each);
    }
    static void prepare(aurelis_computation&) noexcept {}
};

template <typename T, typename Wrapped>
struct KeepableBatchComputation {
    Wrapped& wrapped;
    MadeBatch<T> made{};

    static aurelis_status run(void* user, const aurelis_name* names, size_t n, aurelis_computed* out,
                              aurelis_status* each) noexcept {
        auto& self = *static_cast<KeepableBatchComputation*>(user);
        return self.made.compute(self.wrapped.compute, names, n, out, each);
    }
    static void prepare(aurelis_computation& to) noexcept { keepable<KeepableBatchComputation>(to); }
};

template <typename T, typename Compute>
using BatchComputationOf =
    std::conditional_t<is_behind<std::remove_const_t<Compute>>, KeepableBatchComputation<T, Compute>,
                       BatchComputation<T, Compute>>;

// An origin, which many threads call at once. What it made for a thread stays until that thread calls again.
template <typename Load>
struct Origin {
    Load load;

    static aurelis_status run(void* user, const aurelis_name* name, aurelis_computed* out) noexcept {
        static thread_local Made<typename ValueIn<MadeBy<Load>>::type> made;
        return made.compute(static_cast<Origin*>(user)->load, *name, *out);
    }
    static void destroy(void* user) noexcept { delete static_cast<Origin*>(user); }
};
// One that can load many names at once, too.
template <typename Load, typename LoadMany>
struct BatchOrigin : Origin<Load> {
    BatchOrigin(Load one, LoadMany many) : Origin<Load>{std::move(one)}, load_many(std::move(many)) {}
    LoadMany load_many;

    static aurelis_status run_many(void* user, const aurelis_name* names, size_t n, aurelis_computed* out,
                                   aurelis_status* each) noexcept {
        using Item = typename ItemIn<BatchMadeBy<LoadMany>>::type;
        static thread_local MadeBatch<typename ValueIn<Item>::type> made;
        auto& self = *static_cast<BatchOrigin*>(static_cast<Origin<Load>*>(user));
        return made.compute(self.load_many, names, n, out, each);
    }
    static void destroy(void* user) noexcept { delete static_cast<BatchOrigin*>(static_cast<Origin<Load>*>(user)); }
};

}  // namespace detail
}  // namespace aurelis
