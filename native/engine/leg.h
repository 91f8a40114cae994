// What the engine keeps of one leg: who it is, where it is routed, its media, and its part in the
// present turn.

#pragma once

#include <cstdint>
#include <optional>

#include "base/in_place.h"
#include "codecs/codec.h"
#include "engine/codec_loans.h"
#include "engine/lane_media.h"
#include "engine/layout.generated.h"
#include "engine/players.h"
#include "engine/rtp_media.h"
#include "engine/shared_streams.h"
#include "kernels/resampler.h"
#include "mixer/mixer.h"
#include "mixer/speech_detector.h"
#include "mixer/talker_ranking.h"
#include "mixer/voice_record.h"
#include "mixer/voice_shaper.h"

namespace parley {

inline constexpr uint64_t kNeverServed = UINT64_MAX;

// What a leg that is served after its room is still to be sent of the room's last turn.
enum class DueFrame : uint8_t {
  kNone,   // nothing: it hears no room, or was not there
  kMixed,  // what it heard
  kGiven,  // nothing more: a command to it came in between
};

// Level of a frame that is all zero, and of no other (RFC 6464).
inline constexpr uint8_t kSilenceDbov = 127;

// How a leg's sound gets into its room's mix and back. A plain value.
struct RoomPath {
  LegMix mix;
  MixClass previous_class = MixClass::kNone;
  uint64_t private_turn = 0;  // last turn of its room in which it heard what the room did not
  Resampler to_room;          // codec's rate to the room's
  Resampler from_room;        // and back, for a mix of its own
};

// It begins a cache line: so it lies on the fewest.
struct alignas(64) Leg {
  // Life: free → in use → closing → free. While closing it is in no list and hears nothing.
  bool in_use = false;
  bool is_closing = false;
  bool has_started = false;  // leg_media_started was said
  uint32_t generation = 0;
  uint32_t ssrc = 0;  // of the stream sent, RTP or not: a lane's name among contributors

  // All that is needed to choose who is served: on the first cache line. Neighbours in the list of
  // its room, or of its phase outside a room (LegList).
  uint32_t next = layout::kNone;
  uint32_t previous = layout::kNone;
  uint64_t served_tick = kNeverServed;  // last tick in which it was served
  uint64_t mixed_tick = kNeverServed;   // last tick in which it was in a turn of a room

  // Route. `room` is layout::kNone outside a room.
  uint32_t room = layout::kNone;
  layout::Sends sends = layout::Sends::kNobody;
  layout::Hears hears = layout::Hears::kSilence;
  uint32_t whisper_to = layout::kNone;
  uint32_t whisper_to_generation = 0;  // so that a whisper never reaches a later leg in the slot
  uint32_t whisper_member = 0;         // of the room's span, plus 1; 0: the target is of this shard

  LegPlayers players;  // heard by it alone

  // The turn: set anew each time the leg is served.
  uint32_t mix_index = 0;    // its place among the legs of the room served with it
  uint32_t said_place = 0;   // where its frames are (LegFrames)
  uint32_t heard_place = 0;  // likewise
  CodedFrame coded;          // what it is sent

  // Ticks after that of its room in which it is served, 0 to 3: others than 0 in a spread room.
  uint32_t offset_ticks = 0;
  DueFrame due = DueFrame::kNone;
  bool is_taken_in = false;  // its input frame is for the next turn of its room

  bool input_is_zero = true;  // its input frame is silence, and is not written
  uint8_t input_level_dbov = kSilenceDbov;
  uint8_t output_level_dbov = kSilenceDbov;
  bool contributes = false;  // its input frame has sound that somebody is given

  // While its room's rate changes, the place in RateChange of its input frame at the rate of
  // before, and, once that is mixed, of what it heard then. The level is that of the input.
  uint32_t frame_before = layout::kNone;
  uint8_t input_level_before_dbov = kSilenceDbov;  // silence where there is none

  // The frame of this turn as it came: what was not received says nothing of voice or noise.
  bool input_is_received = false;
  bool input_is_clipped = false;
  uint8_t frames_unheard = 0;  // yet to come that may be silence in place of what was not decoded
  SpeechDetector speech{SpeechConfig{}};
  TalkerRank rank;
  Presence presence = Presence::kMixed;
  VoiceShaper shaper;
  VoiceRecord record;

  CodecFormat format = {};
  CodecLoans loans;  // the switchboard's, while in use
  RoomPath path;
  LegEncoder encoder;  // used where the codec has a state

  // Media: one of the two while in use.
  InPlace<RtpMedia> rtp;
  std::optional<LaneMedia> frames;

  RoomPath path_before;  // at the room's rate of before, while that changes (RateChange)

  // What it hears is made in its own tick: it hears players at most, and not the room.
  bool is_apart() const { return offset_ticks != 0 && hears == layout::Hears::kSilence; }
};

}  // namespace parley
