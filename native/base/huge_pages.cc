#include "base/huge_pages.h"

#include <sys/mman.h>

namespace parley {

void PreferHugePages(std::span<uint8_t> memory) {
  const auto begin = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t first = (begin + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  const uintptr_t end = (begin + memory.size()) / kHugePageBytes * kHugePageBytes;
  if (end <= first) return;
  madvise(memory.data() + (first - begin), end - first, MADV_HUGEPAGE);
}

}  // namespace parley
