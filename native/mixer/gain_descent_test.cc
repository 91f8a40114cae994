#include "mixer/gain_descent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr size_t kSizes[] = {20, 40, 80, 120, 240};

std::vector<float> Draw(const GainPoint& from, const GainPoint& to, std::span<const float> bounds) {
  std::vector<float> gains(bounds.size());
  DrawDescent(from, to, bounds, gains);
  return gains;
}

// How much the gain bends, both ends included.
double Bending(const GainPoint& from, const GainPoint& to, std::span<const float> gains) {
  std::vector<double> all = {double{from.gain} - from.slope, from.gain};
  all.insert(all.end(), gains.begin(), gains.end());
  all.push_back(to.gain);
  all.push_back(double{to.gain} + to.slope);
  double sum = 0;
  for (size_t i = 2; i < all.size(); ++i) {
    const double bend = all[i] - 2 * all[i - 1] + all[i - 2];
    sum += bend * bend;
  }
  return sum;
}

TEST(GainDescent, IsOneCubicWhereNothingIsInItsWay) {
  for (const size_t size : kSizes) {
    const std::vector<float> gains = Draw({}, {.gain = 0.4F}, std::vector<float>(size, 1.0F));
    for (size_t i = 0; i < size; ++i) {
      const double x = static_cast<double>(i + 1) / static_cast<double>(size + 1);
      ASSERT_NEAR(gains[i], 1.0 - 0.6 * x * x * (3.0 - 2.0 * x), 1e-5) << size << ' ' << i;
    }
  }
}

TEST(GainDescent, GoesOnInTheDirectionThatItComesIn) {
  const GainPoint from = {.gain = 0.8F, .slope = 0.004F};
  const GainPoint to = {.gain = 0.5F, .slope = -0.002F};
  const std::vector<float> gains = Draw(from, to, std::vector<float>(240, 1.0F));
  EXPECT_NEAR(gains[0] - from.gain, from.slope, 0.0005);
  EXPECT_NEAR(to.gain - gains[239], to.slope, 0.0005);
}

// A peak 0.3 ms into a frame at 16 kHz, and louder ones behind it.
TEST(GainDescent, BendsLessThanAStraightFallToThePeak) {
  std::vector<float> bounds(80, 1.0F);
  bounds[5] = 0.8F;
  bounds[30] = 0.6F;
  const GainPoint to = {.gain = 0.45F};
  const std::vector<float> gains = Draw({}, to, bounds);
  std::vector<float> fade(80);
  for (size_t i = 0; i < 80; ++i) {
    const double x = std::min(1.0, static_cast<double>(i + 1) / 14.0);
    fade[i] = static_cast<float>(1.0 - 0.55 * x * x * (3.0 - 2.0 * x));
  }
  ASSERT_LE(fade[5], 0.8F);
  EXPECT_LT(Bending({}, to, gains), Bending({}, to, fade) / 2);
  EXPECT_NEAR(gains[5], 0.8, 1e-4);
}

// Of many curves near the one drawn that stay within the bounds, none bends less.
TEST(GainDescent, NoneNearbyBendsLess) {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> bounds(80, 1.0F);
    for (int peak = 0; peak < 3; ++peak) {
      bounds[3 + random() % 70] = 0.5F + 0.5F * static_cast<float>(random() % 1000) / 1000.0F;
    }
    const GainPoint to = {.gain = 0.45F};
    const std::vector<float> gains = Draw({}, to, bounds);
    const double bending = Bending({}, to, gains);
    for (int attempt = 0; attempt < 50; ++attempt) {
      std::vector<float> other = gains;
      const auto centre = static_cast<double>(random() % 80);
      const auto width = static_cast<double>(4 + random() % 20);
      const double height = (static_cast<double>(random() % 2001) - 1000.0) / 20'000.0;
      for (size_t i = 0; i < other.size(); ++i) {
        const double place = (static_cast<double>(i) - centre) / width;
        const double moved = other[i] + height * std::exp(-place * place);
        other[i] = std::min(bounds[i], static_cast<float>(moved));
      }
      ASSERT_GT(Bending({}, to, other), bending * 0.95) << round << ' ' << attempt;
    }
  }
}

TEST(GainDescent, StaysWithinWhateverBoundsAndAboveNothing) {
  std::mt19937 random(5);
  for (int round = 0; round < 5'000; ++round) {
    const size_t size = kSizes[random() % 5];
    std::vector<float> bounds(size, 1.0F);
    for (float& bound : bounds) {
      if (random() % 4 == 0) {
        bound = std::pow(10.0F, -5.0F * static_cast<float>(random() % 1000) / 1000.0F);
      }
    }
    const auto gain = [&] { return static_cast<float>(1 + random() % 1000) / 1000.0F; };
    const auto slope = [&] {
      return (static_cast<float>(random() % 1000) / 1000.0F - 0.5F) / 5.0F;
    };
    const GainPoint to = {.gain = gain(), .slope = slope()};
    const std::vector<float> gains = Draw({.gain = gain(), .slope = slope()}, to, bounds);
    const float lowest = std::min(to.gain, *std::min_element(bounds.begin(), bounds.end()));
    for (size_t i = 0; i < size; ++i) {
      ASSERT_LE(gains[i], bounds[i]);
      ASSERT_GE(gains[i], lowest / 2);
    }
  }
}

TEST(GainDescent, AllocatesNothing) {
  const std::vector<float> bounds(240, 0.7F);
  std::vector<float> gains(240);
  const testing::AllocationTrap trap;
  DrawDescent({}, {.gain = 0.4F}, bounds, gains);
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
