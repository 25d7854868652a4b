// The one place that knows which Catch2 is installed: v2 on Debian 12, v3 from Debian 13 on.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace aurelis::testing {

// For CHECK_THAT: the text has this part.
inline auto holds(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
    return Catch::Matchers::ContainsSubstring(part);
#else
    return Catch::Contains(part);
#endif
}

}  // namespace aurelis::testing
