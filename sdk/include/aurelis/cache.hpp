// aurelis::Cache: the C door in C++20. Header-only over aurelis.h, so a program built today runs with every 1.x library.
// Values are typed: raw bytes and text as they are, JSON values through nlohmann-json where its header is there, and
// your own types by a specialisation of aurelis::Codec. Nothing throws: what can fail answers Result<T>, and what a codec, a
// computation or a visitor of yours throws becomes its error (AURELIS_E_FAILED).
//
//   auto cache = aurelis::Cache::open({.file = "aurelis.yaml"});
//   auto users = cache->category("user_data");
//   users->set("user123", "John", {.ttl = std::chrono::hours(1)});
//   auto name = users->get<std::string>("user123");       // Result<std::optional<std::string>>
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/bytes.hpp>
#include <aurelis/base/result.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define AURELIS_HAS_NLOHMANN_JSON 1
#endif

namespace aurelis {

// How a type becomes the bytes of a value and comes back. Specialise it for a type of your own:
//   template <> struct aurelis::Codec<Point> {
//       static std::string encode(const Point&);  // or std::string_view of bytes that it owns, or a Result of either
//       static Result<Point> decode(std::string_view bytes);
//   };
template <typename T>
struct Codec;

template <>
struct Codec<std::string> {
    static std::string_view encode(const std::string& text) noexcept { return text; }
    static Result<std::string> decode(std::string_view data) { return std::string(data); }
};
template <>
struct Codec<std::string_view> {
    static std::string_view encode(std::string_view text) noexcept { return text; }
};
template <>
struct Codec<std::vector<std::byte>> {
    static std::string_view encode(const std::vector<std::byte>& data) noexcept {
        return {reinterpret_cast<const char*>(data.data()), data.size()};
    }
    static Result<std::vector<std::byte>> decode(std::string_view data) {
        const auto* first = reinterpret_cast<const std::byte*>(data.data());
        return std::vector<std::byte>(first, first + data.size());
    }
};
#ifdef AURELIS_HAS_NLOHMANN_JSON
// JSON is written without needless space.
template <>
struct Codec<nlohmann::json> {
    static Result<std::string> encode(const nlohmann::json& value) {
        try {
            return value.dump();
        } catch (const nlohmann::json::exception& caught) {
            return fail(AURELIS_E_INVALID, std::string("the value has no JSON text: ") + caught.what());
        }
    }
    static Result<nlohmann::json> decode(std::string_view data) {
        auto value = nlohmann::json::parse(data, nullptr, false);
        if (value.is_discarded()) return fail(AURELIS_E_CORRUPT, "the cached value is no JSON; read it as std::string");
        return value;
    }
};
#endif

// A life that does not end by itself. Any positive std::chrono duration is a life, too.
struct Never {};
inline constexpr Never never{};
// Any std::chrono duration in nanoseconds. What does not fit rests at the end instead of running over, so that it is
// refused where it is too long; what is no number is below 0.
class Duration {
public:
    constexpr Duration() = default;
    template <typename Rep, typename Period>
    constexpr Duration(std::chrono::duration<Rep, Period> time) : ns_(saturated(time)) {}
    constexpr int64_t ns() const noexcept { return ns_; }

private:
    template <typename Rep, typename Period>
    static constexpr int64_t saturated(std::chrono::duration<Rep, Period> time) {
        constexpr long double kEnd = 9.2233720368547e18L;
        const long double ns = static_cast<long double>(time.count()) * static_cast<long double>(Period::num) * 1e9L /
                               static_cast<long double>(Period::den);
        if (ns >= kEnd) return INT64_MAX;
        if (!(ns > -kEnd)) return INT64_MIN;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    }
    int64_t ns_ = 0;
};
class Life {
public:
    constexpr Life(Never) : never_(true) {}
    template <typename Rep, typename Period>
    constexpr Life(std::chrono::duration<Rep, Period> time) : time_(time) {}
    constexpr bool is_never() const noexcept { return never_; }
    constexpr int64_t ns() const noexcept { return time_.ns(); }

private:
    Duration time_;
    bool never_ = false;
};

// What becomes of a stored value that the codec cannot decode, counted in any case. Default: get answers the codec's
// error and leaves the entry; get_or_compute and get_or_load remove it and compute or load anew.
enum class Undecodable : uint8_t { Default, Fail, Remove };

struct ReadOptions {
    bool allow_stale = false;
    bool peek = false;        // Leaves recency and counters alone.
    bool promote = true;
    std::optional<Duration> timeout{};  // 0: none.
    uint64_t skip_layers = 0;           // Bit i: leave out layer i+1.
    Undecodable undecodable = Undecodable::Default;
    const std::atomic<uint32_t>* cancel = nullptr;  // Set to 1 to give the call up; lives as long as the call.
    std::optional<aurelis_trace> trace{};           // Where the call belongs; plugins and computations get it.
};
struct WriteOptions {
    std::optional<Life> ttl{};  // Else the category's, else the layers'.
    std::optional<Duration> stale{};
    std::vector<std::string> tags{};
    uint16_t app_flags = 0;
    uint32_t cost = 0;  // Microseconds that it took to make; 0: not known, or as a computation is measured.
    std::optional<Duration> timeout{};
    uint64_t skip_layers = 0;
    bool require_persistent = false;  // set: an error if no persistent layer takes it; then no layer holds the name.
    const std::atomic<uint32_t>* cancel = nullptr;  // As in ReadOptions; what is given up may have reached some layers.
    std::optional<aurelis_trace> trace{};
};

// What became of a set in each layer, highest first.
struct WriteReport {
    std::vector<aurelis_status> layers{};  // AURELIS_OK: it holds the value.
    // Bit i: layer i+1 may hold an older value, which other processes, or a later one, may read.
    uint64_t outdated = 0;
    bool everywhere() const noexcept {
        for (const aurelis_status each : layers)
            if (each != AURELIS_OK) return false;
        return true;
    }
};

struct OpenOptions {
    std::string file{};
    std::string text{};
    std::string folder{};
    std::string name_space{};
    std::string data_folder{};
    const aurelis_clock* clock = nullptr;
    aurelis_log_fn log = nullptr;
    void* log_user = nullptr;
    uint32_t log_level = 3;
};

namespace detail {

// Nothing leaves but by a Result, whatever the host's own code in there throws.
template <typename Work>
std::invoke_result_t<Work&> guarded(Work&& work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return Error{AURELIS_E_NOMEM, "out of memory"};
    } catch (const std::exception& caught) {
        try {
            return Error{AURELIS_E_FAILED, caught.what()};
        } catch (...) {
            return Error{AURELIS_E_NOMEM, "out of memory"};
        }
    } catch (...) {
        return Error{AURELIS_E_FAILED, "not a std::"};
    }
}

template <typename T>
struct Bare {
    using type = T;
};
template <typename T>
struct Bare<Result<T>> {
    using type = T;
};

// Turns a status of the door into an Error, taking over the error object.
class Failure {
public:
    ~Failure() { aurelis_error_free(error_); }
    aurelis_error** place() noexcept { return &error_; }
    Error error(aurelis_status status) const {
        return Error{status, error_ != nullptr ? aurelis_error_message(error_) : aurelis_status_name(status)};
    }

private:
    aurelis_error* error_ = nullptr;
};

inline aurelis_read_options read_options(const ReadOptions& from) noexcept {
    aurelis_read_options to{};
    to.struct_size = sizeof to;
    to.flags = (from.allow_stale ? uint32_t{AURELIS_READ_ALLOW_STALE} : 0u) | (from.peek ? uint32_t{AURELIS_READ_PEEK} : 0u) |
               (from.promote ? 0u : uint32_t{AURELIS_READ_NO_PROMOTE});
    to.timeout_ns = from.timeout ? from.timeout->ns() : 0;
    to.skip_layers = from.skip_layers;
    to.cancel = reinterpret_cast<const uint32_t*>(from.cancel);
    to.trace = from.trace ? &*from.trace : nullptr;
    return to;
}

// Options with the array of tags that they point to.
struct Write {
    explicit Write(const WriteOptions& from) {
        for (const std::string& tag : from.tags) tags.push_back(bytes(tag));
        options.struct_size = sizeof options;
        if (from.ttl) options.flags |= from.ttl->is_never() ? AURELIS_WRITE_NEVER : AURELIS_WRITE_TTL;
        if (from.ttl && !from.ttl->is_never()) options.ttl_ns = from.ttl->ns();
        if (from.require_persistent) options.flags |= AURELIS_WRITE_PERSISTENT;
        if (from.stale) options.flags |= AURELIS_WRITE_STALE, options.stale_ns = from.stale->ns();
        options.tags = tags.data();
        options.tag_count = tags.size();
        options.entry_flags = uint32_t{from.app_flags} << 16;
        options.cost = from.cost;
        options.timeout_ns = from.timeout ? from.timeout->ns() : 0;
        options.skip_layers = from.skip_layers;
        options.cancel = reinterpret_cast<const uint32_t*>(from.cancel);
        options.trace = from.trace ? &*from.trace : nullptr;
    }
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;
    std::vector<aurelis_bytes> tags;
    aurelis_write_options options{};
};

}  // namespace detail

