// Test support: whether the quality tables are to be made at full length (`make quality`), or short
// enough for every run of the tests.

#pragma once

#include <cstdlib>

namespace parley::testing {

inline bool IsFullLength() { return std::getenv("PARLEY_QUALITY") != nullptr; }

}  // namespace parley::testing
