// Test support: a room that is spread as soon as a few are in it, everybody by lane.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley::testing {

inline constexpr Spreading kSmallSpreading = {.above = 4, .gather_below = 3};

// For rooms that are spread as a daemon's are.
inline constexpr EngineLimits kCrowdLimits = {.legs_max = 512,
                                              .rooms_max = 8,
                                              .lanes_max = 512,
                                              .opus_legs_max = 1,
                                              .command_records = 2'048,
                                              .event_records = 1'024};

class SpreadPeople {
 public:
  static constexpr uint32_t kRoom = 1;
  static constexpr CodecFormat kFormat = {layout::Codec::kLinear16, 16000};
  using Samples = std::vector<int16_t>;

  explicit SpreadPeople(const Spreading& spreading = kSmallSpreading, uint32_t phase = 0,
                        uint32_t ranked_above = 0, const EngineLimits& limits = kTestLimits)
      : shard_(limits, nullptr, spreading) {
    auto room = OpenRoom(kRoom, kFormat.rate_hz, phase).As<layout::OpenRoom>();
    room.ranked_above = ranked_above;
    room.talkers_max = 3;
    shard_.Command({Record::From(room)});
  }

  uint32_t Add(const testing::Route& route = {.room = kRoom}, const CodecFormat& format = kFormat) {
    const auto slot = static_cast<uint32_t>(callers_.size());
    callers_.emplace_back(LegRef{.slot = slot}, format);
    shard_.Command({Record::From(callers_[slot].OpenLeg()), RouteLeg({.slot = slot}, route)});
    return slot;
  }

  void Route(uint32_t slot, layout::Sends sends, layout::Hears hears = layout::Hears::kRoom,
             uint32_t whisper_to = layout::kNone, uint32_t room = kRoom) {
    shard_.Command({RouteLeg(
        {.slot = slot}, {.room = room, .sends = sends, .hears = hears, .whisper_to = whisper_to})});
  }

  void Remove(uint32_t slot) { shard_.Command({CloseLeg({.slot = slot})}); }

  const CodecFormat& FormatOf(uint32_t slot) const { return callers_[slot].format(); }
  // Ticks after the room's in which it was served last.
  uint32_t OffsetOf(uint32_t slot, uint32_t phase = 0) {
    return static_cast<uint32_t>((shard_.arena().leg(slot).tick - phase) % kPhasesPerFrame);
  }

  void Say(uint32_t slot, const Samples& frame) { callers_[slot].Send(shard_, frame); }
  void Say(uint32_t slot, int16_t value) {
    Say(slot, Samples(callers_[slot].frame_samples(), value));
  }

  // What somebody was given since the last call.
  Samples Hear(uint32_t slot) {
    callers_[slot].heard().clear();
    callers_[slot].Hear(shard_, {});
    return callers_[slot].heard();
  }
  // Of each frame the first sample, of frames that are constant.
  Samples HearValues(uint32_t slot) {
    const Samples heard = Hear(slot);
    const size_t frame = callers_[slot].frame_samples();
    EXPECT_EQ(heard.size() % frame, 0u);
    Samples values;
    for (size_t at = 0; at < heard.size(); at += frame) {
      values.push_back(heard[at]);
      EXPECT_TRUE(std::all_of(heard.begin() + static_cast<std::ptrdiff_t>(at),
                              heard.begin() + static_cast<std::ptrdiff_t>(at + frame),
                              [&](int16_t sample) { return sample == heard[at]; }));
    }
    return values;
  }

  TestShard& shard() { return shard_; }
  uint32_t size() const { return static_cast<uint32_t>(callers_.size()); }

 private:
  TestShard shard_;
  std::vector<LaneCaller> callers_;
};

}  // namespace parley::testing
