// Test support: command records as the control thread writes them.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/record_ring.h"
#include "engine/layout.generated.h"
#include "net/address.h"

namespace parley::testing {

// A leg slot in one of its lives.
struct LegRef {
  uint32_t slot = 0;
  uint32_t generation = 1;
};

Record OpenRoom(uint32_t room, uint32_t rate_hz, uint32_t phase = 0);
Record SetRoomRate(uint32_t room, uint32_t rate_hz);
Record CloseRoom(uint32_t room);
// A span of layout::kNone: the room is of its shard alone again.
Record SpanRoom(uint32_t room, uint32_t span, uint32_t member);
Record CloseLeg(LegRef leg);
// An update_leg with the media that `command` would open a leg with.
Record UpdateLeg(layout::OpenLeg command);

struct Route {
  uint32_t room = 0;
  layout::Sends sends = layout::Sends::kRoom;
  layout::Hears hears = layout::Hears::kRoom;
  uint32_t whisper_to = layout::kNone;
  uint32_t player = layout::kNone;
  uint32_t player_beside = layout::kNone;
  uint32_t whisper_member = 0;
  uint32_t whisper_generation = 0;
};
Record RouteLeg(LegRef leg, const Route& route);

// A player slot in one of its lives.
struct PlayerSlot {
  uint32_t slot = 0;
  uint32_t generation = 1;
};
Record OpenPlayer(PlayerSlot player, uint32_t clip, uint32_t loops = 1);
Record ClosePlayer(PlayerSlot player);
// A leg of a room that spans shards, by the member whose it is.
struct LegOfMember {
  uint32_t member = 0;
  LegRef leg = {};
};
Record PlayToRoom(uint32_t room, PlayerSlot player, uint32_t except = layout::kNone);
Record PlayToSpan(uint32_t room, PlayerSlot player, const LegOfMember& except);

// A recorder slot in one of its lives.
struct RecorderSlot {
  uint32_t slot = 0;
  uint32_t generation = 1;
};
struct Tap {
  uint32_t room = 0;
  layout::RecorderSource source = layout::RecorderSource::kMix;
  LegRef leg = {};  // of all sources but the mix
  layout::RecorderMode mode = layout::RecorderMode::kRecording;
};
Record OpenRecorder(RecorderSlot recorder, uint32_t ring, const Tap& tap = {});
Record SetRecorder(RecorderSlot recorder, layout::RecorderMode mode);
Record CloseRecorder(RecorderSlot recorder);
// What a shard may spend; nothing is bounded unless it says so.
struct Effort {
  uint32_t opus_complexity_max = 10;
  uint32_t ranked_above_max = layout::kNone;
  uint32_t talkers_max = 64;
};
Record LimitEffort(const Effort& effort);

// REQUIRES: at most 64 characters.
Record SendDigits(LegRef leg, std::string_view digits);

// An open_leg record to be changed at will before it is sent.
layout::OpenLeg RtpLeg(LegRef leg, layout::Codec codec, uint32_t rate_hz, uint8_t payload_type,
                       int descriptor, const Address& remote);
layout::OpenLeg LaneLeg(LegRef leg, layout::Codec codec, uint32_t rate_hz, uint32_t lane);

}  // namespace parley::testing
