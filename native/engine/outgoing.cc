#include "engine/outgoing.h"

#include "base/assert.h"
#include "rtp/rtp_packet.h"

namespace parley {
namespace {

constexpr size_t kCacheLine = 64;

constexpr size_t PlaceBytes(size_t frame_bytes) {
  return (kRtpHeaderBytes + frame_bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

constexpr size_t kPlaceBytesMax = PlaceBytes(kFrameSamplesMax * sizeof(int16_t));

// A leg's own filter goes on from where the sound it heard came from, so that moving between the
// shared mix and one of its own does not click. A filter's memory is a millisecond or two of sound:
// it must not carry a whisper into the shared mix.
void HandOverFilter(Room& room, Leg& leg) {
  if (leg.from_room.is_identity()) return;
  SharedOutput& shared = room.shared[RateIndex(leg.format.rate_hz)];
  const bool shared_ran = shared.turn + 1 == room.turn;
  if (leg.mix.mix_class == MixClass::kOwn && leg.previous_class != MixClass::kOwn) {
    if (leg.previous_class == MixClass::kShared && shared_ran) {
      leg.from_room = shared.resampler;
    } else {
      leg.from_room.Reset(room.rate_hz, leg.format.rate_hz);
    }
  }
  const bool is_first_of_shared = !shared_ran && shared.turn != room.turn;
  if (leg.mix.mix_class == MixClass::kShared && is_first_of_shared) {
    const bool may_seed =
        leg.previous_class == MixClass::kOwn && leg.whispered_turn + 1 != room.turn;
    if (!may_seed) return;
    shared.resampler = leg.from_room;
    shared.turn = room.turn;
  }
}

}  // namespace

Outgoing::Outgoing(const Arena& arena) : arena_(arena) {
  bytes_.resize(kPlaceBytesMax * (kCodecs + arena.limits().legs_max));
  for (uint32_t codec = 0; codec < kCodecs; ++codec) {
    const CodecFormat format = {.codec = static_cast<layout::Codec>(codec), .rate_hz = 48000};
    const std::array<int16_t, kFrameSamplesMax> silence{};
    silence_begin_[codec] = static_cast<uint32_t>(first_free_byte_);
    EncodeFrame(format, silence, std::span(bytes_).subspan(first_free_byte_ + kRtpHeaderBytes));
    first_free_byte_ += kPlaceBytesMax;
  }
  BeginTick();
}

CodedFrame Outgoing::SilenceOf(const CodecFormat& format) const {
  return {.begin = silence_begin_[static_cast<uint32_t>(format.codec)],
          .bytes = static_cast<uint32_t>(PayloadBytes(format, FrameSamples(format.rate_hz)))};
}

void Outgoing::EncodeRoom(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                          Stats& stats) {
  shared_ = {};
  is_resampled_ = {};
  for (const uint32_t index : served) HandOverFilter(room, legs[index]);
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    const auto heard = arena_.output_frame(index).first(FrameSamples(room.rate_hz));
    switch (leg.mix.mix_class) {
      case MixClass::kNone:
        leg.coded = SilenceOf(leg.format);
        break;
      case MixClass::kShared:
        leg.coded = EncodeShared(room, leg, heard, stats);
        break;
      case MixClass::kOwn:
        leg.coded = EncodeOwn(leg, heard, stats);
        break;
    }
  }
}

CodedFrame Outgoing::EncodeShared(Room& room, const Leg& leg, std::span<const int16_t> heard,
                                  Stats& stats) {
  const uint32_t rate = RateIndex(leg.format.rate_hz);
  CodedFrame& coded = shared_[static_cast<uint32_t>(leg.format.codec)][rate];
  if (coded.bytes > 0) {
    ++stats->encodes_shared;
    return coded;
  }
  if (leg.format.rate_hz == room.rate_hz) {
    coded = Encode(leg.format, heard, stats);
    return coded;
  }
  const auto resampled = std::span(shared_resampled_[rate]).first(FrameSamples(leg.format.rate_hz));
  SharedOutput& shared = room.shared[rate];
  if (!is_resampled_[rate]) {
    const bool goes_on = shared.turn == room.turn || shared.turn + 1 == room.turn;
    if (!goes_on) shared.resampler.Reset(room.rate_hz, leg.format.rate_hz);
    shared.resampler.Process(heard, resampled);
    shared.turn = room.turn;
    is_resampled_[rate] = true;
  }
  coded = Encode(leg.format, resampled, stats);
  return coded;
}

CodedFrame Outgoing::EncodeOwn(Leg& leg, std::span<const int16_t> heard, Stats& stats) {
  if (leg.from_room.is_identity()) return Encode(leg.format, heard, stats);
  const auto resampled = std::span(resampled_).first(FrameSamples(leg.format.rate_hz));
  leg.from_room.Process(heard, resampled);
  return Encode(leg.format, resampled, stats);
}

CodedFrame Outgoing::Encode(const CodecFormat& format, std::span<const int16_t> samples,
                            Stats& stats) {
  const size_t frame_bytes = PayloadBytes(format, samples.size());
  const size_t begin = used_bytes_;
  used_bytes_ += PlaceBytes(frame_bytes);
  PARLEY_ASSERT(used_bytes_ <= bytes_.size());
  EncodeFrame(format, samples, std::span(bytes_).subspan(begin + kRtpHeaderBytes, frame_bytes));
  ++stats->encodes;
  return {.begin = static_cast<uint32_t>(begin), .bytes = static_cast<uint32_t>(frame_bytes)};
}

std::span<uint8_t> Outgoing::PacketOf(const Leg& leg) {
  return std::span(bytes_).subspan(leg.coded.begin, kRtpHeaderBytes + leg.coded.bytes);
}

std::span<const uint8_t> Outgoing::FrameOf(const Leg& leg) const {
  return std::span(bytes_).subspan(leg.coded.begin + kRtpHeaderBytes, leg.coded.bytes);
}

}  // namespace parley
