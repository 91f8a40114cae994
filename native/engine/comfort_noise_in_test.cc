#include "engine/comfort_noise_in.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "testing/arena_memory.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 8000;
constexpr EngineLimits kLimits = {
    .legs_max = 1, .rooms_max = 1, .lanes_max = 1, .command_records = 4, .event_records = 4};

class ComfortNoiseInTest : public ::testing::Test {
 protected:
  void Describe(std::vector<uint8_t> payload) {
    RtpPacketView packet;
    packet.payload = payload;
    noise_.OnPacket(packet, stats_);
  }

  // `frames` frames of the kind, of samples of `value`.
  std::vector<int16_t> Play(int frames, FrameKind kind, int16_t value = 0) {
    std::vector<int16_t> played;
    for (int count = 0; count < frames; ++count) {
      std::vector<int16_t> frame(FrameSamples(kRateHz), value);
      noise_.Fill(frame, kind);
      played.insert(played.end(), frame.begin(), frame.end());
    }
    return played;
  }

  testing::ArenaMemory memory_{kLimits};
  Stats stats_{memory_.Open().stats()};
  ComfortNoiseIn noise_{kRateHz, kRateHz, 1};
};

double LevelDbov(const std::vector<int16_t>& samples) {
  double energy = 0;
  for (const int16_t sample : samples) energy += double(sample) * sample;
  return 10 * std::log10(energy / static_cast<double>(samples.size()) / (32768.0 * 32768.0));
}

bool IsZero(const std::vector<int16_t>& samples) {
  return std::ranges::all_of(samples, [](int16_t sample) { return sample == 0; });
}

TEST_F(ComfortNoiseInTest, LeavesSilenceAloneUntilItIsDescribed) {
  EXPECT_TRUE(IsZero(Play(5, FrameKind::kSilent)));
  EXPECT_TRUE(IsZero(Play(5, FrameKind::kConcealed)));
}

TEST_F(ComfortNoiseInTest, StandsInThePauseAtTheLevelThatWasSaid) {
  Describe({50});
  Play(10, FrameKind::kSilent);
  EXPECT_NEAR(LevelDbov(Play(50, FrameKind::kSilent)), -50, 0.5);
  Describe({60});
  Play(10, FrameKind::kSilent);
  EXPECT_NEAR(LevelDbov(Play(50, FrameKind::kSilent)), -60, 0.5);
}

TEST_F(ComfortNoiseInTest, WaitsForTheSoundThatIsStillToBePlayed) {
  Describe({40});
  EXPECT_EQ(Play(3, FrameKind::kPlayed, 1000), std::vector<int16_t>(480, 1000));
  Play(10, FrameKind::kSilent);
  EXPECT_NEAR(LevelDbov(Play(20, FrameKind::kSilent)), -40, 0.5);
}

TEST_F(ComfortNoiseInTest, LastsUntilTheSoundBehindItIsPlayed) {
  Describe({40});
  Play(10, FrameKind::kSilent);
  noise_.OnSound();
  EXPECT_NEAR(LevelDbov(Play(20, FrameKind::kSilent)), -40, 0.5);
  Play(12, FrameKind::kPlayed, 1000);
  EXPECT_EQ(Play(3, FrameKind::kPlayed, 1000), std::vector<int16_t>(480, 1000));
  // A gap in the sound is no pause.
  EXPECT_TRUE(IsZero(Play(3, FrameKind::kSilent)));
}

TEST_F(ComfortNoiseInTest, ComesAndGoesWithoutAStep) {
  Describe({30});
  std::vector<int16_t> played = Play(1, FrameKind::kSilent);
  // -30 dBov is 1036; at once it would begin anywhere up to twice that.
  EXPECT_LT(std::abs(played[0]), 30);
  Play(20, FrameKind::kSilent);
  noise_.OnSound();
  played = Play(2, FrameKind::kPlayed);
  const double loudest = LevelDbov({played.begin(), played.begin() + 80});
  EXPECT_NEAR(loudest, -32, 2);
  EXPECT_LT(LevelDbov({played.end() - 80, played.end()}), -40);
}

TEST_F(ComfortNoiseInTest, TakesTheLevelAloneOfAModelForAnotherRate) {
  ComfortNoiseIn wide(8000, 16000, 1);
  ComfortNoiseIn white(16000, 16000, 1);
  RtpPacketView packet;
  const std::vector<uint8_t> coloured = {50, 250, 10};
  packet.payload = coloured;
  wide.OnPacket(packet, stats_);
  packet.payload = std::span(coloured).first(1);
  white.OnPacket(packet, stats_);
  std::vector<int16_t> a(320, 0);
  std::vector<int16_t> b(320, 0);
  wide.Fill(a, FrameKind::kSilent);
  white.Fill(b, FrameKind::kSilent);
  EXPECT_EQ(a, b);
}

TEST_F(ComfortNoiseInTest, CountsAnEmptyDescription) {
  Describe({});
  EXPECT_EQ(stats_->packets_invalid, 1u);
  EXPECT_TRUE(IsZero(Play(5, FrameKind::kSilent)));
}

TEST_F(ComfortNoiseInTest, FadesWhenAnotherSourceBegins) {
  Describe({40});
  Play(20, FrameKind::kSilent);
  noise_.Reset();
  Play(12, FrameKind::kSilent);
  EXPECT_TRUE(IsZero(Play(3, FrameKind::kSilent)));
}

TEST_F(ComfortNoiseInTest, NeverWraps) {
  Describe({0});
  const std::vector<int16_t> played = Play(50, FrameKind::kConcealed, 32'000);
  EXPECT_GT(*std::ranges::min_element(played), -1'000);
  EXPECT_EQ(*std::ranges::max_element(played), 32'767);
}

}  // namespace
}  // namespace parley
