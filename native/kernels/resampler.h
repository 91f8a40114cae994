// One direction of one leg between two of the rates 8000, 16000, 24000 and 48000 Hz, or between
// 44100 and 8000, 16000 or 48000 Hz: a streaming polyphase FIR in exact integers, one 20 ms frame
// in, one 20 ms frame out.
//
// The filter is a 32-tap (at the lower rate) Kaiser-windowed low-pass that cuts off at half the
// lower rate: flat within 0.1 dB up to 0.43 of the lower rate, at least 60 dB down from 0.57 of it
// on, gain at DC exactly 1. Delay: always 16 samples of the lower rate (2 ms at 8 kHz, 1 ms at
// 16 kHz, 2/3 ms at 24 kHz); none when both rates are equal.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace parley {

struct ResamplerBank;

// Not thread-safe; real-time safe throughout, construction included (all tables are constants).
// Copyable: a copy continues the stream independently. About 400 bytes.
class Resampler {
 public:
  // Samples kept between frames: the most any pair of rates needs.
  static constexpr size_t kHistoryMax = 198;

  // Passes frames through unchanged until Reset gives it rates.
  Resampler() = default;

  // Starts a new stream, as if preceded by silence.
  // REQUIRES: a pair of rates as above, or equal ones.
  void Reset(uint32_t input_hz, uint32_t output_hz);

  // Goes on as if the last samples processed had been `before`.
  void Prime(std::span<const int16_t, kHistoryMax> before);

  // True when both rates are equal: Process only copies, and callers may use the input instead.
  [[nodiscard]] bool is_identity() const { return bank_ == nullptr; }

  // Converts one frame of 20 ms.
  // REQUIRES: input.size() == input_hz / 50, output.size() == output_hz / 50, or any whole number
  // of groups of the ratio below that; no overlap.
  void Process(std::span<const int16_t> input, std::span<int16_t> output);

 private:
  void ProcessRational(std::span<const int16_t> input, std::span<int16_t> output);

  const ResamplerBank* bank_ = nullptr;  // one of a few constants, never freed; null when equal
  std::array<int16_t, kHistoryMax> history_{};
};

}  // namespace parley
