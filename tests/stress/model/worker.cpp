#include "stress/model/worker.hpp"

#include <thread>

namespace aurelis::stress {

namespace {

constexpr size_t kBatch = 4;
constexpr size_t kHotKeys = 8;

void give_way(size_t times) {
    for (size_t i = 0; i < times; ++i) std::this_thread::yield();
}

}  // namespace

std::string name_of(size_t key) { return "k" + std::to_string(key); }
std::string name_of_category(size_t category) { return "c" + std::to_string(category); }
std::string name_of_tag(size_t tag) { return "t" + std::to_string(tag); }
std::vector<std::string> tags_of(size_t key, bool has_other_tag) {
    std::vector<std::string> tags{name_of_tag(common_tag(key))};
    if (has_other_tag) tags.push_back(name_of_tag(other_tag(key)));
    return tags;
}

Field::Field(Cache& its_cache, Model& its_model, size_t key_count, bool alone)
    : cache(its_cache), model(its_model), is_alone(alone) {
    for (size_t i = 0; i < kCategories; ++i) categories.push_back(cache.category(name_of_category(i)).value());
    for (size_t key = 0; key < key_count; ++key) ids.emplace_back(name_of(key));
}

size_t Worker::draw_key() { return draw_.below(draw_.one_in(4) ? kHotKeys : field_.ids.size()); }

// Different keys of one category.
std::vector<size_t> Worker::draw_keys() {
    std::vector<size_t> keys;
    const size_t places = field_.ids.size() / kCategories;
    const size_t first = draw_.below(places), step = 1 + draw_.below(places / kBatch);
    const size_t category = draw_.below(kCategories);
    for (size_t i = 0; i < kBatch; ++i) keys.push_back((first + i * step) % places * kCategories + category);
    return keys;
}

size_t Worker::draw_copies() { return draw_.one_in(16) ? 40 + draw_.below(100) : 1 + draw_.below(12); }

void Worker::step() {
    const size_t key = draw_key();
    const size_t what = draw_.below(100'000);
    if (what < 40'000) return get(key);
    if (what < 43'000) return multi_get(draw_keys());
    if (what < 63'000) return load(key);
    if (what < 68'000) return field_.is_alone ? load_behind(key) : load(key);
    if (what < 86'000) return set(key);
    if (what < 87'500) return multi_set(draw_keys());
    if (what < 95'500) return remove(key);
    if (what < 96'500) return multi_remove(draw_keys());
    if (what < 97'500) return invalidate_tag(draw_.one_in(2) ? common_tag(key) : other_tag(key));
    if (what < 97'550) return invalidate_category(category_of(key));
    if (what < 99'000) return invalidate_name(key);
    if (what < 99'200) return invalidate_pattern(key);
    if (what < 99'990 || !field_.is_alone) return event(key);
    return clear();
}

void Worker::end_answer(const Model::Get& get, const Result<Answer>& answer, const char* operation) {
    if (!answer) ++tally_[Count::Failed];
    if (!answer || !answer->found()) return field_.model.end_get(get, std::nullopt, operation);
    ++tally_[Count::Hit];
    if (answer->stale()) ++tally_[Count::StaleHit];
    field_.model.end_get(get, Model::Found{answer->bytes(), answer->stale(), answer->layer() != 0}, operation);
}

void Worker::get(size_t key) {
    ++tally_[Count::Get];
    const bool allows_stale = draw_.one_in(8);
    const Model::Get begun = field_.model.begin_get(key, allows_stale);
    end_answer(begun, field_.category(key).lookup(field_.ids[key], {.allow_stale = allows_stale}), "get");
}

void Worker::multi_get(const std::vector<size_t>& keys) {
    ++tally_[Count::MultiGet];
    std::vector<Model::Get> begun;
    std::vector<Id> ids;
    for (const size_t key : keys) {
        begun.push_back(field_.model.begin_get(key, false));
        ids.push_back(field_.ids[key]);
    }
    const auto answers = field_.category(keys[0]).multi_lookup(ids);
    for (size_t i = 0; i < keys.size(); ++i) {
        if (answers)
            end_answer(begun[i], (*answers)[i], "multi_get");
        else
            field_.model.end_get(begun[i], std::nullopt, "multi_get");
    }
}

void Worker::load(size_t key) {
    ++tally_[Count::Load];
    const bool has_other_tag = draw_.one_in(2);
    const size_t copies = draw_copies();
    const auto compute = [&] {
        ++tally_[Count::Computed];
        const Value value = field_.model.begin_value(key, number_, has_other_tag, true);
        give_way(draw_.below(3));
        if (draw_.one_in(8)) write_within_computation(key);
        field_.model.end_load(value);
        return value.text(copies);
    };
    const Model::Get begun = field_.model.begin_get(key, true);
    end_answer(begun,
               field_.category(key).lookup_or_compute<std::string>(field_.ids[key], compute,
                                                                   {.tags = tags_of(key, has_other_tag)}),
               "get_or_compute");
}

void Worker::load_behind(size_t key) {
    ++tally_[Count::LoadBehind];
    const bool has_other_tag = draw_.one_in(2);
    const auto compute = behind([&model = field_.model, key, number = number_, has_other_tag,
                                 copies = draw_copies(), pause = draw_.below(3)] {
        const Value value = model.begin_value(key, number, has_other_tag, true);
        give_way(pause);
        model.end_load(value);
        return value.text(copies);
    });
    const Model::Get begun = field_.model.begin_get(key, true);
    end_answer(begun,
               field_.category(key).lookup_or_compute<std::string>(field_.ids[key], compute,
                                                                   {.tags = tags_of(key, has_other_tag)}),
               "get_or_compute behind");
}

// What must keep the computed value out of every layer.
void Worker::write_within_computation(size_t key) {
    ++tally_[Count::Hastened];
    switch (draw_.below(5)) {
        case 0: return set(key);
        case 1: return remove(key);
        case 2: return invalidate_name(key);
        case 3: return invalidate_tag(common_tag(key));
        default: return event(key);
    }
}

void Worker::set(size_t key) {
    ++tally_[Count::Set];
    const bool has_other_tag = draw_.one_in(2);
    const Value value = field_.model.begin_value(key, number_, has_other_tag, false);
    const auto done = field_.category(key).set(field_.ids[key], value.text(draw_copies()),
                                               {.tags = tags_of(key, has_other_tag)});
    if (!done) ++tally_[Count::Failed];
    field_.model.end_set(value, done.has_value());
}

void Worker::multi_set(const std::vector<size_t>& keys) {
    ++tally_[Count::MultiSet];
    std::vector<Value> values;
    std::vector<Id> ids;
    std::vector<std::string> texts;
    for (const size_t key : keys) {
        values.push_back(field_.model.begin_value(key, number_, false, false));
        ids.push_back(field_.ids[key]);
        texts.push_back(values.back().text(draw_copies()));
    }
    // All values of a batch have the same tags: here those that the model expects of each of them, and more.
    std::vector<std::string> tags;
    for (const size_t key : keys) tags.push_back(name_of_tag(common_tag(key)));
    const auto done = field_.category(keys[0]).multi_set(ids, texts, {.tags = tags});
    for (size_t i = 0; i < keys.size(); ++i) {
        const bool replaced = done && done->items[i] == AURELIS_OK;
        if (!replaced) ++tally_[Count::Failed];
        field_.model.end_set(values[i], replaced);
    }
}

// A removal that a layer did not take counts in this process all the same: the layer is not read until it has.
void Worker::remove(size_t key) {
    ++tally_[Count::Remove];
    const Moment begun = field_.model.now();
    if (!field_.category(key).remove(field_.ids[key])) ++tally_[Count::Failed];
    field_.model.removed(key, begun);
}

void Worker::multi_remove(const std::vector<size_t>& keys) {
    ++tally_[Count::MultiRemove];
    std::vector<Id> ids;
    for (const size_t key : keys) ids.push_back(field_.ids[key]);
    const Moment begun = field_.model.now();
    const auto done = field_.category(keys[0]).multi_remove(ids);
    if (!done || !done->complete()) ++tally_[Count::Failed];
    for (const size_t key : keys) field_.model.removed(key, begun);
}

void Worker::invalidated(const Result<InvalidationReport>& report) {
    if (!report || !report->complete) ++tally_[Count::Failed];
}

void Worker::invalidate_tag(size_t tag) {
    ++tally_[Count::Tag];
    const bool soft = draw_.one_in(4);
    const Moment begun = field_.model.now();
    invalidated(field_.cache.invalidate({.soft = soft, .remove = draw_.one_in(8), .tag = name_of_tag(tag)}));
    field_.model.hidden_tag(tag, begun, soft);
}

void Worker::invalidate_category(size_t category) {
    ++tally_[Count::Category];
    const bool soft = draw_.one_in(4);
    const Moment begun = field_.model.now();
    invalidated(field_.categories[category].invalidate_all({.soft = soft}));
    field_.model.hidden_category(category, begun, soft);
}

void Worker::invalidate_name(size_t key) {
    ++tally_[Count::Name];
    const bool soft = draw_.one_in(4);
    const Moment begun = field_.model.now();
    invalidated(field_.category(key).invalidate(field_.ids[key], {.soft = soft}));
    field_.model.hidden(key, begun, soft);
}

// The keys whose name is that of this one, and those that have one digit more.
void Worker::invalidate_pattern(size_t key) {
    ++tally_[Count::Pattern];
    const size_t category = category_of(key);
    const Moment begun = field_.model.now();
    invalidated(field_.cache.invalidate({.pattern = name_of_category(category) + ":" + name_of(key) + "*"}));
    for (size_t other = category; other < field_.ids.size(); other += kCategories)
        if (name_of(other).starts_with(name_of(key))) field_.model.hidden(other, begun, false);
}

void Worker::event(size_t key) {
    ++tally_[Count::Event];
    const bool other = draw_.one_in(2);
    const size_t tag = other ? other_tag(key) : common_tag(key);
    const Moment begun = field_.model.now();
    const EventContext context{
        {"category", name_of_category(category_of(key))}, {"id", name_of(key)}, {"tag", name_of_tag(tag)}};
    invalidated(field_.cache.invalidate_on_event("changed", context));
    field_.model.removed(key, begun);
    field_.model.hidden_tag(tag, begun, false);
}

void Worker::clear() {
    ++tally_[Count::Clear];
    const Moment begun = field_.model.now();
    if (draw_.one_in(2)) {
        if (!field_.cache.clear()) ++tally_[Count::Failed];
    } else {
        invalidated(field_.cache.invalidate({}));
    }
    field_.model.hidden_all(begun, false);
}

}  // namespace aurelis::stress
