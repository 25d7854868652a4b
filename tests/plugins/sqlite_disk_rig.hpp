// A small host for one sqlite-disk store, so that tests can fork around it: no threads of its own, tasks run only when
// the test says so, and the test sets the wall time. Finds the plugin beside the program, where the build puts both.
#pragma once

#include "support/folder.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <dlfcn.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sqlite_disk_test {

namespace fs = std::filesystem;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNow = 1'700'000'000 * kSecond;

using aurelis::test::Folder;

// Databases in the folder whose names hold the text; their logs and indices are not counted.
inline std::vector<std::string> databases(const Folder& folder, std::string_view part) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
        if (const std::string name = entry.path().filename().string();
            name.find(part) != std::string::npos && !name.ends_with("-wal") && !name.ends_with("-shm"))
            found.push_back(entry.path().string());
    return found;
}

inline int64_t mono_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

using OptionTexts = std::map<std::string, std::string>;

// The host's side: an instance of aurelis_host whose ctx is this.
class RigHost {
public:
    explicit RigHost(OptionTexts texts) : texts_(std::move(texts)) {
        texts_.try_emplace("watch", "false");  // No thread, so that a test can fork.
        std::memset(&host, 0, sizeof host);
        std::memset(&config_, 0, sizeof config_);
        host.struct_size = sizeof host;
        host.abi_major = 1;
        host.name = "test";
        host.version = "1";
        host.instance = "L3";
        host.ctx = this;
        host.max_batch = 4096;
        host.lease_ns = 60 * kSecond;
        host.config = &config_;
        fill_config();
        fill_services();
    }

    aurelis_host host;
    std::atomic<int64_t> wall{kNow};
    std::vector<std::string> logs;  // Guarded by mutex.
    std::mutex mutex;

    const aurelis_node* root() const { return reinterpret_cast<const aurelis_node*>(&texts_); }

    // Runs the tasks that are waiting now, once; returns how many.
    size_t run_tasks() {
        std::deque<Waiting> due;
        {
            std::scoped_lock lock(mutex);
            due.swap(waiting_);
        }
        for (const Waiting& task : due) task.fn(task.arg, 0);
        return due.size();
    }

private:
    struct Waiting {
        uint64_t id;
        aurelis_task_fn fn;
        void* arg;
    };
    struct Block {
        std::atomic<int> references{1};
    };
    static RigHost& of(const aurelis_host* host) { return *static_cast<RigHost*>(host->ctx); }
    static const std::string& text_of(const aurelis_node* node) {
        return *reinterpret_cast<const std::string*>(node);
    }

    static int64_t scaled(const std::string& text) {
        static const std::map<std::string, int64_t> kUnits{
            {"", 1},           {"KiB", 1 << 10}, {"MiB", 1 << 20},   {"GiB", 1 << 30},
            {"ms", 1'000'000}, {"s", kSecond},   {"m", 60 * kSecond}};
        size_t end = 0;
        const int64_t value = std::stoll(text, &end);
        return value * kUnits.at(text.substr(end));
    }

    void fill_config() {
        config_.struct_size = sizeof config_;
        config_.get = [](const aurelis_node* node, const char* name) noexcept -> const aurelis_node* {
            const auto& texts = *reinterpret_cast<const OptionTexts*>(node);
            const auto found = texts.find(name);
            return found == texts.end() ? nullptr : reinterpret_cast<const aurelis_node*>(&found->second);
        };
        config_.as_string = [](const aurelis_node* node, aurelis_call*, aurelis_bytes* out) noexcept {
            *out = aurelis::bytes(text_of(node));
            return aurelis_status{AURELIS_OK};
        };
        config_.as_int = [](const aurelis_node* node, aurelis_call*, int64_t* out) noexcept {
            *out = scaled(text_of(node));
            return aurelis_status{AURELIS_OK};
        };
        config_.as_duration = config_.as_int;
        config_.as_bool = [](const aurelis_node* node, aurelis_call*, uint32_t* out) noexcept {
            *out = text_of(node) == "true" ? 1 : 0;
            return aurelis_status{AURELIS_OK};
        };
        config_.as_bytes = [](const aurelis_node* node, aurelis_call*, uint64_t* out) noexcept {
            *out = static_cast<uint64_t>(scaled(text_of(node)));
            return aurelis_status{AURELIS_OK};
        };
        config_.reject = [](const aurelis_node*, aurelis_call*, const char*) noexcept {};
    }

