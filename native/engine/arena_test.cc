#include "engine/arena.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/units.h"
#include "testing/arena_memory.h"

namespace parley {
namespace {

constexpr EngineLimits kLimits = {
    .legs_max = 3, .rooms_max = 2, .lanes_max = 2, .command_records = 8, .event_records = 4};

// What Open says of a good arena changed by `spoil`; empty when it is still good.
std::string FaultAfter(const std::function<void(layout::ArenaHeader&)>& spoil) {
  testing::ArenaMemory memory(kLimits);
  spoil(memory.header());
  const char* fault = nullptr;
  const bool opened = Arena::Open(memory.bytes(), fault).has_value();
  EXPECT_EQ(opened, fault == nullptr);
  return fault == nullptr ? "" : fault;
}

TEST(ArenaTest, OpensWhatTheControlThreadLaysOut) {
  testing::ArenaMemory memory(kLimits);
  const Arena arena = memory.Open();
  EXPECT_EQ(arena.limits().legs_max, 3u);
  EXPECT_EQ(arena.limits().lanes_max, 2u);
  EXPECT_EQ(arena.lane(1).size(), kLaneBytes);
  EXPECT_EQ(arena.lane(1).data() + kLaneBytes, memory.bytes().data() + memory.bytes().size());
}

TEST(ArenaTest, LanesBeginBehindAllElse) {
  testing::ArenaMemory memory(kLimits);
  const Arena arena = memory.Open();
  const std::span<uint8_t> rest = arena.without_lanes();
  EXPECT_EQ(rest.data(), memory.bytes().data());
  EXPECT_EQ(rest.data() + rest.size(), arena.lane(0).data());
  EXPECT_LE(reinterpret_cast<uint8_t*>(&arena.leg(2) + 1), arena.frames().front().input);
  EXPECT_EQ(arena.frames().size(), layout::kBatchLegs + 3);
  EXPECT_LE(reinterpret_cast<uint8_t*>(&arena.frames().back() + 1), arena.lane(0).data());
}

// Where there are none, nobody has said where they begin.
TEST(ArenaTest, LanesThatAreNotThereMayBeginAnywhere) {
  EngineLimits limits = kLimits;
  limits.lanes_max = 0;
  testing::ArenaMemory memory(limits);
  memory.header().lanes_offset = 0xffff'ffc0;
  EXPECT_EQ(memory.Open().without_lanes().size(), memory.bytes().size());
}

TEST(ArenaTest, SaysWhatIsWrongWithAHeader) {
  struct Case {
    const char* fault;
    std::function<void(layout::ArenaHeader&)> spoil;
  };
  const Case cases[] = {
      {"", [](layout::ArenaHeader&) {}},
      {"magic is wrong", [](auto& header) { header.magic ^= 1; }},
      {"version is not the one of this binary", [](auto& header) { ++header.version; }},
      {"checksum is not the one of this binary", [](auto& header) { header.checksum ^= 0x80; }},
      {"legs_max is out of range", [](auto& header) { header.legs_max = 0; }},
      {"legs_max is out of range", [](auto& header) { header.legs_max = kLegsMaxBound + 1; }},
      {"rooms_max is out of range", [](auto& header) { header.rooms_max = 0; }},
      {"lanes_max is out of range", [](auto& header) { header.lanes_max = 0xffff'ffff; }},
      {"command_records is not a power of two in range",
       [](auto& header) { header.command_records = 6; }},
      {"command_records is not a power of two in range",
       [](auto& header) { header.command_records = 1; }},
      {"event_records is not a power of two in range",
       [](auto& header) { header.event_records = 2 * kRingRecordsMax; }},
      {"an offset is not a multiple of 64", [](auto& header) { header.stats_offset += 8; }},
      {"two regions overlap", [](auto& header) { header.control_offset = 0; }},
      {"two regions overlap", [](auto& header) { header.legs_offset -= 64; }},
      {"two regions overlap", [](auto& header) { header.frames_offset -= 64; }},
      {"a region ends beyond the arena", [](auto& header) { header.lanes_offset += 64; }},
      {"a region ends beyond the arena", [](auto& header) { header.lanes_offset = 0xffff'ffc0; }},
      {"a region ends beyond the arena", [](auto& header) { header.arena_bytes -= 64; }},
      {"arena_bytes is larger than the array", [](auto& header) { ++header.arena_bytes; }},
      {"arena_bytes is larger than the array",
       [](auto& header) { header.arena_bytes = UINT64_MAX; }},
  };
  for (const Case& each : cases) EXPECT_EQ(FaultAfter(each.spoil), each.fault);
}

TEST(ArenaTest, NeedsNoLanes) {
  testing::ArenaMemory memory(
      {.legs_max = 1, .rooms_max = 1, .lanes_max = 0, .command_records = 2, .event_records = 2});
  const char* fault = nullptr;
  EXPECT_TRUE(Arena::Open(memory.bytes(), fault).has_value());
}

TEST(ArenaTest, RefusesMemoryThatIsTooShortOrMisaligned) {
  testing::ArenaMemory memory(kLimits);
  const char* fault = nullptr;
  EXPECT_FALSE(Arena::Open(memory.bytes().first(255), fault).has_value());
  EXPECT_STREQ(fault, "it is shorter than a header");
  EXPECT_FALSE(Arena::Open({}, fault).has_value());
  EXPECT_FALSE(Arena::Open(memory.bytes().subspan(8), fault).has_value());
  EXPECT_STREQ(fault, "it does not start on a multiple of 16 bytes");
}

TEST(ArenaTest, IsNotMovedByWhatIsWrittenToTheHeaderLater) {
  testing::ArenaMemory memory(kLimits);
  const Arena arena = memory.Open();
  layout::LegSlot* const leg = &arena.leg(1);
  memory.header().legs_offset = 0xffff'ffc0;
  memory.header().legs_max = 1;
  EXPECT_EQ(&arena.leg(1), leg);
}

}  // namespace
}  // namespace parley
