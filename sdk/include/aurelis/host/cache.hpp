// Cache: an open cache, its categories, its origins, and what concerns it as a whole.
#pragma once

#include <aurelis/host/category.hpp>
#include <aurelis/host/computation.hpp>
#include <aurelis/host/errors.hpp>
#include <aurelis/host/invalidation.hpp>
#include <aurelis/host/options.hpp>
#include <aurelis/host/reports.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aurelis {

// Move-only; closing flushes what is pending. Any thread may use it; no other call may run while it closes.
class Cache {
public:
    static Result<Cache> open(const OpenOptions& options = {}) {
        std::unique_ptr<Log> log;
        if (options.log) log = std::make_unique<Log>(options.log);
        const aurelis_open_options raw = detail::open_options(options, log.get());
        detail::Failure failure;
        aurelis_cache* cache = nullptr;
        const aurelis_status status = aurelis_open(&raw, &cache, failure.place());
        if (status != AURELIS_OK) return failure.error(status);
        return Cache(cache, std::move(log));
    }
    // Closes now and reports how it went; the destructor does the same silently.
    Result<void> close(Duration timeout = {}) {
        detail::Failure failure;
        const aurelis_status status = aurelis_close(cache_.release(), timeout.ns(), failure.place());
        if (status < 0) return failure.error(status);
        return {};
    }
    // Waits until all layers have written what is pending.
    Result<void> flush(Duration timeout = {}) const {
        detail::Failure failure;
        const aurelis_status status = aurelis_flush(raw(), timeout.ns(), failure.place());
        if (status < 0) return failure.error(status);
        return {};
    }

    Result<Category> category(std::string_view name) const {
        detail::Failure failure;
        const aurelis_category* found = nullptr;
        const aurelis_status status = aurelis_category_open(raw(), bytes(name), &found, failure.place());
        if (status < 0) return failure.error(status);
        return Category(raw(), found);
    }
    // A category in which identifiers are full keys, as scan() shows them and Category::key_of() returns them.
    Category full_keys() const noexcept { return Category(raw(), nullptr); }

    // Counted from 1, the highest; "" for 0 and beyond the last. The text lives as long as the cache.
    std::string_view layer_name(uint32_t layer) const noexcept {
        const char* name = aurelis_layer_name(raw(), layer);
        return name != nullptr ? name : std::string_view();
    }
    std::vector<std::string> layer_names() const {  // Highest first.
        std::vector<std::string> names;
        for (uint32_t layer = 1; const char* name = aurelis_layer_name(raw(), layer); ++layer) names.emplace_back(name);
        return names;
    }

    // Empties this cache's namespace in every layer. Returns the number of entries that the fullest layer lost;
    // UINT64_MAX: unknown. AURELIS_E_UNAVAILABLE if a layer could not be cleared, with a line for each that could not.
    Result<uint64_t> clear(const WriteOptions& options = {}) const {
        AURELIS_TRY(report, clear_with_report(options));
        if (!report.complete) return fail(AURELIS_E_UNAVAILABLE, std::move(report.problem));
        return report.removed.value_or(UINT64_MAX);
    }
    // The same; a layer that could not be cleared is in the report.
    Result<ClearReport> clear_with_report(const WriteOptions& options = {}) const {
        const detail::Write write(options);
        detail::Failure failure;
        uint64_t removed = 0;
        const aurelis_status status = aurelis_clear(raw(), write.get(), &removed, failure.place());
        if (status < 0) return failure.error(status);
        ClearReport report;
        if (removed != UINT64_MAX) report.removed = removed;
        report.complete = status != AURELIS_PARTIAL;
        if (!report.complete) report.problem = failure.error(status).message;
        return report;
    }
    // Entries of this cache's namespace to which everything applies that is given; all of them if nothing is. From its
    // return on none is a hit, however many there are; an entry of a layer that failed (`complete` is false) may be one
    // in other processes.
    Result<InvalidationReport> invalidate(const Invalidation& what) const {
        return detail::invalidate(raw(), detail::invalidation(what));
    }
    // What the event's rule names, with the values of its variables. The soft, dry_run, count, remove, timeout, cancel
    // and trace of `how` count; the rule selects the entries.
    Result<InvalidationReport> invalidate_on_event(std::string_view event, const EventContext& context = {},
                                                   const Invalidation& how = {}) const {
        const std::string json = detail::context_json(context);
        aurelis_invalidation raw_what = detail::invalidation(how);
        raw_what.event = bytes(event);
        raw_what.context = bytes(json);
        return detail::invalidate(raw(), raw_what);
    }
    // Sets what an event invalidates, instead of what its rule was: "category:NAME", "pattern:GLOB", "tag:NAME",
    // "event:NAME", else a full key of this cache; with {variables}.
    Result<void> set_rule(std::string_view event, const std::vector<std::string>& targets) const {
        if (targets.empty()) return fail(AURELIS_E_INVALID, "the rule has no targets; remove_rule removes it");
        AURELIS_TRY_VOID(change_rule(event, targets));
        return {};
    }
    // true if there was one.
    Result<bool> remove_rule(std::string_view event) const { return change_rule(event, {}); }
    // JSON: [{"on", "targets"}], sorted by event, with those of the configuration.
    Result<std::string> rules_json() const {
        return detail::text_from(
            [&](aurelis_buf* out, aurelis_error** error) { return aurelis_rules(raw(), out, error); });
    }
    // Calls visit(key, layer) for every key that matches the glob, until it returns false. AURELIS_E_UNAVAILABLE if a
    // layer could not be asked, after the keys of the others were shown.
    template <typename Visit>
    Result<void> scan(std::string_view glob, Visit&& visit, const ReadOptions& options = {}) const {
        struct Visiting {
            std::remove_reference_t<Visit>& visit;
            std::optional<Error> thrown{};
        } visiting{visit};
        const auto show = [](void* user, const aurelis_scanned* one) noexcept -> uint32_t {
            auto& self = *static_cast<Visiting*>(user);
            const auto wanted =
                detail::guarded([&]() -> Result<bool> { return self.visit(view(one->key), one->layer); });
            if (!wanted) self.thrown = wanted.error();
            return wanted && wanted.value() ? 1 : 0;
        };
        const aurelis_read_options read = detail::read_options(options);
        detail::Failure failure;
        const aurelis_status status =
            aurelis_scan_keys(raw(), bytes(glob), &read, show, &visiting, failure.place());
        if (visiting.thrown) return *visiting.thrown;
        if (status < 0) return failure.error(status);
        if (status == AURELIS_PARTIAL)
            return fail(AURELIS_E_UNAVAILABLE, failure.error(status).message);
        return {};
    }

