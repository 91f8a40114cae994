#include "mixer/limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/targets.h"
#include "mixer/gain_descent.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr size_t kFrameSizes[] = {160, 320, 480, 960};

std::vector<int16_t> Process(Limiter& limiter, std::span<const int32_t> mix) {
  std::vector<int16_t> out(mix.size());
  limiter.Process(mix, out);
  return out;
}

// A sine of `period` samples whose peaks are `amplitude`.
std::vector<int32_t> Sine(size_t size, size_t period, double amplitude) {
  std::vector<int32_t> sine(size);
  for (size_t i = 0; i < size; ++i) {
    const double turn = 6.283185307179586 * static_cast<double>(i) / static_cast<double>(period);
    sine[i] = static_cast<int32_t>(std::lround(amplitude * std::sin(turn)));
  }
  return sine;
}

uint32_t Peak(std::span<const int16_t> frame) {
  int peak = 0;
  for (const int16_t sample : frame) {
    peak = std::max(peak, std::abs(static_cast<int>(sample)));
  }
  return static_cast<uint32_t>(peak);
}

// What limiter.h says, value by value: all that Limiter does faster.
class PlainLimiter {
 public:
  std::vector<int16_t> Process(std::span<const int32_t> mix) {
    const size_t samples = mix.size() / kBlocks;
    std::vector<float> allowed;
    for (size_t block = 0; block < kBlocks; ++block) {
      allowed.push_back(Allow(mix.subspan(block * samples, samples)));
    }
    std::vector<float> targets(targets_);
    for (size_t edge = 0; edge < kAttack; ++edge) {
      targets[edge] = std::min(targets[edge], Least(allowed, 0, edge));
    }
    for (size_t block = 0; block < kBlocks; ++block) {
      targets.push_back(Least(allowed, block, std::min(block + kAttack, kBlocks - 1)));
    }
    std::vector<float> edges;
    for (size_t edge = 0; edge <= kBlocks; ++edge) edges.push_back(Smooth(targets, edge));
    std::vector<float> gains;
    for (size_t at = 0; at < mix.size(); ++at) {
      const float rise = edges[at / samples + 1] - edges[at / samples];
      const float step = rise * (1.0F / static_cast<float>(samples));
      gains.push_back(edges[at / samples] + step * static_cast<float>(at % samples));
    }
    const float gain_before = Smooth(targets_, 0);
    if (gain_before > edges[0]) Descend(mix, gain_before, edges, gains);
    slope_ = edges[kBlocks] - edges[kBlocks - 1];
    targets_.assign(targets.end() - kAttack, targets.end());
    std::vector<int16_t> out(mix.size());
    kernels::ApplyGain(mix, gains, out);
    return out;
  }

 private:
  static constexpr size_t kAttack = Limiter::kAttackBlocks;
  static constexpr size_t kBlocks = Limiter::kBlocks;

  float Allow(std::span<const int32_t> block) {
    int64_t peak = 0;
    for (const int32_t sample : block) peak = std::max(peak, std::abs(int64_t{sample}));
    const auto loud = static_cast<float>(peak);
    const float needed = peak > kLimiterCeiling ? kLimiterHeld / loud : 1.0F;
    if (held_blocks_ > 0) {
      --held_blocks_;
    } else {
      envelope_ += (1.0F - envelope_) * 0.024690088F;
      if (envelope_ > 0.9999F) envelope_ = 1.0F;
    }
    if (needed < 1.0F && needed <= envelope_) {
      envelope_ = needed;
      held_blocks_ = 20;
    }
    return envelope_;
  }

  static float Least(const std::vector<float>& of, size_t first, size_t last) {
    return *std::min_element(of.begin() + static_cast<std::ptrdiff_t>(first),
                             of.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  }

  static float Smooth(const std::vector<float>& targets, size_t edge) {
    constexpr float kBell[kAttack] = {1, 3, 7, 10, 11, 11, 10, 7, 3, 1};
    float gain = 0;
    for (size_t i = 0; i < kAttack; ++i) gain += kBell[i] / 64.0F * targets[edge + i];
    return gain;
  }

  void Descend(std::span<const int32_t> mix, float gain_before, const std::vector<float>& edges,
               std::span<float> gains) const {
    const size_t attack = kAttack * mix.size() / kBlocks;
    const auto samples = static_cast<float>(mix.size() / kBlocks);
    std::vector<float> bounds;
    for (const int32_t sample : mix.first(attack)) {
      const float magnitude = std::abs(static_cast<float>(sample));
      bounds.push_back(magnitude > 32767.0F ? 32767.0F / magnitude : 1.0F);
    }
    const float slope = slope_ / samples;
    DrawDescent({.gain = gain_before - slope, .slope = slope},
                {.gain = edges[kAttack], .slope = (edges[kAttack + 1] - edges[kAttack]) / samples},
                bounds, gains.first(attack));
  }

  float envelope_ = 1.0F;
  uint32_t held_blocks_ = 0;
  std::vector<float> targets_ = std::vector<float>(kAttack, 1.0F);
  float slope_ = 0.0F;
};

TEST(Limiter, IsWhatItsDefinitionSaysToTheBit) {
  std::mt19937 random(7);
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    PlainLimiter plain;
    for (int frame = 0; frame < 300; ++frame) {
      // Loud and soft by turns, with clicks.
      const auto most = int32_t{1} << random() % 22;
      std::vector<int32_t> mix(size);
      for (int32_t& sample : mix) sample = static_cast<int32_t>(random() % (2u * most)) - most;
      mix[random() % size] = random() % 3 == 0 ? INT32_MIN : 0;
      ASSERT_EQ(Process(limiter, mix), plain.Process(mix)) << "frame " << frame << " of " << size;
    }
  }
}

