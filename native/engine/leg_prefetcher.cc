#include "engine/leg_prefetcher.h"

#include "base/prefetch.h"
#include "base/units.h"

namespace parley {

void LegPrefetcher::Begin(std::span<const uint32_t> next) PARLEY_NONBLOCKING {
  next_ = next;
  at_ = 0;
  part_ = next.empty() ? kParts : 0;
}

void LegPrefetcher::Step() PARLEY_NONBLOCKING {
  if (part_ == kParts) return;
  Prefetch(next_[at_], part_);
  if (++at_ < next_.size()) return;
  at_ = 0;
  ++part_;
}

void LegPrefetcher::Finish(std::span<const uint32_t> served) PARLEY_NONBLOCKING {
  const bool is_begun = next_.data() == served.data() && next_.size() >= served.size();
  if (!is_begun) Begin(served);
  while (part_ < kParts) Step();
}

// 20 ms ago was long ago: nothing of it is left in the core's own caches. What says where the next
// part lies is in one before it.
void LegPrefetcher::Prefetch(uint32_t index, uint32_t part) const {
  constexpr size_t kFrameBytes = FrameSamples(8000) * sizeof(int16_t);
  const Leg& leg = legs_[index];
  switch (part) {
    case 0:
      PrefetchUpTo(&leg, &leg.path.to_room);
      parley::Prefetch(&leg.rtp, 1);
      return;
    case 1:
      if (leg.rtp) leg.rtp->PrefetchParts();
      return;
    case 2:
      if (leg.rtp) leg.rtp->PrefetchPlayout();
      return;
    case 3:
      // Before what receiving needs: in a slice a leg is sent what it hears first. Others have
      // theirs where the leg before them had.
      if (!frames_.IsOwnPlace(leg.said_place)) return;
      parley::Prefetch(frames_.Said(leg).data(), kFrameBytes);
      if (leg.path.mix.is_waiting || !frames_.IsOwnPlace(leg.heard_place)) return;
      parley::Prefetch(frames_.Heard(leg).data(), kFrameBytes);
      return;
    case 4:
      if (leg.rtp) leg.rtp->PrefetchPlaces();
      return;
    default: {
      const layout::LegSlot& slot = arena_.leg(index);
      PrefetchUpTo(&slot, &slot.packets_late);
      return;
    }
  }
}

}  // namespace parley
