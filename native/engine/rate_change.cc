#include "engine/rate_change.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/assert.h"

namespace parley {
namespace {

// Until then the new filters fill: 4 ms at most, of two of them one after the other.
constexpr double kFadeBegin = 0.3;

}  // namespace

void FadeOver(std::span<const int16_t> before, size_t stride,
              std::span<int16_t> after) PARLEY_NONBLOCKING {
  for (size_t i = 0; i < after.size(); ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(after.size());
    const double done = std::max(at - kFadeBegin, 0.0) / (1.0 - kFadeBegin);
    const double weight = 0.5 - 0.5 * std::cos(std::numbers::pi * done);
    const double old = before[i * stride];
    after[i] = static_cast<int16_t>(std::lround(old + weight * (after[i] - old)));
  }
}

RateChange::RateChange(uint32_t legs_max)
    : places_(std::min(legs_max, kRateChangeLegsMax)),
      decoded_(size_t{places_} * kFrameSamplesMax),
      before_(size_t{places_} * kFrameSamplesMax) {}

std::optional<uint32_t> RateChange::Take(uint32_t legs) PARLEY_NONBLOCKING {
  if (legs > places_ - taken_) return std::nullopt;
  const uint32_t first = taken_;
  taken_ += legs;
  return first;
}

std::span<int16_t> RateChange::Frame(std::vector<int16_t>& frames, uint32_t place) {
  return std::span(frames).subspan(size_t{place} * kFrameSamplesMax, kFrameSamplesMax);
}

void RateChange::Fade(uint32_t place, std::span<int16_t> after) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(after.size() <= kFrameSamplesMax);
  FadeOver(before(place), 1, after);
}

}  // namespace parley
