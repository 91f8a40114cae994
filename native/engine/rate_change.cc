#include "engine/rate_change.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/assert.h"
#include "engine/layout.generated.h"

namespace parley {
namespace {

// Until then the new filters fill: 4 ms at most, of two of them one after the other.
constexpr double kFadeBegin = 0.3;
constexpr int32_t kWhole = 1 << 14;  // a weight

}  // namespace

void FadeOver(std::span<const int16_t> before, size_t stride,
              std::span<int16_t> after) PARLEY_NONBLOCKING {
  const auto begin = static_cast<size_t>(kFadeBegin * static_cast<double>(after.size()));
  for (size_t i = 0; i < begin; ++i) after[i] = before[i * stride];
  // Half a turn, step by step: cheaper than a cosine for each sample.
  const double step = std::numbers::pi / static_cast<double>(after.size() - begin);
  const double step_cosine = std::cos(step), step_sine = std::sin(step);
  double cosine = std::cos(step / 2), sine = std::sin(step / 2);
  for (size_t i = begin; i < after.size(); ++i) {
    const auto weight = static_cast<int32_t>((0.5 - 0.5 * cosine) * kWhole + 0.5);
    const int32_t old = before[i * stride];
    after[i] = static_cast<int16_t>(old + ((after[i] - old) * weight) / kWhole);
    const double next = cosine * step_cosine - sine * step_sine;
    sine = sine * step_cosine + cosine * step_sine;
    cosine = next;
  }
}

RateChange::RateChange(uint32_t legs_max)
    : places_(PlacesFor(legs_max)), frames_(size_t{places_} * kFrameSamplesMax) {}

void RateChange::BeginTick() PARLEY_NONBLOCKING {
  tick_ = (tick_ + 1) % kTicksKept;
  taken_ -= taken_in_[tick_];
  taken_in_[tick_] = 0;
}

uint32_t RateChange::Take() PARLEY_NONBLOCKING {
  if (taken_ == places_) return layout::kNone;
  ++taken_;
  ++taken_in_[tick_];
  const uint32_t place = next_;
  next_ = (next_ + 1) % places_;
  return place;
}

std::span<int16_t> RateChange::frame(uint32_t place) {
  PARLEY_ASSERT(place < places_);
  return std::span(frames_).subspan(size_t{place} * kFrameSamplesMax, kFrameSamplesMax);
}

void RateChange::Fade(uint32_t place, std::span<int16_t> after) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(after.size() <= kFrameSamplesMax);
  if (place == layout::kNone) return;
  FadeOver(frame(place), 1, after);
}

}  // namespace parley
