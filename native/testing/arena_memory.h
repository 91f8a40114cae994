// Test support: an arena in ordinary memory, laid out as the control thread does it.

#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/arena.h"

namespace parley::testing {

class ArenaMemory {
 public:
  explicit ArenaMemory(const EngineLimits& limits);

  std::span<uint8_t> bytes() { return {start_, size_}; }
  layout::ArenaHeader& header() { return *reinterpret_cast<layout::ArenaHeader*>(start_); }

  // The arena as it stands. REQUIRES: the header is good.
  Arena Open();

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> memory_;
  uint8_t* start_;
};

}  // namespace parley::testing
