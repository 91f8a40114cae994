#include "base/prefault.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace parley {

void Prefault(std::span<std::byte> memory) {
  if (memory.empty()) return;
#ifdef MADV_POPULATE_WRITE
  const auto page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t begin = address & ~(page_bytes - 1);
  madvise(reinterpret_cast<void*>(begin), address + memory.size() - begin, MADV_POPULATE_WRITE);
#endif
}

}  // namespace parley
