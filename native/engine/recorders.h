// The recorders of a shard: which are open, and what each takes down of its room.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"
#include "capture/recording_ring.h"
#include "capture/ring_table.h"
#include "engine/event_log.h"
#include "engine/layout.generated.h"
#include "engine/leg.h"
#include "engine/outcome.h"
#include "engine/room.h"
#include "engine/stats.h"
#include "kernels/resampler.h"
#include "mixer/limiter.h"
#include "mixer/mixer.h"

namespace parley {

// What the mix of a room was made of, just after it was mixed.
struct MixedTurn {
  uint32_t room;
  uint32_t rate_hz;
  uint64_t tick;
  std::span<const int32_t> sum;  // of all voices and sounds, as nobody subtracts from it
  std::span<const MixLeg> legs;  // by their place in the turn
  Mixer::Sounds sounds;
  // For each sound the place of the leg that does not hear it, or layout::kNone.
  std::span<const uint32_t> spared_places;
};

// One thread. Allocates in the constructor only; real-time safe afterwards. Every field of every
// command is checked: any bytes are safe.
//
// Invariants:
// 1. From its opening to its end a recorder counts one frame for each turn of its room, whether or
// not anybody was there to be mixed, the shard gave the turn up, or the ring had a place; but none
// for a turn it skips.
// 2. Nothing that is for one listener alone is taken down: neither whispers nor players of legs.
class Recorders {
 public:
  Recorders(uint32_t recorders_max, uint32_t rooms_max, RingTable& rings);
  Recorders(const Recorders&) = delete;
  Recorders& operator=(const Recorders&) = delete;

  // `tick`: at whose edge the command is applied.
  Outcome Apply(const layout::OpenRecorder& command, std::span<const Room> rooms,
                std::span<const Leg> legs, uint64_t tick) PARLEY_NONBLOCKING;
  Outcome Apply(const layout::SetRecorder& command) PARLEY_NONBLOCKING;
  Outcome Apply(const layout::CloseRecorder& command, uint64_t tick,
                EventLog& events) PARLEY_NONBLOCKING;

  // The room is closed: its recorders take down silence until they are closed.
  void ForgetRoom(uint32_t room) PARLEY_NONBLOCKING;

  bool HasRoom(uint32_t room) const { return first_in_room_[room] != layout::kNone; }

  // Takes down a turn of a room. In the turn in which its rate changes it is called twice: with the
  // mix at the rate of before, then with that which counts.
  void Take(const MixedTurn& turn, std::span<const Leg> legs) PARLEY_NONBLOCKING;

  // Publishes the turns of the phase of `tick`, after everything was mixed. `clock_turn`: the frame
  // of the clock in which that is, which all shards count alike: frames are numbered by it.
  void EndTick(uint64_t tick, uint32_t clock_turn, Stats& stats) PARLEY_NONBLOCKING;

  uint32_t open() const { return open_; }

  // What a constructor allocates.
  static size_t BytesFor(uint32_t recorders_max, uint32_t rooms_max) {
    return recorders_max * (sizeof(Recorder) + kPhasesPerFrame * sizeof(uint32_t)) +
           rooms_max * sizeof(uint32_t);
  }

 private:
  struct Recorder {
    bool is_open = false;
    uint32_t generation = 0;
    std::optional<RecordingRing> ring;  // while it is open
    uint32_t phase = 0;
    uint32_t place = 0;  // among the recorders of its phase
    uint32_t room = layout::kNone;
    uint32_t next_in_room = layout::kNone;
    layout::RecorderSource source = layout::RecorderSource::kMix;
    layout::RecorderMode mode = layout::RecorderMode::kRecording;
    uint32_t leg = layout::kNone;
    uint32_t leg_generation = 0;

    uint32_t write = 0;  // frames published
    uint32_t frames = 0;
    uint32_t lost = 0;
    uint32_t next_turn = 0;

    uint64_t taken_tick = kNeverServed;  // in which something was last taken
    bool has_place = false;              // of that turn
    // By channel, from mixes at `rate_hz`; 0: nothing was taken yet.
    uint32_t rate_hz = 0;
    std::array<Limiter, 2> limiters;
    std::array<Resampler, 2> resamplers;
  };

  // REQUIRES: a recorder of this slot and generation is open.
  Outcome Find(uint32_t recorder, uint32_t generation) const PARLEY_NONBLOCKING;
  void LeaveRoom(uint32_t index) PARLEY_NONBLOCKING;
  // The place of its leg among those of the turn, or layout::kNone when it is not there.
  static uint32_t PlaceOf(const Recorder& recorder, const MixedTurn& turn,
                          std::span<const Leg> legs) PARLEY_NONBLOCKING;
  void TakeLeg(Recorder& recorder, const MixedTurn& turn, uint32_t place,
               bool is_again) PARLEY_NONBLOCKING;
  // Fills mix_ with what the leg of a place hears of the room; silence when it does not.
  std::span<int32_t> HeardAt(const MixedTurn& turn, uint32_t place) PARLEY_NONBLOCKING;
  // A mix, or a frame as it is, as that of a channel. `is_again`: at the rate that counts, after
  // the one before.
  void PutMix(Recorder& recorder, uint32_t channel, std::span<const int32_t> mix,
              bool is_again) PARLEY_NONBLOCKING;
  void PutFrame(Recorder& recorder, uint32_t channel, std::span<const int16_t> frame,
                bool is_again) PARLEY_NONBLOCKING;
  // Turns that were given up, before turn number `turn`.
  static void PassTo(Recorder& recorder, uint32_t turn) PARLEY_NONBLOCKING;
  void Tell(const Recorder& recorder) const PARLEY_NONBLOCKING;

  RingTable& rings_;
  std::vector<Recorder> recorders_;
  std::vector<uint32_t> first_in_room_;
  std::array<std::vector<uint32_t>, kPhasesPerFrame> phases_;
  uint32_t open_ = 0;
  uint32_t first_turn_ = 0;  // of the clock that all shards share, in tick 0
  // Of the frame at hand.
  alignas(64) std::array<int32_t, kFrameSamplesMax> mix_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> narrow_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> channel_;
  // Where frames go for which there is no place.
  alignas(64) std::array<int16_t, size_t{2} * kFrameSamplesMax> nowhere_;
};

}  // namespace parley
