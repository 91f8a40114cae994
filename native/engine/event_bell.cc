#include "engine/event_bell.h"

#include <unistd.h>

#include "engine/shared_word.h"

namespace parley {

EventBell::EventBell(const Arena& arena, int descriptor)
    : control_(arena.control()),
      events_(*arena.event_ring().indices),
      descriptor_(descriptor),
      rung_for_(LoadRelaxed(control_.asleep)) {}

void EventBell::Look() {
  // Acquire: what was read before it fell asleep has been read.
  const uint32_t asleep = LoadAcquire(control_.asleep);
  if (descriptor_ < 0 || asleep == rung_for_) return;
  if (LoadRelaxed(events_.write) == LoadRelaxed(events_.read)) return;
  rung_for_ = asleep;
  const char ring = 0;
  // Where there is no place for it, one that was not heard yet is there.
  [[maybe_unused]] const ssize_t written = write(descriptor_, &ring, sizeof(ring));
}

}  // namespace parley
