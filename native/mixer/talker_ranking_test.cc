#include "mixer/talker_ranking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/units.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

constexpr uint8_t kNoise = 70;
constexpr uint8_t kTalk = 26;
constexpr uint8_t kHum = 69;

// A room whose legs have a level each, all over the same noise.
class RankedRoom {
 public:
  RankedRoom(const RankingConfig& config, uint32_t legs)
      : config_(config), ranks_(legs), levels_(legs, kHum), presences_(legs) {}

  uint8_t& level(uint32_t leg) { return levels_[leg]; }
  Presence presence(uint32_t leg) const { return presences_[leg]; }
  void SetRankedAbove(uint32_t legs) { config_.ranked_above = legs; }

  void Turn(uint32_t duration_ms = kFrameMs) {
    for (uint32_t ms = 0; ms < duration_ms; ms += kFrameMs) {
      talkers_.clear();
      for (size_t leg = 0; leg < levels_.size(); ++leg) {
        talkers_.push_back(
            {.rank = &ranks_[leg], .level_dbov = levels_[leg], .noise_dbov = kNoise});
      }
      was_ranked_ =
          RankTalkers(config_, was_ranked_, static_cast<uint32_t>(levels_.size()), talkers_);
      for (size_t leg = 0; leg < levels_.size(); ++leg) presences_[leg] = talkers_[leg].presence;
    }
  }

  // Legs whose frame is mixed and stays in the mix.
  std::vector<uint32_t> Mixed() const {
    std::vector<uint32_t> mixed;
    for (uint32_t leg = 0; leg < presences_.size(); ++leg) {
      if (presences_[leg] == Presence::kMixed || presences_[leg] == Presence::kFadesIn) {
        mixed.push_back(leg);
      }
    }
    return mixed;
  }

  size_t FadingOut() const {
    return static_cast<size_t>(std::ranges::count(presences_, Presence::kFadesOut));
  }

 private:
  RankingConfig config_;
  bool was_ranked_ = false;
  std::vector<TalkerRank> ranks_;
  std::vector<uint8_t> levels_;
  std::vector<Presence> presences_;
  std::vector<Talker> talkers_;
};

constexpr RankingConfig kThree = {.ranked_above = 8, .talkers_max = 3};

TEST(TalkerRanking, MixesEverybodyInASmallRoom) {
  RankedRoom room(kThree, 8);
  room.Turn(1000);
  EXPECT_EQ(room.Mixed().size(), 8u);
  for (uint32_t leg = 0; leg < 8; ++leg) EXPECT_EQ(room.presence(leg), Presence::kMixed);
}

TEST(TalkerRanking, NeverRanksWhenItIsOff) {
  RankedRoom room({.ranked_above = 0, .talkers_max = 1}, 1000);
  room.Turn(100);
  EXPECT_EQ(room.Mixed().size(), 1000u);
}

TEST(TalkerRanking, MixesThoseWhoTalk) {
  RankedRoom room(kThree, 20);
  room.Turn(1000);
  EXPECT_EQ(room.Mixed().size(), 3u);
  for (const uint32_t leg : {4u, 11u, 19u}) room.level(leg) = kTalk;
  room.Turn(20);
  EXPECT_EQ(room.Mixed(), (std::vector<uint32_t>{4, 11, 19}));
  room.Turn(5000);
  EXPECT_EQ(room.Mixed(), (std::vector<uint32_t>{4, 11, 19}));
}

TEST(TalkerRanking, WhoBeginsToSpeakComesInWithItsFirstFrame) {
  RankedRoom room(kThree, 20);
  room.Turn(1000);
  room.level(15) = 127;
  room.Turn(20);
  room.level(15) = 45;
  room.Turn(20);
  // From silence there is nothing to fade in from.
  EXPECT_EQ(room.presence(15), Presence::kMixed);
  room.level(16) = 45;
  room.Turn(20);
  EXPECT_EQ(room.presence(16), Presence::kFadesIn);
  room.Turn(20);
  EXPECT_EQ(room.presence(16), Presence::kMixed);
}

