// The seeds, each of them damaged in every way that is small enough, and mutations from a fixed seed.
#include "envelope_target.hpp"
#include "mutator.hpp"
#include "seeds.hpp"

#include "support/catch.hpp"

using namespace aurelis::fuzz;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kMutations = 20'000;
#else
constexpr int kMutations = 100'000;
#endif

}  // namespace

TEST_CASE("envelope: damaged and foreign bytes are a fault with a reason, and never a wrong value") {
    auto target = EnvelopeTarget::open();
    REQUIRE(target.has_value());
    const std::vector<std::string> seeds = target.value()->seeds();
    const auto kept = [&](const std::string& input) {
        const char* const broken = target.value()->fuzz_one(input);
        if (broken != nullptr) CHECK(std::string(broken) == "");
    };
    for (const std::string& seed : seeds) {
        kept(seed);
        for (const std::string& input : damaged(seed, 100)) kept(input);
    }
    Mutator mutator(11, 4096);
    const uint64_t before = target.value()->opened();
    for (int i = 0; i < kMutations; ++i) kept(mutator.next(seeds));
    CHECK(target.value()->opened() - before > kMutations / 50);
}
