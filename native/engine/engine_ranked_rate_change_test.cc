// A room in which those who talk most are mixed changes its rate in mid-sound, spread over the four
// ticks and not: who is left out is heard no more than before, and places change hands as ever.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/units.h"
#include "testing/spread_people.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Sends;
using testing::SpreadPeople;
using Samples = std::vector<int16_t>;

constexpr uint32_t kRoom = SpreadPeople::kRoom;
// Whole periods in a tick: what is said in different ticks adds up.
constexpr double kHz = 400;
constexpr std::array kRatesHz = {8'000u, 16'000u, 48'000u};
constexpr uint32_t kPeople = 24;
constexpr uint32_t kTalkers = 4;  // the first; three of them have a place
constexpr uint32_t kRankedAbove = 12;
constexpr Spreading kNotSpread = {.above = 1'000, .gather_below = 1'000};

struct Change {
  uint32_t from_hz;
  uint32_t to_hz;
};

// What each talker says: a tone of `amplitude`, in phase with all others of its frequency.
struct Said {
  double amplitude = 0;
  double hz = kHz;
};
using AllSaid = std::array<Said, kTalkers>;

class Conference {
 public:
  Conference(bool is_spread, uint32_t rate_hz)
      : room_(is_spread ? testing::kSmallSpreading : kNotSpread, 0, kRankedAbove) {
    for (uint32_t who = 0; who < kPeople; ++who) {
      const uint32_t codec_hz = who < kTalkers ? 16'000 : kRatesHz[who % kRatesHz.size()];
      room_.Add({.room = kRoom}, {layout::Codec::kLinear16, codec_hz});
    }
    Command({testing::SetRoomRate(kRoom, rate_hz)});
    room_.shard().Tick(2 * kPhasesPerFrame);
    Forget();
  }

  void Command(const std::vector<Record>& commands) { room_.shard().Command(commands); }

  // 20 ms, in which all others make a sound, but nothing to speak of.
  void Turn(const AllSaid& said) {
    for (uint32_t who = 0; who < kPeople; ++who) {
      Samples frame(FrameSamples(RateOf(who)));
      if (who < kTalkers) {
        testing::Tone(said[who].hz, said[who].amplitude, RateOf(who)).Fill(frame);
      } else {
        frame[0] = 1;
      }
      room_.Say(who, frame);
    }
    room_.shard().Tick(kPhasesPerFrame);
    for (uint32_t who = 0; who < kPeople; ++who) {
      const Samples heard = room_.Hear(who);
      heard_[who].insert(heard_[who].end(), heard.begin(), heard.end());
    }
  }
  void Turns(uint32_t count, const AllSaid& said) {
    for (uint32_t turn = 0; turn < count; ++turn) Turn(said);
  }

  // Since nobody was to forget it, everybody has heard one tone and no break in it.
  void ExpectWhole(double amplitude, const std::string& what) {
    for (uint32_t who = 0; who < kPeople; ++who) {
      const std::span<const int16_t> heard = heard_[who];
      ASSERT_GT(heard.size(), 4 * FrameSamples(RateOf(who)));
      EXPECT_LT(testing::SplatterDb(heard, RateOf(who), kHz, amplitude, 400), -50.0)
          << what << ", leg " << who << " at " << RateOf(who);
    }
    EXPECT_EQ(room_.shard().engine().stats()->room_rates_changed_abruptly, 0u);
  }
  // In the last frames.
  void ExpectAmplitude(uint32_t who, double amplitude) {
    const auto last = std::span(heard_[who]).last(4 * FrameSamples(RateOf(who)));
    const double heard = testing::ToneAmplitude(last, kHz, RateOf(who));
    EXPECT_NEAR(testing::Decibels(heard, amplitude), 0, 0.1) << who;
  }

  void Forget() {
    for (uint32_t who = 0; who < kPeople; ++who) room_.Hear(who);
    for (Samples& heard : heard_) heard.clear();
  }

  bool IsMixed(uint32_t who) { return room_.shard().arena().leg(who).input_contributes == 1; }

 private:
  uint32_t RateOf(uint32_t who) const { return room_.FormatOf(who).rate_hz; }

  SpreadPeople room_;
  std::array<Samples, kPeople> heard_;
};

class RankedRateChangeTest : public ::testing::TestWithParam<std::tuple<bool, Change>> {
 protected:
  bool is_spread() const { return std::get<0>(GetParam()); }
  uint32_t from_hz() const { return std::get<1>(GetParam()).from_hz; }
  Record Changes() const { return testing::SetRoomRate(kRoom, std::get<1>(GetParam()).to_hz); }
};

TEST_P(RankedRateChangeTest, WhoIsLeftOutIsNotHeardAtEitherRate) {
  constexpr AllSaid kSaid = {Said{3'000}, {3'000}, {3'000}, {800, 1'500}};
  Conference conference(is_spread(), from_hz());
  conference.Turns(60, kSaid);
  ASSERT_FALSE(conference.IsMixed(3));
  conference.Forget();
  conference.Turns(3, kSaid);
  conference.Command({Changes()});
  conference.Turns(8, kSaid);
  conference.ExpectWhole(9'000, "all");
  conference.ExpectAmplitude(0, 6'000);
  for (uint32_t who = 3; who < kPeople; ++who) conference.ExpectAmplitude(who, 9'000);
}

// One takes the place of another: in the turn of the change, in those before and in those after.
TEST_P(RankedRateChangeTest, APlaceChangesHandsAsWithoutIt) {
  constexpr AllSaid kFirst = {Said{3'000}, {3'000}, {3'000}, {1'000}};
  constexpr AllSaid kThen = {Said{3'000}, {3'000}, {1'000}, {3'000}};
  constexpr uint32_t kLongest = 100;
  constexpr uint32_t kMargin = 3;
  const auto taken_after = [&](Conference& conference, uint32_t change_at) {
    conference.Turns(60, kFirst);
    EXPECT_TRUE(conference.IsMixed(2));
    EXPECT_FALSE(conference.IsMixed(3));
    uint32_t turn = 0;
    while (turn < kLongest && !conference.IsMixed(3)) {
      if (turn + kMargin == change_at) conference.Forget();
      if (turn == change_at) conference.Command({Changes()});
      conference.Turn(kThen);
      ++turn;
    }
    for (uint32_t more = 0; more < 10; ++more) {
      if (turn + more == change_at) conference.Command({Changes()});
      conference.Turn(kThen);
    }
    EXPECT_TRUE(conference.IsMixed(3));
    EXPECT_FALSE(conference.IsMixed(2));
    return turn;
  };
  Conference unchanged(is_spread(), from_hz());
  const uint32_t takes = taken_after(unchanged, UINT32_MAX);
  ASSERT_LT(takes, kLongest);
  ASSERT_GT(takes, 2 * kMargin);
  for (uint32_t change_at = takes - kMargin; change_at < takes + kMargin; ++change_at) {
    Conference conference(is_spread(), from_hz());
    EXPECT_EQ(taken_after(conference, change_at), takes) << change_at;
    conference.ExpectWhole(9'000, "change " + std::to_string(change_at - takes));
    conference.ExpectAmplitude(2, 9'000);
    conference.ExpectAmplitude(3, 6'000);
    conference.ExpectAmplitude(kPeople - 1, 9'000);
  }
}

// As when a shard takes two steps against overload at once.
TEST_P(RankedRateChangeTest, PlacesThatAreTakenAwayInTheSameBatchFadeOut) {
  constexpr AllSaid kSaid = {Said{5'000}, {2'000}, {2'000}};
  Conference conference(is_spread(), from_hz());
  conference.Turns(60, kSaid);
  conference.Forget();
  conference.Turns(3, kSaid);
  conference.Command({testing::LimitEffort({.talkers_max = 1}), Changes()});
  conference.Turns(8, kSaid);
  conference.ExpectWhole(9'000, "all");
  EXPECT_FALSE(conference.IsMixed(1));
  conference.ExpectAmplitude(1, 5'000);
  conference.ExpectAmplitude(kPeople - 1, 5'000);
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<bool, Change>>& test) {
  const auto& [is_spread, change] = test.param;
  return std::string(is_spread ? "Spread" : "Whole") + std::to_string(change.from_hz) + "To" +
         std::to_string(change.to_hz);
}

INSTANTIATE_TEST_SUITE_P(Rooms, RankedRateChangeTest,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(Change{8'000, 16'000},
                                                              Change{48'000, 16'000},
                                                              Change{16'000, 48'000})),
                         NameOf);

}  // namespace
}  // namespace parley
