// How much memory malloc keeps of a process that runs for months.

#pragma once

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace parley {

// From this size on a block is mapped by itself, and gone when it is freed. glibc raises its own
// bound, which is as large at first, with each such block that is freed, up to 32 MiB: then rings
// of recordings lie between small things, and leave holes that grow with every recording.
inline constexpr int kBlockApartBytes = 128 * 1024;

// Any thread, once, at the start. A C library other than glibc does as it likes.
inline void KeepLargeBlocksApart() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, kBlockApartBytes);
#endif
}

// Gives the system the pages of all of malloc's arenas that nobody uses (malloc_trim(3)). Some
// milliseconds, in which other threads that ask an arena for memory wait; engines never do. Any
// thread.
inline void TrimHeap() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace parley
