// Large rooms, in which only those who talk most are mixed: what each hears is, to the bit, the sum
// of what the others gave.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Sends;
using testing::LaneCaller;
using testing::TestShard;

constexpr CodecFormat kWide = {Codec::kLinear16, 16000};
constexpr uint32_t kSamples = 320;

class EngineRankingTest : public ::testing::Test {
 protected:
  void Open(uint32_t legs, uint32_t ranked_above, uint32_t talkers_max) {
    layout::OpenRoom room = testing::OpenRoom(1, 16000).As<layout::OpenRoom>();
    room.ranked_above = ranked_above;
    room.talkers_max = talkers_max;
    std::vector<Record> batch = {Record::From(room)};
    for (uint32_t slot = 0; slot < legs; ++slot) {
      callers_.emplace_back(testing::LegRef{.slot = slot}, kWide);
      batch.push_back(Record::From(callers_.back().OpenLeg()));
      batch.push_back(testing::RouteLeg({.slot = slot}, {.room = 1}));
    }
    shard_.Command(batch);
    heard_.resize(legs);
  }

  // 20 ms in which leg n says noise of amplitude levels[n].
  void Turn(const std::vector<int32_t>& levels) {
    for (size_t leg = 0; leg < callers_.size(); ++leg) {
      std::vector<int16_t> frame(kSamples);
      for (int16_t& sample : frame) {
        if (levels[leg] == 0) break;
        sample = static_cast<int16_t>(static_cast<int32_t>(random_() % (2u * levels[leg] + 1)) -
                                      levels[leg]);
      }
      callers_[leg].Send(shard_, frame);
    }
    shard_.Tick(4);
    for (size_t leg = 0; leg < callers_.size(); ++leg) {
      callers_[leg].heard().clear();
      callers_[leg].Hear(shard_, {});
      heard_[leg] = callers_[leg].heard();
    }
  }

  bool Contributes(uint32_t leg) { return shard_.arena().leg(leg).input_contributes == 1; }

  uint32_t Contributors() {
    uint32_t count = 0;
    for (uint32_t leg = 0; leg < callers_.size(); ++leg) count += Contributes(leg) ? 1 : 0;
    return count;
  }

  void ExpectExactSums(int turn) {
    std::vector<int32_t> sum(kSamples);
    for (uint32_t leg = 0; leg < callers_.size(); ++leg) {
      if (!Contributes(leg)) continue;
      for (uint32_t i = 0; i < kSamples; ++i) sum[i] += shard_.engine().FrameSaidBy(leg)[i];
    }
    for (uint32_t leg = 0; leg < callers_.size(); ++leg) {
      std::vector<int16_t> expected(kSamples);
      for (uint32_t i = 0; i < kSamples; ++i) {
        const int32_t own = Contributes(leg) ? shard_.engine().FrameSaidBy(leg)[i] : 0;
        expected[i] = static_cast<int16_t>(sum[i] - own);
      }
      ASSERT_EQ(heard_[leg], expected) << "leg " << leg << " in turn " << turn;
    }
  }

  TestShard shard_;
  std::vector<LaneCaller> callers_;
  std::vector<std::vector<int16_t>> heard_;
  std::mt19937 random_{1};
};

TEST_F(EngineRankingTest, WhatEachHearsIsTheExactSumOfTheOthersThroughEveryFade) {
  constexpr uint32_t kLegs = 20;
  Open(kLegs, 8, 3);
  std::vector<int32_t> levels(kLegs, 20);
  uint32_t most = 0;
  for (int turn = 0; turn < 600; ++turn) {
    for (int32_t& level : levels) {
      if (random_() % 25 == 0) level = random_() % 3 == 0 ? 3000 : 20;
    }
    Turn(levels);
    // At first all fade out who have no place.
    if (turn > 0) most = std::max(most, Contributors());
    ExpectExactSums(turn);
  }
  // Three, and those that fade out.
  EXPECT_GT(most, 3u);
  EXPECT_LE(most, 6u);
  EXPECT_EQ(shard_.engine().stats()->mixes_limited, 0u);
  EXPECT_GT(shard_.engine().stats()->frames_left_out, 600u * 10);
}

TEST_F(EngineRankingTest, WhoIsLeftOutHearsTheSharedMix) {
  constexpr uint32_t kLegs = 20;
  Open(kLegs, 8, 3);
  std::vector<int32_t> levels(kLegs, 20);
  levels[5] = levels[6] = 3000;
  for (int turn = 0; turn < 10; ++turn) Turn(levels);
  const uint64_t mixes = shard_.engine().stats()->mixes;
  Turn(levels);
  // One for each of three talkers, one for all others.
  EXPECT_EQ(shard_.engine().stats()->mixes - mixes, 4u);
  EXPECT_EQ(heard_[0], heard_[19]);
  EXPECT_NE(heard_[5], heard_[6]);
}

TEST_F(EngineRankingTest, ARoomAtItsSizeMixesEverybody) {
  constexpr uint32_t kLegs = 8;
  Open(kLegs, 8, 3);
  const std::vector<int32_t> levels(kLegs, 500);
  for (int turn = 0; turn < 50; ++turn) {
    Turn(levels);
    EXPECT_EQ(Contributors(), kLegs);
    ExpectExactSums(turn);
  }
  EXPECT_EQ(shard_.engine().stats()->frames_left_out, 0u);
}