    void fill_services() {
        host.now_wall = [](const aurelis_host* h) noexcept -> int64_t { return of(h).wall; };
        host.now_stamp = host.now_wall;
        host.now_mono = [](const aurelis_host*) noexcept -> int64_t { return mono_now(); };
        host.hash = [](const aurelis_host*, const void* data, size_t size) noexcept -> uint64_t {
            return std::hash<std::string_view>{}({static_cast<const char*>(data), size});
        };
        host.log_enabled = [](const aurelis_host*, uint32_t) noexcept -> uint32_t { return 1; };
        host.log = [](const aurelis_host* h, uint32_t, const char* text, size_t size) noexcept {
            std::scoped_lock lock(of(h).mutex);
            of(h).logs.emplace_back(text, size);
        };
        host.buf_new = [](const aurelis_host*, size_t size, aurelis_buf* out, void** room) noexcept {
            static const aurelis_buf_ops kOps{
                sizeof(aurelis_buf_ops), 0,
                [](void* owner) noexcept { ++static_cast<Block*>(owner)->references; },
                [](void* owner) noexcept {
                    if (--static_cast<Block*>(owner)->references == 0) std::free(owner);
                }};
            void* memory = std::malloc(sizeof(Block) + size);
            if (memory == nullptr) return aurelis_status{AURELIS_E_NOMEM};
            auto* block = new (memory) Block;
            *room = block + 1;
            *out = aurelis_buf{*room, size, &kOps, block};
            return aurelis_status{AURELIS_OK};
        };
        host.task_submit = [](const aurelis_host* h, aurelis_task_fn fn, void* arg, int64_t,
                              uint64_t* id) noexcept {
            RigHost& self = of(h);
            std::scoped_lock lock(self.mutex);
            *id = ++self.last_id_;
            self.waiting_.push_back({*id, fn, arg});
            return aurelis_status{AURELIS_OK};
        };
        host.task_cancel = [](const aurelis_host* h, uint64_t id, uint32_t) noexcept {
            RigHost& self = of(h);
            std::scoped_lock lock(self.mutex);
            std::erase_if(self.waiting_, [&](const Waiting& task) { return task.id == id; });
            return aurelis_status{AURELIS_OK};
        };
    }

    OptionTexts texts_;
    aurelis_config_api config_;
    std::deque<Waiting> waiting_;  // Guarded by mutex.
    uint64_t last_id_ = 0;         // Guarded by mutex.
};

inline const aurelis_component& component() {
    static const aurelis_component* const found = [] {
        const fs::path program = fs::read_symlink("/proc/self/exe");
        const fs::path file = program.parent_path().parent_path() / "lib/aurelis/plugins/sqlite-disk.so";
        void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) throw std::runtime_error(dlerror());
        const auto entry = reinterpret_cast<aurelis_entry_fn>(dlsym(library, AURELIS_ENTRY_SYMBOL));
        if (entry == nullptr) throw std::runtime_error("no entry symbol");
        return entry(0)->components[0];
    }();
    return *found;
}

// A call that keeps the last error's text.
struct Call : aurelis_call {
    explicit Call(uint32_t flags_ = 0, int64_t deadline = 0) : aurelis_call{} {
        struct_size = sizeof(aurelis_call);
        flags = flags_;
        deadline_mono = deadline;
        set_error = [](aurelis_call* call, aurelis_status, const char* text, size_t size) noexcept {
            static_cast<Call*>(call)->error.assign(text, size);
        };
    }
    std::string error;
};

struct Found {
    aurelis_status status = 0;
    std::string value;
    std::string attrs;
    aurelis_meta meta{};
};

inline std::string tag_attr(const std::string& tag) {
    std::string attrs(4 + tag.size(), '\0');
    aurelis_attr_put(attrs.data(), attrs.size(), AURELIS_ATTR_TAG, aurelis::bytes(tag));
    return attrs;
}

inline aurelis_key key_of(std::string_view text) { return {text.data(), text.size(), 0, nullptr}; }

