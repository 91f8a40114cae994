// Test support: an arena in ordinary memory, laid out as the control thread does it.

#pragma once

#include <cstdint>
#include <span>

#include "base/huge_pages.h"
#include "engine/arena.h"

namespace parley::testing {

class ArenaMemory {
  struct alignas(64) CacheLine {
    uint8_t bytes[64];
  };

 public:
  explicit ArenaMemory(const EngineLimits& limits);

  std::span<uint8_t> bytes() { return {memory_[0].bytes, made_.arena_bytes}; }
  layout::ArenaHeader& header() {
    return *reinterpret_cast<layout::ArenaHeader*>(memory_[0].bytes);
  }

  // The arena as it stands. REQUIRES: the header is good.
  Arena Open();

 private:
  layout::ArenaHeader made_;
  HugeArray<CacheLine> memory_;
};

}  // namespace parley::testing
