#include "base/huge_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace parley {
namespace {

struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  ~Counted() { --alive; }
  uint64_t value = 7;
};

// The line of /proc/self/smaps that begins with `field`, of the mapping of `address`.
std::string MapsLine(const void* address, const std::string& field) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool is_inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t from = 0;
    uintptr_t to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      is_inside = from <= wanted && wanted < to;
    } else if (is_inside && line.starts_with(field)) {
      return line.substr(field.size());
    }
  }
  return {};
}

// Whether the mapping of `address` has the mark of madvise(MADV_HUGEPAGE).
bool IsMarkedHuge(const void* address) {
  return MapsLine(address, "VmFlags:").find(" hg") != std::string::npos;
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

// As an arena comes to the engine: some of it was written before.
TEST(HugePages, WhatWasTouchedBeforeIsGathered) {
  std::string setting;
  std::getline(std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"), setting);
  if (setting.empty() || setting.find("[never]") != std::string::npos) {
    GTEST_SKIP() << "no transparent huge pages here";
  }
  constexpr size_t kPages = 3;
  void* const mapped = mmap(nullptr, (kPages + 1) * kHugePageBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const std::span memory(static_cast<uint8_t*>(mapped), (kPages + 1) * kHugePageBytes);
  for (size_t at = 0; at < memory.size(); at += kHugePageBytes / 2) memory[at] = 7;
  PreferHugePages(memory);
  GatherHugePages(memory);
  EXPECT_GE(std::stoul(MapsLine(&memory[kHugePageBytes], "AnonHugePages:")),
            kPages * kHugePageBytes / 1024);
  for (size_t at = 0; at < memory.size(); at += kHugePageBytes / 2) EXPECT_EQ(memory[at], 7);
  munmap(mapped, memory.size());
}

}  // namespace
}  // namespace parley
