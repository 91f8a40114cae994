// What is played into a room, and to one of those who hear it.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "testing/clip_memory.h"
#include "testing/listening_test.h"
#include "testing/signals.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::EventKind;
using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::LaneCaller;

// A room of two who speak a constant each and one who listens, with a beep.
class EngineBeepTest : public testing::ListeningTest {
 protected:
  void OpenRoomOfThree(const CodecFormat& format = kWide) {
    shard_.Command({testing::OpenRoom(0, 16000)});
    for (uint32_t slot = 0; slot < 3; ++slot) {
      OpenLane(slot, format,
               slot == 2 ? testing::Route{.sends = Sends::kNobody} : testing::Route{});
    }
  }

  void SayAndTurn(int16_t first, int16_t second, uint32_t turns) {
    for (uint32_t turn = 0; turn < turns; ++turn) {
      callers_[0]->Send(shard_, std::vector<int16_t>(callers_[0]->frame_samples(), first));
      callers_[1]->Send(shard_, std::vector<int16_t>(callers_[1]->frame_samples(), second));
      Turn();
    }
  }

  double ToneHeardBy(size_t caller) {
    const std::vector<int16_t>& heard = callers_[caller]->heard();
    return testing::ToneAmplitude(heard, kToneHz, callers_[caller]->format().rate_hz);
  }
};

TEST_F(EngineBeepTest, IsHeardByAllButTheExceptedOneWhoHearsTheRestExactly) {
  OpenRoomOfThree();
  const ClipMemory beep(Tone48(1.0));
  for (const uint32_t except : {0u, 2u}) {
    Forget();
    const testing::PlayerSlot player = {.slot = except};
    shard_.Command(
        {testing::OpenPlayer(player, beep.id()), testing::PlayToRoom(0, player, except)});
    SayAndTurn(300, 40, 25);
    for (uint32_t caller = 0; caller < 3; ++caller) {
      const int16_t without = caller == 0 ? 40 : caller == 1 ? 300 : 340;
      if (caller == except) {
        // Not one bit of it, with talkers and without: exactly what the others say.
        EXPECT_TRUE(std::ranges::all_of(callers_[caller]->heard(), [&](int16_t sample) {
          return sample == without;
        })) << caller;
      } else {
        EXPECT_NEAR(testing::Decibels(ToneHeardBy(caller), kAmplitude), 0, 0.3) << caller;
      }
    }
    shard_.Command({testing::ClosePlayer(player)});
    Turn(2);
  }
  EXPECT_EQ(refused(), 0u);
}

TEST_F(EngineBeepTest, IsNotHeardByThoseOnHoldAndEndsWithItsPlayer) {
  OpenRoomOfThree();
  OpenLane(3, kWide, {.sends = Sends::kNobody, .hears = Hears::kSilence});
  const ClipMemory beep(Tone48(10.0));
  shard_.Command({testing::OpenPlayer({}, beep.id()), testing::PlayToRoom(0, {})});
  Turn(20);
  EXPECT_TRUE(IsSilent(callers_[3]->heard()));
  EXPECT_GT(ToneHeardBy(2), kAmplitude / 2);
  shard_.Command({testing::ClosePlayer({})});
  Turn(2);
  Forget();
  Turn(5);
  EXPECT_TRUE(IsSilent(callers_[2]->heard()));
  EXPECT_EQ(Told(EventKind::kPlayerClosed), 1u);
}

TEST_F(EngineBeepTest, SparesNoLaterLegInTheSlot) {
  OpenRoomOfThree();
  const ClipMemory beep(Tone48(10.0));
  shard_.Command({testing::OpenPlayer({}, beep.id()), testing::PlayToRoom(0, {}, 2)});
  Turn(5);
  EXPECT_TRUE(IsSilent(callers_[2]->heard()));
  shard_.Command({testing::CloseLeg({.slot = 2})});
  Turn(2);
  shard_.lane_head(2) = {};
  LaneCaller next({.slot = 2, .generation = 2}, kWide);
  shard_.Command(
      {Record::From(next.OpenLeg()), testing::RouteLeg(next.leg(), {.sends = Sends::kNobody})});
  shard_.Tick(80);
  next.Hear(shard_, {});
  EXPECT_GT(testing::ToneAmplitude(next.heard(), kToneHz, 16000), kAmplitude / 2);
}

