// What a leg is sent, frame by frame, in whatever codec it speaks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/g722_codec.h"
#include "codecs/opus_codec.h"

namespace parley {

// One thread; real-time safe; no memory beyond the object, about 230 bytes, and the Opus encoder it
// is given. A codec with state must be given every frame of its stream, silence too: the far end's
// decoder goes on from the frame before.
class FrameEncoder {
 public:
  // Begins a stream. `opus` is opened with `config` where the codec is Opus, must outlive this, and
  // serves nobody else; null for others.
  void Open(const CodecFormat& format, OpusFrameEncoder* opus,
            const OpusEncoderConfig& config) PARLEY_NONBLOCKING;

  const CodecFormat& format() const { return format_; }
  // As it was opened with.
  const OpusEncoderConfig& config() const { return config_; }
  bool is_stateless() const { return IsStateless(format_.codec); }

  // Encodes one frame; returns the bytes, 0 when nothing needs to be sent (DTX of Opus).
  // REQUIRES: `out` has room for PayloadBytes(format(), frame.size()).
  size_t Encode(std::span<const int16_t> frame, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // What share of our packets the far end reports lost, 0 to 100. Opus makes its FEC by it.
  void SetExpectedLoss(uint32_t percent) PARLEY_NONBLOCKING;

 private:
  CodecFormat format_ = {};
  OpusEncoderConfig config_;
  OpusFrameEncoder* opus_ = nullptr;
  uint32_t expected_loss_percent_ = 0;
  G722Encoder g722_;
};

}  // namespace parley