// What a get answers: hit, stale or miss, the pinned bytes, and where and when they come from. Move-only; share() makes
// another handle to the same bytes. Must not outlive its Cache.
class Answer {
public:
    Answer() = default;
    explicit Answer(const aurelis_answer& raw) noexcept : raw_(raw) {}
    Answer(Answer&& other) noexcept : raw_(std::exchange(other.raw_, aurelis_answer{})) {}
    Answer& operator=(Answer&& other) noexcept {
        if (this != &other) {
            aurelis_answer_release(&raw_);
            raw_ = std::exchange(other.raw_, aurelis_answer{});
        }
        return *this;
    }
    ~Answer() { aurelis_answer_release(&raw_); }

    bool hit() const noexcept { return raw_.status == AURELIS_OK; }
    bool stale() const noexcept { return raw_.status == AURELIS_STALE; }
    bool found() const noexcept { return hit() || stale(); }
    std::string_view bytes() const noexcept { return view(raw_.value); }
    uint32_t layer() const noexcept { return raw_.layer; }  // 1 = highest; 0: computed just now.
    uint16_t app_flags() const noexcept { return static_cast<uint16_t>(raw_.flags >> 16); }
    const aurelis_answer& raw() const noexcept { return raw_; }
    Answer share() const noexcept { return Answer(aurelis_answer_share(&raw_)); }
    template <typename T>
    Result<T> as() const {
        return detail::guarded([&]() -> Result<T> { return Codec<T>::decode(bytes()); });
    }

private:
    aurelis_answer raw_{};
};

