// Legs of a spread room that are served after its tick: what becomes of their frames when commands
// come in between.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "testing/clip_memory.h"
#include "testing/recording_memory.h"
#include "testing/spread_people.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::RecordingMemory;
using testing::SpreadPeople;
using Samples = std::vector<int16_t>;

constexpr uint32_t kRoom = SpreadPeople::kRoom;
constexpr CodecFormat kWide = SpreadPeople::kFormat;

// A room of eight, all silent, of whom 4 to 7 are served late.
class LateTest : public ::testing::Test {
 protected:
  LateTest() {
    for (uint32_t who = 0; who < 8; ++who) room_.Add();
    room_.shard().Command({testing::OpenRoom(2, kWide.rate_hz, 2)});
    room_.shard().Tick(2 * kPhasesPerFrame);
    for (uint32_t who = 0; who < 8; ++who) {
      EXPECT_EQ(room_.OffsetOf(who) != 0, who >= 4);
      room_.Hear(who);
    }
  }

  // The tick of the room alone, in which it is mixed.
  void Mix() { room_.shard().Tick(); }
  void GoOn(uint32_t ticks = kPhasesPerFrame - 1) { room_.shard().Tick(ticks); }
  void Turn() { room_.shard().Tick(kPhasesPerFrame); }

  SpreadPeople room_;
};

TEST_F(LateTest, WhoIsMutedAfterItWasTakenInIsNotHeard) {
  room_.Say(5, 900);
  room_.Say(6, 50);
  Turn();
  room_.Route(5, Sends::kNobody);
  room_.shard().Tick();
  EXPECT_EQ(room_.HearValues(0).back(), 50);
}

