// Who is mixed in a room too large to mix everybody: the few who talk most.

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

// Places of a ranked room, at most.
inline constexpr uint32_t kTalkersMax = 64;

struct RankingConfig {
  // A room with more legs than this is ranked; 0: none is, everybody is always mixed.
  uint32_t ranked_above = 0;
  // Places: legs mixed at once in a ranked room, 1 to kTalkersMax.
  uint32_t talkers_max = 1;
};

inline constexpr RankingConfig kRankingUnbounded = {.ranked_above = UINT32_MAX,
                                                    .talkers_max = kTalkersMax};

// `config`, but no room that may be ranked has more than `most` allows.
constexpr RankingConfig Bounded(const RankingConfig& config, const RankingConfig& most) {
  if (config.ranked_above == 0) return config;
  return {.ranked_above = std::min(config.ranked_above, most.ranked_above),
          .talkers_max = std::min(config.talkers_max, most.talkers_max)};
}

// What is remembered of one leg from turn to turn; a plain value. Start afresh when the leg changes
// its room, or is not given to it.
struct TalkerRank {
  uint16_t score = 0;    // mean of the last 400 ms or so, in 1/64 dB above the leg's own noise
  uint8_t standing = 0;  // what the score was lately, in 1/4 dB: it falls by 12.5 dB a second
  uint8_t turns_in = 0;  // in which it has talked and had a place, counted to the hold
  bool is_in = false;
  bool had_sound = false;  // in the turn before
};

// What becomes of a leg's frame in this turn.
enum class Presence : uint8_t {
  kMixed,
  kFadesIn,   // it comes in from within sound: FadeFrame, then mixed
  kFadesOut,  // it loses its place with this turn: FadeFrame, then mixed once more
  kLeftOut,
};

// One leg that gives its frame to the room.
struct Talker {
  TalkerRank* rank = nullptr;
  uint8_t level_dbov = 127;              // of its frame, 0 (loudest) to 127 (all zero)
  uint8_t noise_dbov = 127;              // of its background, as SpeechDetector tells it
  Presence presence = Presence::kMixed;  // the answer
};

// Ranks the legs of one room, `talkers` being all that give their frame in this turn and `legs` how
// many there are in the room; says what becomes of each frame. REQUIRES: talkers_max as above.
//
// A place goes by how far a leg is above its own noise, on average over 400 ms: a loud fan is no
// talker. Who begins to speak gets a place at once, from its first frame on, while somebody who has
// one is quiet; while all speak, it has to be 3 dB ahead of the least of them, who is given half a
// second at least and keeps its place through a lull of its speech. Of several who may have a place
// the strongest comes first. So no more than talkers_max are mixed, beside those that fade out.
//
// `was_ranked` is whether the room was ranked in its turn before; the result is what it is to be
// given the next time. Costs a pass over the legs, and one over the places for each newcomer.
// One thread; real-time safe.
bool RankTalkers(const RankingConfig& config, bool was_ranked, uint32_t legs,
                 std::span<Talker> talkers) PARLEY_NONBLOCKING;

// Fades a frame of 20 ms in or out over its first 10 ms; what follows a fade out is zero. Nothing
// for the other two. REQUIRES: frame.size() even.
void FadeFrame(Presence presence, std::span<int16_t> frame) PARLEY_NONBLOCKING;

}  // namespace parley
