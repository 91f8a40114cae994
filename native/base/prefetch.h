// Asks the processor for memory some time before it is needed.

#pragma once

#include <cstddef>
#include <cstdint>

namespace parley {

// The cache lines that `bytes` from `first` on lie on, for reading and writing, into a core's
// second-level cache: the first is soon used up by a system call. Any address may be given; none is
// touched.
inline void Prefetch(const void* first, size_t bytes) {
  constexpr uintptr_t kLineBytes = 64;
  const auto begin = reinterpret_cast<uintptr_t>(first);
  const auto fetch = [](uintptr_t address) {
    __builtin_prefetch(reinterpret_cast<const void*>(address), 1, 2);
  };
  if (bytes == 0) return;
  // Not from the beginning of a line on: how often is then known when this is compiled.
  for (uintptr_t offset = 0; offset < bytes; offset += kLineBytes) fetch(begin + offset);
  fetch(begin + bytes - 1);
  // GCC holds a function that does nothing but prefetch to do nothing, and leaves calls of it out.
  asm volatile("");
}

// An object from its beginning up to one of its members.
inline void PrefetchUpTo(const void* object, const void* member) {
  Prefetch(object, static_cast<size_t>(static_cast<const char*>(member) -
                                       static_cast<const char*>(object)));
}

}  // namespace parley
