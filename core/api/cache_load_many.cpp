// get_or_compute for many names: one look-up in batches, one load of what is missing, and for each name the answer that
// it would get alone.
#include "api/cache.hpp"
#include "api/chain_parts.hpp"
#include "api/name_batch.hpp"
#include "api/name_load.hpp"

#include <algorithm>
#include <optional>

namespace aurelis::core {
namespace {

// What holds for all names of one policy.
struct PolicyTerms {
    explicit PolicyTerms(const Policy& of) : policy(of), terms(of) {}
    const Policy& policy;
    EntryTerms terms;
    LoadTerms how;
    const char* mistake = nullptr;  // In the terms of the entries.
};

// One key that may be loaded, and what its load refers to.
struct KeyLoad {
    KeyLoad(Cache& cache, const aurelis_name& name, const Named& named, const aurelis_computation& computation,
            const PolicyTerms& of_policy, CallContext& context, Lookup& lookup, uint64_t landings_seen)
        : of(of_policy),
          terms(of_policy.terms),
          load{cache, name, named, computation, terms, context},
          request{named.key, named.identity(), *named.policy->chain, lookup, landings_seen, run, describe,
                  of_policy.how.failure_pause_ns} {}
    KeyLoad(const KeyLoad&) = delete;
    KeyLoad& operator=(const KeyLoad&) = delete;

    // The copy whose time has passed, or that is to be refreshed.
    void has(const aurelis_entry& copy) noexcept {
        stale = copy;
        load.stale = &stale;
    }

    const PolicyTerms& of;
    EntryTerms terms;
    NameLoad load;
    NameLoad::Run run{load};
    NameLoad::Describe describe{load};
    LoadRequest request;
    aurelis_entry stale{};
    bool is_paused = false;
};

// Keys that are loaded in the same way.
struct Part {
    std::vector<size_t> keys;
    std::vector<LoadRequest*> requests;
    std::vector<const NameLoad*> loads;
    std::vector<LoadAnswer> answers;

    void add(size_t key, KeyLoad& load) {
        keys.push_back(key);
        requests.push_back(&load.request);
        loads.push_back(&load.load);
        answers.emplace_back();
    }
    auto run(CallContext& context) {
        return [this, &context](std::span<const size_t> which, Loaded* loaded, aurelis_status* each) {
            run_together(loads, context, which, loaded, each);
        };
    }
    void answer_stale() {
        for (size_t i = 0; i < keys.size(); ++i)
            if (requests[i]->has_stale) answers[i].status = AURELIS_STALE;
    }
    // Leaves the others out.
    void keep_stale() {
        std::vector<size_t> stale;
        for (size_t i = 0; i < keys.size(); ++i)
            if (answers[i].status == AURELIS_STALE) stale.push_back(keys[i]);
        keys.swap(stale);
        answers.assign(keys.size(), LoadAnswer{AURELIS_STALE, {}, {}});
    }
};

}  // namespace

// One batch on its way.
class BatchLoading {
public:
    BatchLoading(Cache& cache, CallContext& context, const aurelis_name* names, size_t n,
                 const aurelis_computation& computation, const aurelis_read_options* read)
        : cache_(cache),
          context_(context),
          names_(names),
          computation_(computation),
          read_(read),
          batch_(cache.names(), names, n),
          lookups_(batch_.keys().size()),
          landings_seen_(batch_.keys().size()),
          found_(batch_.keys().size()),
          answers_(batch_.keys().size()),
          loads_(batch_.keys().size()),
          asked_(batch_.keys().size()) {}
    ~BatchLoading() {
        for (aurelis_answer& answer : answers_) aurelis_buf_release(&answer.value);
        for (size_t key = 0; key < found_.size(); ++key) drop(key);
    }
    BatchLoading(const BatchLoading&) = delete;
    BatchLoading& operator=(const BatchLoading&) = delete;

    const NameBatch& batch() const noexcept { return batch_; }
    // AURELIS_OK, or what is wrong with the options.
    aurelis_status take_terms(const aurelis_write_options* write, Error& error);
    void look_up();
    void load();
    const aurelis_answer& answer(size_t key) const noexcept { return answers_[key]; }
    const ItemErrors& errors() const noexcept { return errors_; }  // By key.

private:
    const PolicyTerms& terms_of(size_t key) const noexcept { return *terms_[which_terms_[key]]; }
    KeyLoad& load_of(size_t key);
    void ask(Chain& chain, const ChainPart& part);
    void sort_out(size_t key);
    void load_some(const std::vector<size_t>& keys);
    void refresh_some(const std::vector<size_t>& keys);
    void finish(size_t key, aurelis_status status, aurelis_entry& entry, std::string& why);
    void fail(size_t key, aurelis_status status, std::string why) {
        give(aurelis_entry{}, status, answers_[key]);
        errors_.put(key, std::move(why));
    }
    // What was found is not the answer.
    void drop(size_t key) {
        if (found_[key].status == AURELIS_OK || found_[key].status == AURELIS_STALE)
            aurelis_buf_release(&found_[key].value);
        found_[key] = aurelis_entry{};
        found_[key].status = AURELIS_NOT_FOUND;
    }

