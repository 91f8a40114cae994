#include "engine/station_frames.h"

#include "engine/layout.generated.h"
#include "kernels/kernels.h"

namespace parley {

StationFrames::StationFrames() : stations_(kStationsMax) {
  free_.reserve(kStationsMax);
  for (uint32_t station = kStationsMax; station > 0; --station) free_.push_back(station - 1);
}

uint32_t StationFrames::Take() PARLEY_NONBLOCKING {
  if (free_.empty()) return layout::kNone;
  const uint32_t station = free_.back();
  free_.pop_back();
  Forget(station);
  return station;
}

void StationFrames::Give(uint32_t station) PARLEY_NONBLOCKING { free_.push_back(station); }

std::span<int16_t> StationFrames::At(uint32_t station, uint32_t rate_hz) PARLEY_NONBLOCKING {
  return std::span(stations_[station].frames[RateIndex(rate_hz)]).first(FrameSamples(rate_hz));
}

void StationFrames::Keep(uint32_t station, uint32_t rate_hz) PARLEY_NONBLOCKING {
  Station& kept = stations_[station];
  kept.rates |= 1u << RateIndex(rate_hz);
  kept.levels_dbov[RateIndex(rate_hz)] = kernels::LevelDbov(At(station, rate_hz));
}

}  // namespace parley
