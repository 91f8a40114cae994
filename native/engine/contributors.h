// Who is in the mix of a room: what packets to legs that asked for it list (RFC 6465, RFC 7667
// 3.4).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "engine/leg.h"
#include "engine/mixer_sources.h"
#include "rtp/rtp_packet.h"

namespace parley {

// One thread; real-time safe. Lists one room at a time.
class Contributors {
 public:
  // Lists the loudest of the legs `served` whose frames of this turn the whole room is given, when
  // one of them asked for lists; else nobody. Whispers are their target's alone and not listed.
  void List(std::span<const uint32_t> served, std::span<const Leg> legs) PARLEY_NONBLOCKING;

  // What a leg of that room hears, loudest first: those listed but itself. Nothing for a leg that
  // hears nothing.
  MixerSources HeardBy(uint32_t index, const Leg& leg) const PARLEY_NONBLOCKING;

 private:
  struct Contributor {
    uint32_t index = 0;
    uint32_t ssrc = 0;
    uint8_t level_dbov = 0;
  };

  void Add(const Contributor& contributor);

  // One more than a packet lists, for a listener that is among them.
  std::array<Contributor, kRtpCsrcsMax + 1> listed_{};
  size_t count_ = 0;
};

}  // namespace parley
