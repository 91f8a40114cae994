// Whispers and refused routes, case by case, and what must not be heard where routes change.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using layout::Hears;
using layout::Sends;
using testing::LaneCaller;
using testing::TestShard;

constexpr CodecFormat kWide = {Codec::kLinear16, 16000};
constexpr CodecFormat kNarrow = {Codec::kLinear16, 8000};

// A few callers of any rate in room 0, for one case each.
class EngineWhisperTest : public ::testing::Test {
 protected:
  // Opens room 0 at 16 kHz and a leg for each format, routed as given.
  void Open(const std::vector<std::pair<CodecFormat, testing::Route>>& legs) {
    std::vector<Record> batch = {testing::OpenRoom(0, 16000)};
    for (const auto& [format, route] : legs) {
      callers_.emplace_back(testing::LegRef{.slot = static_cast<uint32_t>(callers_.size())},
                            format);
      batch.push_back(Record::From(callers_.back().OpenLeg()));
      batch.push_back(testing::RouteLeg(callers_.back().leg(), route));
    }
    shard_.Command(batch);
  }

  // 20 ms in which caller n says `values[n]` all the time; what each heard replaces what it heard
  // before.
  void Turn(const std::vector<int16_t>& values) {
    for (size_t index = 0; index < values.size(); ++index) {
      LaneCaller& caller = callers_[index];
      caller.heard().clear();
      caller.Send(shard_, std::vector<int16_t>(caller.frame_samples(), values[index]));
    }
    shard_.Tick(4);
    for (LaneCaller& caller : callers_) caller.Hear(shard_, {});
  }

  void Route(uint32_t slot, const testing::Route& route) {
    shard_.Command({testing::RouteLeg({.slot = slot}, route)});
  }

  // True when every sample caller `slot` heard in the last turn is `value`.
  bool HeardOnly(uint32_t slot, int16_t value) {
    return std::ranges::all_of(callers_[slot].heard(),
                               [value](int16_t sample) { return sample == value; });
  }

  TestShard shard_;
  std::vector<LaneCaller> callers_;
};

constexpr testing::Route kSpeaks = {};
constexpr testing::Route kListens = {.sends = Sends::kNobody};

testing::Route WhispersTo(uint32_t slot) { return {.sends = Sends::kWhisper, .whisper_to = slot}; }

TEST_F(EngineWhisperTest, ReachesItsTargetAlone) {
  Open({{kWide, WhispersTo(1)}, {kWide, kSpeaks}, {kWide, kListens}, {kWide, kListens}});
  Turn({500, 40, 0, 0});
  EXPECT_TRUE(HeardOnly(0, 40));
  EXPECT_TRUE(HeardOnly(1, 500));
  EXPECT_TRUE(HeardOnly(2, 40));
  EXPECT_TRUE(HeardOnly(3, 40));
  EXPECT_EQ(shard_.arena().leg(0).input_contributes, 1u);
}

