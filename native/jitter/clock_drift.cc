#include "jitter/clock_drift.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace parley {
namespace {

// Less than this may be chance: how near the fastest packets of a window come to the fastest
// possible.
constexpr int64_t kChangeNsMin = 4 * kNsPerMs;
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
  points_[count_ % kPoints] = {at_ns, minimum_ns};
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
  const int64_t change_ns = last.minimum_ns - first.minimum_ns;
  if (std::abs(change_ns) < kChangeNsMin) return 0;
  const double half =
      static_cast<double>(middle.minimum_ns - first.minimum_ns) / static_cast<double>(change_ns);
  if (half < kHalfMin || half > kHalfMax) return 0;
  const double ppm =
      -1e6 * static_cast<double>(change_ns) / static_cast<double>(last.at_ns - first.at_ns);
  return std::abs(ppm) > kPpmMax ? 0 : static_cast<int32_t>(std::lrint(ppm));
}

}  // namespace parley
