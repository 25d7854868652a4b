// A host in C++: typed values, options by value, no exception needed.
#include <aurelis/cache.hpp>

#include <cstdio>

namespace {

aurelis::Result<void> work(const std::string& file) {
    using namespace std::chrono_literals;
    AURELIS_TRY(cache, aurelis::Cache::open({.file = file}));
    AURELIS_TRY(users, cache.category("user_data"));
    AURELIS_TRY_VOID(users.set("user123", "John", {.ttl = 1h, .tags = {"people"}}));
    AURELIS_TRY(name, users.get<std::string>("user123"));
    std::printf("%s\n", name ? name->c_str() : "nobody");

    int computed = 0;
    for (int i = 0; i < 3; ++i) {
        AURELIS_TRY(answer, users.get_or_compute<std::string>("question", [&] {
            ++computed;
            return std::string("forty-two");
        }));
        std::printf("%s, computed %d time(s)\n", answer.c_str(), computed);
    }
    return cache.close();
}

}  // namespace

int main(int argc, char** argv) {
    const auto done = work(argc > 1 ? argv[1] : "");
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
