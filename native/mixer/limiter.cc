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

// The smoothed target at each edge of `gains`, the last of kAttackBlocks targets that begin with
// it. REQUIRES: targets.size() == gains.size() + kAttackBlocks - 1.
void Smooth(std::span<const float> targets, std::span<float> gains) {
  std::ranges::fill(gains, 0.0F);
  for (size_t i = 0; i < Limiter::kAttackBlocks; ++i) {
    for (size_t edge = 0; edge < gains.size(); ++edge) {
      gains[edge] += kSmoothing[i] * targets[edge + i];
    }
  }
}

// The larger of each two neighbours.
void FindLarger(std::span<const float> of, std::span<float> larger) {
  for (size_t i = 0; i < larger.size(); ++i) larger[i] = std::max(of[2 * i], of[2 * i + 1]);
}

// The gain that each block may have at most, by its largest magnitude.
template <size_t kBlockSamples>
void FindNeeded(std::span<const int32_t> mix, std::span<float, kBlocks> needed) {
  // Four columns of each block, then two, then one: as vectors are filled.
  std::array<float, 4 * kBlocks> fours;
  for (size_t block = 0; block < kBlocks; ++block) {
    const int32_t* const samples = mix.data() + block * kBlockSamples;
    for (size_t column = 0; column < 4; ++column) {
      float peak = 0.0F;
      for (size_t i = column; i < kBlockSamples; i += 4) {
        peak = std::max(peak, std::abs(static_cast<float>(samples[i])));
      }
      fours[block * 4 + column] = peak;
    }
  }
  std::array<float, 2 * kBlocks> twos;
  FindLarger(fours, twos);
  std::array<float, kBlocks> peaks;
  FindLarger(twos, peaks);
  for (size_t block = 0; block < kBlocks; ++block) {
    const float peak = std::max(peaks[block], 1.0F);
    needed[block] = (peak > kCeiling ? kHeld : peak) / peak;
  }
}

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

// Gain for each sample: a straight line from each block edge to the next.
template <size_t kBlockSamples>
void DrawGains(std::span<const float, kBlocks + 1> edges, std::span<float> gains) {
  constexpr float kStep = 1.0F / static_cast<float>(kBlockSamples);
  for (size_t block = 0; block < kBlocks; ++block) {
    const float rise = (edges[block + 1] - edges[block]) * kStep;
    for (size_t i = 0; i < kBlockSamples; ++i) {
      gains[block * kBlockSamples + i] = edges[block] + rise * static_cast<float>(i);
    }
  }
}

// What a sample may be multiplied by to stay within full scale.
void DrawBounds(std::span<const int32_t> mix, std::span<float> bounds) {
  for (size_t i = 0; i < mix.size(); ++i) {
    const float magnitude = std::abs(static_cast<float>(mix[i]));
    bounds[i] = std::min(1.0F, kFullScale / magnitude);
  }
}

}  // namespace

float Limiter::gain() const {
  float gain;
  Smooth(targets_, std::span(&gain, 1));
  return gain;
}

void Limiter::Process(std::span<const int32_t> mix, std::span<int16_t> out) {
  PARLEY_ASSERT(mix.size() == out.size());
  switch (mix.size() / kBlocks) {
    case 4:
      return ProcessBlocksOf<4>(mix, out);
    case 8:
      return ProcessBlocksOf<8>(mix, out);
    case 12:
      return ProcessBlocksOf<12>(mix, out);
    default:
      return ProcessBlocksOf<24>(mix, out);
  }
}

template <size_t kBlockSamples>
void Limiter::ProcessBlocksOf(std::span<const int32_t> mix, std::span<int16_t> out) {
  PARLEY_ASSERT(mix.size() == kBlocks * kBlockSamples);
  std::array<float, kBlocks> needed;
  FindNeeded<kBlockSamples>(mix, needed);
  const std::array<float, kBlocks> allowed = Follow(needed);

  // The targets at the edges of the last frame are what they would have been, had this one been
  // known; edge kAttackBlocks - 1 is where the two frames meet.
  std::array<float, kAttackBlocks + kBlocks> targets;
  const float gain_before = gain();
  float ahead = 1.0F;
  for (size_t edge = 0; edge < kAttackBlocks; ++edge) {
    ahead = std::min(ahead, allowed[edge]);
    targets[edge] = std::min(targets_[edge], ahead);
  }
  // The edge after each block: the smoothing must respect the blocks on both sides of it.
  FindLeastAhead(allowed, std::span<float, kBlocks>(targets.begin() + kAttackBlocks, kBlocks));

  std::array<float, kBlocks + 1> edges;
  Smooth(targets, edges);
  std::array<float, kBlocks * kBlockSamples> gains;
  DrawGains<kBlockSamples>(edges, gains);
  if (gain_before > edges[0]) {
    constexpr size_t kAttack = kAttackBlocks * kBlockSamples;
    constexpr auto kBlock = static_cast<float>(kBlockSamples);
    std::array<float, kAttack> bounds;
    DrawBounds(mix.first(kAttack), bounds);
    const float slope = slope_ / kBlock;
    DrawDescent({.gain = gain_before - slope, .slope = slope},
                {.gain = edges[kAttackBlocks],
                 .slope = (edges[kAttackBlocks + 1] - edges[kAttackBlocks]) / kBlock},
                bounds, std::span(gains).first(kAttack));
  }
  slope_ = edges[kBlocks] - edges[kBlocks - 1];
  kernels::ApplyGain(mix, gains, out);

  std::copy(targets.end() - kAttackBlocks, targets.end(), targets_.begin());
  at_rest_ = envelope_ == 1.0F && gain() == 1.0F;
}

std::array<float, Limiter::kBlocks> Limiter::Follow(std::span<const float, kBlocks> needed) {
  std::array<float, kBlocks> allowed;
  for (size_t block = 0; block < kBlocks; ++block) {
    if (hold_blocks_ > 0) {
      --hold_blocks_;
    } else {
      envelope_ += (1.0F - envelope_) * kRelease;
      envelope_ = envelope_ > kReleased ? 1.0F : envelope_;
    }
    if (needed[block] < 1.0F && needed[block] <= envelope_) {
      envelope_ = needed[block];
      hold_blocks_ = kHoldBlocks;
    }
    allowed[block] = envelope_;
  }
  return allowed;
}

}  // namespace parley