class Cache;

// An identifier: one text, or several parts that stay separate fields of the key; and params, JSON text of an object.
class Id {
public:
    Id(const char* text) : Id(std::string_view(text)) {}
    Id(std::string_view text) : parts_{aurelis::bytes(text)}, count_(1) {}
    Id(const std::string& text) : Id(std::string_view(text)) {}
    Id(std::initializer_list<std::string_view> parts) {
        for (std::string_view part : parts) {
            if (count_ < kInline) parts_[count_] = aurelis::bytes(part);
            ++count_;  // More than a name may have are refused by the library, never dropped.
        }
    }
    // The same identifier with params; the text must live as long as the Id.
    Id with(std::string_view params_json) const {
        Id copy = *this;
        copy.params_ = aurelis::bytes(params_json);
        return copy;
    }
    aurelis_name name(const aurelis_category* category) const noexcept {
        aurelis_name name{};
        name.category = category;
        name.parts = parts_;
        name.part_count = count_;
        name.params = params_;
        return name;
    }

private:
    static constexpr size_t kInline = 16;
    aurelis_bytes parts_[kInline]{};
    size_t count_ = 0;  // Of the parts that were given; no name of more than kInline is ever read.
    aurelis_bytes params_{};
};

// A category of an open cache; a handle to copy freely, valid as long as the Cache.
class Category {
public:
    // Hit, stale (if allowed) or miss, with the bytes pinned.
    Result<Answer> lookup(const Id& id, const ReadOptions& options = {}) const {
        const aurelis_name name = id.name(category_);
        const aurelis_read_options read = detail::read_options(options);
        detail::Failure failure;
        aurelis_answer answer{};
        const aurelis_status status = aurelis_get(cache_, &name, &read, &answer, failure.place());
        if (status < 0) return failure.error(status);
        return Answer(answer);
    }
    // The value, or nothing on a miss.
    template <typename T>
    Result<std::optional<T>> get(const Id& id, const ReadOptions& options = {}) const {
        AURELIS_TRY(answer, lookup(id, options));
        if (!answer.found()) return std::optional<T>{};
        auto value = answer.template as<T>();
        if (value) return std::optional<T>(std::move(value).value());
        const bool remove = options.undecodable == Undecodable::Remove;
        AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
        if (remove) return std::optional<T>{};
        return value.error();
    }
    // Says that the value of an answer cannot be read: counted, and told in the log at most once a minute. With remove
    // all copies of these very bytes go; what was set meanwhile stays.
    Result<void> reject(const Id& id, const Answer& answer, std::string_view why, bool remove) const {
        const aurelis_name name = id.name(category_);
        detail::Failure failure;
        const aurelis_status status =
            aurelis_reject(cache_, &name, &answer.raw(), bytes(why), remove ? 1 : 0, failure.place());
        if (status < 0) return failure.error(status);
        return {};
    }
    template <typename T>
    Result<void> set(const Id& id, const T& value, const WriteOptions& options = {}) const {
        AURELIS_TRY_VOID(set_with_report(id, value, options));
        return {};
    }
    // The same, and what each layer did.
    template <typename T>
    Result<WriteReport> set_with_report(const Id& id, const T& value, const WriteOptions& options = {}) const {
        const aurelis_name name = id.name(category_);
        AURELIS_TRY(encoded, encode(value));
        const detail::Write write(options);
        detail::Failure failure;
        aurelis_write_report raw{};
        raw.struct_size = sizeof raw;
        const aurelis_status status = aurelis_set(cache_, &name, bytes(encoded), &write.options, &raw, failure.place());
        if (status < 0) return failure.error(status);
        if (status != AURELIS_OK) return fail(AURELIS_E_FULL, "no layer admitted the value");
        return WriteReport{{raw.layers, raw.layers + raw.layer_count}, raw.outdated};
    }
    // true if there was something to remove.
    Result<bool> remove(const Id& id) const {
        const aurelis_name name = id.name(category_);
        detail::Failure failure;
        const aurelis_status status = aurelis_remove(cache_, &name, nullptr, nullptr, failure.place());
        if (status < 0) return failure.error(status);
        return status == AURELIS_OK;
    }
    // The cached value, else what compute() returns: a T, or a Result<T>. One computation, however many ask at once.
    template <typename T, typename Compute>
    Result<T> get_or_compute(const Id& id, Compute&& compute, const WriteOptions& options = {},
                             const ReadOptions& reading = {}) const {
        for (bool again = false;; again = true) {
            bool computed = false;
            AURELIS_TRY(answer, lookup_or_compute<T>(id, compute, options, reading, computed));
            auto value = answer.template as<T>();
            if (value) return value;
            const bool remove = reading.undecodable != Undecodable::Fail;
            AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
            // A codec that cannot read what it has just written would compute for ever.
            if (!remove || computed || again) return value;
        }
    }
    // The category's origin loads what is missing. Nothing: the origin has none.
    template <typename T>
    Result<std::optional<T>> get_or_load(const Id& id, const WriteOptions& options = {}, const ReadOptions& reading = {}) const {
        const aurelis_name name = id.name(category_);
        const aurelis_read_options read = detail::read_options(reading);
        const detail::Write write(options);
        for (bool again = false;; again = true) {
            detail::Failure failure;
            aurelis_answer raw{};
            const aurelis_status status =
                aurelis_get_or_compute(cache_, &name, nullptr, nullptr, &read, &write.options, &raw, failure.place());
            if (status < 0) return failure.error(status);
            const Answer answer(raw);
            if (!answer.found()) return std::optional<T>{};
            auto value = answer.template as<T>();
            if (value) return std::optional<T>(std::move(value).value());
            const bool remove = reading.undecodable != Undecodable::Fail;
            AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
            if (!remove || again) return value.error();
        }
    }
    // Many at once, layer by layer in batches. An answer whose as<T>() fails is left as it is; reject() it.
    Result<std::vector<Answer>> lookup_all(std::span<const Id> ids, const ReadOptions& options = {}) const {
        std::vector<aurelis_name> names;
        for (const Id& id : ids) names.push_back(id.name(category_));
        std::vector<aurelis_answer> raw(ids.size());
        const aurelis_read_options read = detail::read_options(options);
        detail::Failure failure;
        const aurelis_status status = aurelis_multi_get(cache_, names.data(), names.size(), &read, raw.data(), failure.place());
        std::vector<Answer> answers;
        for (const aurelis_answer& one : raw) answers.emplace_back(one);
        if (status < 0 || status == AURELIS_PARTIAL) return failure.error(status < 0 ? status : aurelis_status{AURELIS_E_INVALID});
        return answers;
    }
    const aurelis_category* raw() const noexcept { return category_; }

private:
    friend class Cache;
    Category(aurelis_cache* cache, const aurelis_category* category) : cache_(cache), category_(category) {}

