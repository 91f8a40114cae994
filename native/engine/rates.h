// Tables by sample rate.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace parley {

inline constexpr std::array<uint32_t, 5> kRatesHz = {8000, 16000, 24000, 44100, 48000};
inline constexpr size_t kRates = kRatesHz.size();

// Place of a sample rate in tables by rate. REQUIRES: IsSampleRate(rate_hz).
constexpr uint32_t RateIndex(uint32_t rate_hz) {
  switch (rate_hz) {
    case 8000:
      return 0;
    case 16000:
      return 1;
    case 24000:
      return 2;
    case 44100:
      return 3;
    default:
      return 4;
  }
}

// Samples of a frame at each of the rates below, for frames of all rates one behind the other.
constexpr size_t SamplesBelow(uint32_t rate_hz) {
  size_t samples = 0;
  for (const uint32_t lower_hz : kRatesHz) {
    if (lower_hz < rate_hz) samples += FrameSamples(lower_hz);
  }
  return samples;
}

}  // namespace parley
