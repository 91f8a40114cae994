// The part of Engine that fetches what the next rooms need, while there is something else to do.

#include "base/prefetch.h"
#include "engine/engine.h"

namespace parley {

// What the mix needs of rooms comes while their legs are received.
void Engine::PrefetchRooms(std::span<const RoomTurn> turns) {
  for (const RoomTurn& turn : turns) {
    const Room& room = switchboard_.rooms()[turn.room];
    PrefetchUpTo(&room, &room.sound.shared);
    Prefetch(&room.sound_before.rate_hz, sizeof(room.sound_before.rate_hz));
  }
}

}  // namespace parley
