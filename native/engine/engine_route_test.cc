// Routes: who is heard by whom, checked sample by sample in every frame against a model of a few
// lines.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "playback/clip_reader.h"
#include "testing/clip_memory.h"
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
constexpr uint32_t kLegs = 9;
constexpr uint32_t kRooms = 2;
constexpr uint32_t kPlayers = 5;
constexpr uint32_t kNobody = layout::kNone;

// Nine callers at 16 kHz, two rooms of the same quarter, and five players that sound in rooms, to
// single legs, or both; the model of who hears what is `model_` and `players_`.
class EngineRouteTest : public ::testing::Test {
 protected:
  struct ModelLeg {
    bool is_open = false;
    uint32_t generation = 0;
    testing::Route route = {
        .room = layout::kNone, .sends = Sends::kNobody, .hears = Hears::kSilence};
  };

  struct ModelPlayer {
    bool is_open = false;
    uint32_t generation = 0;
    uint32_t room = layout::kNone;
    uint32_t except = kNobody;
    ClipReader reader;  // what a frame sounds like is tested elsewhere
    std::vector<int16_t> frame = std::vector<int16_t>(FrameSamples(16000));
  };

  EngineRouteTest() {
    shard_.Command({testing::OpenRoom(0, 16000), testing::OpenRoom(1, 16000)});
    for (auto& frame : said_) frame.resize(FrameSamples(16000));
    std::vector<int16_t> noise(5'003);
    for (int16_t& sample : noise) {
      sample = static_cast<int16_t>(static_cast<int>(Draw(1'001)) - 500);
    }
    clip_ = std::make_unique<testing::ClipMemory>(noise);
  }

  static uint32_t SlotOf(uint32_t leg) { return leg * kPhasesPerFrame; }

  testing::LegRef RefOf(uint32_t leg) const {
    return {.slot = SlotOf(leg), .generation = model_[leg].generation};
  }

  // The command for a route whose `whisper_to` names a leg of the model.
  Record CommandFor(uint32_t leg, testing::Route route) const {
    if (route.whisper_to != kNobody) route.whisper_to = SlotOf(route.whisper_to);
    return testing::RouteLeg(RefOf(leg), route);
  }

  // What `listener` has to hear when each leg says said_[leg].
  std::vector<int16_t> Expected(uint32_t listener) const {
    const ModelLeg& me = model_[listener];
    std::vector<int16_t> sum(FrameSamples(16000), 0);
    const auto add = [&sum](const std::vector<int16_t>& frame) {
      for (size_t at = 0; at < sum.size(); ++at) {
        sum[at] = static_cast<int16_t>(sum[at] + frame[at]);
      }
    };
    for (const uint32_t own : {me.route.player, me.route.player_beside}) {
      if (own != layout::kNone) add(players_[own].frame);
    }
    if (me.route.hears == Hears::kSilence || me.route.room == layout::kNone) return sum;
    for (const ModelPlayer& player : players_) {
      if (player.is_open && player.room == me.route.room && player.except != listener) {
        add(player.frame);
      }
    }
    for (uint32_t talker = 0; talker < kLegs; ++talker) {
      const ModelLeg& other = model_[talker];
      if (!other.is_open || talker == listener || other.route.room != me.route.room) continue;
      const bool is_heard =
          other.route.sends == Sends::kRoom ||
          (other.route.sends == Sends::kWhisper && other.route.whisper_to == listener);
      if (is_heard) add(said_[talker]);
    }
    return sum;
  }

  testing::Route RandomRoute(uint32_t leg) {
    testing::Route route;
    route.room = Draw(8) == 0 ? layout::kNone : Draw(kRooms);
    route.sends = static_cast<Sends>(Draw(3));
    route.hears = Draw(4) == 0 ? Hears::kSilence : Hears::kRoom;
    if (route.sends == Sends::kWhisper) {
      // Somebody else, in any state: perhaps in the other room, deaf, or whispering back.
      route.whisper_to = (leg + 1 + Draw(kLegs - 1)) % kLegs;
      if (!model_[route.whisper_to].is_open) route.sends = Sends::kNobody;
    }
    for (uint32_t* const own : {&route.player, &route.player_beside}) {
      const uint32_t player = Draw(3 * kPlayers);
      if (player < kPlayers && players_[player].is_open) *own = player;
    }
    return route;
  }

  // A player begins, in a room or not, or ends.
  void ChangePlayer(std::vector<Record>& batch) {
    const uint32_t index = Draw(kPlayers);
    ModelPlayer& player = players_[index];
    const testing::PlayerSlot ref = {.slot = index, .generation = player.generation};
    if (player.is_open && player.room == layout::kNone && Draw(2) == 0) {
      player.room = Draw(kRooms);
      player.except = Draw(kLegs + 1);
      if (player.except == kLegs || !model_[player.except].is_open) player.except = kNobody;
      const uint32_t except = player.except == kNobody ? kNobody : SlotOf(player.except);
      batch.push_back(testing::PlayToRoom(player.room, ref, except));
    } else if (player.is_open && Draw(3) == 0) {
      batch.push_back(testing::ClosePlayer(ref));
      player.is_open = false;
      for (ModelLeg& leg : model_) {
        if (leg.route.player == index) leg.route.player = layout::kNone;
        if (leg.route.player_beside == index) leg.route.player_beside = layout::kNone;
      }
    } else if (!player.is_open) {
      const uint32_t loops = Draw(2) * 7;
      player = {.is_open = true,
                .generation = player.generation + 1,
                .reader = ClipReader(&clip_->clip(), loops)};
      batch.push_back(testing::OpenPlayer({.slot = index, .generation = player.generation},
                                          clip_->id(), loops));
    }
  }

  void MovePlayersOn() {
    for (ModelPlayer& player : players_) {
      if (!player.is_open) continue;
      player.reader.Advance();
      player.reader.Render(16000, player.frame);
    }
  }

  // Some legs come, go, and change their routes; one batch.
  void ChangeSomething() {
    std::vector<Record> batch;
    for (uint32_t count = Draw(4); count > 0; --count) {
      const uint32_t leg = Draw(kLegs);
      ModelLeg& model = model_[leg];
      if (!model.is_open) {
        ++model.generation;
        model.is_open = true;
        shard_.lane_head(SlotOf(leg)) = {};
        batch.push_back(Record::From(LaneCaller(RefOf(leg), kWide).OpenLeg()));
      } else if (Draw(10) == 0) {
        batch.push_back(testing::CloseLeg(RefOf(leg)));
        model.is_open = false;
        model.route = {.room = layout::kNone, .sends = Sends::kNobody, .hears = Hears::kSilence};
        // Whoever whispered to it is heard by nobody, also not by the next leg in the slot.
        for (ModelLeg& other : model_) {
          if (other.route.whisper_to == leg) other.route.whisper_to = kNobody;
        }
        for (ModelPlayer& player : players_) {
          if (player.except == leg) player.except = kNobody;
        }
        break;  // the slot must not be opened again in the same batch
      }
      model.route = RandomRoute(leg);
      batch.push_back(CommandFor(leg, model.route));
    }
    if (Draw(3) == 0) ChangePlayer(batch);
    if (!batch.empty()) shard_.Command(batch);
    MovePlayersOn();
  }

  uint32_t Draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  std::mt19937 random_{20'261'124};
  TestShard shard_;
  std::array<ModelLeg, kLegs> model_;
  std::array<ModelPlayer, kPlayers> players_;
  std::array<std::vector<int16_t>, kLegs> said_;
  std::unique_ptr<testing::ClipMemory> clip_;
};

TEST_F(EngineRouteTest, EveryFrameIsExactlyTheSumOfThoseWhoMayBeHeard) {
  uint64_t frames_checked = 0;
  uint64_t frames_with_sound = 0;
  for (uint32_t turn = 0; turn < 20'000; ++turn) {
    ChangeSomething();
    for (uint32_t leg = 0; leg < kLegs; ++leg) {
      // Noise that sums below the limiter; now and then a silent frame.
      const bool is_silent = Draw(10) == 0;
      for (int16_t& sample : said_[leg]) {
        sample =
            is_silent ? int16_t{0} : static_cast<int16_t>(static_cast<int>(Draw(5'601)) - 2'800);
      }
      if (model_[leg].is_open) LaneCaller(RefOf(leg), kWide).Send(shard_, said_[leg]);
    }
    shard_.Tick(4);
    shard_.TakeEvents();
    for (uint32_t leg = 0; leg < kLegs; ++leg) {
      if (!model_[leg].is_open) continue;
      LaneCaller caller(RefOf(leg), kWide);
      caller.Hear(shard_, {});
      const std::vector<int16_t> expected = Expected(leg);
      ASSERT_EQ(caller.heard(), expected) << "turn " << turn << ", leg " << leg;
      ++frames_checked;
      if (std::ranges::any_of(expected, [](int16_t sample) { return sample != 0; })) {
        ++frames_with_sound;
      }
    }
  }
  EXPECT_GT(frames_checked, 100'000u);
  EXPECT_GT(frames_with_sound, 40'000u);
  EXPECT_GT(shard_.engine().stats()->players_ended, 100u);
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 0u);
}

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
  EXPECT_EQ(shard_.arena().input_frame(0)[0], 500);
  Route(0, kListens);
  Turn({500, 0});
  EXPECT_EQ(shard_.arena().input_frame(0)[0], 0);
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
