// Many names loaded together: which names the function gets, what each of them is answered, and who waits for whom.
// Covers: core/api/cache_load_many.cpp, core/api/name_batch.cpp, core/flow/loader_batch.cpp
#include "sdk/host/host_rig.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

using Names = std::span<const NameView>;
using Texts = std::vector<std::string>;

template <typename Condition>
void until(Condition&& condition) {
    for (int i = 0; i < 600'000 && !condition(); ++i) std::this_thread::sleep_for(100us);
    REQUIRE(condition());
}

// Makes "x!" of "x", notes what it was asked for, and can be held up.
struct Shout {
    struct Shared {
        std::mutex mutex;
        std::vector<Texts> calls;  // Guarded by mutex.
        std::atomic<int> begun{0};
        std::promise<void> go;
        std::shared_future<void> gone = go.get_future().share();
        std::atomic<std::thread::id> thread{};
    };
    std::shared_ptr<Shared> shared = std::make_shared<Shared>();
    bool waits = false;

    std::vector<std::string> operator()(Names names) const {
        Texts asked, made;
        for (const NameView name : names) {
            asked.emplace_back(name.part(0));
            made.push_back(std::string(name.part(0)) + "!");
        }
        {
            std::scoped_lock lock(shared->mutex);
            shared->calls.push_back(asked);
        }
        shared->thread = std::this_thread::get_id();
        ++shared->begun;
        if (waits) shared->gone.wait();
        return made;
    }
    std::vector<Texts> calls() const {
        std::scoped_lock lock(shared->mutex);
        return shared->calls;
    }
    void let_go() const { shared->go.set_value(); }
};

std::vector<Id> ids(const Texts& texts) { return {texts.begin(), texts.end()}; }

template <typename T>
Texts texts(const Result<std::vector<Result<T>>>& answered) {
    Texts all;
    REQUIRE(answered);
    for (const auto& one : *answered) {
        if constexpr (std::is_same_v<T, Answer>)
            all.push_back(!one ? one.error().message : one->found() ? std::string(one->bytes()) : "-");
        else
            all.push_back(one ? *one : one.error().message);
    }
    return all;
}

struct BatchRig : HostRig {
    Category plain = category("plain");
    Category lasting = category("lasting");  // ttl 10 s, stale 1 m, failure_pause 5 s.
    uint64_t counted(const char* name) { return stats()[name].get<uint64_t>(); }
};

}  // namespace

TEST_CASE("batch load: the function gets exactly the names that are missing, each once") {
    BatchRig rig;
    const Shout shout;
    REQUIRE(rig.plain.set("b", std::string("cached")));
    const auto got = rig.plain.multi_get_or_compute<std::string>(ids({"a", "b", "c", "a"}), shout);
    CHECK(texts(got) == Texts{"a!", "cached", "c!", "a!"});
    CHECK(shout.calls() == std::vector<Texts>{{"a", "c"}});
    CHECK(rig.counted("loads") == 2);
    CHECK(rig.counted("loads_together") == 1);
    // What was made is there for all, in each layer.
    CHECK(rig.plain.get<std::string>("c").value() == "c!");
    ReadOptions disk_only;
    disk_only.skip_layers = 1;
    CHECK(rig.plain.get<std::string>("a", disk_only).value() == "a!");
    CHECK(texts(rig.plain.multi_get_or_compute<std::string>(ids({"c", "a", "b"}), shout)) ==
          Texts{"c!", "a!", "cached"});
    CHECK(shout.calls().size() == 1);
    CHECK(texts(rig.plain.multi_get_or_compute<std::string>({}, shout)).empty());
    CHECK(shout.calls().size() == 1);
}

