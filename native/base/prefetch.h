// Asks the processor for memory some time before it is needed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace parley {

inline constexpr size_t kPrefetchLineBytes = 64;

inline void PrefetchLine(uintptr_t address) {
  __builtin_prefetch(reinterpret_cast<const void*>(address), 1, 2);
  // GCC holds a function that does nothing but prefetch to do nothing, and leaves calls of it out.
  asm volatile("");
}

// Those of the first lines of `bytes` from `begin` on that there are. Written out, not as a loop:
// GCC comes to know how many there are only after it has left loops as they are.
template <size_t... kLine>
void PrefetchLines(uintptr_t begin, size_t bytes, std::index_sequence<kLine...> /*lines*/) {
  ((kLine * kPrefetchLineBytes < bytes ? PrefetchLine(begin + kLine * kPrefetchLineBytes) : void()),
   ...);
}

// The cache lines that `bytes` from `first` on lie on, for reading and writing, into a core's
// second-level cache: the first is soon used up by a system call. Any address may be given; none is
// touched.
inline void Prefetch(const void* first, size_t bytes) {
  constexpr size_t kLines = 16;
  const auto begin = reinterpret_cast<uintptr_t>(first);
  if (bytes == 0) return;
  // Not from the beginning of a line on: how often is then known when this is compiled.
  PrefetchLines(begin, bytes, std::make_index_sequence<kLines>());
  constexpr size_t kBytes = kLines * kPrefetchLineBytes;
  for (size_t offset = kBytes; offset < bytes; offset += kPrefetchLineBytes) {
    PrefetchLine(begin + offset);
  }
  PrefetchLine(begin + bytes - 1);
}

// From the beginning of an object, or of one of its members, up to another.
inline void PrefetchUpTo(const void* first, const void* end) {
  Prefetch(first,
           static_cast<size_t>(static_cast<const char*>(end) - static_cast<const char*>(first)));
}

}  // namespace parley
