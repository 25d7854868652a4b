// TestBackend: a backend in the test program itself; the test sees its state and decides its failures. Each layer of a
// test names its World; the world outlives the instances, as a server outlives its connections.
#pragma once

#include <aurelis/plugin/export.hpp>

#include "plugin/plugin_registry.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace aurelis::testing {

struct World {
    struct Row {
        std::string value;
        aurelis_meta meta;
        std::string attrs;
        uint64_t version;
    };
    std::mutex mutex;
    std::map<std::string, Row> rows;
    std::map<std::string, uint64_t> versions;  // Of absent keys, too.
    uint64_t last_version = 0;
    std::vector<std::string> calls;  // "get k", "set k=v", "remove k"
    std::atomic<aurelis_status> fail_start{AURELIS_OK}, fail_get{AURELIS_OK}, fail_set{AURELIS_OK},
        fail_remove{AURELIS_OK}, fail_scan{AURELIS_OK};
    std::atomic<bool> keeps_sets{false};     // Sets time out, and arrive at deliver().
    std::map<std::string, Row> late_rows;    // Guarded by mutex.
    std::atomic<int64_t> deadline_mono{0};   // That of the last get or set.
    std::atomic<bool> tells_changes{false};  // Offers aurelis.watch/1.
    std::atomic<bool> live_at_once{false};   // Reports LIVE before watch() returns.
    aurelis_watch_fn watcher = nullptr;      // The watcher; guarded by mutex.
    void* watcher_user = nullptr;
    // What a server would report about another process.
    void tell(uint32_t event, const std::string& key = {}) {
        aurelis_watch_fn fn;
        void* user;
        {
            std::scoped_lock lock(mutex);
            fn = watcher;
            user = watcher_user;
        }
        const aurelis_key told{key.data(), key.size(), 0, nullptr};
        if (fn != nullptr) fn(user, event, &told, key.empty() ? 0 : 1);
    }
    std::function<void(const std::string& call)> before;  // Runs with no lock held.

    void deliver() {
        std::scoped_lock lock(mutex);
        for (const auto& [key, row] : late_rows) rows[key] = row;
        late_rows.clear();
    }
    bool has(const std::string& key) {
        std::scoped_lock lock(mutex);
        return rows.count(key) != 0;
    }
    size_t count(const std::string& prefix) {
        std::scoped_lock lock(mutex);
        size_t n = 0;
        for (const std::string& call : calls) n += call.rfind(prefix, 0) == 0 ? 1 : 0;
        return n;
    }
};

// The world that the next instance takes; set before a layer opens.
inline World*& next_world() {
    static World* world = nullptr;
    return world;
}

template <uint64_t Caps>
class TestBackend {
public:
    static constexpr uint64_t kCaps = Caps;
    static constexpr plugin::Option kWorld = plugin::Option(AURELIS_OPT_INT, "world", "Address of the World.");
    static constexpr std::array<const aurelis_option*, 1> kOptions{&kWorld};

    static Result<std::unique_ptr<TestBackend>> create(const plugin::Setup& setup) {
        auto made = std::make_unique<TestBackend>();
        made->host_ = setup.host;
        const aurelis_node* node = setup.options.find("world");
        aurelis_bytes text{};
        if (node == nullptr || setup.options.api()->as_string(node, setup.call, &text) != AURELIS_OK)
            return fail(AURELIS_E_CONFIG, "no world");
        made->world_ = reinterpret_cast<World*>(std::stoull(std::string(view(text))));
        return made;
    }

