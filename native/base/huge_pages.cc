#include "base/huge_pages.h"

#include <sys/mman.h>

#include "base/prefault.h"

namespace parley {
namespace {

// MADV_COLLAPSE of Linux 6.1, which headers of libraries older than it do not name.
constexpr int kCollapse = 25;

// The whole huge pages of `memory`.
std::span<uint8_t> HugePagesOf(std::span<uint8_t> memory) {
  const auto begin = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t first = (begin + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  const uintptr_t end = (begin + memory.size()) / kHugePageBytes * kHugePageBytes;
  if (end <= first) return {};
  return memory.subspan(first - begin, end - first);
}

}  // namespace

void PreferHugePages(std::span<uint8_t> memory) {
  const std::span<uint8_t> pages = HugePagesOf(memory);
  if (!pages.empty()) madvise(pages.data(), pages.size(), MADV_HUGEPAGE);
}

void GatherHugePages(std::span<uint8_t> memory) {
  Prefault(std::as_writable_bytes(memory));
  const std::span<uint8_t> pages = HugePagesOf(memory);
  if (!pages.empty()) madvise(pages.data(), pages.size(), kCollapse);
}

}  // namespace parley
