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

}  // namespace
}  // namespace parley
