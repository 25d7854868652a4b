// Strategy: the short way to a strategy. Derive, write the members of the table that you change, export with
// AURELIS_PLUGIN, done: for what you leave out the core calls the next store, and batches loop over your get, set or
// remove unless you write them, too. The members are those of store.hpp; none is required.
// A DRAFT like the kind itself: see abi_draft.h for what a strategy may assume and must do.
//
//   class Counting : public aurelis::plugin::Strategy {
//   public:
//       using Strategy::Strategy;
//       aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
//           ++gets_;
//           return next().get(call, key, out);
//       }
//       ...
//   };
//   AURELIS_PLUGIN("com.example.counting", "1.0.0", "Counts.", aurelis::plugin::strategy<Counting>("counting", "Counts
// ..."))
#pragma once

#include <aurelis/plugin/store.hpp>

#include <string>
#include <string_view>

namespace aurelis::plugin {

// Another store, called as the strategy itself is called. Lives as long as the strategy.
class StoreRef {
public:
    StoreRef() = default;
    explicit StoreRef(aurelis_store* store) noexcept : store_(store) {}

    aurelis_store* raw() const noexcept { return store_; }
    uint64_t caps() const noexcept { return store_->caps; }

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) const noexcept {
        return store_->ops->get(store_, call, &key, out);
    }
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                       uint64_t* new_version = nullptr) const noexcept {
        return store_->ops->set(store_, call, &key, &write, new_version);
    }
    aurelis_status remove(aurelis_call* call, const aurelis_key& key) const noexcept {
        return store_->ops->remove(store_, call, &key);
    }
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t count,
                             aurelis_entry* out) const noexcept {
        return store_->ops->multi_get(store_, call, keys, count, out);
    }
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t count,
                               aurelis_status* each, uint64_t* versions = nullptr) const noexcept {
        return store_->ops->multi_write(store_, call, keys, writes, count, each, versions);
    }
    aurelis_status scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user) const noexcept {
        return store_->ops->scan(store_, call, &page, visit, user);
    }
    aurelis_status flush(aurelis_call* call) const noexcept { return store_->ops->flush(store_, call); }

private:
    aurelis_store* store_ = nullptr;
};

class Strategy {
public:
    static constexpr uint64_t kCaps = 0;  // Requests (AURELIS_CAP_*, bits 48 and up).

    explicit Strategy(const Setup& setup)
        : host_(setup.host),
          next_(setup.env->next[0]),
          origin_(setup.env->origin),
          category_(setup.env->category),
          key_prefix_(view(setup.env->key_prefix)) {
        for (size_t i = 0; i < setup.env->ref_count; ++i) refs_.push_back(setup.env->refs[i]);
    }
    Strategy(const Strategy&) = delete;
    Strategy& operator=(const Strategy&) = delete;

protected:
    ~Strategy() = default;

    const Host& host() const noexcept { return host_; }
    // The next strategy, or the stack of layers.
    StoreRef next() const noexcept { return next_; }
    // The source of truth (aurelis_env::origin).
    StoreRef origin() const noexcept { return origin_; }
    const std::string& category() const noexcept { return category_; }
    // What all keys of the category begin with; empty: they cannot be told apart by prefix.
    const std::string& key_prefix() const noexcept { return key_prefix_; }
    // The component that an option of type AURELIS_OPT_REF names; NULL: none, or one of another kind.
    const aurelis_object* ref(const char* option, uint32_t kind) const noexcept {
        for (const aurelis_ref& one : refs_)
            if (one.kind == kind && std::string_view(one.role) == option) return one.object;
        return nullptr;
    }

private:
    Host host_;
    StoreRef next_, origin_;
    std::string category_, key_prefix_;
    std::vector<aurelis_ref> refs_;
};

// What create() calls: T::create if it has one, else its constructor.
template <typename T>
aurelis_status create_strategy(const aurelis_component*, const aurelis_host* host, const aurelis_node* config,
                               const aurelis_env* env, aurelis_call* call, aurelis_store* out) noexcept {
    return guarded(call, [&]() -> aurelis_status {
        const Setup setup{Host(host), Options(host, config, call), env, call};
        std::unique_ptr<T> made;
        if constexpr (requires { Result<std::unique_ptr<T>>{T::create(setup)}; }) {
            Result<std::unique_ptr<T>> result = T::create(setup);
            if (!result) return report(call, result.error());
            made = std::move(result).value();
        } else {
            made = std::make_unique<T>(setup);
        }
        static constexpr aurelis_store_ops kTable = make_strategy_table<T>();
        out->ops = &kTable;
        out->caps = T::kCaps;
        out->self = made.release();
        return AURELIS_OK;
    });
}

template <typename T>
inline constexpr aurelis_store_factory strategy_factory{sizeof(aurelis_store_factory), 0, &create_strategy<T>};

template <typename T>
constexpr aurelis_component strategy(const char* type_name, const char* description) {
    static_assert(std::is_base_of_v<Strategy, T>, "a strategy's class derives from aurelis::plugin::Strategy");
    return aurelis_component{sizeof(aurelis_component),
                             AURELIS_KIND_STRATEGY,
                             type_name,
                             description,
                             T::kCaps,
                             AURELIS_THREADS_PARALLEL,
                             0,
                             options_of<T>(),
                             option_count_of<T>(),
                             &strategy_factory<T>};
}

}  // namespace aurelis::plugin
