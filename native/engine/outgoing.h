// The coded frames of a few legs at a time: what each is sent, coded once for all who hear the
// same.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "engine/arena.h"
#include "engine/kept_turn.h"
#include "engine/leg.h"
#include "engine/leg_frames.h"
#include "engine/players.h"
#include "engine/rate_change.h"
#include "engine/room.h"
#include "engine/roster.h"
#include "engine/shared_streams.h"
#include "engine/stats.h"

namespace parley {

// One thread. Allocates in the constructor only. About 1 MiB, 24 KiB of it for each station, and 64
// bytes for each player.
class Outgoing {
 public:
  // All but the limits must outlive it.
  Outgoing(const EngineLimits& limits, LegFrames& frames, Players& players, SharedStreams& streams,
           RateChange& change);
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  // What it takes beyond the object.
  static size_t BytesFor(uint32_t players_max);

  // Forgets the frames of the batch before: they have been sent.
  void BeginBatch(uint64_t tick) {
    shared_bytes_ = shared_begin_;
    tick_ = tick;
    BeginPiece();
  }

  // In the turn of which tick the next are coded.
  void AtTick(uint64_t tick) { tick_ = tick; }

  // Likewise those of the piece before, of a room that has more than kBatchLegs legs; what its legs
  // share stays.
  void BeginPiece() {
    used_bytes_ = own_begin_;
    ++piece_;
  }

  // Codes what the legs `served` of one room hear, from their frames. Legs of the room's
  // shared mix class that are coded alike get one payload; where the codec has a state, once they
  // follow the same encoder. First the room is begun, with all who are served; then they are coded,
  // all or piece by piece. `kept`: of a spread room, for those who are coded in later ticks; null
  // otherwise. Who is apart is not coded with the room.
  void BeginRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                 ResampledMix* kept = nullptr);
  void EncodeRoom(Room& room, std::span<const uint32_t> piece, std::span<Leg> legs, Stats& stats);

  // Before a turn in which the room's rate changes is mixed: keeps what the legs would have heard
  // at the rate of before, which `room` and `legs` stand at. What they are then sent fades from it.
  void KeepBefore(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);

  // Goes on with a spread room in a later tick than that of its turn, which BeginRoom has begun.
  void GoOn(KeptTurn& kept);

  // Codes what a leg hears that is outside any room, or apart: in the quarter `phase`, from frames
  // at `frame_rate_hz`.
  void EncodeAlone(Leg& leg, uint32_t phase, uint32_t frame_rate_hz, Stats& stats);

  // Gives a leg, whose codec has a state, the frame of a stream that it hears as all who hear it
  // do. `samples`: at the rate of its codec, `level_dbov` theirs. One turn of a stream is one tick;
  // who stops to hear it is to be forked from it before that tick.
  void EncodeStream(SharedStream& stream, Leg& leg, std::span<const int16_t> samples,
                    uint32_t level_dbov, Stats& stats);

  // The leg's packet: kRtpHeaderBytes of room, then its frame. Legs that share a payload share the
  // room, so each packet must be sent before the next is written.
  std::span<uint8_t> PacketOf(const Leg& leg);
  std::span<const uint8_t> FrameOf(const Leg& leg) const;

 private:
  // Codecs without state, L16 with one channel and with two.
  static constexpr uint32_t kSharedKinds = 5;

  void BeginTurn(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                 ResampledMix* kept);
  SharedStream* StreamOf(Room& room, const Leg& leg);
  SharedStream* StationStreamOf(uint32_t phase, const Leg& leg);
  void Settle(SharedStream* stream, Leg& leg);
  void EncodeStateful(SharedStream* stream, Leg& leg, std::span<const int16_t> samples,
                      Stats& stats);
  void EncodeSilence(uint32_t phase, Leg& leg, Stats& stats);
  void EncodeSilent(uint32_t phase, Leg& leg, Stats& stats);
  std::span<const int16_t> Heard(Room& room, Leg& leg, Stats& stats);
  uint32_t KeepHeard(Room& room, Leg& leg, uint32_t place, Stats& stats);
  std::span<const int16_t> StationAt(Leg& leg, uint32_t frame_rate_hz, Stats& stats);
  static uint32_t SharedKind(const CodecFormat& format);
  CodedFrame SilenceOf(const CodecFormat& format) const;
  CodedFrame EncodeShared(Room& room, Leg& leg, Stats& stats);
  void EncodeStation(uint32_t phase, Leg& leg, uint32_t frame_rate_hz, Stats& stats);
  CodedFrame EncodeStateless(Leg& leg, uint32_t frame_rate_hz, Stats& stats);
  CodedFrame EncodeOwn(Leg& leg, std::span<const int16_t> samples, Stats& stats,
                       SharedGroup* towards = nullptr);
  std::span<uint8_t> Place(size_t frame_bytes_max);
  CodedFrame Placed(size_t frame_bytes);
  static void CountEncode(const CodecFormat& format, Stats& stats);
  std::span<const int16_t> SharedAt(Room& room, uint32_t rate_hz, std::span<const int16_t> heard);
  std::span<int16_t> OwnAt(Leg& leg, std::span<int16_t> heard);

  // What legs of one phase hear that are routed to a player and to nothing else.
  struct StationStream {
    uint32_t generation = 0;  // of the player; those who follow may be of the one before
    SharedStream stream;
  };

  // A player's frame as it was coded for all who hear nothing else.
  struct Station {
    uint64_t frame_number = 0;  // of the frame the rest is about
    size_t first_byte = 0;
    size_t used_bytes = 0;
    std::array<std::array<CodedFrame, kRates>, kSharedKinds> coded = {};
  };

  LegFrames& frames_;
  Players& players_;
  SharedStreams& streams_;
  RateChange& change_;
  // Of those who are served in each phase.
  std::array<SharedStream, kPhasesPerFrame> silence_streams_ = {};
  uint64_t tick_ = 0;
  uint64_t piece_ = 0;
  // Silence of every kind, the stations, what legs of the rooms of a batch share, and what the legs
  // of a piece have for themselves.
  std::vector<uint8_t> bytes_;
  size_t shared_begin_ = 0;
  size_t own_begin_ = 0;
  size_t shared_bytes_ = 0;  // in use up to here, of the third
  size_t used_bytes_ = 0;    // and of the fourth
  std::array<uint32_t, kSharedKinds> silence_begin_;
  std::vector<Station> stations_;
  std::vector<std::array<StationStream, kPhasesPerFrame>> station_streams_;  // by player
  // Of the room being coded: its shared mix by kind and rate, and by rate before coding.
  std::array<std::array<CodedFrame, kRates>, kSharedKinds> shared_ = {};
  ResampledMix of_one_tick_;
  ResampledMix* shared_resampled_ = &of_one_tick_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> resampled_;  // a mix of one leg's own
};

}  // namespace parley
