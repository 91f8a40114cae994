// The part of Engine that fetches what the next legs and rooms need, while there is something else
// to do.

#include "base/prefetch.h"
#include "engine/engine.h"

namespace parley {

// 20 ms ago was long ago: nothing of it is left in the core's own caches.
void Engine::PrefetchLeg(uint32_t index) {
  const Leg& leg = switchboard_.legs()[index];
  PrefetchUpTo(&leg, &leg.path.to_room);
  if (leg.rtp) leg.rtp->Prefetch();
  const layout::LegSlot& slot = arena_.leg(index);
  PrefetchUpTo(&slot, &slot.packets_late);
  constexpr size_t kFrameBytes = FrameSamples(8000) * sizeof(int16_t);
  Prefetch(slot.input_frame, kFrameBytes);
  Prefetch(slot.output_frame, kFrameBytes);
}

// What the mix needs of rooms comes while their legs are received.
void Engine::PrefetchRooms(std::span<const RoomTurn> turns) {
  for (const RoomTurn& turn : turns) {
    const Room& room = switchboard_.rooms()[turn.room];
    PrefetchUpTo(&room, &room.sound.shared);
    Prefetch(&room.sound_before.rate_hz, sizeof(room.sound_before.rate_hz));
  }
}

}  // namespace parley