TEST_F(EngineWhisperTest, LeavesNothingInTheFilterWhenTheRoomIsToHearNext) {
  Open({{kNarrow, WhispersTo(1)}, {kWide, kListens}, {kWide, kListens}});
  for (int turn = 0; turn < 3; ++turn) Turn({20'000, 0, 0});
  EXPECT_FALSE(HeardOnly(1, 0));
  Route(0, kSpeaks);
  Turn({0, 0, 0});
  EXPECT_TRUE(HeardOnly(1, 0));
  EXPECT_TRUE(HeardOnly(2, 0));
}

TEST_F(EngineWhisperTest, LeavesNothingInTheFilterForItsNextTarget) {
  Open({{kNarrow, WhispersTo(1)}, {kWide, kListens}, {kWide, kListens}});
  for (int turn = 0; turn < 3; ++turn) Turn({20'000, 0, 0});
  Route(0, WhispersTo(2));
  Turn({0, 0, 0});
  EXPECT_TRUE(HeardOnly(2, 0));
}

TEST_F(EngineWhisperTest, LeavesNothingInTheFilterOfTheSharedMix) {
  // Nobody hears the shared mix at the narrow rate while one is whispered to and the other is on
  // hold.
  Open({{kWide, WhispersTo(1)},
        {kNarrow, kListens},
        {kNarrow, {.sends = Sends::kNobody, .hears = Hears::kSilence}}});
  for (int turn = 0; turn < 3; ++turn) Turn({20'000, 0, 0});
  // Then the whisper ends and the other comes off hold: both hear the shared mix.
  Route(2, kListens);
  Turn({0, 0, 0});
  EXPECT_TRUE(HeardOnly(2, 0));
}

TEST_F(EngineWhisperTest, FindsATargetOpenedLaterInTheSameBatch) {
  Open({{kWide, WhispersTo(1)}, {kWide, kListens}});
  Turn({500, 0});
  EXPECT_TRUE(HeardOnly(1, 500));
}

TEST_F(EngineWhisperTest, IsNotForTheNextLegInTheSlotOfItsTarget) {
  Open({{kWide, WhispersTo(1)}, {kWide, kListens}});
  Turn({500, 0});
  shard_.Command({testing::CloseLeg({.slot = 1})});
  shard_.Tick(4);
  shard_.lane_head(1) = {};
  LaneCaller next({.slot = 1, .generation = 2}, kWide);
  shard_.Command({Record::From(next.OpenLeg()), testing::RouteLeg(next.leg(), kListens)});
  Turn({500, 0});
  EXPECT_TRUE(HeardOnly(1, 0));
  EXPECT_EQ(shard_.arena().leg(0).input_contributes, 0u);
}

TEST_F(EngineWhisperTest, IsHeardByNobodyWhenItsTargetIsDeafOrElsewhere) {
  Open({{kWide, WhispersTo(1)},
        {kWide, {.sends = Sends::kNobody, .hears = Hears::kSilence}},
        {kWide, kListens}});
  Turn({500, 0, 0});
  EXPECT_TRUE(HeardOnly(1, 0));
  shard_.Command({testing::OpenRoom(1, 16000),
                  testing::RouteLeg({.slot = 1}, {.room = 1, .sends = Sends::kNobody})});
  Turn({500, 0, 0});
  Turn({500, 0, 0});
  EXPECT_TRUE(HeardOnly(1, 0));
  EXPECT_TRUE(HeardOnly(2, 0));
}

TEST_F(EngineWhisperTest, ARefusedRouteSilencesTheLeg) {
  Open({{kWide, kSpeaks}, {kWide, kListens}});
  Turn({500, 0});
  EXPECT_TRUE(HeardOnly(1, 500));
  Route(0, WhispersTo(4'000'000));
  Turn({500, 0});
  EXPECT_TRUE(HeardOnly(1, 0));
  EXPECT_TRUE(HeardOnly(0, 0));
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 1u);
}

TEST_F(EngineWhisperTest, AMutedLegGivesNothingToItsSlot) {
  Open({{kWide, kSpeaks}, {kWide, kListens}});
  Turn({500, 0});
  EXPECT_EQ(shard_.arena().leg(0).input_contributes, 1u);
  Route(0, kListens);
  Turn({500, 0});
  EXPECT_EQ(shard_.arena().leg(0).input_level_dbov, 127u);
  EXPECT_EQ(shard_.arena().leg(0).input_contributes, 0u);
  // It was taken from the lane all the same.
  EXPECT_EQ(shard_.lane_head(0).in_read, shard_.lane_head(0).in_write);
}

// The largest step between neighbouring samples: a click shows here.
int LargestStep(const std::vector<int16_t>& samples) {
  int largest = 0;
  for (size_t at = 1; at < samples.size(); ++at) {
    largest = std::max(largest, std::abs(samples[at] - samples[at - 1]));
  }
  return largest;
}

TEST_F(EngineWhisperTest, ComingAndGoingOfOnesOwnVoiceDoesNotClickInWhatOneHears) {
  // A narrow listener of a wide room, who now speaks (a mix of its own) and now does not (the
  // shared mix).
  Open({{kWide, kSpeaks}, {kNarrow, kSpeaks}});
  // Not a whole number of periods in a frame, so that sound of another frame does not fit.
  testing::Tone tone(410, 8'000, 16000);
  std::vector<int16_t> frame(FrameSamples(16000));
  for (int turn = 0; turn < 60; ++turn) {
    tone.Fill(frame);
    callers_[0].Send(shard_, frame);
    const int16_t own = turn % 6 < 3 ? int16_t{1'000} : int16_t{0};
    callers_[1].Send(shard_, std::vector<int16_t>(FrameSamples(8000), own));
    shard_.Tick(4);
    callers_[1].Hear(shard_, {});
  }
  // A tone of 410 Hz at 8 kHz moves by at most 0.321 of its amplitude from sample to sample.
  EXPECT_LT(LargestStep(callers_[1].heard()), 2'600);
  EXPECT_GT(LargestStep(callers_[1].heard()), 2'400);
}

TEST_F(EngineWhisperTest, ListenersOfAnotherRateOutliveEveryChangeOfTheRoomsRate) {
  Open({{kWide, kSpeaks}, {kNarrow, kListens}, {kNarrow, kListens}});
  for (const uint32_t rate_hz : {8000u, 48000u, 16000u, 48000u, 8000u}) {
    shard_.Command({testing::SetRoomRate(0, rate_hz)});
    for (int turn = 0; turn < 5; ++turn) Turn({500, 0, 0});
    EXPECT_TRUE(HeardOnly(1, 500)) << rate_hz;
    EXPECT_TRUE(HeardOnly(2, 500)) << rate_hz;
  }
}

TEST_F(EngineWhisperTest, ALegThatChangesItsQuarterIsNotServedTwiceAtOnce) {
  // Slot 3 outside a room is served in tick 3; the room's quarter is the next tick.
  LaneCaller caller({.slot = 3}, kWide);
  shard_.Command({testing::OpenRoom(0, 16000, 0), Record::From(caller.OpenLeg())});
  shard_.Tick(4);
  EXPECT_EQ(shard_.engine().stats()->lane_frames_sent, 1u);
  shard_.Command({testing::RouteLeg({.slot = 3}, kSpeaks)});
  shard_.Tick(4);
  EXPECT_EQ(shard_.engine().stats()->lane_frames_sent, 1u);
  shard_.Tick(4);
  EXPECT_EQ(shard_.engine().stats()->lane_frames_sent, 2u);
}

}  // namespace
}  // namespace parley