TEST_F(EngineRankingTest, AWhisperNeedsNoPlace) {
  constexpr uint32_t kLegs = 12;
  Open(kLegs, 8, 1);
  std::vector<int32_t> levels(kLegs, 20);
  levels[0] = 3000;
  levels[1] = 40;
  shard_.Command(
      {testing::RouteLeg({.slot = 1}, {.room = 1, .sends = Sends::kWhisper, .whisper_to = 2})});
  for (int turn = 0; turn < 100; ++turn) Turn(levels);
  EXPECT_TRUE(Contributes(0));
  EXPECT_TRUE(Contributes(1));
  EXPECT_EQ(Contributors(), 2u);
  for (uint32_t i = 0; i < kSamples; ++i) {
    ASSERT_EQ(heard_[2][i], shard_.engine().FrameSaidBy(0)[i] + shard_.engine().FrameSaidBy(1)[i]);
  }
  EXPECT_EQ(heard_[3], heard_[1]);
}

TEST_F(EngineRankingTest, WhoIsMutedLosesItsPlaceAtOnce) {
  constexpr uint32_t kLegs = 12;
  Open(kLegs, 8, 1);
  std::vector<int32_t> levels(kLegs, 20);
  levels[0] = 3000;
  for (int turn = 0; turn < 20; ++turn) Turn(levels);
  EXPECT_TRUE(Contributes(0));
  shard_.Command({testing::RouteLeg({.slot = 0}, {.room = 1, .sends = Sends::kNobody})});
  levels[7] = 3000;
  Turn(levels);
  EXPECT_FALSE(Contributes(0));
  EXPECT_TRUE(Contributes(7));
  ExpectExactSums(0);
}

TEST_F(EngineRankingTest, PlacesOutOfRangeAreRefused) {
  for (const uint32_t places : {0u, kTalkersMax + 1, UINT32_MAX}) {
    layout::OpenRoom room = testing::OpenRoom(2, 8000).As<layout::OpenRoom>();
    room.ranked_above = 12;
    room.talkers_max = places;
    const uint64_t refused = shard_.engine().stats()->commands_refused;
    shard_.Command({Record::From(room)});
    shard_.Tick();
    EXPECT_EQ(shard_.engine().stats()->commands_refused, refused + 1);
  }
}

// A step of brown-out: fewer are mixed, even where all were; and all that the room asks for again
// afterwards, each time without a jump in anybody's sound.
TEST_F(EngineRankingTest, IsBoundedByTheEffortOfTheShardUntilThatIsLifted) {
  constexpr uint32_t kLegs = 20;
  Open(kLegs, 64, 6);
  const std::vector<int32_t> levels(kLegs, 1000);
  const auto turns = [&](int count) {
    for (int turn = 0; turn < count; ++turn) {
      Turn(levels);
      ExpectExactSums(turn);
    }
  };
  turns(50);
  EXPECT_EQ(Contributors(), kLegs);
  EXPECT_EQ(shard_.engine().stats()->frames_left_out, 0u);
  shard_.Command({testing::LimitEffort({.ranked_above_max = 12, .talkers_max = 3})});
  turns(50);
  EXPECT_EQ(Contributors(), 3u);
  shard_.Command({testing::LimitEffort({.ranked_above_max = 12})});
  turns(50);
  EXPECT_EQ(Contributors(), 6u);
  shard_.Command({testing::LimitEffort({})});
  turns(2);
  EXPECT_EQ(Contributors(), kLegs);
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 0u);
}

TEST_F(EngineRankingTest, IsNeverDoneWhereARoomForbidsIt) {
  constexpr uint32_t kLegs = 20;
  Open(kLegs, 0, 6);
  shard_.Command({testing::LimitEffort({.ranked_above_max = 12, .talkers_max = 3})});
  for (int turn = 0; turn < 20; ++turn) Turn(std::vector<int32_t>(kLegs, 1000));
  EXPECT_EQ(Contributors(), kLegs);
}

TEST_F(EngineRankingTest, RefusesAnEffortThatIsNone) {
  Open(20, 8, 6);
  for (const testing::Effort& effort :
       {testing::Effort{.opus_complexity_max = 11}, testing::Effort{.ranked_above_max = 0},
        testing::Effort{.talkers_max = 0}, testing::Effort{.talkers_max = 65}}) {
    shard_.Command({testing::LimitEffort(effort)});
  }
  for (int turn = 0; turn < 50; ++turn) Turn(std::vector<int32_t>(20, 1000));
  EXPECT_EQ(Contributors(), 6u);
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 4u);
}

// Served piece by piece before and after the mix, and yet in one mix.
TEST_F(EngineRankingTest, ARoomOfMoreThanABatchIsTheExactSumOfAllOthers) {
  constexpr uint32_t kLegs = 2 * kBatchLegs + 13;
  Open(kLegs, 0, 1);
  std::vector<int32_t> levels(kLegs, 200);
  for (int turn = 0; turn < 50; ++turn) {
    // At its end, at a seam of two pieces, and everywhere.
    levels[random_() % kLegs] = random_() % 2 == 0 ? 0 : 200;
    Turn(levels);
    ExpectExactSums(turn);
  }
  EXPECT_EQ(shard_.engine().stats()->mixes_limited, 0u);
  for (uint32_t leg = 0; leg < kLegs; ++leg) {
    EXPECT_EQ(shard_.arena().leg(leg).tick, shard_.arena().leg(0).tick) << leg;
  }
}

}  // namespace
}  // namespace parley
