// A list of legs that runs through the legs themselves: no memory, any leg in or out at once.

#pragma once

#include <cstdint>
#include <span>

#include "engine/leg.h"

namespace parley {

// A leg is in one list at most. One thread; real-time safe.
class LegList {
 public:
  uint32_t first() const { return first_; }
  uint32_t size() const { return size_; }

  void Add(std::span<Leg> legs, uint32_t leg) {
    legs[leg].previous = layout::kNone;
    legs[leg].next = first_;
    if (first_ != layout::kNone) legs[first_].previous = leg;
    first_ = leg;
    ++size_;
  }

  // REQUIRES: `leg` is in this list.
  void Remove(std::span<Leg> legs, uint32_t leg) {
    const uint32_t next = legs[leg].next;
    const uint32_t previous = legs[leg].previous;
    if (next != layout::kNone) legs[next].previous = previous;
    if (previous != layout::kNone) {
      legs[previous].next = next;
    } else {
      first_ = next;
    }
    legs[leg].next = layout::kNone;
    legs[leg].previous = layout::kNone;
    --size_;
  }

 private:
  uint32_t first_ = layout::kNone;
  uint32_t size_ = 0;
};

}  // namespace parley
