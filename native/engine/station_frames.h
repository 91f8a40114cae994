// Frames of players that many legs hear, kept as long as they are the ones to be heard.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/realtime.h"
#include "base/units.h"
#include "engine/rates.h"

namespace parley {

// Players of a shard that are heard by more than one leg and whose frames are kept; beyond that,
// each leg is given a frame of its own, and that is counted. 10 KiB for each, and 24 KiB for what
// is coded of it (Outgoing).
inline constexpr uint32_t kStationsMax = 32;

// One thread. Allocates in the constructor only; real-time safe afterwards.
class StationFrames {
 public:
  StationFrames();

  // What it takes beyond the object.
  static size_t Bytes() { return kStationsMax * (sizeof(Station) + sizeof(uint32_t)); }

  // A free place below kStationsMax, or layout::kNone.
  uint32_t Take() PARLEY_NONBLOCKING;
  void Give(uint32_t station) PARLEY_NONBLOCKING;

  // The player has another frame: none of it is here.
  void Forget(uint32_t station) PARLEY_NONBLOCKING { stations_[station].rates = 0; }

  bool Has(uint32_t station, uint32_t rate_hz) const PARLEY_NONBLOCKING {
    return (stations_[station].rates >> RateIndex(rate_hz) & 1) != 0;
  }
  // The place of the frame at a rate, to be filled unless it is here.
  std::span<int16_t> At(uint32_t station, uint32_t rate_hz) PARLEY_NONBLOCKING;
  // It has been filled.
  void Keep(uint32_t station, uint32_t rate_hz) PARLEY_NONBLOCKING;
  // Of a frame that is here.
  uint8_t LevelDbov(uint32_t station, uint32_t rate_hz) const PARLEY_NONBLOCKING {
    return stations_[station].levels_dbov[RateIndex(rate_hz)];
  }

 private:
  struct Station {
    uint32_t rates = 0;  // a bit for each rate it is here at
    std::array<uint8_t, kRates> levels_dbov{};
    alignas(64) std::array<std::array<int16_t, kFrameSamplesMax>, kRates> frames{};
  };

  std::vector<Station> stations_;
  std::vector<uint32_t> free_;
};

}  // namespace parley