TEST_F(EngineBeepTest, SeveralSoundAtOnceAndOneMoreIsRefused) {
  OpenRoomOfThree();
  const ClipMemory one(std::vector<int16_t>(48'000, 100));
  for (uint32_t slot = 0; slot < kRoomPlayersMax + 1; ++slot) {
    shard_.Command(
        {testing::OpenPlayer({.slot = slot}, one.id(), 0), testing::PlayToRoom(0, {.slot = slot})});
  }
  Turn(3);
  EXPECT_EQ(callers_[2]->heard().back(), int16_t{100 * kRoomPlayersMax});
  EXPECT_EQ(refused(), 1u);
  // A place is free again once one of them is closed.
  shard_.Command(
      {testing::ClosePlayer({.slot = 3}), testing::PlayToRoom(0, {.slot = kRoomPlayersMax})});
  Turn(1);
  EXPECT_EQ(callers_[2]->heard().back(), int16_t{100 * kRoomPlayersMax});
  EXPECT_EQ(refused(), 1u);
  // The same once more is refused, and so is one that is closed.
  shard_.Command({testing::PlayToRoom(0, {.slot = 1}), testing::PlayToRoom(0, {.slot = 3})});
  Turn(1);
  EXPECT_EQ(refused(), 3u);
}

TEST_F(EngineBeepTest, GoesOnThroughAChangeOfTheRoomsRate) {
  OpenRoomOfThree();
  const ClipMemory beep(Tone48(10.0));
  shard_.Command({testing::OpenPlayer({}, beep.id()), testing::PlayToRoom(0, {}, 0),
                  testing::OpenPlayer({.slot = 1}, beep.id()),
                  testing::RouteLeg({.slot = 1}, Alone(1, 0))});
  Turn(5);
  Forget();
  for (const uint32_t rate_hz : {8000u, 48000u, 16000u}) {
    shard_.Command({testing::SetRoomRate(0, rate_hz)});
    Turn(5);
  }
  EXPECT_TRUE(IsSilent(callers_[0]->heard()));
  EXPECT_EQ(testing::Discontinuities(callers_[1]->heard(), kToneHz, 60, 16000), 0u);
  EXPECT_NEAR(testing::Decibels(ToneHeardBy(2), kAmplitude), 0, 0.5);
}

TEST_F(EngineBeepTest, WhatOneIsPlayedIsNotInTheFilterOfTheSharedMix) {
  // Nobody hears the shared mix at the narrow rate while one is played something and the other is
  // on hold.
  constexpr CodecFormat kNarrow = {layout::Codec::kLinear16, 8000};
  const ClipMemory secret(std::vector<int16_t>(480'000, 20'000));
  shard_.Command({testing::OpenRoom(0, 16000), testing::OpenPlayer({}, secret.id())});
  OpenLane(0, kNarrow, {.sends = Sends::kNobody, .player = 0});
  OpenLane(4, kNarrow, {.sends = Sends::kNobody, .hears = Hears::kSilence});
  Turn(3);
  EXPECT_EQ(callers_[0]->heard().back(), 20'000);
  Forget();
  shard_.Command({testing::RouteLeg({.slot = 0}, {.sends = Sends::kNobody}),
                  testing::RouteLeg({.slot = 4}, {.sends = Sends::kNobody})});
  Turn(1);
  EXPECT_TRUE(IsSilent(callers_[1]->heard()));
}

TEST_F(EngineBeepTest, AnnouncementsToOneAreMixedOverTheRoomAndOverItsOwnAudio) {
  OpenRoomOfThree();
  const ClipMemory announcement(std::vector<int16_t>(480'000, 1'000));
  const ClipMemory music(std::vector<int16_t>(480'000, 7));
  shard_.Command({testing::OpenPlayer({.slot = 0}, announcement.id()),
                  testing::OpenPlayer({.slot = 1}, music.id(), 0),
                  testing::RouteLeg({.slot = 0}, {.player = 0})});
  SayAndTurn(300, 40, 3);
  EXPECT_EQ(callers_[0]->heard().back(), 1'040);
  EXPECT_EQ(callers_[1]->heard().back(), 300);
  EXPECT_EQ(callers_[2]->heard().back(), 340);
  // On hold: the music with the announcement over it, and nothing of the room.
  testing::Route held = Alone(1, 0);
  held.player_beside = 0;
  shard_.Command({testing::RouteLeg({.slot = 0}, held)});
  SayAndTurn(300, 40, 3);
  EXPECT_EQ(callers_[0]->heard().back(), 1'007);
  EXPECT_EQ(callers_[2]->heard().back(), 40);
  // The same for a leg in no room.
  held.room = layout::kNone;
  shard_.Command({testing::RouteLeg({.slot = 0}, held)});
  SayAndTurn(300, 40, 3);
  EXPECT_EQ(callers_[0]->heard().back(), 1'007);
  // And the announcement over.
  shard_.Command({testing::ClosePlayer({.slot = 0})});
  SayAndTurn(300, 40, 3);
  EXPECT_EQ(callers_[0]->heard().back(), 7);
  EXPECT_EQ(refused(), 0u);
}

}  // namespace
}  // namespace parley
