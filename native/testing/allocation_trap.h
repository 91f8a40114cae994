// Test support: proves that a piece of code allocates nothing. Linked into test programs only.

#pragma once

#include <cstdint>

namespace parley::testing {

// While alive, counts what this thread allocates and frees through malloc and everything built on
// it (operator new included), in every build, with or without sanitizers. Traps do not nest.
class AllocationTrap {
 public:
  AllocationTrap();
  ~AllocationTrap();
  AllocationTrap(const AllocationTrap&) = delete;
  AllocationTrap& operator=(const AllocationTrap&) = delete;

  uint64_t allocations() const;
  uint64_t frees() const;
  // What was asked for, freed since or not; of what was only made larger, all of it.
  uint64_t bytes() const;
};

}  // namespace parley::testing
