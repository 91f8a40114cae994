// G.722 at 64 kbit/s (ITU-T G.722 mode 1), through libspandsp.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

inline constexpr uint32_t kG722RateHz = 16000;
// RTP counts G.722 at half its rate (RFC 3551 4.5.2); so a byte, which holds two samples, is one
// unit of its timestamp.
inline constexpr uint32_t kG722ClockRateHz = 8000;

inline constexpr size_t kG722StateBytes = 192;
inline constexpr size_t kG722StateAlignment = 8;

// Reads the modes of 56 and 48 kbit/s too: the bits that are missing in them matter little.
// One thread; real-time safe; no memory beyond the object, kG722StateBytes and 48 more. A copy goes
// on like the original, to the bit.
class G722Decoder {
 public:
  G722Decoder() { Open(); }

  // Begins a stream.
  void Open() PARLEY_NONBLOCKING;

  // Decodes two samples from each byte, from the start of `payload` as many as `out` has room for;
  // returns the samples. The rest of `out` is left as it is. Total over any bytes.
  size_t Decode(std::span<const uint8_t> payload, std::span<int16_t> out) PARLEY_NONBLOCKING;

  // Nobody hears the stream: until it is woken, or another begun, what comes is skipped, and not
  // decoded.
  void Rest() PARLEY_NONBLOCKING;
  // REQUIRES: at rest.
  void Skip(std::span<const uint8_t> payload) PARLEY_NONBLOCKING;
  // Somebody does again. It goes on nearly as if it had decoded everything: the last 24 ms are
  // decoded now, for nobody, and twice, since a decoder that knows nothing takes three times as
  // long to become as loud as it should be. REQUIRES: at rest.
  void Wake() PARLEY_NONBLOCKING;

 private:
  struct Skipped;

  void JoinBands(std::span<int16_t, 2> bands_to_samples);

  // What the library keeps; its header, which redefines functions of <cmath>, stays out of this
  // one.
  alignas(kG722StateAlignment) std::array<std::byte, kG722StateBytes> state_;
  // Sums and differences of the two bands, each the newest last.
  std::array<int16_t, 12> sums_;
  std::array<int16_t, 12> differences_;
};

// As G722Decoder, kG722StateBytes. A copy of an encoder makes the same bytes of the same sound.
class G722Encoder {
 public:
  G722Encoder() { Open(); }

  // Begins a stream.
  void Open() PARLEY_NONBLOCKING;

  // Encodes two samples into each byte, from the start of `samples` as many pairs as fit; returns
  // the bytes.
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // Encodes the sound that another encoder has just made `coded` of so that the far end, which has
  // followed this one, hears what those who follow the other hear, to within the codec's own noise,
  // and so that the two become the same: in a third to one and a half seconds of speech. Where
  // they begin does not matter. `before`, `after`: the other as it was, and is. This one's filters
  // become those of `after`, which has heard the same. Returns the bytes.
  // REQUIRES: `coded` is one frame of 20 ms, or less; out.size() >= coded.size().
  size_t EncodeTowards(const G722Encoder& before, const G722Encoder& after,
                       std::span<const uint8_t> coded, std::span<uint8_t> out) PARLEY_NONBLOCKING;

  // True when a decoder that has followed this one can follow the other from here on, and will not
  // know.
  bool IsFollowedAs(const G722Encoder& other) const PARLEY_NONBLOCKING;

 private:
  alignas(kG722StateAlignment) std::array<std::byte, kG722StateBytes> state_;
};

}  // namespace parley
