#include "mixer/gain_descent.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/assert.h"
#include "base/units.h"

namespace parley {

namespace {

// Both ends, and bounds that the curve is held at. Speech needs three or four.
constexpr size_t kKnotsMax = 10;
// A bound is met or let go in each.
constexpr int kStepsMax = 16;
// Nearer to a bound than this is within it: half a step of a full-scale sample.
constexpr float kTolerance = 1.0F / 65536.0F;
// Against an undershoot: the curve is held up there, too.
constexpr float kFloor = 0.75F;

enum class Side { kEnd, kBelow, kAbove };

struct Knot {
  float at = 0.0F;  // in samples
  float gain = 1.0F;
  Side side = Side::kEnd;  // where the curve is of what holds it
  float bend = 0.0F;       // second derivative
};

// A cubic spline with given slopes at both ends.
class Spline {
 public:
  Spline(const GainPoint& from, const GainPoint& to, float length)
      : slope_from_(from.slope), slope_to_(to.slope) {
    knots_[0] = {.at = -1.0F, .gain = from.gain};
    knots_[1] = {.at = length, .gain = to.gain};
    Bend();
  }

  bool is_full() const { return count_ == kKnotsMax; }

  // False when there is a knot already. REQUIRES: not full; `at` between the ends.
  bool Hold(float at, float gain, Side side) {
    size_t place = 1;
    while (knots_[place].at < at) ++place;
    if (knots_[place].at == at) return false;
    std::copy_backward(knots_.begin() + place, knots_.begin() + count_,
                       knots_.begin() + count_ + 1);
    knots_[place] = {.at = at, .gain = gain, .side = side};
    ++count_;
    Bend();
    return true;
  }

  // Lets go the bound that pulls most instead of pushing; false when none does.
  bool LetGo() {
    size_t worst = 0;
    float worst_pull = 0.0F;
    for (size_t i = 1; i + 1 < count_; ++i) {
      // What holds a beam in a place shows as a jump of its third derivative.
      const float jump = Third(i) - Third(i - 1);
      const float pull = knots_[i].side == Side::kBelow ? jump : -jump;
      if (pull > worst_pull) {
        worst_pull = pull;
        worst = i;
      }
    }
    if (worst == 0) return false;
    std::copy(knots_.begin() + worst + 1, knots_.begin() + count_, knots_.begin() + worst);
    --count_;
    Bend();
    return true;
  }

  void Draw(std::span<float> gains) const {
    // Counted by what becomes a float in vectors, and is no size.
    float* const drawn = gains.data();
    int begin = 0;
    for (size_t part = 0; part + 1 < count_; ++part) {
      const Knot left = knots_[part];
      const Knot right = knots_[part + 1];
      const float length = right.at - left.at;
      // Knots lie on samples; the last lies behind them.
      const int end = std::min(static_cast<int>(right.at) + 1, static_cast<int>(gains.size()));
      for (int i = begin; i < end; ++i) {
        const auto at = static_cast<float>(i);
        const float a = (right.at - at) / length;
        const float b = (at - left.at) / length;
        drawn[i] =
            a * left.gain + b * right.gain +
            ((a * a * a - a) * left.bend + (b * b * b - b) * right.bend) * length * length / 6;
      }
      begin = end;
    }
  }

 private:
  float Length(size_t part) const { return knots_[part + 1].at - knots_[part].at; }
  float Rise(size_t part) const {
    return (knots_[part + 1].gain - knots_[part].gain) / Length(part);
  }
  float Third(size_t part) const {
    return (knots_[part + 1].bend - knots_[part].bend) / Length(part);
  }

  // Second derivatives such that the first is continuous: three neighbours in each equation, solved
  // by elimination.
  void Bend() {
    std::array<float, kKnotsMax> middle;
    std::array<float, kKnotsMax> right;
    const size_t last = count_ - 1;
    for (size_t i = 0; i <= last; ++i) {
      const float before = i == 0 ? 0.0F : Length(i - 1);
      const float after = i == last ? 0.0F : Length(i);
      const float slope_before = i == 0 ? slope_from_ : Rise(i - 1);
      const float slope_after = i == last ? slope_to_ : Rise(i);
      middle[i] = 2.0F * (before + after);
      right[i] = 6.0F * (slope_after - slope_before);
      if (i == 0) continue;
      const float share = before / middle[i - 1];
      middle[i] -= share * before;
      right[i] -= share * right[i - 1];
    }
    knots_[last].bend = right[last] / middle[last];
    for (size_t i = last; i-- > 0;) {
      knots_[i].bend = (right[i] - Length(i) * knots_[i + 1].bend) / middle[i];
    }
  }

  float slope_from_;
  float slope_to_;
  std::array<Knot, kKnotsMax> knots_;
  size_t count_ = 2;
};

// How far a gain is out of its bounds; below zero within them.
float Beyond(float gain, float bound, float floor) { return std::max(gain - bound, floor - gain); }

}  // namespace

void DrawDescent(const GainPoint& from, const GainPoint& to, std::span<const float> bounds,
                 std::span<float> gains) {
  PARLEY_ASSERT(!gains.empty() && gains.size() <= kFrameSamplesMax / 4);
  PARLEY_ASSERT(bounds.size() == gains.size());
  const float lowest = std::min(to.gain, *std::min_element(bounds.begin(), bounds.end()));
  const float floor = kFloor * lowest;
  Spline spline(from, to, static_cast<float>(gains.size()));
  for (int step = 0; step < kStepsMax; ++step) {
    if (spline.LetGo()) continue;
    spline.Draw(gains);
    float most = kTolerance;
    for (size_t i = 0; i < gains.size(); ++i)
      most = std::max(most, Beyond(gains[i], bounds[i], floor));
    if (most == kTolerance || spline.is_full()) break;
    size_t worst = 0;
    while (Beyond(gains[worst], bounds[worst], floor) != most) ++worst;
    const bool is_above = gains[worst] - bounds[worst] > floor - gains[worst];
    const Side side = is_above ? Side::kBelow : Side::kAbove;
    const float held = side == Side::kBelow ? bounds[worst] : floor;
    if (!spline.Hold(static_cast<float>(worst), held, side)) break;
  }
  spline.Draw(gains);
  for (size_t i = 0; i < gains.size(); ++i) {
    gains[i] = std::min(std::max(gains[i], lowest / 2.0F), bounds[i]);
  }
}

}  // namespace parley
