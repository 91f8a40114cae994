#include "mixer/limiter.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/units.h"
#include "kernels/kernels.h"
#include "mixer/gain_descent.h"

namespace parley {

namespace {

constexpr size_t kBlocks = 40;  // of 0.5 ms
constexpr uint32_t kHoldBlocks = 20;

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

// The smoothed target at the edge that is the last of these.
float Smooth(std::span<const float, Limiter::kAttackBlocks> targets) {
  float gain = 0.0F;
  for (size_t i = 0; i < targets.size(); ++i) {
    gain += kSmoothing[i] * targets[i];
  }
  return gain;
}

float BlockPeak(std::span<const int32_t> block) {
  int64_t peak = 0;
  for (const int32_t sample : block) {
    peak = std::max(peak, std::abs(int64_t{sample}));
  }
  return static_cast<float>(peak);
}

// Gain for each sample: a straight line from each block edge to the next.
void DrawGains(std::span<const float, kBlocks + 1> edges, std::span<float> gains) {
  const size_t block_samples = gains.size() / kBlocks;
  const float step = 1.0F / static_cast<float>(block_samples);
  for (size_t block = 0; block < kBlocks; ++block) {
    const float rise = (edges[block + 1] - edges[block]) * step;
    for (size_t i = 0; i < block_samples; ++i) {
      gains[block * block_samples + i] = edges[block] + rise * static_cast<float>(i);
    }
  }
}

// What a sample may be multiplied by to stay within full scale.
void DrawBounds(std::span<const int32_t> mix, std::span<float> bounds) {
  for (size_t i = 0; i < mix.size(); ++i) {
    const float magnitude = std::abs(static_cast<float>(mix[i]));
    bounds[i] = magnitude > kFullScale ? kFullScale / magnitude : 1.0F;
  }
}

}  // namespace

float Limiter::gain() const { return Smooth(targets_); }

void Limiter::Process(std::span<const int32_t> mix, std::span<int16_t> out) {
  const size_t block_samples = mix.size() / kBlocks;
  PARLEY_ASSERT(block_samples * kBlocks == mix.size());
  PARLEY_ASSERT(block_samples >= 2);
  PARLEY_ASSERT(mix.size() <= kFrameSamplesMax);
  PARLEY_ASSERT(mix.size() == out.size());

  // What each block may have at most.
  std::array<float, kBlocks> allowed;
  for (size_t block = 0; block < kBlocks; ++block) {
    const float peak = BlockPeak(mix.subspan(block * block_samples, block_samples));
    const float needed = peak > kCeiling ? kHeld / peak : 1.0F;
    if (hold_blocks_ > 0) {
      --hold_blocks_;
    } else {
      envelope_ += (1.0F - envelope_) * kRelease;
      envelope_ = envelope_ > kReleased ? 1.0F : envelope_;
    }
    if (needed < 1.0F && needed <= envelope_) {
      envelope_ = needed;
      hold_blocks_ = kHoldBlocks;
    }
    allowed[block] = envelope_;
  }

  // The targets at the edges of the last frame are what they would have been, had this one been
  // known; edge kAttackBlocks - 1 is where the two frames meet.
  std::array<float, kAttackBlocks + kBlocks> targets;
  const float gain_before = Smooth(targets_);
  float ahead = 1.0F;
  for (size_t edge = 0; edge < kAttackBlocks; ++edge) {
    ahead = std::min(ahead, allowed[edge]);
    targets[edge] = std::min(targets_[edge], ahead);
  }
  for (size_t block = 0; block < kBlocks; ++block) {
    // The edge after this block: the smoothing must respect the blocks on both sides of it.
    const size_t last = std::min(block + kAttackBlocks, kBlocks - 1);
    targets[kAttackBlocks + block] =
        *std::min_element(allowed.begin() + block, allowed.begin() + last + 1);
  }

  std::array<float, kBlocks + 1> edges;
  for (size_t edge = 0; edge <= kBlocks; ++edge) {
    edges[edge] = Smooth(std::span(targets).subspan(edge).first<kAttackBlocks>());
  }
  std::array<float, kFrameSamplesMax> gains_memory;
  const std::span<float> gains = std::span(gains_memory).first(mix.size());
  DrawGains(edges, gains);
  if (gain_before > edges[0]) {
    const size_t attack = kAttackBlocks * block_samples;
    const auto block = static_cast<float>(block_samples);
    std::array<float, kAttackBlocks * kFrameSamplesMax / kBlocks> bounds_memory;
    const std::span<float> bounds = std::span(bounds_memory).first(attack);
    DrawBounds(mix.first(attack), bounds);
    const float slope = slope_ / block;
    DrawDescent({.gain = gain_before - slope, .slope = slope},
                {.gain = edges[kAttackBlocks],
                 .slope = (edges[kAttackBlocks + 1] - edges[kAttackBlocks]) / block},
                bounds, gains.first(attack));
  }
  slope_ = edges[kBlocks] - edges[kBlocks - 1];
  kernels::ApplyGain(mix, gains, out);

  std::copy(targets.end() - kAttackBlocks, targets.end(), targets_.begin());
  at_rest_ = envelope_ == 1.0F && gain() == 1.0F;
}

}  // namespace parley
