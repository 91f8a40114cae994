// How a leg's audio is coded, and the codecs without state: payload bytes to samples and back.
//
// A leg of a codec without state keeps nothing but its CodecFormat, and one encoded payload can
// serve every leg of a mix class. Codecs with state are behind FrameEncoder and StreamDecoder.
//
// Any thread, real-time safe. Payloads come from outside: every function is total over any bytes
// and any length.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/layout.generated.h"

namespace parley {

// How a leg's audio is coded, the same in both directions.
struct CodecFormat {
  layout::Codec codec;
  uint32_t rate_hz;       // of the samples; IsSampleRate
  uint32_t channels = 1;  // interleaved in a payload: 1, or 2 for L16. Samples here are mono

  bool operator==(const CodecFormat&) const = default;
};

// Bytes of a frame of 20 ms of any codec, at most: L16 at 48 kHz, stereo.
inline constexpr size_t kFrameBytesMax = 3840;

// True for a codec whose every payload stands for itself.
[[nodiscard]] bool IsStateless(layout::Codec codec);

// The rate of the format's RTP timestamps: that of its samples, but for G.722 and Opus.
[[nodiscard]] uint32_t ClockRateHz(const CodecFormat& format);

// Bytes of payload for `samples` samples; of Opus, whose frames vary, the most a frame may have.
[[nodiscard]] size_t PayloadBytes(const CodecFormat& format, size_t samples);

// Whole samples held by `bytes` bytes of payload; what is no whole sample of every channel counts
// as nothing. 0 for Opus, whose bytes do not tell.
[[nodiscard]] size_t PayloadSamples(const CodecFormat& format, size_t bytes);

// Decodes from the start of `payload` as many whole samples as it holds and `out` has room for;
// returns how many. The rest of `out` is left as it is. Nothing of a codec with state.
size_t DecodeFrame(const CodecFormat& format, std::span<const uint8_t> payload,
                   std::span<int16_t> out);

// Encodes from the start of `samples` as many as fit whole into `out`; returns the bytes written.
// Nothing of a codec with state.
size_t EncodeFrame(const CodecFormat& format, std::span<const int16_t> samples,
                   std::span<uint8_t> out);

}  // namespace parley