    Cache& cache_;
    CallContext& context_;
    const aurelis_name* const names_;
    const aurelis_computation& computation_;
    const aurelis_read_options* const read_;
    const NameBatch batch_;
    std::vector<Lookup> lookups_;
    std::vector<uint64_t> landings_seen_;
    std::vector<aurelis_entry> found_;
    std::vector<aurelis_answer> answers_;
    std::vector<std::unique_ptr<KeyLoad>> loads_;
    std::vector<AskedKey> asked_;
    std::vector<std::unique_ptr<PolicyTerms>> terms_;
    std::vector<size_t> which_terms_;
    std::vector<std::vector<size_t>> to_load_, to_refresh_;  // Keys, by the terms.
    ItemErrors errors_;
};

aurelis_status BatchLoading::take_terms(const aurelis_write_options* write, Error& error) {
    const bool allows_stale = (context_.call.flags & AURELIS_CALL_ALLOW_STALE) != 0;
    for (size_t key = 0; key < batch_.keys().size(); ++key) {
        const Policy& policy = *batch_.of_key(key).policy;
        size_t which = 0;
        while (which < terms_.size() && &terms_[which]->policy != &policy) ++which;
        which_terms_.push_back(which);
        if (which < terms_.size()) continue;
        PolicyTerms& one = *terms_.emplace_back(std::make_unique<PolicyTerms>(policy));
        if (write != nullptr) one.mistake = one.terms.say(said_by(*write));
        const bool has_stale_time = write != nullptr ? one.terms.has_stale_time() : policy.has_stale_time();
        if (const char* mistake = one.how.take(policy, computation_, allows_stale, has_stale_time)) {
            error = Error{AURELIS_E_INVALID, mistake};
            return AURELIS_E_INVALID;
        }
    }
    to_load_.resize(terms_.size());
    to_refresh_.resize(terms_.size());
    return AURELIS_OK;
}

KeyLoad& BatchLoading::load_of(size_t key) {
    if (loads_[key] == nullptr)
        loads_[key] = std::make_unique<KeyLoad>(cache_, names_[batch_.item_of(key)], batch_.of_key(key), computation_,
                                                terms_of(key), context_, lookups_[key], landings_seen_[key]);
    return *loads_[key];
}

void BatchLoading::look_up() {
    for (size_t key = 0; key < batch_.keys().size(); ++key)
        landings_seen_[key] = cache_.loader().landings(batch_.keys()[key].hash);
    for_each_chain(batch_.keys().size(), [&](size_t key) { return batch_.of_key(key).policy->chain; },
                   [&](Chain& chain, const ChainPart& part) { ask(chain, part); });
    for (size_t key = 0; key < batch_.keys().size(); ++key) sort_out(key);
}

void BatchLoading::ask(Chain& chain, const ChainPart& part) {
    // A strategy could load; its chain has one policy.
    if (!chain.is_stack_alone() && terms_of(part.item(0)).mistake != nullptr) return;
    // The look-ups of the stack stay where they are; a part of the batch goes through its own ones.
    std::vector<aurelis_key> some_keys;
    std::vector<aurelis_entry> some_found;
    std::vector<AskedKey> asked;
    const std::vector<aurelis_key>& keys = part.of(batch_.keys(), some_keys);
    std::vector<aurelis_entry>& found = part.answers(found_, some_found);
    std::vector<Lookup> own(part.is_whole() ? 0 : part.size());
    Lookup* const lookups = part.is_whole() ? lookups_.data() : own.data();
    Asking asking;
    if (!chain.is_stack_alone()) {
        for (size_t j = 0; j < part.size(); ++j) {
            const size_t key = part.item(j);
            asked.push_back({.name = &names_[batch_.item_of(key)],
                             .load = computation_.run != nullptr || computation_.run_many != nullptr
                                         ? &load_of(key).request
                                         : nullptr,
                             .landings_seen = landings_seen_[key]});
        }
        asking.keys = asked;
    }
    const uint32_t flags = context_.call.flags;
    if (terms_of(part.item(0)).how.stale_is_answer) context_.call.flags |= AURELIS_CALL_ALLOW_STALE;
    chain.multi_get(context_, keys.data(), keys.size(), found.data(), lookups, &asking);
    context_.call.flags = flags;
    for (const ItemErrors::One& one : context_.item_errors) errors_.put(part.item(one.item), one.text);
    context_.item_errors.clear();
    part.give_back(some_found, found_);
    for (size_t j = 0; j < asked.size(); ++j) asked_[part.item(j)] = asked[j];
    for (size_t j = 0; j < own.size(); ++j) {
        Lookup& to = lookups_[part.item(j)];
        to.missed = own[j].missed;
        to.held = own[j].held;
        std::copy(std::begin(own[j].versions), std::end(own[j].versions), to.versions);
        own[j].lease.move_to(to.lease);
    }
}

// What becomes of a key that has been looked up: it is answered, or is to be loaded.
void BatchLoading::sort_out(size_t key) {
    const PolicyTerms& of = terms_of(key);
    aurelis_entry& found = found_[key];
    if (of.mistake != nullptr) return fail(key, AURELIS_E_INVALID, of.mistake);
    aurelis_status status = found.status;
    if (status == AURELIS_OK) {
        const bool may_refresh = of.how.may_refresh_early() && !asked_[key].origin_asked && !is_negative(found.meta);
        if (may_refresh) {
            KeyLoad& load = load_of(key);
            load.has(found);
            if (cache_.is_to_be_refreshed(load.load, load.request, of.how.refresh))
                to_refresh_[which_terms_[key]].push_back(key);
        }
        aurelis_entry copy = found;
        aurelis_buf_share(&copy.value);
        give_or_miss(copy, AURELIS_OK, answers_[key]);
        return;
    }
    if (status == AURELIS_STALE && is_negative(found.meta)) {  // That there was none is no value to fall back on.
        drop(key);
        status = AURELIS_NOT_FOUND;
    }
    KeyLoad& load = load_of(key);
    const bool has_stale = status == AURELIS_STALE;
    if (has_stale) load.has(found);
    const bool has_other = (has_stale && of.how.stale_is_answer) || of.how.default_value != nullptr;
    load.is_paused = has_other && !asked_[key].origin_asked && status >= 0 &&
                     cache_.loader().is_paused(load.request.key.hash);
    if (!asked_[key].origin_asked && status >= 0 && !load.is_paused) {
        load.request.has_stale = has_stale && of.how.stale_is_answer;
        load.request.patience_ns = load.request.has_stale ? of.how.soft_timeout_ns : of.how.hard_timeout_ns;
        to_load_[which_terms_[key]].push_back(key);
        return;
    }
    aurelis_entry none{};
    const std::string* const said = errors_.of(key);
    std::string why = said != nullptr ? *said : std::string();
    finish(key, status, none, why);
}

void BatchLoading::load() {
    for (const std::vector<size_t>& keys : to_load_)
        if (!keys.empty()) load_some(keys);
    for (const std::vector<size_t>& keys : to_refresh_)
        if (!keys.empty()) refresh_some(keys);
}

void BatchLoading::load_some(const std::vector<size_t>& keys) {
    const LoadTerms& how = terms_of(keys[0]).how;
    if (const std::string mistake = cache_.mistake_in_origin(load_of(keys[0]).load); !mistake.empty()) {
        for (const size_t key : keys) fail(key, AURELIS_E_INVALID, mistake);
        return;
    }
    // As for one name: what has a stale value is loaded behind the call, and the rest too if there is a hard time-out.
    Part behind, here;
    for (const size_t key : keys) {
        const bool goes_behind = load_of(key).request.has_stale || (how.hard_timeout_ns != 0 && !Loader::is_worker());
        (how.may_go_on && goes_behind ? behind : here).add(key, load_of(key));
    }
    Loader& loader = cache_.loader();
    Loader::Pending pending;
    const auto run_behind = behind.run(context_);
    const LoadBatch batch_behind{behind.requests, true, run_behind};
    bool has_begun = false;
    if (!behind.keys.empty())
        if (auto kept = KeptComputation::of(computation_)) {
            auto all = std::make_unique<OwnedNameLoads>(context_, std::move(kept));
            for (size_t i = 0; i < behind.keys.size(); ++i) all->add(*behind.loads[i], *behind.requests[i]);
            std::unique_ptr<OwnedLoad> owned = std::move(all);
            has_begun = loader.begin_behind(batch_behind, owned, pending);
            // Too many are waiting: who has a stale value is given that, and a later caller tries again.
            if (!has_begun) behind.answer_stale();
        }
    if (!has_begun) {
        for (size_t i = 0; i < behind.keys.size(); ++i)
            if (behind.answers[i].status != AURELIS_STALE) here.add(behind.keys[i], load_of(behind.keys[i]));
        behind.keep_stale();
    }
    const auto run_here = here.run(context_);
    if (!here.keys.empty())
        loader.load_together(context_, {here.requests, loads_at_once(*here.loads[0]), run_here}, here.answers.data());
    if (has_begun) loader.await(context_, batch_behind, pending, behind.answers.data());
    for (Part* const part : {&behind, &here})
        for (size_t i = 0; i < part->keys.size(); ++i)
            finish(part->keys[i], part->answers[i].status, part->answers[i].entry, part->answers[i].error);
}

void BatchLoading::refresh_some(const std::vector<size_t>& keys) {
    auto kept = KeptComputation::of(computation_);
    if (kept == nullptr) return;
    CallContext refreshing;
    refreshing.call = context_.call;
    refreshing.call.flags |= AURELIS_CALL_REFRESH;
    auto owned = std::make_unique<OwnedNameLoads>(refreshing, std::move(kept));
    for (const size_t key : keys) owned->add(load_of(key).load, load_of(key).request);
    cache_.loader().refresh_behind(std::move(owned));
}

// The answer of a key that had no fresh value: what a load, or a strategy, has made of it.
void BatchLoading::finish(size_t key, aurelis_status status, aurelis_entry& entry, std::string& why) {
    KeyLoad& load = load_of(key);
    const LoadTerms& how = load.of.how;
    if (status == AURELIS_OK) {
        give(entry, status, answers_[key]);
        return;
    }
    if (status == AURELIS_NOT_FOUND && !load.is_paused) drop(key);  // The origin no longer has a value.
    bool has_stale = found_[key].status == AURELIS_STALE;
    if (how.stale_is_answer && status < 0 && !has_stale && !load.request.chain.is_stack_alone()) {
        has_stale = cache_.find_stale(batch_.of_key(key), read_, load.stale);
        found_[key] = load.stale;
        found_[key].status = has_stale ? AURELIS_STALE : AURELIS_NOT_FOUND;
    }
    has_stale = has_stale && how.stale_is_answer;
    if (has_stale) aurelis_buf_share(&found_[key].value);
    status = cache_.give_otherwise(load.request, how, status, load.is_paused, has_stale ? &found_[key] : nullptr, why,
                                   answers_[key]);
    if (status < 0) errors_.put(key, std::move(why));
}

aurelis_status Cache::load_batch(CallContext& context, const aurelis_name* names, size_t first, size_t n,
                                 const aurelis_computation& computation, const aurelis_read_options* read,
                                 const aurelis_write_options* write, aurelis_answer* out, ItemErrors& errors,
                                 Error& error) {
    names += first;
    out += first;
    BatchLoading loading(*this, context, names, n, computation, read);
    if (loading.take_terms(write, error) != AURELIS_OK) return error.status;
    for (const ItemErrors::One& refused : loading.batch().refused()) {
        give(aurelis_entry{}, AURELIS_E_INVALID, out[refused.item]);
        errors.put(first + refused.item, refused.text);
    }
    loading.look_up();
    loading.load();
    for (size_t i = 0; i < n; ++i) {
        const size_t key = loading.batch().key_of(i);
        if (key == NameBatch::kNoKey) continue;
        out[i] = loading.answer(key);
        aurelis_buf_share(&out[i].value);
        if (out[i].status < 0) errors.put(first + i, loading.errors().of(key, std::string()));
    }
    for (const size_t i : loading.batch().others()) {
        Error why;
        const aurelis_status status = get_or_compute(names[i], computation, read, write, out[i], why);
        if (status >= 0) continue;
        give(aurelis_entry{}, status, out[i]);
        errors.put(first + i, why.message);
    }
    return AURELIS_OK;
}

aurelis_status Cache::multi_get_or_compute(const aurelis_name* names, size_t n,
                                           const aurelis_computation& computation, const aurelis_read_options* read,
                                           const aurelis_write_options* write, aurelis_answer* out, Error& error,
                                           ItemErrors& errors) {
    CallContext context;
    if (begin(context, read, error) != AURELIS_OK) return error.status;
    if (write != nullptr && take_write_call(*write, context, error) != AURELIS_OK) return error.status;
    for (size_t i = 0; i < n; i += kBatchMax) {
        const size_t some = std::min(kBatchMax, n - i);
        if (load_batch(context, names, i, some, computation, read, write, out, errors, error) == AURELIS_OK) continue;
        for (size_t j = 0; j < i; ++j) aurelis_answer_release(&out[j]);
        return error.status;
    }
    if (errors.empty()) return AURELIS_OK;
    error = Error{AURELIS_PARTIAL, errors.first()};
    return AURELIS_PARTIAL;
}

}  // namespace aurelis::core
