// Rooms that span shards: what everybody hears is to the bit what one shard would have mixed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/room_span.h"
#include "kernels/targets.h"
#include "testing/clip_memory.h"
#include "testing/recording_memory.h"
#include "testing/spanned_room.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::RecordingMemory;
using testing::SpannedRoom;

constexpr uint32_t kRoom = SpannedRoom::kRoom;

// Everybody speaks, is mute, on hold or gone at random, and at times so loud that mixes are
// limited.
void Live(SpannedRoom& room, int turns, uint32_t seed) {
  std::minstd_rand random(seed);
  const auto chance = [&](uint32_t of) { return random() % of == 0; };
  for (int turn = 0; turn < turns; ++turn) {
    for (uint32_t who = 0; who < room.people().size(); ++who) {
      if (chance(12)) room.people()[who].level = chance(3) ? 12'000 : chance(2) ? 0 : 300;
      if (!chance(40)) continue;
      room.Route(who, chance(3) ? Sends::kNobody : Sends::kRoom,
                 chance(5) ? Hears::kSilence : Hears::kRoom);
    }
    ASSERT_TRUE(room.Turn()) << "turn " << turn;
  }
}

TEST(EngineSpanTest, EverybodyHearsTheSameBitsAsOnOneShardOnAllTargets) {
  for (const std::string_view target : kernels::SupportedTargets()) {
    ASSERT_TRUE(kernels::ForceTarget(target));
    for (const uint32_t rate_hz : {8000u, 48000u}) {
      SpannedRoom room({.members = 3, .rate_hz = rate_hz, .phase = rate_hz / 16000});
      ASSERT_TRUE(room.JoinAll());
      room.Fill(7, 300);
      Live(room, 120, 3);
      EXPECT_EQ(room.late(), 0u);
      EXPECT_EQ(room.refused(), 0u);
      EXPECT_GT(room.whole().engine().stats()->mixes_limited, 20u);
      EXPECT_EQ(room.part(1).engine().stats()->rooms_spanning, 1u);
      EXPECT_GT(room.part(1).engine().stats()->span_parts, 200u);
    }
  }
  kernels::ReleaseTarget();
}

