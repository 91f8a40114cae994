#include "jitter/clock_drift.h"

#include <algorithm>
#include <cmath>

#include "base/serial_number.h"
#include "base/units.h"

namespace parley {
namespace {

// Less than this may be chance: how near the fastest packets of a window come to the fastest
// possible.
constexpr int32_t kChangeUsMin = 4000;
// Of a steady change, the share that may have come in the first half of the time.
constexpr double kHalfMin = 0.3;
constexpr double kHalfMax = 0.7;
// No clock is worse.
constexpr double kPpmMax = 500;
// Too few to tell steady from sudden.
constexpr uint32_t kPointsMin = 5;

}  // namespace

void ClockDrift::Reset() {
  count_ = 0;
  ppm_ = 0;
}

void ClockDrift::OnWindow(int64_t at_ns, int64_t minimum_ns) {
  points_[count_ % kPoints] = {.at_ms = static_cast<uint32_t>(at_ns / kNsPerMs),
                               .minimum_us = static_cast<uint32_t>(minimum_ns / kNsPerUs)};
  ++count_;
  // The longest span tells most; a shorter one is of use when something else happened before it.
  ppm_ = 0;
  for (uint32_t points = std::min(count_, kPoints); ppm_ == 0 && points >= kPointsMin;
       points = points * 2 / 3) {
    ppm_ = PpmOver(points);
  }
}

int32_t ClockDrift::PpmOver(uint32_t points) const {
  const Point& first = Latest(points - 1);
  const Point& middle = Latest((points - 1) / 2);
  const Point& last = Latest(0);
  const int32_t change_us = SerialDistance32(first.minimum_us, last.minimum_us);
  if (std::abs(change_us) < kChangeUsMin) return 0;
  const int32_t half_us = SerialDistance32(first.minimum_us, middle.minimum_us);
  const double half = static_cast<double>(half_us) / change_us;
  if (half < kHalfMin || half > kHalfMax) return 0;
  const int32_t span_ms = SerialDistance32(first.at_ms, last.at_ms);
  const double ppm = -1e3 * static_cast<double>(change_us) / span_ms;
  return std::abs(ppm) > kPpmMax ? 0 : static_cast<int32_t>(std::lrint(ppm));
}

}  // namespace parley
