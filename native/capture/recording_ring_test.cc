#include "capture/recording_ring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/recording_memory.h"

namespace parley {
namespace {

using testing::RecordingMemory;

TEST(RecordingRingTest, HasAsManyPlacesAsItSaysAndOneAgainForEachFrameThatIsRead) {
  RecordingMemory memory(8000, 2, 4);
  const char* fault = nullptr;
  const RecordingRing ring = *RecordingRing::Open(memory.bytes(), fault);
  EXPECT_EQ(ring.rate_hz(), 8000u);
  EXPECT_EQ(ring.channels(), 2u);
  uint32_t write = 0;
  for (; write < 4; ++write) {
    ASSERT_TRUE(ring.HasPlace(write));
    ASSERT_EQ(ring.Samples(write).size(), 320u);
    std::ranges::fill(ring.Samples(write), static_cast<int16_t>(write + 1));
    layout::RecordedFrame frame{};
    frame.at = write;
    frame.has_sound = 1;
    ring.Publish(write, frame);
  }
  EXPECT_FALSE(ring.HasPlace(write));
  memory.Drain();
  EXPECT_TRUE(ring.HasPlace(write));
  ring.Tell({.frames = 5, .lost = 1, .turn = 9});
  ring.End();
  EXPECT_TRUE(memory.ended());
  EXPECT_EQ(memory.lost(), 1u);
  EXPECT_EQ(memory.turn(), 9u);
  const std::vector<int16_t>& file = memory.File();
  ASSERT_EQ(file.size(), 5u * 320);
  for (uint32_t frame = 0; frame < 5; ++frame) {
    EXPECT_EQ(file[frame * 320], frame == 4 ? 0 : static_cast<int16_t>(frame + 1));
  }
}

TEST(RecordingRingTest, AReaderThatSaysWhatCannotBeIsOneThatReadsNothing) {
  RecordingMemory memory(16000);
  const char* fault = nullptr;
  const RecordingRing ring = *RecordingRing::Open(memory.bytes(), fault);
  memory.head().read = 1;
  EXPECT_FALSE(ring.HasPlace(0));
  memory.head().read = 0x8000'0000;
  EXPECT_FALSE(ring.HasPlace(0));
  memory.head().read = 0;
  EXPECT_TRUE(ring.HasPlace(0));
  // What was fixed is not read again.
  memory.head().frames_max = 1u << 31;
  memory.head().frame_bytes = 1u << 31;
  EXPECT_EQ(ring.Samples(77).size(), 320u);
}

TEST(RecordingRingTest, WhatIsNoRingIsRefusedAndToldWhy) {
  const auto fault_of = [](auto change, size_t cut = 0) {
    RecordingMemory memory(16000);
    change(memory.head());
    const char* fault = nullptr;
    const std::span<uint8_t> bytes = memory.bytes();
    EXPECT_FALSE(RecordingRing::Open(bytes.first(bytes.size() - cut), fault).has_value());
    return std::string(fault == nullptr ? "" : fault);
  };
  using Head = layout::RecordingHead;
  const auto nothing = [](Head&) {};
  EXPECT_EQ(fault_of([](Head& head) { ++head.magic; }), "is no recording ring");
  EXPECT_EQ(fault_of([](Head& head) { ++head.version; }), "is a recording ring of another version");
  EXPECT_EQ(fault_of([](Head& head) { head.rate_hz = 44100; }),
            "is a recording ring of an unknown rate");
  EXPECT_EQ(fault_of([](Head& head) { head.channels = 3; }),
            "is a recording ring of neither one channel nor two");
  EXPECT_EQ(fault_of([](Head& head) { head.frames_max = 255; }),
            "is a recording ring whose size is no power of two in range");
  EXPECT_EQ(fault_of([](Head& head) { head.frames_max = 0; }),
            "is a recording ring whose size is no power of two in range");
  EXPECT_EQ(fault_of([](Head& head) { head.frame_bytes = 640; }),
            "is a recording ring whose places are too small");
  EXPECT_EQ(fault_of([](Head& head) { head.frame_bytes += 64; }), "has fewer places than it says");
  EXPECT_EQ(fault_of(nothing, 1), "has fewer places than it says");
  RecordingMemory memory(16000);
  const char* fault = nullptr;
  EXPECT_FALSE(RecordingRing::Open(memory.bytes().first(100), fault).has_value());
  EXPECT_FALSE(RecordingRing::Open(memory.bytes().subspan(1), fault).has_value());
}

}  // namespace
}  // namespace parley
