// What a leg's jitter buffer needs beyond its own memory at rates above 16 kHz. Most legs are at 8
// kHz, and none of them is to carry what 48 kHz takes.

#pragma once

#include <array>
#include <cstdint>

namespace parley {

// The largest rate a jitter buffer has memory of its own for.
inline constexpr uint32_t kNarrowRateHzMax = 16'000;

// 18 KiB; serves one leg at a time.
struct WideMemory {
  // 40 ms that were played, a packet of 120 ms (Opus), and a frame.
  std::array<int16_t, 180 * 48> samples;
  std::array<int16_t, 16 * 48> period;  // the longest of a voice
};

}  // namespace parley
