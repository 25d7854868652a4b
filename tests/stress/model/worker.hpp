// Worker: one thread's operations on a cache, drawn from a seed, each told to the model at its begin and its end.
// Leaves to others: what an answer may be (model), how the cache is built (setting).
#pragma once

#include "stress/model/draw.hpp"
#include "stress/model/model.hpp"
#include "stress/model/tally.hpp"

#include <aurelis/cache.hpp>

#include <string>
#include <vector>

namespace aurelis::stress {

// What all workers of a process share. Lives until the cache is closed, since loads go on behind their calls.
struct Field {
    // is_alone: no other process uses the cache's stores. Otherwise no load goes on behind its call and nothing is
    // cleared, so that at a pause nothing is under way and markers stay.
    Field(Cache& its_cache, Model& its_model, size_t key_count, bool alone);

    const Category& category(size_t key) const { return categories[category_of(key)]; }

    Cache& cache;
    Model& model;
    std::vector<Category> categories;
    std::vector<Id> ids;  // Of each key.
    const bool is_alone;
};
std::string name_of(size_t key);
std::string name_of_category(size_t category);
std::string name_of_tag(size_t tag);
std::vector<std::string> tags_of(size_t key, bool has_other_tag);

class Worker {
public:
    Worker(Field& field, uint32_t number, uint64_t seed) : field_(field), number_(number), draw_(seed) {}

    void run(uint64_t operations) {
        for (uint64_t i = 0; i < operations; ++i) step();
    }
    const Tally& tally() const noexcept { return tally_; }

private:
    void step();
    size_t draw_key();
    std::vector<size_t> draw_keys();
    size_t draw_copies();

    void get(size_t key);
    void multi_get(const std::vector<size_t>& keys);
    void load(size_t key);
    void load_behind(size_t key);
    void end_answer(const Model::Get& get, const Result<Answer>& answer, const char* operation);
    void set(size_t key);
    void multi_set(const std::vector<size_t>& keys);
    void remove(size_t key);
    void multi_remove(const std::vector<size_t>& keys);
    void invalidate_tag(size_t tag);
    void invalidate_category(size_t category);
    void invalidate_name(size_t key);
    void invalidate_pattern(size_t key);
    void event(size_t key);
    void clear();
    void write_within_computation(size_t key);
    void invalidated(const Result<InvalidationReport>& report);

    Field& field_;
    const uint32_t number_;
    Draw draw_;
    Tally tally_;
};

}  // namespace aurelis::stress
