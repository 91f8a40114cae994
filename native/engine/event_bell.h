// Wakes the control thread, which sleeps while the engine has nothing to tell it.

#pragma once

#include <cstdint>

#include "engine/arena.h"

namespace parley {

// Engine thread alone. Enters the kernel once for each time the control thread falls asleep at
// most, and so not in a tick but behind it; allocates nothing and never blocks.
class EventBell {
 public:
  // `descriptor`: non-blocking, written a byte to; stays the caller's. Negative: nobody is woken.
  EventBell(const Arena& arena, int descriptor);

  // Rings when there are events and the control thread is asleep, and has not been rung for since
  // it fell asleep. To be called after every tick: whatever is published while the other falls
  // asleep is seen by the next look at the latest.
  void Look();

 private:
  const layout::ControlBlock& control_;
  const layout::RingIndices& events_;
  int descriptor_;
  uint32_t rung_for_;
};

}  // namespace parley