inline aurelis_write write_of(std::string_view value, int64_t expires = 0, uint32_t flags = 0) {
    aurelis_write write{};
    write.value = aurelis::borrowed(value);
    write.meta.created_wall = kNow;
    write.meta.expires_wall = expires;
    write.flags = flags;
    return write;
}

// A created store; open() starts it. Has short forms of what the tests do most.
class Store {
public:
    explicit Store(OptionTexts options, bool is_origin = false) : rig(std::move(options)) {
        if (is_origin)
            rig.host.get_extension = [](const aurelis_host*, const char* id) noexcept -> const void* {
                static constexpr int kYes = 1;
                return std::strcmp(id, AURELIS_EXT_ORIGIN) == 0 ? &kYes : nullptr;
            };
        const auto* factory = static_cast<const aurelis_store_factory*>(component().factory);
        aurelis_env env{};
        env.struct_size = sizeof env;
        env.category = "";
        std::memset(&raw, 0, sizeof raw);
        created = factory->create(&component(), &rig.host, rig.root(), &env, &call, &raw);
    }
    ~Store() {
        if (created != AURELIS_OK) return;
        close();
        raw.ops->destroy(&raw);
    }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    Store& open() {
        started = raw.ops->start(&raw, &call);
        return *this;
    }
    void close() {
        if (started == AURELIS_OK) raw.ops->stop(&raw);
        started = AURELIS_E_CLOSED;
    }

    aurelis_status set(std::string_view key, const aurelis_write& write, uint64_t* version = nullptr) {
        const aurelis_key name = key_of(key);
        return raw.ops->set(&raw, &call, &name, &write, version);
    }
    aurelis_status set(std::string_view key, std::string_view value) { return set(key, write_of(value)); }
    aurelis_status remove(std::string_view key) {
        const aurelis_key name = key_of(key);
        return raw.ops->remove(&raw, &call, &name);
    }
    Found get(std::string_view key, uint32_t flags = 0) {
        const aurelis_key name = key_of(key);
        aurelis_entry entry{};
        Call own(flags);
        Found found;
        found.status = raw.ops->get(&raw, &own, &name, &entry);
        call.error = own.error;
        found.meta = entry.meta;
        if (found.status != AURELIS_OK) return found;
        found.value = aurelis::view(entry.value);
        found.attrs = aurelis::view(entry.attrs);
        aurelis_buf_release(&entry.value);
        return found;
    }
    bool has(std::string_view key) { return get(key, AURELIS_CALL_PEEK).status == AURELIS_OK; }
    // All keys that match, in pages of the given size.
    std::vector<std::string> scan(const aurelis_match* match = nullptr, uint64_t page_size = 7) {
        std::vector<std::string> keys;
        aurelis_buf next{};
        for (;;) {
            aurelis_scan page{};
            page.struct_size = sizeof page;
            page.match = match;
            page.page_hint = page_size;
            page.after = {next.data, next.size};
            const auto visit = [](void* user, const aurelis_key* key,
                                  const aurelis_entry*) noexcept -> uint32_t {
                static_cast<std::vector<std::string>*>(user)->emplace_back(
                    static_cast<const char*>(key->data), key->size);
                return 1;
            };
            const aurelis_status status = raw.ops->scan(&raw, &call, &page, visit, &keys);
            aurelis_buf_release(&next);
            if (status != AURELIS_OK) throw std::runtime_error(call.error);
            if (page.next.size == 0) return keys;
            next = page.next;
        }
    }
    double stat(const std::string& name) {
        std::map<std::string, double> all;
        raw.ops->stats(
            &raw, &call,
            [](void* user, const char* stat_name, uint32_t, double value) noexcept {
                (*static_cast<std::map<std::string, double>*>(user))[stat_name] = value;
            },
            &all);
        return all.at(name);
    }
    // Runs the upkeep task that many times.
    void upkeep(int times = 1) {
        for (int i = 0; i < times; ++i) rig.run_tasks();
    }

    RigHost rig;
    Call call;
    aurelis_store raw;
    aurelis_status created = AURELIS_E_FAILED;
    aurelis_status started = AURELIS_E_CLOSED;
};

}  // namespace sqlite_disk_test
