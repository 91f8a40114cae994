// Tables by sample rate.

#pragma once

#include <cstdint>

namespace parley {

inline constexpr uint32_t kRates = 5;

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

}  // namespace parley
