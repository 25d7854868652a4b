// Category: all operations on single names and on batches of them.
#pragma once

#include <aurelis/host/answer.hpp>
#include <aurelis/host/codec.hpp>
#include <aurelis/host/computation.hpp>
#include <aurelis/host/errors.hpp>
#include <aurelis/host/id.hpp>
#include <aurelis/host/invalidation.hpp>
#include <aurelis/host/options.hpp>
#include <aurelis/host/reports.hpp>

#include <algorithm>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aurelis {

// A category of an open cache: a handle that can be copied freely and is valid as long as the Cache. The one that
// Cache::full_keys() returns treats identifiers as full keys, as they are stored.
class Category {
public:
    // For a cache that was opened in C; category NULL: full keys.
    Category(aurelis_cache* cache, const aurelis_category* category) noexcept : cache_(cache), category_(category) {}

    // ---- reading ----
    // A hit, a stale value (if allowed) or a miss, with the bytes pinned.
    Result<Answer> lookup(const Id& id, const ReadOptions& options = {}) const {
        const detail::Name name(category_, id);
        const aurelis_read_options read = detail::read_options(options);
        detail::Failure failure;
        aurelis_answer answer{};
        const aurelis_status status = aurelis_get(cache_, name.get(), &read, &answer, failure.place());
        if (status < 0) return failure.error(status);
        return Answer(answer);
    }
    // The value, or nothing on a miss.
    template <typename T>
    Result<std::optional<T>> get(const Id& id, const ReadOptions& options = {}) const {
        AURELIS_TRY(answer, lookup(id, options));
        return decoded<T>(id, answer, options);
    }
    // Many at once, layer by layer in batches, in the order of the ids. An invalid name fails alone, with its own
    // reason. Bytes are not decoded; call reject() for an answer if its as<T>() fails.
    Result<std::vector<Result<Answer>>> multi_lookup(std::span<const Id> ids, const ReadOptions& options = {}) const {
        const detail::Names names(category_, ids);
        const aurelis_read_options read = detail::read_options(options);
        return answers_of(ids.size(), [&](aurelis_answer* out, aurelis_error** error) {
            return aurelis_multi_get(cache_, names.get(), names.size(), &read, out, error);
        });
    }
    // The same as get<T>() for each.
    template <typename T>
    Result<std::vector<Result<std::optional<T>>>> multi_get(std::span<const Id> ids,
                                                            const ReadOptions& options = {}) const {
        AURELIS_TRY(answers, multi_lookup(ids, options));
        std::vector<Result<std::optional<T>>> values;
        values.reserve(ids.size());
        for (size_t i = 0; i < ids.size(); ++i)
            values.push_back(answers[i] ? decoded<T>(ids[i], *answers[i], options) : answers[i].error());
        return values;
    }