TEST(TalkerRanking, WhoLosesItsPlaceFadesOutOnce) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  room.Turn(1000);
  ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
  room.level(1) = kTalk;
  room.Turn(20);
  EXPECT_EQ(room.presence(0), Presence::kFadesOut);
  EXPECT_EQ(room.presence(1), Presence::kFadesIn);
  room.Turn(20);
  EXPECT_EQ(room.presence(0), Presence::kLeftOut);
}

TEST(TalkerRanking, ATalkerKeepsItsPlaceForHalfASecond) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  room.level(0) = 127;
  room.level(1) = 127;
  room.Turn(100);
  room.level(0) = 40;
  room.Turn(20);
  ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
  room.level(1) = 10;  // 30 dB louder
  for (int turn = 1; turn < 25; ++turn) {
    room.Turn(20);
    ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0}) << turn;
  }
  room.Turn(20);
  EXPECT_EQ(room.Mixed(), std::vector<uint32_t>{1});
}

TEST(TalkerRanking, WhoIsOnlyALittleLouderTakesNoPlace) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  room.level(0) = 30;
  room.Turn(2000);
  room.level(1) = 28;
  room.Turn(5000);
  EXPECT_EQ(room.Mixed(), std::vector<uint32_t>{0});
  room.level(1) = 26;
  room.Turn(5000);
  EXPECT_EQ(room.Mixed(), std::vector<uint32_t>{1});
}

TEST(TalkerRanking, PausesBetweenWordsLoseNoPlaceToNoise) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  for (int word = 0; word < 20; ++word) {
    room.level(0) = kTalk;
    room.Turn(300);
    ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
    room.level(0) = kHum;
    room.Turn(300);
    ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
  }
}

// In a crowd somebody is always louder than a lull of speech.
TEST(TalkerRanking, ALullOfSpeechLosesNoPlaceToASofterVoice) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  room.level(0) = kTalk;
  room.Turn(2000);
  room.level(1) = kTalk + 14;
  for (int phrase = 0; phrase < 5; ++phrase) {
    room.level(0) = kTalk + 26;
    for (int ms = 0; ms < 600; ms += kFrameMs) {
      room.Turn();
      ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0}) << phrase << ": " << ms;
    }
    room.level(0) = kTalk;
    room.Turn(1500);
  }
}

TEST(TalkerRanking, WhoGoesOnMoreSoftlyThanOthersLosesItsPlaceInTwoSeconds) {
  RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 2);
  room.level(0) = kTalk;
  room.Turn(2000);
  room.level(0) = kTalk + 26;
  room.level(1) = kTalk + 14;
  room.Turn(2000);
  EXPECT_EQ(room.Mixed(), std::vector<uint32_t>{1});
}

TEST(TalkerRanking, OfThoseWhoAreAheadTheStrongestTakesThePlace) {
  for (const uint32_t strongest : {1u, 2u, 3u}) {
    RankedRoom room({.ranked_above = 1, .talkers_max = 1}, 4);
    room.level(0) = 50;
    room.Turn(20);
    ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
    // All are ahead when the half second of the first is over.
    for (uint32_t leg = 1; leg < 4; ++leg) room.level(leg) = leg == strongest ? kTalk : 35;
    room.Turn(480);
    ASSERT_EQ(room.Mixed(), std::vector<uint32_t>{0});
    room.Turn(20);
    EXPECT_EQ(room.Mixed(), std::vector<uint32_t>{strongest});
  }
}

TEST(TalkerRanking, ALoudFanIsNoTalker) {
  std::vector<TalkerRank> ranks(2);
  const RankingConfig one = {.ranked_above = 1, .talkers_max = 1};
  std::vector<Talker> talkers = {{.rank = &ranks[0], .level_dbov = 35, .noise_dbov = 36},
                                 {.rank = &ranks[1], .level_dbov = 45, .noise_dbov = 70}};
  bool was_ranked = false;
  for (int turn = 0; turn < 100; ++turn) was_ranked = RankTalkers(one, was_ranked, 2, talkers);
  EXPECT_EQ(talkers[0].presence, Presence::kLeftOut);
  EXPECT_EQ(talkers[1].presence, Presence::kMixed);
}

