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
#include "engine/room.h"
#include "engine/stats.h"

namespace parley {

// One thread. Allocates in the constructor only. About 2 KiB for each leg.
class Outgoing {
 public:
  explicit Outgoing(const Arena& arena);
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  // Forgets the frames of the tick before.
  void BeginTick() { used_bytes_ = first_free_byte_; }

  // Codes what the legs `served` of one room hear, from their output frames. Legs of the room's
  // shared mix class with the same codec and rate get one payload.
  void EncodeRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs, Stats& stats);

  // Gives a leg outside any room silence.
  void EncodeSilence(Leg& leg) const { leg.coded = SilenceOf(leg.format); }

  // The leg's packet: kRtpHeaderBytes of room, then its frame. Legs that share a payload share the
  // room, so each packet must be sent before the next is written.
  std::span<uint8_t> PacketOf(const Leg& leg);
  std::span<const uint8_t> FrameOf(const Leg& leg) const;

 private:
  static constexpr uint32_t kCodecs = 4;

  CodedFrame Encode(const CodecFormat& format, std::span<const int16_t> samples, Stats& stats);
  CodedFrame SilenceOf(const CodecFormat& format) const;
  CodedFrame EncodeShared(Room& room, const Leg& leg, std::span<const int16_t> heard, Stats& stats);
  CodedFrame EncodeOwn(Leg& leg, std::span<const int16_t> heard, Stats& stats);

  Arena arena_;
  std::vector<uint8_t> bytes_;
  size_t first_free_byte_ = 0;  // after the silence of every codec
  size_t used_bytes_ = 0;
  std::array<uint32_t, kCodecs> silence_begin_;
  // Of the room being coded: its shared mix by codec and rate, and by rate before coding.
  std::array<std::array<CodedFrame, kRates>, kCodecs> shared_ = {};
  std::array<bool, kRates> is_resampled_ = {};
  alignas(64) std::array<std::array<int16_t, kFrameSamplesMax>, kRates> shared_resampled_;
  alignas(64) std::array<int16_t, kFrameSamplesMax> resampled_;  // a mix of one leg's own
};

}  // namespace parley