    // ---- writing ----
    template <typename T>
    Result<void> set(const Id& id, const T& value, const WriteOptions& options = {}) const {
        AURELIS_TRY_VOID(set_with_report(id, value, options));
        return {};
    }
    // The same, and what each layer did.
    template <typename T>
    Result<WriteReport> set_with_report(const Id& id, const T& value, const WriteOptions& options = {}) const {
        AURELIS_TRY(encoded, detail::encode(value));
        const detail::Name name(category_, id);
        const detail::Write write(options);
        AURELIS_TRY(report, reported([&](aurelis_write_report* to, aurelis_error** error) {
                        return aurelis_set(cache_, name.get(), bytes(encoded), write.get(), to, error);
                    }));
        if (report.status != AURELIS_OK) return fail(AURELIS_E_FULL, "no layer admitted the value");
        return report;
    }
    // The i-th value under the i-th id. Each fails alone, including a value that cannot be encoded.
    template <std::ranges::random_access_range Values>
        requires std::is_lvalue_reference_v<std::ranges::range_reference_t<const Values>>
    Result<BatchReport> multi_set(std::span<const Id> ids, const Values& values,
                                  const WriteOptions& options = {}) const {
        using T = std::ranges::range_value_t<Values>;
        if (std::ranges::size(values) != ids.size())
            return fail(AURELIS_E_INVALID, "multi_set: " + std::to_string(ids.size()) + " ids and " +
                                               std::to_string(std::ranges::size(values)) +
                                               " values; give as many values as ids");
        BatchReport report;
        report.items.assign(ids.size(), AURELIS_OK);
        std::vector<detail::Encoded<T>> encoded;
        std::vector<Id> named;
        std::vector<size_t> places;
        encoded.reserve(ids.size());
        for (size_t i = 0; i < ids.size(); ++i) {
            auto one = detail::encode<T>(values[i]);
            if (one) {
                encoded.push_back(std::move(one).value());
                named.push_back(ids[i]);
                places.push_back(i);
            } else {
                report.items[i] = one.error().status;
                report.problems[i] = one.error().message;
            }
        }
        std::vector<aurelis_bytes> raw;
        for (const auto& one : encoded) raw.push_back(bytes(one));
        const detail::Names names(category_, named);
        const detail::Write write(options);
        AURELIS_TRY(sent, batch(named.size(), [&](aurelis_status* each, aurelis_error** error) {
                        return aurelis_multi_set(cache_, names.get(), raw.data(), names.size(), write.get(), each,
                                                 error);
                    }));
        if (report.problems.empty()) return sent;
        for (size_t j = 0; j < places.size(); ++j) report.items[places[j]] = sent.items[j];
        for (auto& [j, why] : sent.problems) report.problems[places[j]] = std::move(why);
        return report;
    }
    // true if there was something to remove.
    Result<bool> remove(const Id& id, const WriteOptions& options = {}) const {
        AURELIS_TRY(report, remove_with_report(id, options));
        return report.status == AURELIS_OK;
    }
    Result<WriteReport> remove_with_report(const Id& id, const WriteOptions& options = {}) const {
        const detail::Name name(category_, id);
        const detail::Write write(options);
        return reported([&](aurelis_write_report* to, aurelis_error** error) {
            return aurelis_remove(cache_, name.get(), write.get(), to, error);
        });
    }
    Result<BatchReport> multi_remove(std::span<const Id> ids, const WriteOptions& options = {}) const {
        const detail::Names names(category_, ids);
        const detail::Write write(options);
        return batch(names.size(), [&](aurelis_status* each, aurelis_error** error) {
            return aurelis_multi_remove(cache_, names.get(), names.size(), write.get(), each, error);
        });
    }
    // Entries of this category to which everything applies that is given; all of them if nothing is.
    Result<InvalidationReport> invalidate_all(const Invalidation& what = {}) const {
        aurelis_invalidation raw_what = detail::invalidation(what);
        raw_what.category = category_;
        if (category_ == nullptr)
            return fail(AURELIS_E_INVALID, "full keys are of no category; call Cache::invalidate with a pattern");
        return detail::invalidate(cache_, raw_what);
    }
    // Those of one identifier: with the params of the id, or, if it has none, with whatever params and with none.
    Result<InvalidationReport> invalidate(const Id& id, const Invalidation& what = {}) const {
        const detail::Name name(category_, id);
        aurelis_invalidation raw_what = detail::invalidation(what);
        raw_what.category = category_;
        raw_what.parts = name.get()->parts;
        raw_what.part_count = name.get()->part_count;
        raw_what.params = name.get()->params;
        return detail::invalidate(cache_, raw_what);
    }
    // Reports that the value of an answer cannot be read, which is counted, and logged at most once a minute. With
    // remove, all copies of exactly these bytes are removed, but not what was set meanwhile; true if there was a copy.
    Result<bool> reject(const Id& id, const Answer& answer, std::string_view why, bool remove) const {
        const detail::Name name(category_, id);
        detail::Failure failure;
        const aurelis_status status =
            aurelis_reject(cache_, name.get(), &answer.raw(), bytes(why), remove ? 1 : 0, failure.place());
        if (status < 0) return failure.error(status);
        return remove && status == AURELIS_OK;
    }

