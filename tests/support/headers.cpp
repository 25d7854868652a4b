// A source with which the precompiled header of the tests is compiled.
#include "support/catch.hpp"
