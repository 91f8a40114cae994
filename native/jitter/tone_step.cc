#include "jitter/tone_step.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "jitter/pitch.h"

namespace parley {
namespace {

// Two tones are told apart a sample of this rate from each other; below 4 kHz there is only one
// angle for a cosine.
constexpr uint32_t kSearchRateHz = 8000;
constexpr uint32_t kSearchSamplesMin = 256;
constexpr double kTurn = 2 * 3.14159265358979323846;
// What a second tone, or noise, may add: 20 dB below the tone.
constexpr double kRestMax = 0.01;
// How far the cosine from one sample to the next may be from what the tone should have there.
constexpr double kCosineTolerance = 0.01;
// Steps that differ by less leave the same phase.
constexpr double kTurnsAlike = 0.003;

struct Fit {
  double cosine;  // of the angle the tone turns by in `distance` samples
  double rest;    // what is no such tone, as a share of the energy
};

// In a tone, x[n - d] + x[n + d] = 2 cos(d w) x[n], whatever its phase.
Fit FitAt(std::span<const int16_t> audio, size_t distance) {
  double product = 0;
  double energy = 0;
  for (size_t n = distance; n + distance < audio.size(); ++n) {
    const double x = audio[n];
    product += x * (audio[n - distance] + audio[n + distance]);
    energy += x * x;
  }
  if (energy <= 0) return {0, 1};
  const double cosine = std::clamp(product / (2 * energy), -1.0, 1.0);
  double rest = 0;
  for (size_t n = distance; n + distance < audio.size(); ++n) {
    const double left = audio[n - distance] + audio[n + distance] - 2 * cosine * audio[n];
    rest += left * left;
  }
  return {cosine, rest / energy};
}

// The angle nearest to `angle` that has this cosine.
double AngleNear(double angle, double cosine) {
  const double least = std::acos(cosine);
  const double turns = std::round(angle / kTurn) * kTurn;
  double best = turns + least;
  for (const double candidate : {turns - least, turns + kTurn - least, turns - kTurn + least}) {
    if (std::abs(candidate - angle) < std::abs(best - angle)) best = candidate;
  }
  return best;
}

}  // namespace

double ToneTurnsPerSample(std::span<const int16_t> audio, uint32_t rate_hz) {
  const uint32_t step = rate_hz / kSearchRateHz;
  PARLEY_ASSERT(audio.size() >= size_t{kSearchSamplesMin} * step);
  const Fit near = FitAt(audio, step);
  if (near.rest > kRestMax) return 0;
  double angle = std::acos(near.cosine) / step;
  if (angle <= 0) return 0;
  // Above 4 kHz it would be taken for another.
  if (std::abs(FitAt(audio, 1).cosine - std::cos(angle)) > kCosineTolerance) return 0;
  // A cosine tells its angle best near a quarter turn; the further away in samples, the better.
  const auto farthest = static_cast<double>(audio.size() / 4);
  for (const double reach : {0.0, farthest / 8, farthest}) {
    const double turns = std::floor(reach * angle / kTurn);
    const double distance = std::round((turns + 0.25) * kTurn / angle);
    if (distance < 1 || distance > farthest) continue;
    angle =
        AngleNear(distance * angle, FitAt(audio, static_cast<size_t>(distance)).cosine) / distance;
  }
  return angle / kTurn;
}

uint32_t ToneLag(double turns_per_sample, uint32_t rate_hz, int direction, TonePhase& phase) {
  const auto rate = static_cast<double>(rate_hz);
  const auto shortest = static_cast<uint32_t>(kPitchPeriodMsMin * rate / 1000);
  const auto longest = static_cast<uint32_t>(kPitchPeriodMsMax * rate / 1000);
  const auto moved = [&](uint32_t lag) {
    const double turns = phase.turns + direction * static_cast<double>(lag) * turns_per_sample;
    return turns - std::round(turns);
  };
  double least = 1;
  for (uint32_t lag = shortest; lag <= longest; ++lag)
    least = std::min(least, std::abs(moved(lag)));
  uint32_t best = longest;
  while (std::abs(moved(best)) > least + kTurnsAlike) --best;
  phase.turns = moved(best);
  return best;
}

}  // namespace parley
