// The one place that knows which Catch2 is installed: v2 on Debian 12, v3 from Debian 13 on.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
