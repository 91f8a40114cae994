#include "engine/shard_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <span>

#include "capture/ring_table.h"
#include "codecs/opus_codec.h"
#include "engine/engine.h"
#include "net/udp_port.h"
#include "playback/clip_table.h"
#include "rtp/srtp_table.h"
#include "testing/allocation_trap.h"
#include "testing/arena_memory.h"

namespace parley {
namespace {

constexpr EngineLimits kLimits = {.legs_max = 2048,
                                  .rooms_max = 1024,
                                  .lanes_max = 512,
                                  .opus_legs_max = 256,
                                  .players_max = 3072,
                                  .recorders_max = 512,
                                  .command_records = 16'384,
                                  .event_records = 32'768};

size_t Sum(std::span<const size_t> parts) {
  return std::accumulate(parts.begin(), parts.end(), size_t{0});
}

// The parts that lie there come first.
size_t ArenaBytes(const EngineLimits& limits) {
  constexpr size_t kParts = static_cast<size_t>(layout::MemoryPart::kLanes) + 1;
  return Sum(std::span<const size_t>(ShardMemoryFor(limits)).first(kParts));
}

size_t AllBytes(const EngineLimits& limits) { return Sum(ShardMemoryFor(limits)); }

class ShardMemoryOf : public ::testing::TestWithParam<EngineLimits> {};

// So that nothing the engine takes is in no item.
TEST_P(ShardMemoryOf, IsWhatIsAllocated) {
  testing::ArenaMemory memory(GetParam());
  EXPECT_EQ(ArenaBytes(GetParam()), memory.bytes().size());
  const Arena arena = memory.Open();
  // Of the process, made with its first shard.
  SrtpTable::OfProcess();
  ClipTable::OfProcess();
  RingTable::OfProcess();
  testing::AllocationTrap trap;
  const auto port = std::make_unique<UdpPort>();
  const auto engine = std::make_unique<Engine>(arena, *port);
  const uint64_t allocated = trap.bytes() - sizeof(UdpPort);
  EXPECT_EQ(AllBytes(GetParam()) - ArenaBytes(GetParam()), allocated);
}

INSTANTIATE_TEST_SUITE_P(Limits, ShardMemoryOf,
                         ::testing::Values(EngineLimits{.legs_max = 1,
                                                        .rooms_max = 1,
                                                        .command_records = 2,
                                                        .event_records = 2},
                                           EngineLimits{.legs_max = 333,
                                                        .rooms_max = 77,
                                                        .lanes_max = 5,
                                                        .opus_legs_max = 3,
                                                        .players_max = 9,
                                                        .recorders_max = 7,
                                                        .command_records = 64,
                                                        .event_records = 128},
                                           kLimits));

// One more leg with all that grows with it: its share of the rings, the packet memory and the
// players, and its slot. Of many, since the legs lie on whole huge pages.
TEST(ShardMemoryOfALeg, InG711IsAtMost32KiB) {
  constexpr uint32_t kTimes = 8;
  EngineLimits more = kLimits;
  more.legs_max *= kTimes;
  more.players_max += (kTimes - 1) * kLimits.legs_max;
  more.command_records *= kTimes;
  more.event_records *= kTimes;
  const size_t bytes = (AllBytes(more) - AllBytes(kLimits)) / ((kTimes - 1) * kLimits.legs_max);
  EXPECT_LE(bytes, 32U * 1024);
  RecordProperty("bytes", static_cast<int>(bytes));
}

TEST(ShardMemoryOfALeg, InOpusIsAtMost96KiBBeyondLibopus) {
  EngineLimits twice = kLimits;
  twice.legs_max += kLimits.opus_legs_max;
  twice.players_max += kLimits.opus_legs_max;
  twice.command_records += 8 * kLimits.opus_legs_max;
  twice.event_records += 16 * kLimits.opus_legs_max;
  twice.opus_legs_max *= 2;
  const size_t libopus = OpusFrameDecoder::StateBytes() + OpusFrameEncoder::StateBytes();
  const size_t bytes = (AllBytes(twice) - AllBytes(kLimits)) / kLimits.opus_legs_max - libopus;
  EXPECT_LE(bytes, 96U * 1024);
  RecordProperty("bytes", static_cast<int>(bytes));
}

}  // namespace
}  // namespace parley
