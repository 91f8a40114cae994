// The players of a shard: which are open, and what each sounds like now.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"
#include "engine/event_log.h"
#include "engine/layout.generated.h"
#include "engine/outcome.h"
#include "engine/station_frames.h"
#include "engine/stats.h"
#include "playback/clip_reader.h"
#include "playback/clip_table.h"

namespace parley {

// A player in one of its lives; whoever still has this when it is closed hears nothing.
struct PlayerRef {
  uint32_t player = layout::kNone;
  uint32_t generation = 0;

  bool operator==(const PlayerRef&) const = default;
};

// What a leg alone is played. A plain value.
using LegPlayers = std::array<PlayerRef, 2>;

// Whether it may be played anything now or later, by how it is routed.
constexpr bool HasPlayers(const LegPlayers& leg) {
  return leg[0].player != layout::kNone || leg[1].player != layout::kNone;
}

// Players that sound, and so have to be mixed: of a leg's, none, one or both.
class SoundingPlayers {
 public:
  void Add(uint32_t player) { players_[count_++] = player; }
  uint32_t count() const { return count_; }
  std::span<const uint32_t> players() const { return std::span(players_).first(count_); }

 private:
  std::array<uint32_t, std::tuple_size_v<LegPlayers>> players_{};
  uint32_t count_ = 0;
};

// One thread. Allocates in the constructor only; real-time safe afterwards. Every field of every
// command is checked: any bytes are safe.
//
// Each player has the phase of the tick in which it was opened, and moves on to its next frame in
// every tick of that phase: within the four ticks of a frame all legs, whatever their phase, hear
// the same.
class Players {
 public:
  Players(uint32_t players_max, ClipTable& clips);
  Players(const Players&) = delete;
  Players& operator=(const Players&) = delete;

  // What it takes beyond the object and the frames of stations.
  static size_t BytesFor(uint32_t players_max) {
    return size_t{players_max} * (sizeof(Player) + kPhasesPerFrame * sizeof(uint32_t));
  }

  Outcome Apply(const layout::OpenPlayer& command, uint64_t tick) PARLEY_NONBLOCKING;
  Outcome Apply(const layout::ClosePlayer& command, EventLog& events) PARLEY_NONBLOCKING;

  // The open player of these numbers; no player when there is none.
  PlayerRef Find(uint32_t player, uint32_t generation) const PARLEY_NONBLOCKING;

  bool IsOpen(const PlayerRef& ref) const PARLEY_NONBLOCKING;

  // True for what a route may name: a slot, or none.
  bool IsSlotOrNone(uint32_t player) const {
    return player == layout::kNone || player < players_.size();
  }
  // A leg hears the players open now in these slots, instead of those before; layout::kNone: none.
  // REQUIRES: IsSlotOrNone of both.
  void Route(LegPlayers& leg, std::array<uint32_t, 2> slots) PARLEY_NONBLOCKING;

  // Moves those of the phase of `tick` on, after its commands and before anything is heard.
  void Advance(uint64_t tick, EventLog& events, Stats& stats) PARLEY_NONBLOCKING;

  // The one player that is open of a leg's; no player where there is none, or are two.
  PlayerRef OnlyOf(const LegPlayers& leg) const PARLEY_NONBLOCKING;

  bool IsSounding(const PlayerRef& ref) const PARLEY_NONBLOCKING;
  SoundingPlayers SoundingOf(const LegPlayers& leg) const PARLEY_NONBLOCKING;

  // The frame of a player that sounds, at a rate: kept for all where it is heard by many, else
  // written into `scratch`. Good until `scratch` changes or the player moves on.
  // REQUIRES: IsSampleRate(rate_hz); scratch has that frame's size.
  std::span<const int16_t> Frame(uint32_t player, uint32_t rate_hz, std::span<int16_t> scratch,
                                 Stats& stats) PARLEY_NONBLOCKING;
  // Of what Frame returned.
  uint8_t LevelDbov(uint32_t player, uint32_t rate_hz,
                    std::span<const int16_t> frame) const PARLEY_NONBLOCKING;

  // Where what is made of the frame of a player heard by many may be kept, below kStationsMax;
  // layout::kNone for others. To be asked for after Frame.
  uint32_t station(uint32_t player) const { return players_[player].station; }
  // Differs for each frame of each player.
  uint64_t frame_number(uint32_t player) const { return players_[player].frame_number; }

  uint32_t open() const { return open_; }

 private:
  struct Player {
    bool is_open = false;
    bool has_ended = false;  // player_ended was said
    uint32_t generation = 0;
    uint32_t phase = 0;
    uint32_t place = 0;    // among the players of its phase
    uint32_t hearers = 0;  // legs whose routes name it
    uint32_t station = layout::kNone;
    uint64_t frame_number = 0;
    ClipReader reader;
  };

  void TakeStation(Player& player, Stats& stats) PARLEY_NONBLOCKING;
  void GiveStation(Player& player) PARLEY_NONBLOCKING;

  ClipTable& clips_;
  std::vector<Player> players_;
  std::array<std::vector<uint32_t>, kPhasesPerFrame> phases_;
  StationFrames stations_;
  uint64_t frames_ = 0;
  uint32_t open_ = 0;
};

}  // namespace parley
