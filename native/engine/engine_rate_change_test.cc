// A room changes its rate in mid-sound, and nobody hears how.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/rate_change.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using testing::LaneCaller;
using testing::TestShard;

constexpr double kHz = 440;
constexpr double kAmplitude = 10'000;

struct Change {
  uint32_t from_hz;
  uint32_t to_hz;
};

class RateChangeTest : public ::testing::TestWithParam<Change> {
 protected:
  // A talker and hearers at every rate, one of them a talker too, so that he has a mix of his own.
  RateChangeTest() {
    std::vector<Record> batch = {testing::OpenRoom(0, GetParam().from_hz, 1)};
    for (const uint32_t rate_hz : {16000u, 8000u, 16000u, 24000u, 48000u, 48000u}) {
      const testing::LegRef leg = {.slot = static_cast<uint32_t>(callers_.size())};
      callers_.emplace_back(leg, CodecFormat{Codec::kLinear16, rate_hz});
      batch.push_back(Record::From(callers_.back().OpenLeg()));
      const bool talks = leg.slot == 0 || leg.slot == 5;
      batch.push_back(
          testing::RouteLeg(leg, {.sends = talks ? layout::Sends::kRoom : layout::Sends::kNobody}));
    }
    shard_.Command(batch);
  }

  void Run(uint32_t turns) {
    for (uint32_t turn = 0; turn < turns; ++turn) {
      for (size_t slot = 0; slot < callers_.size(); ++slot) {
        std::vector<int16_t> frame(callers_[slot].frame_samples(), 0);
        if (slot == 0) tone_.Fill(frame);
        // The second voice is but enough to be one.
        if (slot == 5) frame[0] = 1;
        callers_[slot].Send(shard_, frame);
      }
      shard_.Tick(4);
      for (LaneCaller& caller : callers_) caller.Hear(shard_, {});
    }
  }

  TestShard shard_;
  std::vector<LaneCaller> callers_;
  testing::Tone tone_{kHz, kAmplitude, 16000};
};

TEST_P(RateChangeTest, LeavesAToneWhole) {
  Run(50);
  std::vector<size_t> changed_at;
  for (const LaneCaller& caller : callers_) {
    changed_at.push_back(const_cast<LaneCaller&>(caller).heard().size());
  }
  shard_.Command({testing::SetRoomRate(0, GetParam().to_hz)});
  Run(50);
  EXPECT_EQ(shard_.engine().stats()->room_rates_changed_abruptly, 0u);
  for (size_t slot = 1; slot < callers_.size(); ++slot) {
    const uint32_t rate_hz = callers_[slot].format().rate_hz;
    const std::span<const int16_t> heard = callers_[slot].heard();
    const std::string who = "leg " + std::to_string(slot) + " at " + std::to_string(rate_hz);
    const size_t at = changed_at[slot];
    // From before the change until all has settled.
    const auto around = heard.subspan(at - rate_hz / 10, rate_hz / 4);
    EXPECT_LT(testing::SplatterDb(around, rate_hz, kHz, kAmplitude, 400), -50.0) << who;
    EXPECT_NEAR(testing::Decibels(testing::ToneAmplitude(heard.last(rate_hz / 2), kHz, rate_hz),
                                  kAmplitude),
                0, 0.1)
        << who;
    // It never goes away in between, not for 5 ms.
    for (size_t begin = 0; begin + rate_hz / 200 <= around.size(); begin += rate_hz / 400) {
      EXPECT_GT(std::ranges::max(around.subspan(begin, rate_hz / 200)), kAmplitude / 4) << who;
    }
  }
  // Whom it is not for hears nothing of it.
  EXPECT_LE(std::ranges::max(callers_[0].heard()), 2);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateChangeTest,
                         ::testing::Values(Change{8000, 16000}, Change{16000, 8000},
                                           Change{8000, 48000}, Change{48000, 8000},
                                           Change{16000, 48000}, Change{48000, 16000}),
                         [](const auto& test) {
                           return std::to_string(test.param.from_hz) + "To" +
                                  std::to_string(test.param.to_hz);
                         });