TEST_F(LateTest, RoomsThatAreServedInBetweenChangeNothing) {
  const uint32_t other = room_.Add({.room = 2});
  const uint32_t beside = room_.Add({.room = 2});
  Turn();
  for (uint32_t who = 0; who < room_.size(); ++who) room_.Hear(who);
  room_.Say(5, 900);
  for (int turn = 0; turn < 3; ++turn) {
    room_.Say(other, 4'000);
    Turn();
  }
  for (const uint32_t who : {0, 4, 6, 7}) {
    Samples heard = room_.HearValues(who);
    EXPECT_EQ(std::erase(heard, 900), 1u) << who;
    EXPECT_EQ(heard, Samples(heard.size(), 0)) << who;
  }
  EXPECT_EQ(room_.HearValues(beside), Samples(3, 4'000));
}

TEST_F(LateTest, WhatWasWhisperedWhenItWasTakenInIsNotHeardByTheRoom) {
  room_.Route(5, Sends::kWhisper, Hears::kRoom, 6);
  room_.Say(5, 900);
  Turn();
  room_.Say(5, 800);
  Turn();
  EXPECT_EQ(room_.HearValues(6), (Samples{0, 900}));
  room_.Route(5, Sends::kRoom);
  room_.Say(5, 700);
  Turn();
  Turn();
  EXPECT_EQ(room_.HearValues(0), (Samples{0, 0, 0, 700}));
  EXPECT_EQ(room_.HearValues(6), (Samples{0, 700}));
}

TEST_F(LateTest, WhoIsPutOnHoldBeforeItWasSentTheMixIsSentItOnceAndThenSilence) {
  room_.Say(0, 300);
  Mix();
  EXPECT_EQ(room_.Hear(7), Samples());
  room_.Route(7, Sends::kNobody, Hears::kSilence);
  GoOn();
  EXPECT_EQ(room_.HearValues(7), (Samples{300}));
  room_.Say(0, 400);
  Turn();
  EXPECT_EQ(room_.HearValues(7), (Samples{0}));
  room_.Say(0, 500);
  Mix();
  // And comes back when the room has been mixed without it.
  room_.Route(7, Sends::kRoom);
  GoOn();
  EXPECT_EQ(room_.HearValues(7), (Samples{0}));
  room_.Say(0, 600);
  Turn();
  EXPECT_EQ(room_.HearValues(7), (Samples{600}));
}

TEST_F(LateTest, WhoIsMutedBetweenMixAndSendingIsSentInItsOwnTick) {
  room_.Say(0, 300);
  Mix();
  room_.Route(4, Sends::kNobody);
  const uint64_t tick = room_.shard().arena().leg(4).tick;
  GoOn();
  EXPECT_EQ(room_.HearValues(4), (Samples{300}));
  EXPECT_EQ(room_.shard().arena().leg(4).tick, tick + kPhasesPerFrame);
}

TEST_F(LateTest, WhoLeavesBetweenMixAndSendingIsSentNothingMore) {
  room_.Say(0, 300);
  Mix();
  room_.Remove(7);
  room_.shard().Command({testing::CloseRoom(kRoom)});
  GoOn();
  EXPECT_EQ(room_.Hear(7), Samples());
  Turn();
  EXPECT_EQ(room_.HearValues(4).back(), 0) << "outside any room";
  EXPECT_EQ(room_.shard().engine().stats()->commands_refused, 0u);
}

TEST_F(LateTest, WhoMovesToAnotherRoomHearsNeitherTwice) {
  room_.Say(0, 300);
  Mix();
  room_.Route(7, Sends::kRoom, Hears::kRoom, layout::kNone, 2);
  room_.Route(1, Sends::kRoom, Hears::kRoom, layout::kNone, 2);
  Mix();
  EXPECT_EQ(room_.HearValues(7), (Samples{300}));
  for (int turn = 0; turn < 5; ++turn) {
    room_.Say(0, 300);
    room_.Say(1, 70);
    Turn();
  }
  const Samples values = room_.HearValues(7);
  EXPECT_GE(values.size(), 4u);
  EXPECT_EQ(std::ranges::count(values, int16_t{300}), 0);
  EXPECT_EQ(values.back(), 70);
}

// From 16 kHz to 8 and back, at every tick of a frame: whoever is heard is heard as before.
TEST_F(LateTest, TheRateChangesBetweenMixAndSendingWithoutAGap) {
  for (int turn = 0; turn < 4; ++turn) {
    room_.Say(0, 300);
    room_.Say(6, 1'000);
    Turn();
  }
  for (const uint32_t who : {1u, 5u, 7u}) room_.Hear(who);
  for (uint32_t after = 0; after < kPhasesPerFrame; ++after) {
    for (const uint32_t rate_hz : {8000u, 16000u}) {
      room_.Say(0, 300);
      room_.Say(6, 1'000);
      room_.shard().Tick(after);
      room_.shard().Command({testing::SetRoomRate(kRoom, rate_hz)});
      room_.shard().Tick(kPhasesPerFrame - after);
      for (int turn = 0; turn < 4; ++turn) {
        room_.Say(0, 300);
        room_.Say(6, 1'000);
        Turn();
      }
      for (const uint32_t who : {1u, 5u, 7u}) {
        const Samples heard = room_.Hear(who);
        ASSERT_EQ(heard.size(), 5 * FrameSamples(kWide.rate_hz)) << who;
        for (size_t at = 0; at < heard.size(); ++at) {
          ASSERT_NEAR(heard[at], 1'300, 4) << who << " at " << at;
        }
      }
    }
  }
  EXPECT_EQ(room_.shard().engine().stats()->room_rates_changed_abruptly, 0u);
}

TEST_F(LateTest, EveryFrameIsTakenDown) {
  RecordingMemory mix(16000);
  RecordingMemory inbound(16000);
  room_.shard().Command(
      {testing::OpenRecorder({.slot = 0}, mix.id(), {.room = kRoom}),
       testing::OpenRecorder(
           {.slot = 1}, inbound.id(),
           {.room = kRoom, .source = layout::RecorderSource::kInbound, .leg = {.slot = 6}})});
  Samples said;
  for (int16_t turn = 1; turn <= 50; ++turn) {
    room_.Say(6, turn);
    said.insert(said.end(), 320, static_cast<int16_t>(turn - 1));  // it is mixed a frame later
    Turn();
  }
  EXPECT_EQ(mix.File(), said);
  EXPECT_EQ(inbound.File(), said);
  EXPECT_EQ(mix.lost() + inbound.lost(), 0u);
}

// Music to who waits in a large room, and what is said to one who hears the room.
TEST_F(LateTest, PlayersAreHeardWithoutAGap) {
  Samples ramp;
  for (int16_t frame = 1; frame <= 200; ++frame) {
    ramp.insert(ramp.end(), FrameSamples(layout::kClipRateHz), static_cast<int16_t>(frame * 100));
  }
  const ClipMemory music(ramp);
  room_.shard().Tick(2);  // it moves on in the midst of the frame
  room_.shard().Command({testing::OpenPlayer({}, music.id(), 0)});
  room_.shard().Tick(2);
  for (const uint32_t who : {0u, 5u, 6u, 7u}) {
    room_.shard().Command({testing::RouteLeg(
        {.slot = who},
        {.room = kRoom, .sends = Sends::kNobody, .hears = Hears::kSilence, .player = 0})});
  }
  Turn();
  for (const uint32_t who : {0u, 5u, 6u, 7u}) room_.Hear(who);
  for (int turn = 0; turn < 20; ++turn) Turn();
  for (const uint32_t who : {0u, 5u, 6u, 7u}) {
    const Samples heard = room_.Hear(who);
    ASSERT_EQ(heard.size(), 20u * 320) << who;
    for (size_t frame = 1; frame < 20; ++frame) {
      EXPECT_EQ(heard[frame * 320 + 200] - heard[(frame - 1) * 320 + 200], 100) << who;
    }
  }
}

// Of those who hear the same, one goes to music in another room before the others are sent it.
TEST_F(LateTest, WhoGoesToMusicElsewhereLeavesTheOthersWhatTheyHear) {
  const ClipMemory music(Samples(layout::kClipRateHz, 9'000));
  for (int count = 0; count < 6; ++count) room_.Add({.room = 2});
  room_.shard().Command({testing::OpenPlayer({}, music.id(), 0)});
  Turn();
  room_.Say(0, 300);
  Mix();
  room_.shard().Command({testing::RouteLeg(
      {.slot = 7}, {.room = 2, .sends = Sends::kNobody, .hears = Hears::kSilence, .player = 0})});
  GoOn();
  EXPECT_EQ(room_.OffsetOf(7), 1u);
  EXPECT_EQ(room_.Hear(7).back(), 9'000);
  for (uint32_t who = 4; who < 7; ++who) {
    EXPECT_EQ(room_.HearValues(who).back(), 300) << who << " in " << room_.OffsetOf(who);
  }
}

TEST_F(LateTest, TicksThatAreGivenUpAreSkippedByAll) {
  for (uint32_t ticks = 1; ticks < 12; ++ticks) {
    room_.Say(6, 500);
    Mix();
    room_.shard().engine().GiveUpTicks(ticks);
    Turn();
    Turn();
    for (uint32_t who = 0; who < 8; ++who) {
      const size_t frames = room_.HearValues(who).size();
      EXPECT_GE(frames, 2u) << who;
      EXPECT_LE(frames, 3u) << who;
    }
    room_.shard().Tick(
        static_cast<uint32_t>(-static_cast<int32_t>(room_.shard().engine().tick() % 4) & 3));
    for (uint32_t who = 0; who < 8; ++who) room_.Hear(who);
  }
}

}  // namespace
}  // namespace parley
