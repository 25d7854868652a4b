// The C++ version that the headers need, checked once: without this an older mode fails somewhere in the middle of a
// template.
#pragma once

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "the C++ headers of aurelis need C++20: compile with -std=c++20 (a plugin in C11 needs abi.h alone)"
#endif
