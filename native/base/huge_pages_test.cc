#include "base/huge_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace parley {
namespace {

struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  ~Counted() { --alive; }
  uint64_t value = 7;
};

// Whether the mapping of `address` has the mark of madvise(MADV_HUGEPAGE).
bool IsMarkedHuge(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool is_inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      is_inside = from <= wanted && wanted < to;
    } else if (is_inside && line.starts_with("VmFlags:")) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

TEST(HugePages, AnArrayMakesItsObjectsAndUnmakesThem) {
  {
    HugeArray<Counted> few(3);
    EXPECT_EQ(Counted::alive, 3);
    for (const Counted& object : few.objects()) EXPECT_EQ(object.value, 7u);
    HugeArray<Counted> many(3 * kHugePageBytes / sizeof(Counted));
    EXPECT_EQ(many.objects().back().value, 7u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(many.objects().data()) % kHugePageBytes, 0u);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(HugePages, AreAskedForWhereAWholeOneFits) {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) {
    GTEST_SKIP() << "this kernel has no transparent huge pages";
  }
  HugeArray<uint64_t> large(2 * kHugePageBytes / sizeof(uint64_t));
  EXPECT_TRUE(IsMarkedHuge(&large[0]));
  HugeArray<uint64_t> small(16);
  EXPECT_FALSE(IsMarkedHuge(&small[0]));
}

}  // namespace
}  // namespace parley
