#include "engine/contributors.h"

#include <algorithm>

namespace parley {

void Contributors::List(std::span<const uint32_t> served,
                        std::span<const Leg> legs) PARLEY_NONBLOCKING {
  count_ = 0;
  const bool is_asked_for = std::ranges::any_of(served, [legs](uint32_t index) {
    const Leg& leg = legs[index];
    return leg.rtp && leg.rtp->lists_sources();
  });
  if (!is_asked_for) return;
  for (const uint32_t index : served) {
    const Leg& leg = legs[index];
    if (!leg.contributes || leg.sends != layout::Sends::kRoom) continue;
    Add({.index = index,
         .ssrc = leg.rtp ? leg.rtp->remote_ssrc() : leg.ssrc,
         .level_dbov = leg.input_level_dbov});
  }
}

// Keeps the loudest, loudest first.
void Contributors::Add(const Contributor& contributor) {
  size_t place = count_;
  while (place > 0 && listed_[place - 1].level_dbov > contributor.level_dbov) --place;
  if (place == listed_.size()) return;
  const size_t kept = std::min(count_, listed_.size() - 1);
  std::copy_backward(listed_.begin() + place, listed_.begin() + kept, listed_.begin() + kept + 1);
  listed_[place] = contributor;
  count_ = kept + 1;
}

MixerSources Contributors::HeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING {
  MixerSources sources;
  if (leg.hears != layout::Hears::kRoom) return sources;
  for (size_t place = 0; place < count_ && sources.size() < kRtpCsrcsMax; ++place) {
    const Contributor& contributor = listed_[place];
    if (contributor.index != index) sources.Add(contributor.ssrc, contributor.level_dbov);
  }
  return sources;
}

}  // namespace parley
