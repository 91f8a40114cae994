// Fetches what the legs that are served next need, part by part, while others are served. Asked for
// all at once it would be waited for: a core waits for no more than some sixteen cache lines at a
// time, and those the kernel needs stand in the same queue.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "engine/arena.h"
#include "engine/leg.h"
#include "engine/leg_frames.h"

namespace parley {

// One thread; real-time safe. All must outlive it.
class LegPrefetcher {
 public:
  LegPrefetcher(const Arena& arena, LegFrames& frames, std::span<const Leg> legs)
      : arena_(arena), frames_(frames), legs_(legs) {}

  // `next`, valid until the next call, are served after those now served; none: nobody is known.
  void Begin(std::span<const uint32_t> next) PARLEY_NONBLOCKING;

  // One part of one of them. Called kParts times for each leg served, they are all here in time.
  void Step() PARLEY_NONBLOCKING;

  // What is not here yet of `served`, whether it was begun with or not.
  void Finish(std::span<const uint32_t> served) PARLEY_NONBLOCKING;

  // Of some ten cache lines each.
  static constexpr uint32_t kParts = 6;

 private:
  void Prefetch(uint32_t index, uint32_t part) const;

  const Arena& arena_;
  LegFrames& frames_;
  std::span<const Leg> legs_;
  std::span<const uint32_t> next_;
  // Where it has come to: of each leg a part, then of each leg the part behind it.
  size_t at_ = 0;
  uint32_t part_ = 0;
};

}  // namespace parley
