// What a leg receives: payloads of its codec, or of others that were negotiated beside it, to
// samples at one rate. A sender may change between payload types from one packet to the next.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/g722_codec.h"
#include "codecs/opus_codec.h"
#include "kernels/resampler.h"

namespace parley {

// A payload type and what it stands for.
struct PayloadFormat {
  static constexpr uint8_t kNone = 255;

  uint8_t payload_type = kNone;
  CodecFormat format = {};
};

// The first is the leg's own, whose rate all sound is brought to. The others have the same RTP
// clock and rates of 8000 or 16000 Hz.
using PayloadFormats = std::array<PayloadFormat, 4>;

// One thread; real-time safe; total over any bytes; no memory beyond the object, about 700 bytes,
// and the Opus decoder it is given.
class StreamDecoder {
 public:
  // `opus` is opened where the first format is Opus, must outlive this, and serves nobody else;
  // null for others.
  StreamDecoder(const PayloadFormats& formats, OpusFrameDecoder* opus);

  // Other payload types from now on. REQUIRES: the first format is as before, whatever its type.
  void Rename(const PayloadFormats& formats);

  // Whether anybody hears what is decoded from now on. Of codecs with a state what nobody hears is
  // silence, as long as it would be, and is not decoded; the first that is heard again is nearly as
  // it would be.
  void Hear(bool is_heard) PARLEY_NONBLOCKING {
    if (is_heard != is_heard_) Turn(is_heard);
  }

  // Hear(true) takes as long as some packets.
  bool wakes_dearly() const {
    return is_g722_resting_ || (opus_ != nullptr && opus_->is_resting());
  }

  uint32_t rate_hz() const { return formats_[0].format.rate_hz; }
  bool Accepts(uint8_t payload_type) const { return Find(payload_type) != nullptr; }
  bool is_opus() const { return opus_ != nullptr; }
  // Whether the codec itself can make up lost sound better than anybody can from the sound before.
  bool can_conceal() const { return opus_ != nullptr && opus_->can_conceal(); }

  // Samples that Decode makes of `payload`; 0 when it is malformed or not accepted.
  uint32_t Samples(uint8_t payload_type, std::span<const uint8_t> payload) const PARLEY_NONBLOCKING;

  // Fills `out`; what a corrupt payload leaves open is silence.
  // REQUIRES: out.size() == Samples(payload_type, payload).
  void Decode(uint8_t payload_type, std::span<const uint8_t> payload,
              std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Fills `out`, of any size, with what stands in for lost sound. REQUIRES: is_opus().
  void Conceal(std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Fills `out`, the sound lost right before `next`, from what `next` carries of it: its end where
  // it carries more. False, with nothing changed, when that is too little.
  bool Restore(uint8_t payload_type, std::span<const uint8_t> next,
               std::span<int16_t> out) PARLEY_NONBLOCKING;

  // What few packets need begins here, but for the state of the codec.
  const void* seldom() const { return &g722_; }

 private:
  // The unit in which Opus conceals, 2.5 ms, at 48 kHz.
  static constexpr size_t kConcealStepMax = 120;

  const PayloadFormat* Find(uint8_t payload_type) const;
  void Turn(bool is_heard);
  void DecodeNative(const CodecFormat& format, std::span<const uint8_t> payload,
                    std::span<int16_t> out);

  PayloadFormats formats_;
  OpusFrameDecoder* opus_;
  uint8_t payload_type_ = PayloadFormat::kNone;  // of the last packet decoded
  bool is_heard_ = true;
  bool is_g722_resting_ = false;
  size_t concealed_count_ = 0;
  G722Decoder g722_;
  Resampler resampler_;  // from the rate of that packet to the leg's
  // Concealed beyond what was asked for; the next to be asked for.
  std::array<int16_t, kConcealStepMax> concealed_;
};

}  // namespace parley
