// The backend "unreliable": a map that fails now and then, before it has done what it was asked for or after, answers
// some gets only when what it has read was written or removed meanwhile, and is away altogether for some calls in a
// row. Which calls fail depends on their number alone.
#include <aurelis/plugin/export.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace {

using aurelis::Result;

class Unreliable final : public aurelis::plugin::Backend {
public:
    static constexpr auto kOneIn =
        aurelis::plugin::IntOption("one_in", "One of so many calls fails.").or_else("50").at_least("2");
    static constexpr auto kOutageEvery =
        aurelis::plugin::IntOption("outage_every", "Calls from one outage to the next.").or_else("5000").at_least("2");
    static constexpr auto kOutage =
        aurelis::plugin::IntOption("outage", "Calls that an outage lasts.").or_else("4").at_least("0");
    static constexpr std::array<const aurelis_option*, 3> kOptions{&kOneIn, &kOutageEvery, &kOutage};

    explicit Unreliable(const aurelis::plugin::Setup& setup)
        : one_in_(static_cast<uint64_t>(setup.options[kOneIn])),
          outage_every_(static_cast<uint64_t>(setup.options[kOutageEvery])),
          outage_(static_cast<uint64_t>(setup.options[kOutage])) {}

    Result<std::optional<std::string>> get(std::string_view key) override {
        if (const Mood mood = next(); mood != Mood::Good) return failed(mood);
        auto value = read(key);
        if (value && gets_.fetch_add(1) % 8 == 0) linger(key, *value);
        return value;
    }
    Result<void> set(std::string_view key, std::string_view value, int64_t) override {
        const Mood mood = next();
        if (mood == Mood::Refuses) return failed(mood);
        {
            std::scoped_lock lock(mutex_);
            values_[std::string(key)] = value;
        }
        if (mood != Mood::Good) return failed(mood);
        return {};
    }
    Result<bool> remove(std::string_view key) override {
        const Mood mood = next();
        if (mood == Mood::Refuses) return failed(mood);
        bool had = false;
        {
            std::scoped_lock lock(mutex_);
            had = values_.erase(std::string(key)) != 0;
        }
        if (mood != Mood::Good) return failed(mood);
        return had;
    }
    Result<void> each_key(const std::function<bool(std::string_view)>& visit) override {
        std::unique_lock lock(mutex_);
        std::vector<std::string> keys;
        for (const auto& [key, value] : values_) keys.push_back(key);
        lock.unlock();
        for (const std::string& key : keys)
            if (!visit(key)) break;
        return {};
    }

private:
    enum class Mood { Good, Refuses, LosesAnswer };

    Mood next() {
        const uint64_t number = calls_.fetch_add(1);
        const uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15u >> 24;
        if (mixed % 4 == 0) std::this_thread::yield();
        if (number % outage_every_ + outage_ >= outage_every_) return Mood::Refuses;
        if (mixed % one_in_ != 0) return Mood::Good;
        return mixed / one_in_ % 2 == 0 ? Mood::Refuses : Mood::LosesAnswer;
    }
    std::optional<std::string> read(std::string_view key) {
        std::scoped_lock lock(mutex_);
        const auto found = values_.find(std::string(key));
        return found == values_.end() ? std::optional<std::string>() : std::optional(found->second);
    }
    // Gives others time to write or remove what has been read, which the caller of the get must not undo then.
    void linger(std::string_view key, const std::string& value) {
        for (int i = 0; i < 40 && read(key) == value; ++i) std::this_thread::yield();
        for (int i = 0; i < 8; ++i) std::this_thread::yield();
    }
    static aurelis::Error failed(Mood mood) {
        if (mood == Mood::Refuses) return aurelis::fail(AURELIS_E_UNAVAILABLE, "not now");
        return aurelis::fail(AURELIS_E_TIMEOUT, "the answer was lost");
    }

    const uint64_t one_in_, outage_every_, outage_;
    std::atomic<uint64_t> calls_{1}, gets_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, std::string> values_;  // Guarded by mutex_.
};

}  // namespace

AURELIS_PLUGIN("test.unreliable", "1.0.0", "A backend that fails now and then.",
               aurelis::plugin::backend<Unreliable>("unreliable", "A map that fails now and then."));
