// What a leg is sent, frame by frame, in whatever codec it speaks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/g722_codec.h"
#include "codecs/opus_codec.h"

namespace parley {

// One thread; real-time safe; no memory beyond the object, about 230 bytes, and the Opus encoder it
// is given. A codec with state must be given every frame of its stream, silence too: the far end's
// decoder goes on from the frame before. A copy has the same Opus encoder: one of the two must
// release it, or be forgotten.
class FrameEncoder {
 public:
  // Begins a stream. `opus` is opened with `config` where the codec is Opus, must outlive this, and
  // serves nobody else; null for others.
  void Open(const CodecFormat& format, OpusFrameEncoder* opus,
            const OpusEncoderConfig& config) PARLEY_NONBLOCKING;

  // Goes on like `other`, to the bit, which is coded as this is: both make the same of the same
  // frames. `opus`: as in Open.
  void Fork(const FrameEncoder& other, OpusFrameEncoder* opus) PARLEY_NONBLOCKING;

  // Gives the Opus encoder back; null where there is none. What is coded in Opus needs another
  // before it codes again.
  OpusFrameEncoder* Release() PARLEY_NONBLOCKING { return std::exchange(opus_, nullptr); }

  const CodecFormat& format() const { return format_; }
  // As it was opened with.
  const OpusEncoderConfig& config() const { return config_; }
  bool is_stateless() const { return IsStateless(format_.codec); }
  G722Encoder& g722() { return g722_; }
  const G722Encoder& g722() const { return g722_; }

  // Encodes one frame; returns the bytes, 0 when nothing needs to be sent (DTX of Opus).
  // REQUIRES: `out` has room for PayloadBytes(format(), frame.size()).
  size_t Encode(std::span<const int16_t> frame, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // Likewise, of Opus alone, a frame that a decoder of another stream of the same sound can go on
  // from.
  size_t EncodeUnpredicted(std::span<const int16_t> frame,
                           std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // Opus is coded with no more effort than this, 0 to 10, whatever it was opened with.
  void LimitComplexity(uint32_t most) PARLEY_NONBLOCKING;

  // What share of our packets the far end reports lost, 0 to 100. Opus makes its FEC by it.
  void SetExpectedLoss(uint32_t percent) PARLEY_NONBLOCKING;

 private:
  CodecFormat format_ = {};
  OpusEncoderConfig config_;
  OpusFrameEncoder* opus_ = nullptr;
  uint32_t expected_loss_percent_ = 0;
  uint32_t complexity_ = 0;  // as it is now
  G722Encoder g722_;
};

}  // namespace parley