    // ---- computing and loading ----
    // The cached value, else what compute() returns: a T, Computed<T>, std::optional (nothing: there is no value, which
    // is an error here) or a Result of any of these. compute may take a NameView, a Context& or both, in this order.
    // One computation, however many callers ask at once. With behind(compute) it may go on behind the call.
    template <typename T, typename Compute>
    Result<T> get_or_compute(const Id& id, Compute&& compute, const WriteOptions& options = {},
                             const ReadOptions& reading = {}, const LoadOptions& loading = {}) const {
        for (bool again = false;; again = true) {
            bool computed = false;
            AURELIS_TRY(answer, compute_into<T>(id, compute, options, reading, loading, computed));
            if (!answer.found())
                return fail(AURELIS_E_FAILED,
                            "the computation found nothing; call lookup_or_compute, which returns a miss then");
            auto value = answer.template as<T>();
            if (value) return value;
            const bool remove = reading.undecodable != Undecodable::Fail;
            AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
            // Otherwise a codec that cannot read what it has just written would make this loop compute forever.
            if (!remove || computed || again) return value;
        }
    }
    // The same, but with the bytes pinned; a miss if the computation found nothing.
    template <typename T, typename Compute>
    Result<Answer> lookup_or_compute(const Id& id, Compute&& compute, const WriteOptions& options = {},
                                     const ReadOptions& reading = {}, const LoadOptions& loading = {}) const {
        bool computed = false;
        return compute_into<T>(id, compute, options, reading, loading, computed);
    }
    // The category's origin loads what is missing. std::nullopt: the origin has no value.
    template <typename T>
    Result<std::optional<T>> get_or_load(const Id& id, const WriteOptions& options = {},
                                         const ReadOptions& reading = {}, const LoadOptions& loading = {}) const {
        for (bool again = false;; again = true) {
            AURELIS_TRY(answer, lookup_or_load(id, options, reading, loading));
            if (!answer.found()) return std::optional<T>{};
            auto value = answer.template as<T>();
            if (value) return std::optional<T>(std::move(value).value());
            const bool remove = reading.undecodable != Undecodable::Fail;
            AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
            if (!remove || again) return value.error();
        }
    }
    Result<Answer> lookup_or_load(const Id& id, const WriteOptions& options = {},
                                  const ReadOptions& reading = {}, const LoadOptions& loading = {}) const {
        return load_by(id, detail::computation(loading, aurelis_compute_fn{nullptr}, nullptr), options, reading);
    }

