// Who is in the mix of a room: what packets to legs that asked for it list (RFC 6465, RFC 7667
// 3.4).

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "engine/contributor_list.h"
#include "engine/leg.h"
#include "engine/mixer_sources.h"

namespace parley {

// One thread; real-time safe. Lists one room at a time.
class Contributors {
 public:
  // The loudest of the legs `served` whose frames of this turn the whole room is given. Whispers
  // are their target's alone and not listed.
  static ContributorList Of(std::span<const uint32_t> served,
                            std::span<const Leg> legs) PARLEY_NONBLOCKING;

  // Lists those, when one of them asked for lists or hears them over a lane; else nobody.
  void List(std::span<const uint32_t> served, std::span<const Leg> legs) PARLEY_NONBLOCKING;
  // Lists what was found already, of all shards.
  void Use(const ContributorList& list) PARLEY_NONBLOCKING { list_ = list; }

  const ContributorList& list() const { return list_; }

  // What a leg of that room hears, loudest first: those listed but itself. Nothing for a leg that
  // hears nothing.
  MixerSources HeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING;
  // Whether the voice of one of those is in this frame: a lane's reader is told.
  bool IsVoiceHeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING;

 private:
  ContributorList list_;
};

}  // namespace parley
