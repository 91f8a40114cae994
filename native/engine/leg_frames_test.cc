#include "engine/leg_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "testing/arena_memory.h"

namespace parley {
namespace {

TEST(LegFramesTest, NoTwoPlacesAreOne) {
  constexpr uint32_t kLegs = 3;
  testing::ArenaMemory memory(
      {.legs_max = kLegs, .rooms_max = 1, .command_records = 2, .event_records = 2});
  LegFrames frames(memory.Open());
  const auto leg = std::make_unique<Leg>();
  std::set<const int16_t*> samples;
  const auto fill = [&](uint32_t place) {
    leg->frames_place = place;
    for (const std::span<int16_t> frame : {frames.Said(*leg), frames.Heard(*leg)}) {
      EXPECT_EQ(frame.size(), layout::kFrameSamplesMax);
      std::ranges::fill(frame, int16_t{1});
      for (const int16_t& sample : frame) samples.insert(&sample);
    }
  };
  for (size_t at = 0; at < layout::kBatchLegs; ++at) {
    fill(LegFrames::BatchPlace(at));
    EXPECT_FALSE(LegFrames::HasOwnPlace(*leg));
  }
  for (uint32_t index = 0; index < kLegs; ++index) {
    fill(LegFrames::OwnPlace(index));
    EXPECT_TRUE(LegFrames::HasOwnPlace(*leg));
  }
  EXPECT_EQ(samples.size(), size_t{2} * (layout::kBatchLegs + kLegs) * layout::kFrameSamplesMax);
}

}  // namespace
}  // namespace parley