    // The same for many at once, in the order of the ids: those that are not cached, and that nobody else is loading,
    // are computed together, by one call of compute(std::span<const NameView>), which returns a std::vector with as
    // many of what a single computation may return; it may take a std::span<Context> as well. Each item is answered, or
    // fails, alone. At most 1,024 names are passed to one call.
    template <typename T, typename Compute>
    Result<std::vector<Result<T>>> multi_get_or_compute(std::span<const Id> ids, Compute&& compute,
                                                        const WriteOptions& options = {},
                                                        const ReadOptions& reading = {},
                                                        const LoadOptions& loading = {}) const {
        AURELIS_TRY(values, decoded_batch<T>(ids, reading, true, [&](std::span<const Id> asked) {
                        return multi_lookup_or_compute<T>(asked, compute, options, reading, loading);
                    }));
        std::vector<Result<T>> found;
        found.reserve(values.size());
        for (auto& value : values) {
            if (!value)
                found.emplace_back(std::move(value).error());
            else if (!value.value())
                found.emplace_back(fail(AURELIS_E_FAILED, "the computation found nothing; call "
                                                          "multi_lookup_or_compute, which returns a miss then"));
            else
                found.emplace_back(*std::move(value).value());
        }
        return found;
    }
    template <typename T, typename Compute>
    Result<std::vector<Result<Answer>>> multi_lookup_or_compute(std::span<const Id> ids, Compute&& compute,
                                                                const WriteOptions& options = {},
                                                                const ReadOptions& reading = {},
                                                                const LoadOptions& loading = {}) const {
        using Computation = detail::BatchComputationOf<T, std::remove_reference_t<Compute>>;
        Computation computation{compute};
        aurelis_computation how = detail::computation(loading, &Computation::run, &computation);
        Computation::prepare(how);
        return load_all_by(ids, how, options, reading);
    }
    // The category's origin loads what is missing, together if it can. std::nullopt: the origin has no value.
    template <typename T>
    Result<std::vector<Result<std::optional<T>>>> multi_get_or_load(std::span<const Id> ids,
                                                                    const WriteOptions& options = {},
                                                                    const ReadOptions& reading = {},
                                                                    const LoadOptions& loading = {}) const {
        return decoded_batch<T>(ids, reading, false, [&](std::span<const Id> asked) {
            return multi_lookup_or_load(asked, options, reading, loading);
        });
    }
    Result<std::vector<Result<Answer>>> multi_lookup_or_load(std::span<const Id> ids, const WriteOptions& options = {},
                                                             const ReadOptions& reading = {},
                                                             const LoadOptions& loading = {}) const {
        return load_all_by(ids, detail::computation(loading, aurelis_compute_fn{nullptr}, nullptr), options, reading);
    }

    // ---- looking inside ----
    // The full key of a name, as it is stored.
    Result<std::string> key_of(const Id& id) const {
        const detail::Name name(category_, id);
        return detail::text_from([&](aurelis_buf* out, aurelis_error** error) {
            return aurelis_key_of(cache_, name.get(), out, error);
        });
    }
    // JSON: what every layer holds for a name and why a get would miss; changes nothing.
    Result<std::string> explain_json(const Id& id, const ReadOptions& options = {}) const {
        const detail::Name name(category_, id);
        const aurelis_read_options read = detail::read_options(options);
        return detail::text_from([&](aurelis_buf* out, aurelis_error** error) {
            return aurelis_explain(cache_, name.get(), &read, out, error);
        });
    }
    const aurelis_category* raw() const noexcept { return category_; }

private:
    template <typename T>
    Result<std::optional<T>> decoded(const Id& id, const Answer& answer, const ReadOptions& options) const {
        if (!answer.found()) return std::optional<T>{};
        auto value = answer.template as<T>();
        if (value) return std::optional<T>(std::move(value).value());
        const bool remove = options.undecodable == Undecodable::Remove;
        AURELIS_TRY_VOID(reject(id, answer, value.error().message, remove));
        if (remove) return std::optional<T>{};
        return value.error();
    }

    template <typename Call>
    static Result<WriteReport> reported(Call&& call) {
        detail::Failure failure;
        aurelis_write_report raw{};
        raw.struct_size = sizeof raw;
        const aurelis_status status = call(&raw, failure.place());
        if (status < 0) return failure.error(status);
        return WriteReport{status, {raw.layers, raw.layers + raw.layer_count}, raw.outdated};
    }
    template <typename Call>
    static Result<BatchReport> batch(size_t n, Call&& call) {
        detail::Failure failure;
        BatchReport report;
        report.items.assign(n, AURELIS_OK);
        const aurelis_status status = call(report.items.data(), failure.place());
        if (status < 0) return failure.error(status);
        if (status != AURELIS_PARTIAL) return report;
        for (size_t i = 0; i < n; ++i)
            if (report.items[i] != AURELIS_OK && report.items[i] != AURELIS_NOT_FOUND)
                report.problems[i] = failure.item(i, report.items[i]).message;
        return report;
    }