TEST(TalkerRanking, ARoomThatGrowsKeepsThoseWhoTalkWithoutAGap) {
  RankedRoom room(kThree, 20);
  room.SetRankedAbove(20);
  room.level(17) = kTalk;
  room.Turn(1000);
  room.SetRankedAbove(8);
  room.Turn(20);
  EXPECT_EQ(room.presence(17), Presence::kMixed);
  EXPECT_EQ(room.Mixed().size(), 3u);
  EXPECT_EQ(room.FadingOut(), 17u);
  room.SetRankedAbove(20);
  room.Turn(20);
  EXPECT_EQ(room.Mixed().size(), 20u);
  EXPECT_EQ(room.presence(17), Presence::kMixed);
  EXPECT_EQ(room.presence(18), Presence::kFadesIn);
  room.Turn(20);
  for (uint32_t leg = 0; leg < 20; ++leg) EXPECT_EQ(room.presence(leg), Presence::kMixed);
}

// Whatever is said: never more than the places, no fade without a change, and places change hands
// only after half a second, unless their holder is quiet.
TEST(TalkerRanking, HoldsItsRulesInAnyRoom) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const auto places = 1 + static_cast<uint32_t>(random() % 8);
    const auto legs = places + 1 + static_cast<uint32_t>(random() % 60);
    RankedRoom room({.ranked_above = places, .talkers_max = places}, legs);
    std::vector<bool> was_in(legs, true);
    for (int turn = 0; turn < 500; ++turn) {
      for (uint32_t leg = 0; leg < legs; ++leg) {
        if (random() % 20 == 0) room.level(leg) = static_cast<uint8_t>(random() % 128);
      }
      room.Turn();
      ASSERT_LE(room.Mixed().size(), places);
      for (uint32_t leg = 0; leg < legs; ++leg) {
        const Presence presence = room.presence(leg);
        const bool is_in = presence == Presence::kMixed || presence == Presence::kFadesIn;
        if (presence == Presence::kFadesIn) {
          ASSERT_FALSE(was_in[leg]);
        }
        if (presence == Presence::kFadesOut) {
          ASSERT_TRUE(was_in[leg]);
        }
        was_in[leg] = is_in;
      }
    }
  }
}

TEST(TalkerRanking, AllocatesNothing) {
  RankedRoom room({.ranked_above = 10, .talkers_max = kTalkersMax}, 1000);
  room.Turn();
  std::vector<TalkerRank> ranks(200);
  std::vector<Talker> talkers;
  for (TalkerRank& rank : ranks) talkers.push_back({.rank = &rank, .level_dbov = 30});
  const testing::AllocationTrap trap;
  RankTalkers({.ranked_above = 10, .talkers_max = 6}, true, 200, talkers);
  EXPECT_EQ(trap.allocations(), 0u);
}

TEST(TalkerRanking, FadesOverTenMilliseconds) {
  std::vector<int16_t> frame(320, 1600);
  FadeFrame(Presence::kFadesIn, frame);
  EXPECT_EQ(frame[0], 0);
  EXPECT_EQ(frame[80], 800);
  EXPECT_EQ(frame[159], 1590);
  EXPECT_EQ(std::ranges::count(frame, 1600), 160);
  frame.assign(320, INT16_MIN);
  FadeFrame(Presence::kFadesOut, frame);
  EXPECT_EQ(frame[0], INT16_MIN);
  EXPECT_EQ(frame[80], INT16_MIN / 2);
  EXPECT_EQ(std::ranges::count(frame, 0), 160);
  frame.assign(320, 77);
  FadeFrame(Presence::kMixed, frame);
  FadeFrame(Presence::kLeftOut, frame);
  EXPECT_EQ(std::ranges::count(frame, 77), 320);
}

}  // namespace
}  // namespace parley
