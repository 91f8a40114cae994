#include "engine/roster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "testing/arena_memory.h"
#include "testing/commands.h"

namespace parley {
namespace {

constexpr uint32_t kLegsMax = 128;

// A switchboard to fill with lane legs, in rooms or outside any.
class RosterTest : public ::testing::Test {
 protected:
  void OpenRoom(uint32_t room, uint32_t legs, uint32_t phase = 0) {
    Apply<layout::OpenRoom>(testing::OpenRoom(room, 8000, phase));
    for (uint32_t count = 0; count < legs; ++count) {
      OpenLeg(next_leg_);
      Route(next_leg_++, room);
    }
    switchboard_.EndBatch();
  }

  void Route(uint32_t slot, uint32_t room) {
    Apply<layout::RouteLeg>(testing::RouteLeg({.slot = slot}, {.room = room}));
  }

  void OpenLeg(uint32_t slot) {
    const layout::OpenLeg command =
        testing::LaneLeg({.slot = slot}, layout::Codec::kLinear16, 8000, slot);
    ASSERT_EQ(switchboard_.Apply(command, TickTime{}), Outcome::kDone);
  }

  // Legs of each batch of a tick.
  std::vector<std::vector<uint32_t>> Batches(uint64_t tick) {
    roster_.Choose(switchboard_, tick);
    std::vector<std::vector<uint32_t>> batches;
    while (const std::optional<Batch> batch = roster_.NextBatch()) {
      batches.emplace_back(batch->legs.begin(), batch->legs.end());
      size_t in_rooms = 0;
      for (const RoomTurn& turn : batch->rooms) {
        EXPECT_EQ(turn.legs.data(), batch->legs.data() + in_rooms);
        in_rooms += turn.legs.size();
      }
      EXPECT_EQ(in_rooms + batch->roomless.size(), batch->legs.size());
    }
    return batches;
  }

  static std::vector<size_t> Sizes(const std::vector<std::vector<uint32_t>>& batches) {
    std::vector<size_t> sizes;
    for (const auto& batch : batches) sizes.push_back(batch.size());
    return sizes;
  }

  template <typename Command>
  void Apply(const Record& record) {
    ASSERT_EQ(switchboard_.Apply(record.As<Command>()), Outcome::kDone);
  }

  testing::ArenaMemory memory_{{.legs_max = kLegsMax,
                                .rooms_max = 16,
                                .lanes_max = kLegsMax,
                                .opus_legs_max = 1,
                                .players_max = 8,
                                .command_records = 64,
                                .event_records = 64}};
  Arena arena_ = memory_.Open();
  Switchboard switchboard_{arena_};
  Roster roster_{arena_.limits()};

 private:
  uint32_t next_leg_ = 0;
};

TEST_F(RosterTest, BatchesAreOfWholeRooms) {
  for (uint32_t room = 0; room < 4; ++room) OpenRoom(room, 10);
  EXPECT_EQ(Sizes(Batches(0)), (std::vector<size_t>{20, 20}));
}

TEST_F(RosterTest, KnowsWhoIsServedAfterABatch) {
  for (uint32_t room = 0; room < 4; ++room) OpenRoom(room, 10);
  roster_.Choose(switchboard_, 0);
  const std::optional<Batch> first = roster_.NextBatch();
  const std::span<const uint32_t> after = roster_.After(first->legs);
  const std::optional<Batch> second = roster_.NextBatch();
  EXPECT_TRUE(std::ranges::equal(after, second->legs));
  EXPECT_TRUE(roster_.After(second->legs).empty());
  EXPECT_EQ(roster_.After(first->legs.first(1)).size(), kBatchLegs);
  EXPECT_TRUE(roster_.After({}).empty());
}

TEST_F(RosterTest, ARoomLargerThanABatchGoesAlone) {
  OpenRoom(0, 3);
  OpenRoom(1, kBatchLegs + 1);
  OpenRoom(2, 3);
  EXPECT_EQ(Sizes(Batches(0)), (std::vector<size_t>{3, kBatchLegs + 1, 3}));
}

TEST_F(RosterTest, EveryLegIsServedOnceInAFrame) {
  OpenRoom(0, 30);
  OpenRoom(1, 0);
  for (uint32_t slot = 30; slot < kLegsMax; ++slot) OpenLeg(slot);
  std::vector<uint32_t> served;
  for (uint64_t tick = 0; tick < kPhasesPerFrame; ++tick) {
    for (const auto& batch : Batches(tick)) served.insert(served.end(), batch.begin(), batch.end());
  }
  std::ranges::sort(served);
  std::vector<uint32_t> all(kLegsMax);
  std::iota(all.begin(), all.end(), 0u);
  EXPECT_EQ(served, all);
}

TEST_F(RosterTest, ALegIsNotServedInTwoTicksRunning) {
  OpenRoom(0, 3);
  EXPECT_EQ(Sizes(Batches(4)), std::vector<size_t>{3});
  OpenRoom(1, 0, 1);
  for (uint32_t slot = 0; slot < 3; ++slot) Route(slot, 1);
  EXPECT_EQ(Batches(5).size(), 0u);
  EXPECT_EQ(Sizes(Batches(9)), std::vector<size_t>{3});
}

}  // namespace
}  // namespace parley