TEST_CASE("batch load: each name is answered, or fails, alone") {
    BatchRig rig;
    const Category absent = rig.category("absent");  // negative_ttl 30 s.
    using Made = Result<std::optional<Computed<std::string>>>;
    int calls = 0;
    const auto mixed = [&](Names names) {
        ++calls;
        std::vector<Made> made;
        for (const NameView name : names) {
            if (name.part(0) == "bad")
                made.push_back(fail(-1234, "the database says no"));
            else if (name.part(0) == "none")
                made.push_back(std::optional<Computed<std::string>>{});
            else
                made.push_back(std::optional(Computed<std::string>{.value = std::string(name.part(0)), .tags = {"t"}}));
        }
        return made;
    };
    std::vector<Id> asked = ids({"x", "bad", "none"});
    asked.push_back(Id(std::span<const std::string_view>{}));  // No parts.
    const auto answers = absent.multi_lookup_or_compute<std::string>(asked, mixed);
    REQUIRE(answers);
    CHECK((*answers)[0]->bytes() == "x");
    CHECK((*answers)[0]->tags() == std::vector<std::string_view>{"t"});
    CHECK((*answers)[1].error().status == -1234);
    CHECK((*answers)[1].error().message == "the database says no");
    CHECK_FALSE((*answers)[2]->found());
    CHECK((*answers)[3].error().status == AURELIS_E_INVALID);
    CHECK(calls == 1);
    // That there is none is remembered; the failure is not.
    const auto again = absent.multi_lookup_or_compute<std::string>(asked, mixed);
    CHECK_FALSE((*again)[2]->found());
    CHECK(calls == 2);
    CHECK(rig.counted("loads") == 4);
    CHECK(rig.counted("loads_together") == 1);
    CHECK(rig.counted("load_failures") == 2);
    CHECK(rig.counted("loads_not_found") == 1);
    const auto values = absent.multi_get_or_compute<std::string>(asked, mixed);
    CHECK((*values)[2].error().message.find("found nothing") != std::string::npos);
}

TEST_CASE("batch load: a function that fails, throws or returns too few items fails each name") {
    BatchRig rig;
    const auto fails = [](Names) -> Result<std::vector<std::string>> { return fail(-2000, "down"); };
    CHECK(texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b"}), fails)) == Texts{"down", "down"});
    const auto throws = [](Names) -> std::vector<std::string> { throw std::runtime_error("thrown"); };
    CHECK(texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b"}), throws))[1].find("thrown") !=
          std::string::npos);
    const auto too_few = [](Names) { return std::vector<std::string>{"one"}; };
    const std::string why = texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b"}), too_few))[0];
    CHECK(why == "the computation got 2 names and returned 1 items; return one for each");
    CHECK(rig.plain.get<std::string>("a").value() == std::nullopt);
    // A stale value, or the default, is better than the error of its name.
    REQUIRE(rig.lasting.set("a", std::string("old")));
    rig.clock.advance(11 * kSecond);
    LoadOptions with_default;
    with_default.default_value = "default";
    CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"a", "b"}), fails, {}, {}, with_default)) ==
          Texts{"old", "default"});
    // During the pause nobody asks.
    int calls = 0;
    const auto counts = [&](Names names) { return ++calls, std::vector<std::string>(names.size(), "new"); };
    CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"a", "b"}), counts, {}, {}, with_default)) ==
          Texts{"old", "default"});
    CHECK(calls == 0);
    rig.clock.advance(6 * kSecond);
    CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"a", "b"}), counts, {}, {}, with_default)) ==
          Texts{"new", "new"});
    CHECK(calls == 1);
}

TEST_CASE("batch load: one load per name, in batches and alone") {
    BatchRig rig;
    Shout held;
    held.waits = true;
    auto single = std::async(std::launch::async, [&] {
        return rig.plain.get_or_compute<std::string>("b", [&] {
            held(Names{});
            return std::string("single");
        });
    });
    until([&] { return held.shared->begun == 1; });
    const Shout shout;
    auto batch = std::async(std::launch::async, [&] {
        return texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b", "c"}), shout));
    });
    until([&] { return rig.counted("loads_joined") == 1; });
    // It has loaded what nobody else loads, before it waits.
    CHECK(shout.calls() == std::vector<Texts>{{"a", "c"}});
    CHECK(rig.plain.get<std::string>("c").value() == "c!");
    held.let_go();
    CHECK(batch.get() == Texts{"a!", "single", "c!"});
    CHECK(single.get().value() == "single");

    Shout slow;
    slow.waits = true;
    auto first = std::async(std::launch::async, [&] {
        return texts(rig.plain.multi_get_or_compute<std::string>(ids({"k", "l"}), slow));
    });
    until([&] { return slow.shared->begun == 1; });
    auto waiting = std::async(std::launch::async, [&] {
        return rig.plain.get_or_compute<std::string>("l", [] { return std::string("not called"); });
    });
    until([&] { return rig.counted("loads_joined") == 2; });
    slow.let_go();
    CHECK(waiting.get().value() == "l!");
    CHECK(first.get() == Texts{"k!", "l!"});
}

