// Asks the processor for memory some time before it is needed.

#pragma once

#include <cstddef>

namespace parley {

// Whole cache lines of `bytes` from `first` on, for reading and writing, into a core's second-level
// cache: the first is soon used up by a system call. Any address may be given; none is touched.
inline void Prefetch(const void* first, size_t bytes) {
  constexpr size_t kLineBytes = 64;
  const auto* line = static_cast<const char*>(first);
  for (size_t offset = 0; offset < bytes; offset += kLineBytes) {
    __builtin_prefetch(line + offset, 1, 2);
  }
}

// An object from its beginning up to one of its members.
inline void PrefetchUpTo(const void* object, const void* member) {
  Prefetch(object, static_cast<size_t>(static_cast<const char*>(member) -
                                       static_cast<const char*>(object)));
}

}  // namespace parley
