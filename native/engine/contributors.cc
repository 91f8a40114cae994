#include "engine/contributors.h"

#include <algorithm>

namespace parley {

ContributorList Contributors::Of(std::span<const uint32_t> served,
                                 std::span<const Leg> legs) PARLEY_NONBLOCKING {
  ContributorList list;
  for (const uint32_t index : served) {
    const Leg& leg = legs[index];
    if (!leg.contributes || leg.sends != layout::Sends::kRoom) continue;
    list.Add({.index = index,
              .ssrc = leg.rtp ? leg.rtp->remote_ssrc() : leg.ssrc,
              .level_dbov = leg.input_level_dbov,
              .is_voice = leg.speech.heard_voice()});
  }
  return list;
}

void Contributors::List(std::span<const uint32_t> served,
                        std::span<const Leg> legs) PARLEY_NONBLOCKING {
  const bool is_asked_for = std::ranges::any_of(served, [legs](uint32_t index) {
    const Leg& leg = legs[index];
    return leg.rtp ? leg.rtp->lists_sources() : leg.frames && leg.hears == layout::Hears::kRoom;
  });
  list_ = is_asked_for ? Of(served, legs) : ContributorList();
}

MixerSources Contributors::HeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING {
  MixerSources sources;
  if (leg.hears != layout::Hears::kRoom) return sources;
  for (const Contributor& contributor : list_.listed()) {
    if (sources.size() == kRtpCsrcsMax) break;
    if (contributor.index != index) sources.Add(contributor.ssrc, contributor.level_dbov);
  }
  return sources;
}

bool Contributors::IsVoiceHeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING {
  if (leg.hears != layout::Hears::kRoom) return false;
  return std::ranges::any_of(list_.listed(), [index](const Contributor& contributor) {
    return contributor.is_voice && contributor.index != index;
  });
}

}  // namespace parley
