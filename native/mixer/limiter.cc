#include "mixer/limiter.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/units.h"
#include "kernels/kernels.h"
#include "mixer/gain_descent.h"

namespace parley {

namespace {

constexpr size_t kBlocks = Limiter::kBlocks;
constexpr uint8_t kHoldBlocks = 20;

// 1 - e^(-0.5 ms / 20 ms): the part of the way back to 1 that each block goes.
constexpr float kRelease = 0.024690088F;
// From here the release jumps to 1: -80 dB of the signal, below what int16 can show of it.
constexpr float kReleased = 0.9999F;

constexpr float kCeiling = kLimiterCeiling;
constexpr float kHeld = kLimiterHeld;
constexpr float kFullScale = 32767.0F;

// A raised-cosine bell in 64ths: sums of these are exact, so a gain of 1 stays exactly 1.
constexpr std::array<float, Limiter::kAttackBlocks> kSmoothing = {
    1 / 64.0F,  3 / 64.0F,  7 / 64.0F, 10 / 64.0F, 11 / 64.0F,
    11 / 64.0F, 10 / 64.0F, 7 / 64.0F, 3 / 64.0F,  1 / 64.0F};

// Of each block the least that it and the kAttackBlocks behind it are allowed, as far as these are
// known.
void FindLeastAhead(std::span<const float, kBlocks> allowed, std::span<float, kBlocks> least) {
  constexpr size_t kAhead = Limiter::kAttackBlocks;
  static_assert(kAhead + 1 == 11);
  // More and more of those behind: two, four, eight, eleven. What is not known asks for nothing.
  std::array<float, kBlocks + 3 + 4 + 2 + 1> of;
  std::ranges::fill(std::ranges::copy(allowed, of.begin()).out, of.end(), 1.0F);
  const auto take = [&of](size_t distance, size_t count) {
    for (size_t i = 0; i < count; ++i) of[i] = std::min(of[i], of[i + distance]);
  };
  take(1, kBlocks + 3 + 4 + 2);
  take(2, kBlocks + 3 + 4);
  take(4, kBlocks + 3);
  take(3, kBlocks);
  std::ranges::copy(std::span(of).first(kBlocks), least.begin());
}

// What a sample may be multiplied by to stay within full scale.
void DrawBounds(std::span<const int32_t> mix, std::span<float> bounds) {
  for (size_t i = 0; i < mix.size(); ++i) {
    const float magnitude = std::abs(static_cast<float>(mix[i]));
    bounds[i] = std::min(1.0F, kFullScale / magnitude);
  }
}

}  // namespace

void Limiter::Process(std::span<const int32_t> mix, std::span<int16_t> out) {
  PARLEY_ASSERT(mix.size() == out.size());
  PARLEY_ASSERT(mix.size() <= kFrameSamplesMax);
  const size_t block_samples = mix.size() / kBlocks;
  std::array<float, kBlocks> needed;
  kernels::FindNeededGains(mix, kCeiling, kHeld, needed);
  const std::array<float, kBlocks> allowed = Follow(needed);

  // The targets at the edges of the last frame are what they would have been, had this one been
  // known; edge kAttackBlocks - 1 is where the two frames meet.
  std::array<float, kAttackBlocks + kBlocks> targets;
  float ahead = 1.0F;
  for (size_t edge = 0; edge < kAttackBlocks; ++edge) {
    ahead = std::min(ahead, allowed[edge]);
    targets[edge] = std::min(targets_[edge], ahead);
  }
  // The edge after each block: the smoothing must respect the blocks on both sides of it.
  FindLeastAhead(allowed, std::span<float, kBlocks>(targets.begin() + kAttackBlocks, kBlocks));

  std::array<float, kBlocks + 1> edges;
  kernels::SmoothGains(targets, kSmoothing, edges);
  std::array<float, kFrameSamplesMax> drawn;
  const std::span<float> gains = std::span(drawn).first(mix.size());
  kernels::DrawGains(edges, gains);
  if (gain_ > edges[0]) {
    const size_t attack = kAttackBlocks * block_samples;
    const auto samples = static_cast<float>(block_samples);
    std::array<float, kFrameSamplesMax / kBlocks * kAttackBlocks> bounds;
    DrawBounds(mix.first(attack), std::span(bounds).first(attack));
    const float slope = slope_ / samples;
    DrawDescent({.gain = gain_ - slope, .slope = slope},
                {.gain = edges[kAttackBlocks],
                 .slope = (edges[kAttackBlocks + 1] - edges[kAttackBlocks]) / samples},
                std::span(bounds).first(attack), gains.first(attack));
  }
  slope_ = edges[kBlocks] - edges[kBlocks - 1];
  kernels::ApplyGain(mix, gains, out);

  std::copy(targets.end() - kAttackBlocks, targets.end(), targets_.begin());
  gain_ = edges[kBlocks];
  at_rest_ = envelope_ == 1.0F && gain_ == 1.0F;
}

std::array<float, Limiter::kBlocks> Limiter::Follow(std::span<const float, kBlocks> needed) {
  std::array<float, kBlocks> allowed;
  float envelope = envelope_;
  uint8_t hold_blocks = hold_blocks_;
  for (size_t block = 0; block < kBlocks; ++block) {
    if (hold_blocks > 0) {
      --hold_blocks;
    } else {
      envelope += (1.0F - envelope) * kRelease;
      if (envelope > kReleased) envelope = 1.0F;
    }
    if (needed[block] < 1.0F && needed[block] <= envelope) {
      envelope = needed[block];
      hold_blocks = kHoldBlocks;
    }
    allowed[block] = envelope;
  }
  envelope_ = envelope;
  hold_blocks_ = hold_blocks;
  return allowed;
}

}  // namespace parley