    aurelis_status start(aurelis_call* call) {
        const aurelis_status status = world_->fail_start;
        return status == AURELIS_OK ? status : plugin::report(call, status, "the test says no");
    }
    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
        const std::string name = text(key);
        world_->deadline_mono = call->deadline_mono;
        note("get " + name);
        if (world_->fail_get != AURELIS_OK) return refuse(call, world_->fail_get, "get refused by the test");
        std::scoped_lock lock(world_->mutex);
        const auto row = world_->rows.find(name);
        if (row == world_->rows.end()) {
            if ((Caps & AURELIS_CAP_LEASE) != 0) out->meta.version = world_->versions[name];
            return AURELIS_NOT_FOUND;
        }
        *out = aurelis_entry{};
        Pinned both = host_.copy(row->second.attrs + row->second.value);
        const size_t attrs = row->second.attrs.size();
        if ((Caps & AURELIS_CAP_META) != 0) {
            out->meta = row->second.meta;
            out->attrs = {both.raw().data, attrs};
        }
        out->meta.version = row->second.version;
        out->value = both.give();
        out->value.data = static_cast<const char*>(out->value.data) + attrs;
        out->value.size -= attrs;
        return AURELIS_OK;
    }
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version) {
        const std::string name = text(key);
        world_->deadline_mono = call->deadline_mono;
        note("set " + name + "=" + std::string(view(write.value)));
        if (world_->fail_set != AURELIS_OK) return refuse(call, world_->fail_set, "set refused by the test");
        std::scoped_lock lock(world_->mutex);
        if ((write.flags & AURELIS_SET_IF_VERSION) != 0 && write.if_version != world_->versions[name])
            return AURELIS_CONFLICT;
        const uint64_t mine = world_->versions[name] = ++world_->last_version;
        if (world_->keeps_sets) {
            world_->late_rows[name] = {std::string(view(write.value)), write.meta, std::string(view(write.attrs)),
                                       mine};
            return plugin::report(call, AURELIS_E_TIMEOUT, "set kept back by the test");
        }
        world_->rows[name] = {std::string(view(write.value)), write.meta, std::string(view(write.attrs)), mine};
        if (version != nullptr) *version = mine;
        return AURELIS_OK;
    }
    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        const std::string name = text(key);
        note("remove " + name);
        if (world_->fail_remove != AURELIS_OK)
            return refuse(call, world_->fail_remove, "remove refused by the test");
        std::scoped_lock lock(world_->mutex);
        world_->versions[name] = ++world_->last_version;
        return world_->rows.erase(name) != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
    }
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match& match, uint64_t* removed) {
        note("remove_matching");
        if (world_->fail_remove != AURELIS_OK)
            return refuse(call, world_->fail_remove, "remove refused by the test");
        std::scoped_lock lock(world_->mutex);
        *removed = 0;
        for (auto row = world_->rows.begin(); row != world_->rows.end();) {
            const bool fits = row->first.rfind(std::string(view(match.prefix)), 0) == 0 &&
                              (match.created_before == 0 || row->second.meta.created_wall < match.created_before ||
                               (match.created_beyond != 0 && row->second.meta.created_wall > match.created_beyond));
            if (!fits) {
                ++row;
                continue;
            }
            row = world_->rows.erase(row);
            ++*removed;
        }
        return AURELIS_OK;
    }

    aurelis_status scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user) {
        if (world_->fail_scan != AURELIS_OK) return refuse(call, world_->fail_scan, "scan refused by the test");
        std::vector<std::string> names;
        {
            std::scoped_lock lock(world_->mutex);
            for (auto row = world_->rows.upper_bound(std::string(view(page.after))); row != world_->rows.end(); ++row)
                if (page.match == nullptr || row->first.starts_with(view(page.match->prefix)))
                    names.push_back(row->first);
        }
        page.next = aurelis_buf{};
        for (size_t i = 0; i < names.size(); ++i) {
            const aurelis_key key{names[i].data(), names[i].size(), 0, nullptr};
            const bool stopped = visit(user, &key, nullptr) == 0;
            if (!stopped && (page.page_hint == 0 || i + 1 < page.page_hint)) continue;
            if (i + 1 < names.size()) page.next = host_.copy(names[i]).give();
            break;
        }
        return AURELIS_OK;
    }
    const void* get_extension(const char* id) noexcept {
        static const aurelis_ext_watch watch{&TestBackend::watch, nullptr};
        return world_->tells_changes && std::string_view(id) == AURELIS_EXT_WATCH ? &watch : nullptr;
    }