    template <typename Call>
    static Result<std::vector<Result<Answer>>> answers_of(size_t n, Call&& call) {
        std::vector<aurelis_answer> raw(n);
        std::vector<Result<Answer>> answers;
        answers.reserve(n);
        detail::Failure failure;
        const aurelis_status status = call(raw.data(), failure.place());
        for (size_t i = 0; i < n; ++i) {
            if (raw[i].status < 0)
                answers.emplace_back(failure.item(i, raw[i].status));
            else
                answers.emplace_back(Answer(raw[i]));
        }
        if (status < 0) return failure.error(status);
        return answers;
    }
    Result<std::vector<Result<Answer>>> load_all_by(std::span<const Id> ids, const aurelis_computation& computation,
                                                    const WriteOptions& options, const ReadOptions& reading) const {
        const detail::Names names(category_, ids);
        const aurelis_read_options read = detail::read_options(reading);
        const detail::Write write(options);
        return answers_of(ids.size(), [&](aurelis_answer* out, aurelis_error** error) {
            return aurelis_multi_get_or_load(cache_, names.get(), names.size(), &computation, &read, write.get(), out,
                                             error);
        });
    }
    // The values of what load(ids) answers. Those that cannot be decoded are removed and loaded once more, as for a
    // single name.
    template <typename T, typename Load>
    Result<std::vector<Result<std::optional<T>>>> decoded_batch(std::span<const Id> ids, const ReadOptions& reading,
                                                                bool computes, Load&& load) const {
        AURELIS_TRY(answers, load(ids));
        std::vector<Result<std::optional<T>>> values;
        std::vector<Id> again;
        std::vector<size_t> places;
        values.reserve(ids.size());
        const bool remove = reading.undecodable != Undecodable::Fail;
        for (size_t i = 0; i < ids.size(); ++i) {
            if (!answers[i]) {
                values.emplace_back(answers[i].error());
                continue;
            }
            values.push_back(value_in<T>(*answers[i]));
            if (values.back()) continue;
            if (auto gone = reject(ids[i], *answers[i], values.back().error().message, remove); !gone) {
                values.back() = gone.error();
                continue;
            }
            if (!remove || (computes && answers[i]->layer() == 0)) continue;  // The same codec has just made it.
            again.push_back(ids[i]);
            places.push_back(i);
        }
        if (again.empty()) return values;
        auto new_answers = load(again);
        for (size_t j = 0; j < places.size(); ++j) {
            if (!new_answers)
                values[places[j]] = new_answers.error();
            else
                values[places[j]] = (*new_answers)[j] ? value_in<T>(*(*new_answers)[j])
                                                      : Result<std::optional<T>>((*new_answers)[j].error());
        }
        return values;
    }
    template <typename T>
    static Result<std::optional<T>> value_in(const Answer& answer) {
        if (!answer.found()) return std::optional<T>{};
        AURELIS_TRY(value, answer.template as<T>());
        return std::optional<T>(std::move(value));
    }

    Result<Answer> load_by(const Id& id, const aurelis_computation& computation, const WriteOptions& options,
                           const ReadOptions& reading) const {
        const detail::Name name(category_, id);
        const aurelis_read_options read = detail::read_options(reading);
        const detail::Write write(options);
        detail::Failure failure;
        aurelis_answer answer{};
        const aurelis_status status = aurelis_get_or_load(cache_, name.get(), &computation, &read, write.get(), &answer,
                                                          failure.place());
        if (status < 0) return failure.error(status);
        return Answer(answer);
    }
    template <typename T, typename Compute>
    Result<Answer> compute_into(const Id& id, Compute& compute, const WriteOptions& options, const ReadOptions& reading,
                                const LoadOptions& loading, bool& computed) const {
        using Computation = detail::ComputationOf<T, Compute>;
        Computation computation{compute};
        aurelis_computation how = detail::computation(loading, &Computation::run, &computation);
        Computation::prepare(how);
        auto answer = load_by(id, how, options, reading);
        computed = computation.made.has_value();
        return answer;
    }

    aurelis_cache* cache_;
    const aurelis_category* category_;
};

}  // namespace aurelis