TEST_CASE("batch load: batches with the same names in another order never wait for each other") {
    BatchRig rig;
    std::atomic<int> made{0};
    for (int round = 0; round < 50; ++round) {
        const std::string prefix = std::to_string(round) + "-";
        Texts forward, backward;
        for (int i = 0; i < 20; ++i) forward.push_back(prefix + std::to_string(i));
        backward.assign(forward.rbegin(), forward.rend());
        const auto compute = [&](Names names) {
            made += static_cast<int>(names.size());
            return Shout{}(names);
        };
        auto other = std::async(std::launch::async, [&] {
            return texts(rig.plain.multi_get_or_compute<std::string>(ids(backward), compute));
        });
        const Texts mine = texts(rig.plain.multi_get_or_compute<std::string>(ids(forward), compute));
        CHECK(mine[7] == forward[7] + "!");
        CHECK(other.get()[7] == backward[7] + "!");
    }
    CHECK(made == 50 * 20);
}

TEST_CASE("batch load: a name that is removed meanwhile is answered and not stored; the others are") {
    BatchRig rig;
    Shout held;
    held.waits = true;
    auto batch = std::async(std::launch::async, [&] {
        return texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b", "c"}), held));
    });
    until([&] { return held.shared->begun == 1; });
    REQUIRE(rig.plain.remove("b"));
    // Who asks after the removal loads anew.
    CHECK(rig.plain.get_or_compute<std::string>("b", [] { return std::string("newer"); }).value() == "newer");
    held.let_go();
    CHECK(batch.get() == Texts{"a!", "b!", "c!"});
    CHECK(rig.plain.get<std::string>("a").value() == "a!");
    CHECK(rig.plain.get<std::string>("b").value() == "newer");
    CHECK(rig.counted("loads_revoked") == 1);

    Shout later;
    later.waits = true;
    const Category tagged = rig.category("tagged");
    auto hidden = std::async(std::launch::async, [&] {
        return texts(tagged.multi_get_or_compute<std::string>(ids({"d", "e"}), later));
    });
    until([&] { return later.shared->begun == 1; });
    REQUIRE(tagged.invalidate_all());
    later.let_go();
    CHECK(hidden.get() == Texts{"d!", "e!"});
    CHECK(tagged.get<std::string>("d").value() == std::nullopt);
    CHECK(tagged.get<std::string>("e").value() == std::nullopt);
}

TEST_CASE("batch load: stale values are given at once and refreshed together, with the missing ones") {
    BatchRig rig;
    REQUIRE(rig.lasting.set("a", std::string("old")));
    REQUIRE(rig.lasting.set("b", std::string("old")));
    rig.clock.advance(11 * kSecond);
    Shout held;
    held.waits = true;
    for (int i = 0; i < 3; ++i)
        CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"a", "b"}), behind(held))) ==
              Texts{"old", "old"});
    until([&] { return held.shared->begun == 1; });
    held.let_go();
    until([&] { return held.shared.use_count() == 1; });  // The load has landed.
    CHECK(rig.lasting.get<std::string>("b").value() == "b!");
    CHECK(held.calls() == std::vector<Texts>{{"a", "b"}});
    CHECK(held.shared->thread.load() != std::this_thread::get_id());
    rig.clock.advance(11 * kSecond);
    const Shout shout;
    CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"a", "c"}), behind(shout))) == Texts{"a!", "c!"});
    until([&] { return shout.shared.use_count() == 1; });
    CHECK(shout.calls().size() == 2);  // What is missing is made here, and the stale one behind.
    // Without behind() the function runs here, and the fresh value is the answer.
    rig.clock.advance(11 * kSecond);
    CHECK(texts(rig.lasting.multi_lookup_or_compute<std::string>(ids({"b"}), shout)) == Texts{"b!"});
    CHECK(shout.shared->thread.load() == std::this_thread::get_id());
}

TEST_CASE("batch load: a hard time-out ends the wait for each name, and the load goes on") {
    BatchRig rig;
    Shout held;
    held.waits = true;
    LoadOptions options;
    options.hard_timeout = 1s;
    options.default_value = "default";
    auto answers = std::async(std::launch::async, [&] {
        return texts(rig.plain.multi_lookup_or_compute<std::string>(ids({"a", "b"}), behind(held), {}, {}, options));
    });
    until([&] { return held.shared->begun == 1 && rig.counted("loads_joined") == 1; });
    rig.clock.advance(2 * kSecond);
    CHECK(answers.get() == Texts{"default", "default"});
    held.let_go();
    until([&] { return rig.plain.get<std::string>("b").value() == "b!"; });
}

