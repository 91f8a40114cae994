// A room that spans shards and is spread on each of them, every shard on a thread of its own, and
// commands that come while they tick.

#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "base/units.h"
#include "testing/spanned_room.h"
#include "testing/spread_people.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::SpreadPeople;

constexpr uint32_t kRoom = SpreadPeople::kRoom;
constexpr uint32_t kShards = 2;
constexpr uint32_t kPeople = 12;  // of each shard
constexpr uint32_t kTalker = 7;   // of the first shard, served late
constexpr uint32_t kOther = 9;    // of the second: muted, unmuted, whispers to kTarget of the first
constexpr uint32_t kTarget = 10;
constexpr int16_t kOtherSays = 1'000;

void Tick(testing::TestShard& shard) {
  bool is_done = shard.BeginTick();
  while (!is_done) {
    std::this_thread::yield();
    is_done = shard.Resume();
  }
}

TEST(EngineSpreadThreadsTest, NobodyMissesAFrameOfOneWhileAnotherIsMutedAndWhispers) {
  constexpr int16_t kTurns = 200;
  testing::SpanMemory span(kShards);
  std::array<SpreadPeople, kShards> rooms = {SpreadPeople(testing::kSmallSpreading, 3),
                                             SpreadPeople(testing::kSmallSpreading, 3)};
  for (uint32_t member = 0; member < kShards; ++member) {
    rooms[member].shard().Command({testing::SpanRoom(kRoom, span.id(), member)});
    for (uint32_t who = 0; who < kPeople; ++who) rooms[member].Add();
  }
  std::barrier turn_edge(1 + static_cast<std::ptrdiff_t>(kShards));
  std::vector<std::thread> threads;
  for (SpreadPeople& room : rooms) {
    threads.emplace_back([&] {
      for (int16_t turn = 0; turn < kTurns; ++turn) {
        turn_edge.arrive_and_wait();
        for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) Tick(room.shard());
        turn_edge.arrive_and_wait();
      }
    });
  }
  std::minstd_rand random(5);
  std::map<uint32_t, int16_t> last;  // of the talker, by listener
  uint32_t whispers = 0;
  for (int16_t said = 1; said <= kTurns; ++said) {
    rooms[0].Say(kTalker, said);
    rooms[1].Say(kOther, kOtherSays);
    turn_edge.arrive_and_wait();
    if (random() % 3 == 0) {
      testing::Route route = {.room = kRoom};
      route.sends = std::array{Sends::kNobody, Sends::kRoom, Sends::kWhisper}[random() % 3];
      if (route.sends == Sends::kWhisper) {
        route.whisper_to = kTarget;
        route.whisper_member = 1;
        route.whisper_generation = 1;
      }
      rooms[1].shard().Command({testing::RouteLeg({.slot = kOther}, route)});
    }
    turn_edge.arrive_and_wait();
    bool do_all_hear_other = false;
    for (uint32_t member = 0; member < kShards; ++member) {
      for (uint32_t who = 0; who < kPeople; ++who) {
        const bool is_talker = member == 0 && who == kTalker;
        bool hears_other = false;
        for (const int16_t value : rooms[member].HearValues(who)) {
          const auto of_talker = static_cast<int16_t>(value % kOtherSays);
          hears_other |= value >= kOtherSays;
          int16_t& before = last[member * kPeople + who];
          EXPECT_TRUE(is_talker || of_talker == before + 1 || before == 0)
              << who << " of " << member << " hears " << value << " after " << before;
          before = of_talker;
        }
        EXPECT_FALSE(hears_other && member == 1 && who == kOther);
        if (member == 0 && who == 0) do_all_hear_other = hears_other;
        if (member == 0 && who == kTarget && hears_other && !do_all_hear_other) ++whispers;
      }
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& [listener, heard] : last) {
    EXPECT_EQ(heard >= kTurns - 3, listener != kTalker) << listener;
  }
  EXPECT_GT(whispers, 20u);
  EXPECT_NE(rooms[0].OffsetOf(kTalker, 3), 0u);
  EXPECT_NE(rooms[1].OffsetOf(kOther, 3), 0u);
  // Of the first turn, in which the one may not have heard of the other yet.
  EXPECT_LE(rooms[1].shard().engine().stats()->span_parts_late, 1u);
}

}  // namespace
}  // namespace parley