// They are served while the room waits for the other shard, and have their frames elsewhere.
TEST(EngineSpanTest, OtherRoomsOfAShardChangeNothing) {
  SpannedRoom room({});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(3, 300);
  testing::TestShard& shard = room.part(0);
  testing::LaneCaller other({.slot = 40}, {layout::Codec::kLinear16, 16000});
  shard.Command({testing::OpenRoom(2, 16000), Record::From(other.OpenLeg()),
                 testing::RouteLeg(other.leg(), {.room = 2})});
  for (int turn = 0; turn < 20; ++turn) {
    other.Send(shard, std::vector<int16_t>(320, 9'000));
    ASSERT_TRUE(room.Turn()) << "turn " << turn;
  }
}

TEST(EngineSpanTest, RanksTheTalkersOfAllShardsAsOne) {
  SpannedRoom room({.members = 3, .ranked_above = 8, .talkers_max = 3});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(8, 20);
  std::minstd_rand random(5);
  for (int turn = 0; turn < 500; ++turn) {
    for (testing::Twin& twin : room.people()) {
      if (random() % 25 == 0) twin.level = random() % 3 == 0 ? 3'000 : 20;
    }
    ASSERT_TRUE(room.Turn()) << "turn " << turn;
  }
  EXPECT_EQ(room.late(), 0u);
  uint64_t left_out = 0;
  for (uint32_t member = 0; member < room.members(); ++member) {
    left_out += room.part(member).engine().stats()->frames_left_out;
  }
  EXPECT_EQ(left_out, room.whole().engine().stats()->frames_left_out);
  EXPECT_GT(left_out, 4'000u);
}

// A room is ranked by all who are in it, and by the least that one of its shards can bear.
TEST(EngineSpanTest, RanksByTheSizeOfTheWholeRoomAndTheLeastEffort) {
  SpannedRoom room({.members = 2, .ranked_above = 64, .talkers_max = 6});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(8, 1'000);
  for (int turn = 0; turn < 30; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_EQ(room.whole().engine().stats()->frames_left_out, 0u);
  const Record effort = testing::LimitEffort({.ranked_above_max = 12, .talkers_max = 3});
  room.whole().Command({effort});
  room.part(1).Command({effort});
  for (int turn = 0; turn < 60; ++turn) ASSERT_TRUE(room.Turn()) << turn;
  EXPECT_GT(room.part(0).engine().stats()->frames_left_out, 100u);
}

TEST(EngineSpanTest, AWhisperReachesItsTargetOnAnotherShardAndNobodyElse) {
  SpannedRoom room({.members = 3});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(3, 500);  // 0 to 2 on member 2, 3 to 5 on member 1, 6 to 8 on member 0
  room.Route(6, Sends::kWhisper, Hears::kRoom, 0);
  room.Route(4, Sends::kWhisper, Hears::kRoom, 0);
  room.Route(0, Sends::kNobody);
  for (int turn = 0; turn < 20; ++turn) ASSERT_TRUE(room.Turn()) << turn;
  // The target hears the room and both of them; who gave none hears the room alone.
  room.Route(8, Sends::kNobody);
  for (int turn = 0; turn < 3; ++turn) ASSERT_TRUE(room.Turn());
  const std::vector<std::vector<int16_t>>& heard = room.heard();
  std::vector<int16_t> whispers = heard[8];
  for (size_t at = 0; at < whispers.size(); ++at) {
    whispers[at] = static_cast<int16_t>(heard[0][at] - whispers[at]);
  }
  EXPECT_NE(whispers, std::vector<int16_t>(whispers.size()));
  EXPECT_NE(heard[8], std::vector<int16_t>(whispers.size()));

  // Its target does not hear the room any more, and then it is gone.
  room.Route(0, Sends::kNobody, Hears::kSilence);
  for (int turn = 0; turn < 5; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_EQ(room.heard()[0], std::vector<int16_t>(whispers.size()));
  room.Remove(0);
  for (int turn = 0; turn < 5; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_EQ(room.refused(), 0u);
}

TEST(EngineSpanTest, WhispersThatHaveNoPlaceAreCountedAndNotHeard) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  const uint32_t target = room.Add(1, 0);
  for (uint32_t count = 0; count <= kSpanAsidesMax; ++count) {
    room.Route(room.Add(0, 300), Sends::kWhisper, Hears::kRoom, target);
  }
  room.Say();
  for (int tick = 0; tick < 4; ++tick) {
    for (uint32_t member = 0; member < 2; ++member) room.part(member).BeginTick();
    room.part(0).Resume();
    room.part(1).Resume();
    room.part(0).Resume();
  }
  EXPECT_EQ(room.part(0).engine().stats()->span_asides_full, 1u);
}

TEST(EngineSpanTest, WhatIsPlayedToTheRoomIsSparedALegOfAnotherShardToTheBit) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(4, 700);  // 0 to 3 on member 1, 4 to 7 on member 0
  room.Route(1, Sends::kNobody);
  const ClipMemory beep(std::vector<int16_t>(48'000, 5'000));
  const ClipMemory other(std::vector<int16_t>(48'000, -900));
  for (const uint32_t spared : {1u, 2u}) {
    // In their second lives the second time.
    const auto player = [&](uint32_t slot) {
      return testing::PlayerSlot{.slot = slot, .generation = spared};
    };
    const std::vector<Record> open = {testing::OpenPlayer(player(0), beep.id()),
                                      testing::OpenPlayer(player(1), beep.id()),
                                      testing::OpenPlayer(player(2), other.id())};
    std::vector<Record> whole = open;
    whole.push_back(testing::PlayToRoom(kRoom, player(0), spared));
    whole.push_back(testing::PlayToRoom(kRoom, player(1)));
    whole.push_back(testing::PlayToRoom(kRoom, player(2), 5));
    room.whole().Command(whole);
    std::vector<Record> part = open;
    part.push_back(testing::PlayToSpan(kRoom, player(0), {.member = 1, .leg = {.slot = spared}}));
    part.push_back(testing::PlayToRoom(kRoom, player(1)));
    part.push_back(testing::PlayToRoom(kRoom, player(2), room.people()[5].in_part.leg().slot));
    room.part(0).Command(part);
    for (int turn = 0; turn < 20; ++turn) ASSERT_TRUE(room.Turn()) << turn;
    const std::vector<Record> close = {testing::ClosePlayer(player(0)),
                                       testing::ClosePlayer(player(1)),
                                       testing::ClosePlayer(player(2))};
    room.whole().Command(close);
    room.part(0).Command(close);
    ASSERT_TRUE(room.Turn());
  }
  EXPECT_EQ(room.refused(), 0u);
}

TEST(EngineSpanTest, RecordsTheWholeRoomOnAnyOfItsShards) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(4, 9'000);
  ASSERT_TRUE(room.Turn());
  RecordingMemory whole(16000);
  RecordingMemory at_home(16000);
  RecordingMemory of_leg(16000);
  RecordingMemory of_twin(16000);
  const testing::LegRef leg = room.people()[2].in_part.leg();
  const testing::LegRef twin = room.people()[2].in_whole.leg();
  const auto heard_by = [](testing::LegRef who) {
    return testing::Tap{.room = kRoom, .source = layout::RecorderSource::kOutbound, .leg = who};
  };
  room.whole().Command({testing::OpenRecorder({.slot = 0}, whole.id(), {.room = kRoom}),
                        testing::OpenRecorder({.slot = 1}, of_twin.id(), heard_by(twin))});
  room.part(0).Command({testing::OpenRecorder({.slot = 0}, at_home.id(), {.room = kRoom})});
  room.part(1).Command({testing::OpenRecorder({.slot = 1}, of_leg.id(), heard_by(leg))});
  for (int turn = 0; turn < 50; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_GT(whole.File().size(), 49u * 320);
  EXPECT_EQ(at_home.File(), whole.File());
  EXPECT_EQ(of_leg.File(), of_twin.File());
}

}  // namespace
}  // namespace parley
