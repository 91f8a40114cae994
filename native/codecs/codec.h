// The engine's view of a codec: payload bytes to one frame of samples and back.
//
// All codecs here are stateless: a leg keeps nothing but its CodecFormat, and one encoded payload
// can serve every leg of a mix class. A codec with state brings Decoder and Encoder objects, one
// per leg or per mix class and with all memory taken at construction, behind the same two calls.
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
  uint32_t rate_hz;  // 8000, 16000, 24000 or 48000

  bool operator==(const CodecFormat&) const = default;
};

// Bytes of payload for `samples` samples.
[[nodiscard]] size_t PayloadBytes(const CodecFormat& format, size_t samples);

// Whole samples held by `bytes` bytes of payload; an odd last byte of a 16-bit codec counts as
// nothing.
[[nodiscard]] size_t PayloadSamples(const CodecFormat& format, size_t bytes);

// Decodes from the start of `payload` as many whole samples as it holds and `out` has room for;
// returns how many. The rest of `out` is left as it is.
size_t DecodeFrame(const CodecFormat& format, std::span<const uint8_t> payload,
                   std::span<int16_t> out);

// Encodes from the start of `samples` as many as fit whole into `out`; returns the bytes written.
size_t EncodeFrame(const CodecFormat& format, std::span<const int16_t> samples,
                   std::span<uint8_t> out);

}  // namespace parley