TEST_CASE("batch load: fresh values that are due are refreshed together") {
    BatchRig rig;
    const Category early = rig.category("early");  // ttl 10 s, refresh_at 50 %.
    REQUIRE(early.set("a", std::string("old")));
    REQUIRE(early.set("b", std::string("old")));
    rig.clock.advance(6 * kSecond);
    REQUIRE(early.set("c", std::string("young")));
    const Shout shout;
    CHECK(texts(early.multi_lookup_or_compute<std::string>(ids({"a", "b", "c"}), behind(shout))) ==
          Texts{"old", "old", "young"});
    until([&] { return early.get<std::string>("b").value() == "b!"; });
    CHECK(shout.calls() == std::vector<Texts>{{"a", "b"}});
}

TEST_CASE("batch load: a function that asks for a name of its own batch is told so") {
    BatchRig rig;
    std::string why;
    const auto asks = [&](Names names) {
        const auto inner = rig.plain.get_or_compute<std::string>("b", [] { return std::string("inner"); });
        if (!inner) why = inner.error().message;
        return Shout{}(names);
    };
    CHECK(texts(rig.plain.multi_get_or_compute<std::string>(ids({"a", "b", "c"}), asks)) == Texts{"a!", "b!", "c!"});
    CHECK(why.find("ring") != std::string::npos);
    CHECK(rig.counted("load_rings") == 1);
}

TEST_CASE("batch load: an origin is asked once if it can load many, else for one name after the other") {
    BatchRig rig;
    std::atomic<int> singles{0}, batches{0};
    const auto one = [&](NameView name) { return ++singles, std::string(name.part(0)) + "?"; };
    const auto many = [&](Names names, std::span<Context> contexts) {
        ++batches;
        CHECK(contexts.size() == names.size());
        std::vector<std::optional<std::string>> made;
        for (const NameView name : names)
            made.push_back(name.part(0) == "none" ? std::nullopt : std::optional(std::string(name.part(0)) + "!"));
        return made;
    };
    const Category loaded = rig.category("loaded");  // origin host:numbers.
    CHECK(texts(loaded.multi_lookup_or_load(ids({"a", "b"})))[1].find("not registered") != std::string::npos);
    REQUIRE(rig.cache.register_origin("numbers", one));
    CHECK(texts(loaded.multi_lookup_or_load(ids({"a", "b"}))) == Texts{"a?", "b?"});
    CHECK(singles == 2);
    REQUIRE(rig.cache.register_origin("numbers", one, many));
    const auto got = loaded.multi_get_or_load<std::string>(ids({"b", "c", "d", "none"}));
    REQUIRE(got);
    CHECK((*got)[0].value() == "b?");
    CHECK((*got)[1].value() == "c!");
    CHECK((*got)[3].value() == std::nullopt);
    CHECK(batches == 1);
    CHECK(loaded.lookup("c")->tags() == std::vector<std::string_view>{"always"});
    CHECK(loaded.get_or_load<std::string>("e").value() == "e?");  // A single name.
}

TEST_CASE("batch load: long batches reach the function in parts") {
    BatchRig rig;
    std::vector<Id> many;
    for (int i = 0; i < 3000; ++i) many.emplace_back(std::to_string(i));
    const Shout shout;
    const Texts made = texts(rig.plain.multi_get_or_compute<std::string>(many, shout));
    CHECK(made[0] == "0!");
    CHECK(made[2999] == "2999!");
    const auto calls = shout.calls();
    REQUIRE(calls.size() == 3);
    for (const Texts& call : calls) CHECK(call.size() <= 1024);
}

TEST_CASE("batch load: options are checked as for a single name") {
    BatchRig rig;
    const Shout shout;
    LoadOptions fresh_only;
    fresh_only.fresh_only = true;
    ReadOptions stale;
    stale.allow_stale = true;
    const auto refused = rig.plain.multi_get_or_compute<std::string>(ids({"a"}), shout, {}, stale, fresh_only);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_INVALID);
    WriteOptions no_ttl;
    no_ttl.stale = 1min;
    const Texts without = texts(rig.plain.multi_get_or_compute<std::string>(ids({"a"}), shout, no_ttl));
    CHECK(without[0].find("a stale time begins") != std::string::npos);
    CHECK(shout.calls().empty());
}
