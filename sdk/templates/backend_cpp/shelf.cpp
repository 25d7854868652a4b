// A backend in C++: derive, override, export. Times, tags, checksums and batches are the core's business. Time-outs are
// co-operative: nothing here waits, so nothing checks them. A backend that waits for a disk or a server has the form of
// store.hpp, whose functions get the call: it waits until call->deadline_mono at most, and checks aurelis_call_ended()
// in long work.
#include <aurelis/plugin/export.hpp>

#include <mutex>
#include <unordered_map>

namespace {

using aurelis::Result;

class Shelf final : public aurelis::plugin::Backend {
public:
    static constexpr auto kMaxEntries =
        aurelis::plugin::IntOption("max_entries", "At most this many entries.").or_else("1000").at_least("1");
    static constexpr std::array<const aurelis_option*, 1> kOptions{&kMaxEntries};

    explicit Shelf(const aurelis::plugin::Setup& setup)
        : max_entries_(static_cast<size_t>(setup.options[kMaxEntries])) {}

    Result<std::optional<std::string>> get(std::string_view key) override {
        std::scoped_lock lock(mutex_);
        const auto found = values_.find(std::string(key));
        if (found == values_.end()) return std::optional<std::string>{};
        return std::optional<std::string>{found->second};
    }
    Result<void> set(std::string_view key, std::string_view value, int64_t) override {
        std::scoped_lock lock(mutex_);
        const bool known = values_.count(std::string(key)) != 0;
        if (!known && values_.size() >= max_entries_) values_.erase(values_.begin());
        values_[std::string(key)] = value;
        return {};
    }
    Result<bool> remove(std::string_view key) override {
        std::scoped_lock lock(mutex_);
        return values_.erase(std::string(key)) != 0;
    }
    Result<void> each_key(const std::function<bool(std::string_view)>& visit) override {
        std::unique_lock lock(mutex_);
        std::vector<std::string> keys;
        for (const auto& [key, value] : values_) keys.push_back(key);
        lock.unlock();  // The visitor may be slow.
        for (const std::string& key : keys)
            if (!visit(key)) break;
        return {};
    }
    Result<uint64_t> entries() override {
        std::scoped_lock lock(mutex_);
        return uint64_t{values_.size()};
    }

private:
    const size_t max_entries_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::string> values_;  // Guarded by mutex_.
};

}  // namespace

AURELIS_PLUGIN("com.example.shelf", "1.0.0", "A shelf of values in memory.", aurelis::plugin::vendor("Example"),
               aurelis::plugin::license("MIT"),
               aurelis::plugin::backend<Shelf>("shelf", "A map behind one lock, bounded by entries."));
