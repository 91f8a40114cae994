// A gain on its way down in less time than it would like.

#pragma once

#include <span>

namespace parley {

struct GainPoint {
  float gain = 1.0F;
  float slope = 0.0F;  // each sample
};

// Draws the gain of each sample between `from`, which is that of the sample before the first, and
// `to`, which is that of the sample behind the last: the curve that bends least (its second
// derivative has the least energy) of all that stay within `bounds`, for what bends a gain
// splatters. That is a cubic spline, held down at some of its bounds. Where it would take too long
// to find all of these, it is cut at the bounds instead. It also stays above half of the lowest of
// `to` and the bounds.
//
// Pure; real-time safe. REQUIRES: gains and bounds of one size, not empty, at most 240;
// `from.gain`, `to.gain` and bounds in (0, 1].
void DrawDescent(const GainPoint& from, const GainPoint& to, std::span<const float> bounds,
                 std::span<float> gains);

}  // namespace parley
