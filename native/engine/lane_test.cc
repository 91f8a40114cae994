#include "engine/lane.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "engine/arena.h"

namespace parley {
namespace {

constexpr uint32_t kFrameBytes = 160;

// A lane with the control thread's end in the test's hands.
class LaneTest : public testing::Test {
 protected:
  layout::LaneHead& head() { return *reinterpret_cast<layout::LaneHead*>(memory_.data()); }

  void Open(uint32_t prime_frames) { lane_.Open(memory_, kFrameBytes, prime_frames); }

  // Writes the next frame, all bytes `fill`.
  void Write(uint8_t fill) {
    const size_t place = head().in_write++ % layout::kLaneFramesMax;
    std::memset(memory_.data() + sizeof(head()) + place * layout::kLaneFrameBytes, fill,
                kFrameBytes);
  }

  // The fill of the frame whose turn it is; -1 when there is none, -2 when the lane starved.
  int Play() {
    const Lane::Turn turn = lane_.Next();
    if (turn.starved) return -2;
    if (turn.frame.empty()) return -1;
    EXPECT_EQ(turn.frame.size(), kFrameBytes);
    const int fill = turn.frame[0];
    lane_.Pop();
    return fill;
  }

  alignas(64) std::array<uint8_t, kLaneBytes> memory_{};
  Lane lane_;
};

TEST_F(LaneTest, StartsWhenPrimed) {
  Open(2);
  EXPECT_EQ(Play(), -1);
  Write(1);
  EXPECT_EQ(Play(), -1);
  Write(2);
  EXPECT_EQ(Play(), 1);
  EXPECT_EQ(Play(), 2);
  EXPECT_EQ(head().in_read, 2u);
}

TEST_F(LaneTest, StartsWhenTheWriterStopsBeforeItIsPrimed) {
  Open(3);
  Write(1);
  EXPECT_EQ(Play(), -1);
  EXPECT_EQ(Play(), 1);
  EXPECT_EQ(Play(), -2);
}

TEST_F(LaneTest, PrimesAgainAfterStarvingOnce) {
  Open(2);
  Write(1);
  Write(2);
  EXPECT_EQ(Play(), 1);
  EXPECT_EQ(Play(), 2);
  EXPECT_EQ(Play(), -2);
  EXPECT_EQ(Play(), -1);
  Write(3);
  EXPECT_EQ(Play(), -1);
  Write(4);
  EXPECT_EQ(Play(), 3);
}

TEST_F(LaneTest, PlaysAtOnceWhenNothingIsToBePrimed) {
  Open(0);
  Write(9);
  EXPECT_EQ(Play(), 9);
}

TEST_F(LaneTest, SkipsWhatWasCleared) {
  Open(2);
  for (uint8_t fill = 1; fill <= 5; ++fill) Write(fill);
  EXPECT_EQ(Play(), 1);
  head().in_clear_to = head().in_write;
  EXPECT_EQ(Play(), -1);
  EXPECT_EQ(head().in_read, 5u);
  Write(6);
  Write(7);
  EXPECT_EQ(Play(), 6);
}

TEST_F(LaneTest, KeepsFramesWrittenAfterTheClear) {
  Open(1);
  Write(1);
  Write(2);
  head().in_clear_to = 2;
  Write(3);
  EXPECT_EQ(Play(), 3);
}

TEST_F(LaneTest, WrapsItsPositions) {
  head().in_write = head().in_read = head().in_clear_to = 0xffff'fffe;
  head().out_write = head().out_read = 0xffff'ffff;
  Open(1);
  for (uint8_t fill = 1; fill <= 5; ++fill) {
    Write(fill);
    EXPECT_EQ(Play(), fill);
  }
  EXPECT_EQ(head().in_read, 3u);
  const std::vector<uint8_t> frame(kFrameBytes, 7);
  EXPECT_TRUE(lane_.Push(frame, false));
  EXPECT_TRUE(lane_.Push(frame, false));
  EXPECT_EQ(head().out_write, 1u);
}

TEST_F(LaneTest, DropsTheNewestWhenTheReaderDoesNotKeepUp) {
  Open(1);
  const std::vector<uint8_t> frame(kFrameBytes, 7);
  for (uint32_t count = 0; count < layout::kLaneFramesMax; ++count) {
    EXPECT_TRUE(lane_.Push(frame, false));
  }
  EXPECT_FALSE(lane_.Push(frame, false));
  ++head().out_read;
  EXPECT_TRUE(lane_.Push(frame, false));
  EXPECT_FALSE(lane_.Push(frame, false));
}

TEST_F(LaneTest, TellsInWhichFramesSomebodySpeaks) {
  head().out_write = head().out_read = 30;
  Open(1);
  const std::vector<uint8_t> frame(kFrameBytes, 7);
  const std::vector<bool> voices = {true, false, true, true, false};
  for (const bool voice : voices) EXPECT_TRUE(lane_.Push(frame, voice));
  EXPECT_EQ(head().out_voice, (1u << 30) | (1u << 0) | (1u << 1));
  // The places are used again.
  for (uint32_t count = 0; count < layout::kLaneFramesMax; ++count) {
    ++head().out_read;
    EXPECT_TRUE(lane_.Push(frame, count % 2 == 0));
  }
  EXPECT_EQ(std::popcount(head().out_voice), 16);
}

TEST_F(LaneTest, StaysInsideWhateverTheOtherSideWrites) {
  Open(1);
  head().in_write = 33;
  EXPECT_EQ(Play(), -1);
  head().in_write = 0xffff'ffff;
  EXPECT_EQ(Play(), -1);
  head().in_write = 1;
  head().in_clear_to = 0x8000'0000;
  EXPECT_GE(Play(), 0);
  head().out_read = 1;
  const std::vector<uint8_t> frame(kFrameBytes, 7);
  EXPECT_FALSE(lane_.Push(frame, false));
}

}  // namespace
}  // namespace parley
