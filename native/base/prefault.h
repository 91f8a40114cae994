// Brings memory in before the ticks begin.

#pragma once

#include <cstddef>
#include <span>

namespace parley {

// Asks the kernel for every page of `memory` now, so that no tick waits for one. Changes no byte. A
// kernel that cannot (before Linux 5.14) brings pages in one by one at first use.
void Prefault(std::span<std::byte> memory);

}  // namespace parley