TEST(Limiter, CeilingIsOneDecibelBelowFullScaleAndThreeAboveWhereItHolds) {
  EXPECT_EQ(kLimiterCeiling, static_cast<uint32_t>(std::lround(32767.0 * std::pow(10.0, -0.05))));
  EXPECT_EQ(kLimiterHeld, static_cast<uint32_t>(std::lround(32767.0 * std::pow(10.0, -0.2))));
}

TEST(Limiter, LeavesAMixThatFitsBitForBit) {
  std::mt19937 random(1);
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    for (int frame = 0; frame < 20; ++frame) {
      std::vector<int32_t> mix(size);
      for (int32_t& sample : mix) {
        sample = static_cast<int32_t>(random() % (2 * kLimiterCeiling + 1)) -
                 static_cast<int32_t>(kLimiterCeiling);
      }
      mix[random() % size] = kLimiterCeiling;
      const std::vector<int16_t> out = Process(limiter, mix);
      ASSERT_TRUE(std::equal(out.begin(), out.end(), mix.begin()));
      ASSERT_TRUE(limiter.IsTransparent(kLimiterCeiling));
      ASSERT_FALSE(limiter.IsTransparent(kLimiterCeiling + 1));
    }
  }
}

TEST(Limiter, HoldsASteadyOverloadBelowTheCeiling) {
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    const std::vector<int32_t> mix = Sine(size, size / 20, 100'000.0);  // 1 kHz
    for (int frame = 0; frame < 10; ++frame) {
      const std::vector<int16_t> out = Process(limiter, mix);
      if (frame > 0) {
        EXPECT_LE(Peak(out), kLimiterHeld + 1);
        EXPECT_GE(Peak(out), kLimiterHeld * 0.99);
      }
    }
    EXPECT_NEAR(limiter.gain(), kLimiterHeld / 100'000.0, 0.002);
  }
}

// Loud talkers, up to all of them at full scale together, in every phase relation to the frame.
TEST(Limiter, NeverWrapsNorLeavesFullScale) {
  std::mt19937 random(2);
  for (const size_t size : kFrameSizes) {
    for (int32_t talkers = 2; talkers <= 64; talkers += talkers < 8 ? 1 : 7) {
      Limiter limiter;
      for (int frame = 0; frame < 30; ++frame) {
        std::vector<int32_t> mix = Sine(size, 16 + random() % 200, 32'767.0 * talkers);
        if (frame % 3 == 1) {
          std::fill(mix.begin(), mix.begin() + static_cast<ptrdiff_t>(random() % size), 0);
        } else if (frame % 3 == 2) {
          for (int32_t& sample : mix) {
            sample = (random() % 2 == 0 ? 32'767 : -32'768) * talkers;
          }
        }
        const std::vector<int16_t> out = Process(limiter, mix);
        for (size_t i = 0; i < size; ++i) {
          // The sign survives: nothing wrapped. int16 holds the rest.
          ASSERT_GE(int64_t{mix[i]} * out[i], 0) << talkers << ' ' << frame << ' ' << i;
          ASSERT_LE(std::abs(int{out[i]}), std::abs(int64_t{mix[i]}));
          ASSERT_TRUE(mix[i] == 0 || std::abs(mix[i]) < 32'768 || out[i] != 0);
        }
        ASSERT_GT(limiter.gain(), 0.0F);
        ASSERT_LE(limiter.gain(), 1.0F);
      }
    }
  }
}

TEST(Limiter, IsTotalOverEveryInt32) {
  for (const int32_t extreme : {INT32_MAX, INT32_MIN}) {
    Limiter limiter;
    const std::vector<int16_t> out = Process(limiter, std::vector<int32_t>(160, extreme));
    for (const int16_t sample : out) {
      EXPECT_EQ(sample > 0, extreme > 0);
    }
  }
}

TEST(Limiter, IsDownBeforeAPeakInsideTheFrameComes) {
  for (const size_t size : kFrameSizes) {
    std::vector<int32_t> mix = Sine(size, size / 20, 20'000.0);
    const size_t burst = size * 3 / 5;
    const std::vector<int32_t> loud = Sine(size, size / 20, 90'000.0);
    std::copy(loud.begin() + static_cast<ptrdiff_t>(burst), loud.end(),
              mix.begin() + static_cast<ptrdiff_t>(burst));
    Limiter limiter;
    const std::vector<int16_t> out = Process(limiter, mix);
    EXPECT_LE(Peak(out), kLimiterCeiling + 1);
    // More than 5.5 ms before the burst nothing has changed yet.
    const size_t untouched = burst - size / 40 * 11;
    EXPECT_TRUE(
        std::equal(out.begin(), out.begin() + static_cast<ptrdiff_t>(untouched), mix.begin()));
  }
}

TEST(Limiter, MovesTheGainSmoothlyBetweenFrames) {
  // A constant shows the gain itself. Quiet, then overloaded from some way into a frame on, then
  // quiet again: within 5 ms the gain may fall by all it must, never jump.
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    std::vector<int16_t> heard;
    for (int frame = 0; frame < 12; ++frame) {
      std::vector<int32_t> mix(size, 1000);
      if (frame == 3) {
        mix[size / 2] = 60'000;
        mix[size / 2 + 1] = 60'000;
      }
      const std::vector<int16_t> out = Process(limiter, mix);
      heard.insert(heard.end(), out.begin(), out.end());
    }
    const size_t peak_at = 3 * size + size / 2;
    EXPECT_NEAR(heard[peak_at], kLimiterHeld, 2);
    for (size_t i = 1; i < heard.size(); ++i) {
      if (i < peak_at || i > peak_at + 2) {
        // 0.66 of 1000 within 5 ms, at twice the mean slope at most.
        const double steepest = 1320.0 / (static_cast<double>(size) / 4.0) + 1.5;
        ASSERT_LE(std::abs(heard[i] - heard[i - 1]), steepest) << size << ' ' << i;
      }
    }
  }
}

TEST(Limiter, HoldsTheGainForTenMillisecondsAfterAPeak) {
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    Process(limiter, Sine(size, size / 20, 60'000.0));
    const float held = limiter.gain();
    const std::vector<int16_t> out = Process(limiter, std::vector<int32_t>(size, 20'000));
    // Smoothing begins up to 5 ms after the hold ends, never before.
    const auto expected = static_cast<int16_t>(std::lround(20'000.0F * held));
    for (size_t i = 0; i < size / 2 - size / 40; ++i) {
      ASSERT_NEAR(out[i], expected, 1) << size << ' ' << i;
    }
    EXPECT_GT(out.back(), expected + 1000);
  }
}

TEST(Limiter, ReleasesInTwentyMillisecondsAndComesToRestAtExactlyOne) {
  for (const size_t size : kFrameSizes) {
    Limiter limiter;
    Process(limiter, Sine(size, size / 20, kLimiterHeld * 2.0));
    const float reduced = limiter.gain();
    EXPECT_NEAR(reduced, 0.5F, 0.01F);
    // 10 ms of hold, 20 ms of time constant, 2.5 ms of smoothing: after 40 ms more than 1 - 1/e of
    // the way is done, and some is left.
    const std::vector<int32_t> quiet(size, 100);
    Process(limiter, quiet);
    Process(limiter, quiet);
    EXPECT_GT(limiter.gain(), 1.0F - 0.5F * 0.37F);
    EXPECT_LT(limiter.gain(), 1.0F - 0.5F * 0.15F);
    EXPECT_FALSE(limiter.IsTransparent(100));
    int frames = 2;
    while (!limiter.IsTransparent(kLimiterCeiling) && frames < 50) {
      Process(limiter, quiet);
      ++frames;
    }
    EXPECT_LE(frames, 13) << size;
    EXPECT_EQ(limiter.gain(), 1.0F);
    const std::vector<int32_t> loud_but_fitting = Sine(size, size / 20, kLimiterCeiling);
    const std::vector<int16_t> out = Process(limiter, loud_but_fitting);
    EXPECT_TRUE(std::equal(out.begin(), out.end(), loud_but_fitting.begin()));
  }
}

TEST(Limiter, ACopyGoesOnAsTheOriginal) {
  Limiter original;
  Process(original, Sine(320, 16, 70'000.0));
  Limiter copy = original;
  const std::vector<int32_t> next = Sine(320, 24, 50'000.0);
  EXPECT_EQ(Process(copy, next), Process(original, next));
}

TEST(Limiter, GivesTheSameBitsOnEveryTarget) {
  std::vector<std::vector<int16_t>> heard;
  for (const std::string_view target : kernels::SupportedTargets()) {
    ASSERT_TRUE(kernels::ForceTarget(target));
    std::mt19937 random(3);
    Limiter limiter;
    std::vector<int16_t>& all = heard.emplace_back();
    for (int frame = 0; frame < 20; ++frame) {
      const double amplitude = static_cast<double>(random() % 200'000);
      const std::vector<int16_t> out = Process(limiter, Sine(960, 20 + random() % 300, amplitude));
      all.insert(all.end(), out.begin(), out.end());
    }
    EXPECT_EQ(all, heard.front()) << target;
  }
  kernels::ReleaseTarget();
}

TEST(Limiter, AllocatesNothing) {
  const std::vector<int32_t> mix = Sine(960, 48, 100'000.0);
  std::vector<int16_t> out(960);
  const testing::AllocationTrap trap;
  Limiter limiter;
  limiter.Process(mix, out);
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
