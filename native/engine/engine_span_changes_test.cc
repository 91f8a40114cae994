// Rooms that span shards while things change: they grow and shrink, shards are late or lost, rates
// change.

#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "engine/room_span.h"
#include "testing/allocation_trap.h"
#include "testing/clip_memory.h"
#include "testing/lock_trap.h"
#include "testing/spanned_room.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::ClipMemory;
using testing::SpanMemory;
using testing::SpannedRoom;

constexpr uint32_t kRoom = SpannedRoom::kRoom;

// People talk, loud enough for limiters to act, while the room comes to span and is one again.
TEST(EngineSpanChangesTest, GrowsAndShrinksWithoutALostBit) {
  SpannedRoom room({.members = 3, .phase = 2});
  for (int count = 0; count < 5; ++count) room.Add(0, 9'000);
  const auto turns = [&](int count) {
    for (int turn = 0; turn < count; ++turn) ASSERT_TRUE(room.Turn()) << turn;
  };
  turns(20);
  room.Join(0);
  turns(20);
  room.Join(1);
  const uint32_t first = room.Add(1, 9'000);
  turns(1);
  room.Add(1, 0);
  turns(20);
  room.Join(2);
  room.Add(2, 8'000);
  room.Add(0, 2'000);
  turns(40);
  // All of member 1 go.
  room.Remove(first);
  room.Remove(first + 1);
  turns(5);
  room.Close(1);
  turns(20);
  room.Remove(first + 2);
  room.Close(2);
  turns(5);
  room.Leave(0);
  turns(20);
  EXPECT_EQ(room.late(), 0u);
  EXPECT_EQ(room.refused(), 0u);
  EXPECT_GT(room.whole().engine().stats()->mixes_limited, 500u);
  EXPECT_EQ(room.part(0).engine().stats()->rooms_spanning, 0u);
  // And it may begin again.
  room.Join(0);
  room.Join(1);
  room.Add(1, 500);
  turns(5);
  EXPECT_EQ(room.refused(), 0u);
}

// While everybody talks nobody hears the shared mix; whoever stops first goes on as it heard.
TEST(EngineSpanChangesTest, TheFirstWhoOnlyListensSeedsTheLimiterOfAll) {
  for (const bool is_far_first : {true, false}) {
    SpannedRoom room({.members = 2});
    ASSERT_TRUE(room.JoinAll());
    room.Fill(2, 20'000);  // 0 and 1 on member 1, 2 and 3 on member 0
    for (int turn = 0; turn < 10; ++turn) ASSERT_TRUE(room.Turn());
    room.Route(is_far_first ? 0 : 2, Sends::kNobody);
    ASSERT_TRUE(room.Turn());
    room.Route(is_far_first ? 2 : 0, Sends::kNobody);
    for (int turn = 0; turn < 5; ++turn) ASSERT_TRUE(room.Turn()) << turn;
  }
}

// Nobody at home is left: the room goes on by those elsewhere.
TEST(EngineSpanChangesTest, GoesOnWhenNobodyIsLeftAtHome) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(2, 3'000);
  ASSERT_TRUE(room.Turn());
  room.Remove(2);
  room.Remove(3);
  const ClipMemory beep(std::vector<int16_t>(48'000, 5'000));
  const std::vector<Record> play = {testing::OpenPlayer({}, beep.id()),
                                    testing::PlayToRoom(kRoom, {})};
  room.whole().Command(play);
  room.part(0).Command(play);
  for (int turn = 0; turn < 20; ++turn) ASSERT_TRUE(room.Turn()) << turn;
  EXPECT_EQ(room.late(), 0u);
}

TEST(EngineSpanChangesTest, GoesOnWithoutAShardThatStandsStillAndWithItAgainAfterwards) {
  SpannedRoom room({.members = 3, .ranked_above = 4, .talkers_max = 8});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(2, 200);  // 0 and 1 on member 2, 2 and 3 on member 1, 4 and 5 on member 0
  for (int turn = 0; turn < 10; ++turn) ASSERT_TRUE(room.Turn());
  room.TurnWithout(1);
  // Once by each of the others.
  EXPECT_EQ(room.part(0).engine().stats()->span_parts_late, 1u);
  EXPECT_EQ(room.part(2).engine().stats()->span_parts_late, 1u);
  // Late as it is, it finds what the others left for it.
  EXPECT_EQ(room.part(1).engine().stats()->span_parts_late, 0u);
  for (size_t at = 0; at < 320; ++at) {
    const std::vector<std::vector<int16_t>>& said = room.said();
    ASSERT_EQ(room.heard()[4][at], said[0][at] + said[1][at] + said[5][at]);
    ASSERT_EQ(room.heard()[2][at],
              said[0][at] + said[1][at] + said[3][at] + said[4][at] + said[5][at]);
  }
  for (int turn = 0; turn < 10; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_EQ(room.late(), 2u);
}

// After a mix that was not the same everywhere, all go on with one limiter again.
TEST(EngineSpanChangesTest, AgreesOnTheLimiterOfThoseWhoListenAgain) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  const uint32_t there = room.Add(1, 0);
  const uint32_t loud = room.Add(1, 32'000);
  const uint32_t here = room.Add(0, 0);
  room.Add(0, 32'000);
  for (int turn = 0; turn < 10; ++turn) ASSERT_TRUE(room.Turn());
  room.TurnWithout(1);
  for (int turn = 0; turn < 5; ++turn) {
    room.people()[loud].level = 8'000;
    room.Say();
    for (int tick = 0; tick < 4; ++tick) {
      for (uint32_t member = 0; member < 2; ++member) room.part(member).BeginTick();
      for (int round = 0; round < 3; ++round) {
        for (uint32_t member = 0; member < 2; ++member) room.part(member).Resume();
      }
    }
    room.people()[here].in_part.heard().clear();
    room.people()[there].in_part.heard().clear();
    room.people()[here].in_part.Hear(room.part(0), {});
    room.people()[there].in_part.Hear(room.part(1), {});
    EXPECT_EQ(room.people()[here].in_part.heard(), room.people()[there].in_part.heard()) << turn;
  }
}

TEST(EngineSpanChangesTest, ChangesItsRateInOneTurnOnAllShardsWhenTheLastHasHeardOfIt) {
  SpannedRoom room({.members = 2, .rate_hz = 8000});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(2, 1'000);
  for (int turn = 0; turn < 5; ++turn) ASSERT_TRUE(room.Turn());
  const auto rate_of = [&](uint32_t member) {
    return room.part(member).arena().leg(0).frame_rate_hz;
  };
  room.part(0).Command({testing::SetRoomRate(kRoom, 16000)});
  for (int turn = 0; turn < 3; ++turn) ASSERT_TRUE(room.Turn());
  EXPECT_EQ(rate_of(0), 8000u);
  room.part(1).Command({testing::SetRoomRate(kRoom, 16000)});
  ASSERT_TRUE(room.Turn());
  EXPECT_EQ(rate_of(0), 8000u);
  room.TurnWithout(2);
  EXPECT_EQ(rate_of(0), 16000u);
  EXPECT_EQ(rate_of(1), 16000u);
  EXPECT_EQ(room.late(), 0u);
  EXPECT_EQ(room.part(0).engine().stats()->room_rates_changed_abruptly, 1u);
  // A rate that not all have heard of comes with the end of the span.
  room.part(0).Command({testing::SetRoomRate(kRoom, 48000)});
  room.TurnWithout(2);
  EXPECT_EQ(rate_of(0), 16000u);
  room.Leave(0);
  room.TurnWithout(2);
  EXPECT_EQ(rate_of(0), 48000u);
  EXPECT_EQ(room.refused(), 0u);
}

TEST(EngineSpanChangesTest, TellsWhoIsHeardOnAllShards) {
  const uint32_t here = 0;
  const SpanMemory memory(2);
  ContributorList list;
  for (uint32_t level = 40; level-- > 0;) {
    list.Add({.index = level, .ssrc = 1'000 + level, .level_dbov = static_cast<uint8_t>(level)});
  }
  EXPECT_EQ(list.listed().size(), kRtpCsrcsMax + 1u);
  EXPECT_EQ(list.listed().front().ssrc, 1'000u);
  Contributors contributors;
  contributors.Use(list);
  Leg leg;
  leg.hears = Hears::kRoom;
  const MixerSources heard = contributors.HeardBy(here, leg);
  EXPECT_EQ(heard.ssrcs().front(), 1'001u);
}

TEST(EngineSpanChangesTest, RefusesWhatIsNoPlaceInASpan) {
  SpannedRoom room({.members = 2});
  room.Join(0);
  room.part(0).Tick();
  EXPECT_EQ(room.refused(), 0u);
  const SpanMemory small(2, 8);
  const uint32_t id = small.id();
  const SpanMemory large(2);
  room.part(1).Command({testing::OpenRoom(3, 8000), testing::SpanRoom(4, large.id(), 0),
                        testing::SpanRoom(UINT32_MAX, large.id(), 0), testing::SpanRoom(3, id, 0),
                        testing::SpanRoom(3, large.id(), 2), testing::SpanRoom(3, 12'345'678, 0),
                        testing::SpanRoom(3, 0, 0), testing::SpanRoom(3, large.id(), 1),
                        testing::SpanRoom(3, large.id(), 0), testing::OpenRoom(5, 8000),
                        testing::SpanRoom(5, large.id(), 1)});
  room.part(1).Tick();
  EXPECT_EQ(room.refused(), 8u);
  EXPECT_EQ(room.part(1).engine().stats()->rooms_spanning, 1u);
  room.part(1).Command({testing::CloseRoom(3), testing::SpanRoom(5, large.id(), 1)});
  room.part(1).Tick();
  EXPECT_EQ(room.refused(), 8u);
  EXPECT_EQ(room.part(1).engine().stats()->rooms_spanning, 1u);
}

TEST(EngineSpanChangesTest, AllocatesNothingAndTakesNoLock) {
  SpannedRoom room({.members = 2, .ranked_above = 4, .talkers_max = 2});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(6, 400);
  room.Route(1, Sends::kWhisper, Hears::kRoom, 9);
  for (int turn = 0; turn < 50; ++turn) {
    room.Say();
    room.whole().Tick(4);
    const testing::AllocationTrap trap;
    const testing::LockTrap lock_trap;
    for (int tick = 0; tick < 4; ++tick) {
      const bool is_first_done = room.part(0).BeginTick();
      const bool is_second_done = room.part(1).BeginTick();
      if (!is_first_done && !room.part(0).Resume()) {
        if (!is_second_done) room.part(1).Resume();
        EXPECT_TRUE(room.part(0).Resume());
      } else if (!is_second_done) {
        EXPECT_TRUE(room.part(1).Resume());
      }
    }
    EXPECT_EQ(trap.allocations() + trap.frees(), 0u);
    EXPECT_EQ(lock_trap.locks(), 0u);
  }
  EXPECT_EQ(room.late(), 0u);
  EXPECT_TRUE(room.Hear());
}

// An engine that was lost is waited for no more.
TEST(EngineSpanChangesTest, DoesNotWaitForAMemberThatWasTakenOut) {
  SpannedRoom room({.members = 2});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(2, 300);
  for (int turn = 0; turn < 3; ++turn) ASSERT_TRUE(room.Turn());
  room.span().Leave(1);
  for (int tick = 0; tick < 8; ++tick) EXPECT_TRUE(room.part(0).BeginTick());
  EXPECT_EQ(room.late(), 0u);
}

// Each shard on a thread of its own, as they are.
TEST(EngineSpanThreadsTest, ShardsOnThreadsOfTheirOwnMixTheSameBits) {
  constexpr int kTurns = 150;
  SpannedRoom room({.members = 3, .ranked_above = 10, .talkers_max = 4});
  ASSERT_TRUE(room.JoinAll());
  room.Fill(5, 500);
  room.Route(1, Sends::kWhisper, Hears::kRoom, 14);
  std::minstd_rand random(11);
  std::barrier turn_edge(1 + static_cast<std::ptrdiff_t>(room.members()));
  std::vector<std::thread> threads;
  for (uint32_t member = 0; member < room.members(); ++member) {
    threads.emplace_back([&, member] {
      for (int turn = 0; turn < kTurns; ++turn) {
        turn_edge.arrive_and_wait();
        for (int tick = 0; tick < 4; ++tick) {
          bool is_done = room.part(member).BeginTick();
          while (!is_done) {
            std::this_thread::yield();
            is_done = room.part(member).Resume();
          }
        }
        turn_edge.arrive_and_wait();
      }
    });
  }
  for (int turn = 0; turn < kTurns; ++turn) {
    for (testing::Twin& twin : room.people()) {
      if (random() % 10 == 0) twin.level = random() % 2 == 0 ? 6'000 : 100;
    }
    room.Say();
    room.whole().Tick(4);
    turn_edge.arrive_and_wait();
    turn_edge.arrive_and_wait();
    EXPECT_TRUE(room.Hear()) << turn;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(room.late(), 0u);
}

}  // namespace
}  // namespace parley