    template <typename T>
    static auto encoded_as(const T& value) {
        if constexpr (std::is_convertible_v<const T&, std::string_view>)
            return std::string_view(value);
        else
            return Codec<T>::encode(value);
    }
    template <typename T>
    using Encoded = typename detail::Bare<decltype(encoded_as(std::declval<const T&>()))>::type;
    template <typename T>
    static Result<Encoded<T>> encode(const T& value) {
        return detail::guarded([&]() -> Result<Encoded<T>> { return encoded_as(value); });
    }

    template <typename T, typename Compute>
    struct Computation {
        Compute& compute;
        // The bytes live in here until get_or_compute returns; the library copies them at once.
        std::optional<T> value;
        std::optional<Encoded<T>> encoded;

        static aurelis_status run(void* user, const aurelis_name*, aurelis_computed* out) noexcept {
            auto& self = *static_cast<Computation*>(user);
            const auto refuse = [&](aurelis_status status, std::string_view why) {
                out->set_error(out, why.data(), why.size());
                return status;
            };
            try {
                auto made = self.compute();
                if constexpr (std::is_same_v<std::decay_t<decltype(made)>, Result<T>>) {
                    if (!made) return refuse(made.error().status, made.error().message);
                    self.value.emplace(std::move(made).value());
                } else {
                    self.value.emplace(std::move(made));
                }
                auto encoded = encode(*self.value);
                if (!encoded) return refuse(encoded.error().status, encoded.error().message);
                self.encoded.emplace(std::move(encoded).value());
                out->value = borrowed(*self.encoded);
                return AURELIS_OK;
            } catch (const std::exception& caught) {
                return refuse(AURELIS_E_FAILED, caught.what());
            } catch (...) {
                return refuse(AURELIS_E_FAILED, "the computation threw something that is no std::exception");
            }
        }
    };

