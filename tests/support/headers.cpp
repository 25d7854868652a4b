// Gives the precompiled header of the tests something to be compiled with.
#include "support/catch.hpp"
