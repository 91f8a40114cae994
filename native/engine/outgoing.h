// The coded frames of one tick: what each leg is sent, coded once for all who hear the same.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "engine/arena.h"
#include "engine/leg.h"
#include "engine/players.h"
#include "engine/rate_change.h"
#include "engine/room.h"
#include "engine/stats.h"

namespace parley {

// One thread. Allocates in the constructor only. About 4 KiB for each leg, and 24 KiB for each
// station.
class Outgoing {
 public:
  // `players` must outlive it.
  Outgoing(const Arena& arena, Players& players);
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  // Forgets the frames of the batch before: they have been sent.
  void BeginBatch() { used_bytes_ = first_free_byte_; }

  // Codes what the legs `served` of one room hear, from their output frames. Legs of the room's
  // shared mix class with the same codec without state and the same rate get one payload.
  void EncodeRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);

  // The two halves of a turn in which the room's rate changes; `place` is that of the first of
  // `served` in `change`. First keeps what the legs would have heard at the old rate, which `room`
  // and `legs` stand at; then codes what they hear, faded over from that.
  void KeepBefore(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                  RateChange& change, uint32_t place, Stats& stats);
  void EncodeFaded(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                   RateChange& change, uint32_t place, Stats& stats);

  // Codes what a leg outside any room hears.
  void EncodeAlone(uint32_t index, Leg& leg, Stats& stats);

  // The leg's packet: kRtpHeaderBytes of room, then its frame. Legs that share a payload share the
  // room, so each packet must be sent before the next is written.
  std::span<uint8_t> PacketOf(const Leg& leg);
  std::span<const uint8_t> FrameOf(const Leg& leg) const;

 private:
  // Codecs without state, L16 with one channel and with two.
  static constexpr uint32_t kSharedKinds = 5;

  void BeginRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs);
  std::span<const int16_t> Heard(Room& room, uint32_t index, Leg& leg, Stats& stats);
  std::span<const int16_t> StationAt(uint32_t index, Leg& leg, uint32_t frame_rate_hz,
                                     Stats& stats);
  static uint32_t SharedKind(const CodecFormat& format);
  CodedFrame SilenceOf(const CodecFormat& format) const;
  void EncodeSilence(Leg& leg, Stats& stats);
  CodedFrame EncodeShared(Room& room, uint32_t index, Leg& leg, Stats& stats);
  CodedFrame EncodeStation(uint32_t index, Leg& leg, uint32_t frame_rate_hz, Stats& stats);
  CodedFrame Encode(Leg& leg, std::span<const int16_t> samples, Stats& stats);
  // Into bytes_ from `begin` on.
  CodedFrame EncodeAt(size_t begin, Leg& leg, std::span<const int16_t> samples, Stats& stats);
  std::span<const int16_t> SharedAt(Room& room, uint32_t rate_hz, std::span<const int16_t> heard);
  std::span<const int16_t> OwnAt(Leg& leg, std::span<const int16_t> heard);

  // A player's frame as it was coded for all who hear nothing else.
  struct Station {
    uint64_t frame_number = 0;  // of the frame the rest is about
    size_t first_byte = 0;
    size_t used_bytes = 0;
    std::array<std::array<CodedFrame, kRates>, kSharedKinds> coded = {};
  };

  Arena arena_;
  Players& players_;
  std::vector<uint8_t> bytes_;
  size_t first_free_byte_ = 0;  // after the silence of every kind, and the stations
  size_t used_bytes_ = 0;
  std::array<uint32_t, kSharedKinds> silence_begin_;
  std::vector<Station> stations_;
  // Of the room being coded: its shared mix by kind and rate, and by rate before coding.
  std::array<std::array<CodedFrame, kRates>, kSharedKinds> shared_ = {};
  std::array<bool, kRates> is_resampled_ = {};
  alignas(64) std::array<std::array<int16_t, kFrameSamplesMax>, kRates> shared_resampled_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> resampled_;  // a mix of one leg's own
  alignas(64) std::array<int16_t, kFrameSamplesMax> faded_;
};

}  // namespace parley