    // Registers what categories name as `origin: host:NAME`. load(NameView) is called from any thread that asks, and
    // returns what a computation may return; std::optional without a value: there is none.
    template <typename Load>
    Result<void> register_origin(std::string_view name, Load load) const {
        using Origin = detail::Origin<Load>;
        auto kept = std::make_unique<Origin>(Origin{std::move(load)});
        aurelis_origin origin{};
        origin.load = &Origin::run;
        origin.destroy = &Origin::destroy;
        return register_kept(name, origin, std::move(kept));
    }
    // The same for one that also loads many names with one call, as Category::multi_get_or_compute describes.
    template <typename Load, typename LoadMany>
    Result<void> register_origin(std::string_view name, Load load, LoadMany load_many) const {
        using Origin = detail::BatchOrigin<Load, LoadMany>;
        std::unique_ptr<detail::Origin<Load>, void (*)(detail::Origin<Load>*)> kept(
            new Origin(std::move(load), std::move(load_many)), [](detail::Origin<Load>* of) { Origin::destroy(of); });
        aurelis_origin origin{};
        origin.load = &Origin::run;
        origin.load_many = &Origin::run_many;
        origin.destroy = &Origin::destroy;
        return register_kept(name, origin, std::move(kept));
    }

    Result<std::string> stats_json() const {
        return detail::text_from(
            [&](aurelis_buf* out, aurelis_error** error) { return aurelis_stats(raw(), out, error); });
    }
    aurelis_cache* raw() const noexcept { return cache_.get(); }

private:
    struct Closer {
        std::unique_ptr<Log> log;  // The library writes to it until the cache is closed.
        void operator()(aurelis_cache* cache) const noexcept { aurelis_close(cache, 0, nullptr); }
    };
    // kept: the origin's `user`, until the cache has taken it.
    template <typename Pointer>
    Result<void> register_kept(std::string_view name, aurelis_origin& origin, Pointer kept) const {
        origin.struct_size = sizeof origin;
        origin.user = kept.get();
        detail::Failure failure;
        const aurelis_status status = aurelis_register_origin(raw(), bytes(name), &origin, failure.place());
        if (status < 0) return failure.error(status);
        kept.release();  // The cache destroys it.
        return {};
    }
    Result<bool> change_rule(std::string_view event, const std::vector<std::string>& targets) const {
        const std::vector<aurelis_bytes> texts = detail::texts_of(targets);
        detail::Failure failure;
        const aurelis_status status =
            aurelis_set_rule(raw(), bytes(event), texts.data(), texts.size(), failure.place());
        if (status < 0) return failure.error(status);
        return status == AURELIS_OK;
    }
    Cache(aurelis_cache* cache, std::unique_ptr<Log> log) : cache_(cache, Closer{std::move(log)}) {}

    std::unique_ptr<aurelis_cache, Closer> cache_;
};

}  // namespace aurelis
