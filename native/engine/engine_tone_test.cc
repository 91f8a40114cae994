// Every leg sends a tone of its own; what each hears is measured: the others' tones exactly, its
// own not at all.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using testing::TestCaller;
using testing::TestShard;

struct ToneRoom {
  uint32_t legs;
  uint32_t rate_hz;
  // Long enough that the codecs' noise in a tone's place is far below 60 dB under the tone.
  uint32_t measured_seconds;
};

std::string NameOf(const ::testing::TestParamInfo<ToneRoom>& info) {
  return std::to_string(info.param.legs) + "LegsAt" + std::to_string(info.param.rate_hz);
}

// Unevenly spaced, and chosen so that what G.711 adds to a tone (harmonics) and to several (others
// at their distance) falls on none of the test's tones.
double HzOf(uint32_t leg) { return 311.5 + 58.7 * leg + 13.3 * std::fmod(leg * leg * 0.618, 1); }

// RTP and lanes, narrow and wide, in turn.
std::unique_ptr<TestCaller> MakeCaller(uint32_t slot) {
  using layout::Codec;
  const testing::LegRef leg = {.slot = slot};
  switch (slot % 7) {
    case 0:
      return std::make_unique<testing::RtpCaller>(leg, CodecFormat{Codec::kPcmu, 8000}, 0);
    case 1:
      return std::make_unique<testing::LaneCaller>(leg, CodecFormat{Codec::kLinear16, 16000});
    case 2:
      return std::make_unique<testing::RtpCaller>(leg, CodecFormat{Codec::kPcma, 8000}, 8);
    case 3:
      return std::make_unique<testing::RtpCaller>(leg, CodecFormat{Codec::kL16, 16000}, 96);
    case 4:
      return std::make_unique<testing::LaneCaller>(leg, CodecFormat{Codec::kPcmu, 8000});
    case 5:
      return std::make_unique<testing::LaneCaller>(leg, CodecFormat{Codec::kLinear16, 48000});
    default:
      return std::make_unique<testing::LaneCaller>(leg, CodecFormat{Codec::kLinear16, 24000});
  }
}

class EngineToneTest : public ::testing::TestWithParam<ToneRoom> {};

TEST_P(EngineToneTest, EverybodyHearsTheOthersAndNotThemselves) {
  const ToneRoom& room = GetParam();
  // The sum of all fits below the limiter, which then must not act.
  const double amplitude = 28'000.0 / room.legs;
  TestShard shard;
  std::vector<std::unique_ptr<TestCaller>> callers;
  std::vector<testing::Tone> tones;
  std::vector<Record> batch = {testing::OpenRoom(3, room.rate_hz, 2)};
  for (uint32_t slot = 0; slot < room.legs; ++slot) {
    callers.push_back(MakeCaller(slot));
    tones.emplace_back(HzOf(slot), amplitude, callers.back()->format().rate_hz);
    batch.push_back(Record::From(callers.back()->OpenLeg()));
    batch.push_back(testing::RouteLeg({.slot = slot}, {.room = 3}));
  }
  shard.Command(batch);

  const uint32_t frames = (1 + room.measured_seconds) * 50;
  for (uint32_t turn = 0; turn < frames; ++turn) {
    for (uint32_t slot = 0; slot < room.legs; ++slot) {
      std::vector<int16_t> frame(callers[slot]->frame_samples());
      tones[slot].Fill(frame);
      callers[slot]->Send(shard, frame);
    }
    shard.Tick(4);
    const auto sent = shard.port().TakeSent();
    for (auto& caller : callers) caller->Hear(shard, sent);
  }

  EXPECT_EQ(shard.engine().stats()->mixes_limited, 0u);
  EXPECT_EQ(shard.engine().stats()->frames_concealed, 0u);
  EXPECT_EQ(shard.engine().stats()->lane_frames_starved, 0u);
  for (uint32_t listener = 0; listener < room.legs; ++listener) {
    const uint32_t rate_hz = callers[listener]->format().rate_hz;
    ASSERT_EQ(callers[listener]->heard().size(), size_t{frames} * rate_hz / 50);
    const auto heard = std::span<const int16_t>(callers[listener]->heard()).subspan(rate_hz);
    for (uint32_t talker = 0; talker < room.legs; ++talker) {
      const double level =
          testing::Decibels(testing::ToneAmplitude(heard, HzOf(talker), rate_hz), amplitude);
      if (talker == listener) {
        EXPECT_LE(level, -60.0) << "leg " << listener << " hears itself";
      } else {
        EXPECT_NEAR(level, 0.0, 0.5) << "leg " << listener << " hears leg " << talker;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rooms, EngineToneTest,
                         ::testing::Values(ToneRoom{2, 8000, 4}, ToneRoom{2, 16000, 4},
                                           ToneRoom{3, 8000, 4}, ToneRoom{3, 16000, 4},
                                           ToneRoom{5, 8000, 4}, ToneRoom{5, 16000, 4},
                                           ToneRoom{5, 48000, 4}, ToneRoom{12, 8000, 24},
                                           ToneRoom{12, 16000, 24}, ToneRoom{50, 8000, 48},
                                           ToneRoom{50, 16000, 48}),
                         NameOf);

}  // namespace
}  // namespace parley