private:
    // An answer has no text.
    static aurelis_status refuse(aurelis_call* call, aurelis_status status, const char* why) {
        return status < 0 ? plugin::report(call, status, why) : status;
    }
    static aurelis_status watch(aurelis_store* store, aurelis_call*, uint32_t events, aurelis_bytes,
                                aurelis_watch_fn fn, void* user) noexcept {
        World& world = *static_cast<TestBackend*>(store->self)->world_;
        {
            std::scoped_lock lock(world.mutex);
            world.watcher = events == 0 ? nullptr : fn;
            world.watcher_user = user;
        }
        if (world.live_at_once) world.tell(AURELIS_WATCH_LIVE);
        return AURELIS_OK;
    }

protected:
    static std::string text(const aurelis_key& key) { return {static_cast<const char*>(key.data), key.size}; }
    void note(std::string call) {
        {
            std::scoped_lock lock(world_->mutex);
            world_->calls.push_back(call);
        }
        if (world_->before) world_->before(call);
    }

    plugin::Host host_;
    World* world_ = nullptr;
};

// The same with batches of its own: "multi_get 3" is one call for 3 keys.
template <uint64_t Caps>
class BatchTestBackend : public TestBackend<Caps> {
public:
    static constexpr uint64_t kCaps = Caps | AURELIS_CAP_MULTI;

    static Result<std::unique_ptr<BatchTestBackend>> create(const plugin::Setup& setup) {
        AURELIS_TRY(base, TestBackend<Caps>::create(setup));
        auto made = std::make_unique<BatchTestBackend>();
        static_cast<TestBackend<Caps>&>(*made) = *base;
        return made;
    }
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t n, aurelis_entry* out) {
        this->note("multi_get " + std::to_string(n));
        for (size_t i = 0; i < n; ++i) out[i].status = this->get(call, keys[i], &out[i]);
        return AURELIS_OK;
    }
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                               aurelis_status* each, uint64_t* versions) {
        this->note("multi_write " + std::to_string(n));
        for (size_t i = 0; i < n; ++i) {
            uint64_t version = 0;
            const bool is_removal = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
            each[i] = is_removal ? this->remove(call, keys[i]) : this->set(call, keys[i], writes[i], &version);
            if (versions != nullptr) versions[i] = version;
        }
        return AURELIS_OK;
    }
};

inline constexpr uint64_t kMemoryCaps = AURELIS_CAP_META | AURELIS_CAP_NO_BLOCK;
inline constexpr uint64_t kSharedCaps =
    AURELIS_CAP_META | AURELIS_CAP_CAS | AURELIS_CAP_LEASE | AURELIS_CAP_SHARED | AURELIS_CAP_PERSISTENT;
inline constexpr uint64_t kDiskCaps = AURELIS_CAP_META | AURELIS_CAP_PERSISTENT;
inline constexpr uint64_t kPlainCaps = 0;

template <uint64_t Caps>
inline constexpr aurelis_component kTestComponent = plugin::backend<TestBackend<Caps>>("test",
                                                                                       "A backend of the tests.");

template <uint64_t Caps>
inline constexpr aurelis_component kBatchTestComponent =
    plugin::backend<BatchTestBackend<Caps>>("test", "A backend of the tests.");

template <uint64_t Caps>
core::FoundComponent batch_test_component() {
    static const core::PluginModule module{"test.so", "", nullptr};
    return {&module, &kBatchTestComponent<Caps>};
}

template <uint64_t Caps>
core::FoundComponent test_component() {
    static const core::PluginModule module{"test.so", "", nullptr};
    return {&module, &kTestComponent<Caps>};
}

}  // namespace aurelis::testing