// A shard whose room 0 changes its rate, with two lanes at 16 kHz in it and a third outside.
class RateChangeRoute : public ::testing::Test {
 protected:
  RateChangeRoute() {
    std::vector<Record> batch = {testing::OpenRoom(0, 8000)};
    for (uint32_t slot = 0; slot < 3; ++slot) {
      callers_.emplace_back(testing::LegRef{.slot = slot}, CodecFormat{Codec::kLinear16, 16000});
      batch.push_back(Record::From(callers_.back().OpenLeg()));
      if (slot < 2) batch.push_back(testing::RouteLeg({.slot = slot}, {}));
    }
    shard_.Command(batch);
  }

  void Run(uint32_t turns) {
    for (uint32_t turn = 0; turn < turns; ++turn) {
      std::vector<int16_t> frame(320);
      tone_.Fill(frame);
      callers_[0].Send(shard_, frame);
      shard_.Tick(4);
      for (LaneCaller& caller : callers_) caller.Hear(shard_, {});
    }
  }

  int LoudestOfLast(uint32_t slot, size_t samples) {
    return std::ranges::max(std::span<const int16_t>(callers_[slot].heard()).last(samples));
  }

  TestShard shard_;
  std::vector<LaneCaller> callers_;
  testing::Tone tone_{kHz, kAmplitude, 16000};
};

TEST_F(RateChangeRoute, WhoIsMutedInTheSameBatchIsNotHeardAtEitherRate) {
  Run(20);
  shard_.Command({testing::SetRoomRate(0, 16000),
                  testing::RouteLeg({.slot = 0}, {.sends = layout::Sends::kNobody})});
  Run(20);
  EXPECT_EQ(LoudestOfLast(1, 20 * 320 - 64), 0);
}

TEST_F(RateChangeRoute, WhoComesWithTheChangeHearsTheRoom) {
  Run(20);
  shard_.Command({testing::SetRoomRate(0, 16000), testing::SetRoomRate(0, 48000),
                  testing::SetRoomRate(0, 16000), testing::RouteLeg({.slot = 2}, {})});
  Run(20);
  EXPECT_NEAR(LoudestOfLast(2, 3'200), kAmplitude, 100);
  EXPECT_NEAR(LoudestOfLast(1, 3'200), kAmplitude, 100);
}

TEST_F(RateChangeRoute, WhoLeavesWithTheChangeHearsNothingMore) {
  Run(20);
  shard_.Command(
      {testing::SetRoomRate(0, 16000), testing::RouteLeg({.slot = 1}, {.room = layout::kNone})});
  Run(20);
  EXPECT_EQ(LoudestOfLast(1, 18 * 320), 0);
}

TEST_F(RateChangeRoute, AnEmptyRoomChangesToo) {
  shard_.Command({testing::OpenRoom(1, 8000), testing::SetRoomRate(1, 48000)});
  Run(3);
  shard_.Command(
      {testing::RouteLeg({.slot = 0}, {.room = 1}), testing::RouteLeg({.slot = 2}, {.room = 1})});
  Run(20);
  EXPECT_NEAR(LoudestOfLast(2, 3'200), kAmplitude, 100);
}

TEST(RateChange, KeepsSoManyFramesForATickMoreThanAFrame) {
  RateChange change(kRateChangeFramesMax);
  const auto take = [&](uint32_t count) {
    uint32_t taken = 0;
    while (taken < count && change.Take() != layout::kNone) ++taken;
    return taken;
  };
  EXPECT_EQ(take(500), 500u);
  change.BeginTick();
  EXPECT_EQ(take(500), kRateChangeFramesMax - 500);
  for (uint32_t tick = 2; tick <= kPhasesPerFrame; ++tick) {
    change.BeginTick();
    EXPECT_EQ(take(1), 0u) << tick;
  }
  change.BeginTick();
  EXPECT_EQ(take(1'000), 500u);
  change.BeginTick();
  EXPECT_EQ(take(1'000), kRateChangeFramesMax - 500);
}

TEST(RateChange, FadesFromTheOneToTheOther) {
  RateChange change(1);
  const uint32_t place = change.Take();
  std::ranges::fill(change.frame(place), int16_t{1'000});
  std::vector<int16_t> after(320, -1'000);
  change.Fade(place, after);
  EXPECT_EQ(after.front(), 1'000);
  EXPECT_EQ(after[90], 1'000);
  EXPECT_EQ(after.back(), -1'000);
  EXPECT_TRUE(std::ranges::is_sorted(after, std::ranges::greater{}));
}

}  // namespace
}  // namespace parley