    template <typename T, typename Compute>
    Result<Answer> lookup_or_compute(const Id& id, Compute& compute, const WriteOptions& options, const ReadOptions& reading,
                                     bool& computed) const {
        const aurelis_name name = id.name(category_);
        const aurelis_read_options read = detail::read_options(reading);
        const detail::Write write(options);
        Computation<T, Compute> computation{compute, {}, {}};
        detail::Failure failure;
        aurelis_answer answer{};
        const aurelis_status status = aurelis_get_or_compute(cache_, &name, &Computation<T, Compute>::run, &computation, &read,
                                                             &write.options, &answer, failure.place());
        computed = computation.value.has_value();
        if (status < 0) return failure.error(status);
        if (status == AURELIS_NOT_FOUND) return fail(AURELIS_E_FAILED, "the computation found nothing");
        return Answer(answer);
    }

    aurelis_cache* cache_;
    const aurelis_category* category_;
};

// An open cache. Move-only; closing flushes what waits. Any thread may use it; nothing else may run while it closes.
class Cache {
public:
    static Result<Cache> open(const OpenOptions& options = {}) {
        aurelis_open_options raw{};
        raw.struct_size = sizeof raw;
        if (!options.file.empty()) raw.file = options.file.c_str();
        raw.text = bytes(options.text);
        if (!options.folder.empty()) raw.folder = options.folder.c_str();
        if (!options.name_space.empty()) raw.name_space = options.name_space.c_str();
        if (!options.data_folder.empty()) raw.data_folder = options.data_folder.c_str();
        raw.clock = options.clock;
        raw.log = options.log;
        raw.log_user = options.log_user;
        raw.log_level = options.log_level;
        detail::Failure failure;
        aurelis_cache* cache = nullptr;
        const aurelis_status status = aurelis_open(&raw, &cache, failure.place());
        if (status != AURELIS_OK) return failure.error(status);
        return Cache(cache);
    }

