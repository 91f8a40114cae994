// Two spread rooms of a shard, and one who goes from the one to the other in any tick of a frame.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "base/units.h"
#include "testing/spread_people.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::SpreadPeople;
using Samples = std::vector<int16_t>;

// Both as large as a daemon's must be, in different quarters of a frame.
class SpreadMovesTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kPeople = 140;  // of each room
  static constexpr std::array<uint32_t, 2> kRooms = {SpreadPeople::kRoom, 2};
  static constexpr uint32_t kLate = 130;  // of those of a room, one who is served late

  SpreadMovesTest() : people_({}, 0, 0, testing::kCrowdLimits) {
    people_.shard().Command({testing::OpenRoom(kRooms[1], SpreadPeople::kFormat.rate_hz, 2)});
    for (const uint32_t room : kRooms) {
      for (uint32_t count = 0; count < kPeople; ++count) people_.Add({.room = room});
    }
    mover_ = people_.Add();
    people_.shard().Tick(2 * kPhasesPerFrame);
    EXPECT_NE(people_.OffsetOf(kLate), 0u);
    EXPECT_NE(people_.OffsetOf(mover_), 0u);
    for (uint32_t who = 0; who < people_.size(); ++who) people_.Hear(who);
  }

  void Move(uint32_t room) {
    people_.Route(mover_, Sends::kRoom, Hears::kRoom, layout::kNone, kRooms[room]);
  }

  // Listeners of a room: one who is served with it, and one later.
  static std::array<uint32_t, 2> ListenersOf(uint32_t room) {
    return {room * kPeople + 1, room * kPeople + kLate};
  }

  SpreadPeople people_;
  uint32_t mover_ = 0;
};

// The frames of one who said 1, 2, 3 and so on that are in `heard`: one after the other.
Samples Voice(const Samples& heard) {
  Samples voice;
  std::ranges::copy_if(heard, std::back_inserter(voice), [](int16_t value) { return value != 0; });
  for (size_t at = 1; at < voice.size(); ++at) EXPECT_EQ(voice[at], voice[at - 1] + 1);
  return voice;
}

TEST_F(SpreadMovesTest, WhatWasSaidInARoomIsHeardThereAlone) {
  int16_t said = 0;
  uint32_t room = 0;
  for (uint32_t after = 0; after < 2 * kPhasesPerFrame; ++after) {
    const auto turns = [&](int count) {
      for (int turn = 0; turn < count; ++turn) {
        people_.Say(mover_, ++said);
        people_.shard().Tick(kPhasesPerFrame);
      }
    };
    turns(6);
    for (const uint32_t each : {0u, 1u}) {
      for (const uint32_t who : ListenersOf(each)) people_.Hear(who);
    }
    turns(4);
    people_.Say(mover_, ++said);
    people_.shard().Tick(after % kPhasesPerFrame);
    const uint32_t before = room;
    const auto taken_in = static_cast<int16_t>(people_.shard().lane_head(mover_).in_read);
    Move(room = 1 - room);
    people_.shard().Tick(kPhasesPerFrame - after % kPhasesPerFrame);
    turns(6);
    for (const uint32_t who : ListenersOf(before)) {
      const Samples heard = Voice(people_.HearValues(who));
      ASSERT_GE(heard.size(), 2u) << who;
      EXPECT_LE(heard.back(), taken_in) << who << " after " << after;
    }
    for (const uint32_t who : ListenersOf(room)) {
      const Samples heard = Voice(people_.HearValues(who));
      ASSERT_GE(heard.size(), 3u) << who;
      EXPECT_EQ(heard.front(), taken_in + 1) << who << " after " << after;
      EXPECT_GE(heard.back(), said - 3) << who << " after " << after;
    }
  }
  EXPECT_EQ(people_.shard().engine().stats()->commands_refused, 0u);
}

TEST_F(SpreadMovesTest, WhoMovesHearsEachRoomWithoutAGapAndNothingOfItLater) {
  constexpr int16_t kApart = 10'000;
  int16_t said = 0;
  uint32_t room = 0;
  for (uint32_t after = 0; after < 2 * kPhasesPerFrame; ++after) {
    const auto say = [&] {
      ++said;
      people_.Say(kLate + 1, said);
      people_.Say(kPeople, static_cast<int16_t>(kApart + said));
    };
    const auto turns = [&](int count) {
      for (int turn = 0; turn < count; ++turn) {
        say();
        people_.shard().Tick(kPhasesPerFrame);
      }
    };
    turns(6);
    people_.Hear(mover_);
    turns(4);
    say();
    people_.shard().Tick(after % kPhasesPerFrame);
    const uint32_t before = room;
    Move(room = 1 - room);
    people_.shard().Tick(kPhasesPerFrame - after % kPhasesPerFrame);
    turns(6);
    Samples heard = people_.HearValues(mover_);
    EXPECT_GE(heard.size(), 10u) << after;
    // Between the rooms it may be sent one frame in which it hears neither.
    EXPECT_LE(std::erase(heard, 0), 1u) << after;
    const auto is_of = [&](int16_t value, uint32_t of) { return (value > kApart) == (of == 1); };
    const auto edge =
        std::ranges::find_if_not(heard, [&](int16_t value) { return is_of(value, before); });
    EXPECT_TRUE(std::all_of(edge, heard.end(), [&](int16_t value) { return is_of(value, room); }))
        << "after " << after;
    for (auto at = heard.begin(); at + 1 != heard.end(); ++at) {
      if (at + 1 == edge) continue;
      EXPECT_EQ(*(at + 1), *at + 1) << "after " << after;
    }
  }
}

}  // namespace
}  // namespace parley
