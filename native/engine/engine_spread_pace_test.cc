// When legs of a spread room are sent their packets, and how much of the work falls to each tick.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "rtp/rtp_packet.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using testing::FakePort;
using testing::RtpCaller;
using testing::TestShard;

constexpr uint32_t kLegs = 1'000;
constexpr uint32_t kRoom = 0;
constexpr CodecFormat kPcmu = {layout::Codec::kPcmu, 8000};

// A leg's stream of packets, as its far end sees it.
struct Stream {
  bool has_begun = false;
  uint64_t tick = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t early = 0;  // packets less than 20 ms after the one before
};

class EngineSpreadPaceTest : public ::testing::Test {
 protected:
  EngineSpreadPaceTest()
      : shard_({.legs_max = kLegs,
                .rooms_max = 4,
                .lanes_max = 1,
                .opus_legs_max = 1,
                .command_records = 1'024,
                .event_records = 4'096}) {
    shard_.Command({testing::OpenRoom(kRoom, 8000, 2)});
  }

  void Add(uint32_t leg) {
    const RtpCaller caller({.slot = leg}, kPcmu, 0);
    shard_.Command(
        {Record::From(caller.OpenLeg()), testing::RouteLeg(caller.leg(), {.room = kRoom})});
  }

  void Remove(uint32_t leg) { shard_.Command({testing::CloseLeg({.slot = leg})}); }

  // Each packet comes 20 ms after the one before, or once before that, when the room is gathered.
  void Tick() {
    shard_.Tick();
    const uint64_t tick = shard_.engine().tick();
    packets_ = 0;
    for (const FakePort::Sent& sent : shard_.port().TakeSent()) {
      if (ClassifyDatagram(sent.bytes) != DatagramKind::kRtp) continue;
      const auto packet = ParseRtpPacket(sent.bytes);
      ASSERT_TRUE(packet.has_value());
      ++packets_;
      Stream& stream = streams_[sent.descriptor];
      if (stream.has_begun) {
        ASSERT_EQ(packet->header.sequence, static_cast<uint16_t>(stream.sequence + 1));
        ASSERT_EQ(packet->header.timestamp, stream.timestamp + 160);
        ASSERT_LE(tick - stream.tick, kPhasesPerFrame) << sent.descriptor;
        if (tick - stream.tick < kPhasesPerFrame) ++stream.early;
      }
      stream.has_begun = true;
      stream.tick = tick;
      stream.sequence = packet->header.sequence;
      stream.timestamp = packet->header.timestamp;
    }
    shard_.TakeEvents();
  }

  void Frame() {
    for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) ASSERT_NO_FATAL_FAILURE(Tick());
  }

  uint32_t Early() const {
    uint32_t early = 0;
    for (const auto& [descriptor, stream] : streams_) early += stream.early;
    return early;
  }

  TestShard shard_;
  std::map<int, Stream> streams_;  // by descriptor
  size_t packets_ = 0;             // of the last tick
};

TEST_F(EngineSpreadPaceTest, EachLegIsSentOneFrameEach20MsWhileTheRoomGrowsAndShrinks) {
  std::vector<uint32_t> legs(kLegs);
  for (uint32_t leg = 0; leg < kLegs; ++leg) legs[leg] = leg;
  for (uint32_t leg = 0; leg < 10; ++leg) Add(leg);
  for (int frame = 0; frame < 5; ++frame) Frame();
  // In every tick of a frame somebody comes.
  for (uint32_t leg = 10; leg < kLegs;) {
    for (uint32_t count = 0; count < 11 && leg < kLegs; ++count) Add(leg++);
    ASSERT_NO_FATAL_FAILURE(Tick());
  }
  for (int frame = 0; frame < 3; ++frame) Frame();
  EXPECT_EQ(streams_.size(), kLegs);
  EXPECT_EQ(Early(), 0u);
  std::vector<size_t> in_tick;
  for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
    Tick();
    in_tick.push_back(packets_);
  }
  std::ranges::sort(in_tick);
  // As many in each, but for that in which all of the room is mixed.
  EXPECT_EQ(in_tick, (std::vector<size_t>{157, 281, 281, 281}));

  std::minstd_rand random(9);
  std::shuffle(legs.begin(), legs.end(), random);
  while (legs.size() > 20) {
    for (uint32_t count = 0; count < 7; ++count) {
      Remove(legs.back());
      streams_.erase(static_cast<int>(100 + legs.back()));
      legs.pop_back();
    }
    ASSERT_NO_FATAL_FAILURE(Tick());
    ASSERT_TRUE(Early() == 0 || legs.size() < 64);
  }
  for (int frame = 0; frame < 3; ++frame) Frame();
  EXPECT_EQ(streams_.size(), legs.size());
  for (const auto& [descriptor, stream] : streams_) EXPECT_LE(stream.early, 1u) << descriptor;
  EXPECT_GT(Early(), 5u);
  for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
    Tick();
    EXPECT_TRUE(packets_ == 0 || packets_ == legs.size()) << packets_;
  }
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 0u);
}

}  // namespace
}  // namespace parley