    Result<Category> category(std::string_view name) const {
        detail::Failure failure;
        const aurelis_category* found = nullptr;
        const aurelis_status status = aurelis_category_open(cache_.get(), bytes(name), &found, failure.place());
        if (status < 0) return failure.error(status);
        return Category(cache_.get(), found);
    }
    // How many entries the fullest layer lost; UINT64_MAX unknown.
    Result<uint64_t> clear() const {
        detail::Failure failure;
        uint64_t removed = 0;
        const aurelis_status status = aurelis_clear(cache_.get(), nullptr, &removed, failure.place());
        if (status < 0) return failure.error(status);
        return removed;
    }
    // Calls visit(key, layer) for every key that fits the glob, until it answers false.
    Result<void> scan(std::string_view glob, std::function<bool(std::string_view key, uint32_t layer)> visit) const {
        detail::Failure failure;
        struct Visiting {
            decltype(visit)& function;
            std::optional<Error> thrown;
        } visiting{visit, std::nullopt};
        const auto show = [](void* user, const aurelis_scanned* one) noexcept -> uint32_t {
            auto& self = *static_cast<Visiting*>(user);
            const auto wanted =
                detail::guarded([&]() -> Result<bool> { return self.function(view(one->key), one->layer); });
            if (!wanted) self.thrown = wanted.error();
            return wanted && wanted.value() ? 1 : 0;
        };
        const aurelis_status status = aurelis_scan_keys(cache_.get(), bytes(glob), nullptr, show, &visiting, failure.place());
        if (visiting.thrown) return *visiting.thrown;
        if (status < 0 || status == AURELIS_PARTIAL) return failure.error(status < 0 ? status : aurelis_status{AURELIS_E_UNAVAILABLE});
        return {};
    }
    // load: Result<std::optional<std::string>>(const aurelis_name&), called from any thread that asks.
    Result<void> register_origin(std::string_view name,
                                 std::function<Result<std::optional<std::string>>(const aurelis_name&)> load) const {
        struct Kept {
            decltype(load) function;
            static aurelis_status run(void* user, const aurelis_name* asked, aurelis_computed* out) noexcept {
                const auto refuse = [&](aurelis_status status, std::string_view why) {
                    out->set_error(out, why.data(), why.size());
                    return status;
                };
                try {
                    auto made = static_cast<Kept*>(user)->function(*asked);
                    if (!made) return refuse(made.error().status, made.error().message);
                    if (!made.value()) return AURELIS_NOT_FOUND;
                    static thread_local std::string text;  // Borrowed until the library has copied it, at once.
                    text = std::move(*made.value());
                    out->value = borrowed(text);
                    return AURELIS_OK;
                } catch (const std::exception& caught) {
                    return refuse(AURELIS_E_FAILED, caught.what());
                } catch (...) {
                    return refuse(AURELIS_E_FAILED, "the origin threw something that is no std::exception");
                }
            }
        };
        auto kept = std::make_unique<Kept>(Kept{std::move(load)});
        aurelis_origin origin{};
        origin.struct_size = sizeof origin;
        origin.user = kept.get();
        origin.load = &Kept::run;
        origin.destroy = [](void* user) noexcept { delete static_cast<Kept*>(user); };
        detail::Failure failure;
        const aurelis_status status = aurelis_register_origin(cache_.get(), bytes(name), &origin, failure.place());
        if (status < 0) return failure.error(status);
        kept.release();
        return {};
    }
    Result<std::string> stats_json() const {
        detail::Failure failure;
        aurelis_buf json{};
        const aurelis_status status = aurelis_stats(cache_.get(), &json, failure.place());
        if (status < 0) return failure.error(status);
        const Pinned text(json);
        return std::string(text.view());
    }
    Result<void> flush(Duration timeout = {}) const {
        detail::Failure failure;
        const aurelis_status status = aurelis_flush(cache_.get(), timeout.ns(), failure.place());
        if (status < 0) return failure.error(status);
        return {};
    }
    // Closes now and says how it went; the destructor does the same in silence.
    Result<void> close(Duration timeout = {}) {
        detail::Failure failure;
        const aurelis_status status = aurelis_close(cache_.release(), timeout.ns(), failure.place());
        if (status < 0) return failure.error(status);
        return {};
    }
    aurelis_cache* raw() const noexcept { return cache_.get(); }

private:
    struct Closer {
        void operator()(aurelis_cache* cache) const noexcept { aurelis_close(cache, 0, nullptr); }
    };
    explicit Cache(aurelis_cache* cache) : cache_(cache) {}

    std::unique_ptr<aurelis_cache, Closer> cache_;
};

}  // namespace aurelis
