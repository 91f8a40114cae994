#include "mixer/voice_shaper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/units.h"
#include "kernels/kernels.h"
#include "mixer/speech_detector.h"
#include "testing/allocation_trap.h"
#include "testing/signals.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 16'000;
constexpr ShapingConfig kGate = {.noise_gate = true};
constexpr ShapingConfig kGain = {.automatic_gain = true};

// A leg whose sound is judged and shaped as the engine does it.
class ShapedLeg {
 public:
  explicit ShapedLeg(const ShapingConfig& config) { shaper_.Configure(config); }

  std::vector<int16_t> Shape(std::vector<int16_t> sound) {
    const size_t samples = FrameSamples(kRateHz);
    for (size_t at = 0; at + samples <= sound.size(); at += samples) {
      const std::span<int16_t> frame = std::span(sound).subspan(at, samples);
      const uint32_t level_dbov = kernels::LevelDbov(frame);
      detector_.OnFrame(level_dbov);
      const bool may_be_voice = detector_.MayBeVoice(level_dbov);
      shaper_.Process({.level_dbov = level_dbov,
                       .may_be_voice = may_be_voice,
                       .is_speech = may_be_voice && detector_.speaking()},
                      frame);
    }
    return sound;
  }

  const VoiceShaper& shaper() const { return shaper_; }

 private:
  SpeechDetector detector_{SpeechConfig{}};
  VoiceShaper shaper_;
};

std::vector<int16_t> Noise(double amplitude, double seconds) {
  std::vector<int16_t> noise(static_cast<size_t>(seconds * kRateHz));
  uint32_t state = 1;
  for (int16_t& sample : noise) {
    state = state * 1664525 + 1013904223;
    sample = static_cast<int16_t>(amplitude * (static_cast<double>(state >> 8) / (1 << 23) - 1));
  }
  return noise;
}

double LevelDb(std::span<const int16_t> sound) {
  return 10 * std::log10(static_cast<double>(kernels::FrameEnergy(sound)) /
                         static_cast<double>(sound.size()) / (32768.0 * 32768.0));
}

std::span<const int16_t> LastSeconds(const std::vector<int16_t>& sound, double seconds) {
  return std::span(sound).last(static_cast<size_t>(seconds * kRateHz));
}

TEST(VoiceShaper, TouchesNothingWhenNothingWasAskedFor) {
  ShapedLeg leg({});
  const std::vector<int16_t> sound = testing::Speech(30'000, 5, kRateHz, 1);
  EXPECT_EQ(leg.Shape(sound), sound);
  EXPECT_EQ(leg.shaper().gain_cb(), 0);
}

TEST(VoiceShaper, TheGateBringsNoiseDownByTwelveDecibels) {
  ShapedLeg leg(kGate);
  const std::vector<int16_t> noise = Noise(200, 6);
  const std::vector<int16_t> shaped = leg.Shape(noise);
  EXPECT_NEAR(LevelDb(LastSeconds(shaped, 2)) - LevelDb(LastSeconds(noise, 2)), -12.0, 0.2);
  EXPECT_EQ(leg.shaper().gain_cb(), -120);
}

TEST(VoiceShaper, TheGateLeavesSpeechAsItIsFromItsFirstFrameOn) {
  ShapedLeg leg(kGate);
  leg.Shape(Noise(60, 5));
  ASSERT_EQ(leg.shaper().gain_cb(), -120);
  const std::vector<int16_t> word = testing::ToneSamples(440, 3000, 0.4, kRateHz);
  const std::vector<int16_t> shaped = leg.Shape(word);
  // Open from the first sample, but for a fade of 10 ms.
  const size_t fade = kRateHz / 100;
  EXPECT_TRUE(std::equal(word.begin() + fade, word.end(), shaped.begin() + fade));
  for (size_t i = 0; i < fade; ++i) {
    ASSERT_GE(std::abs(shaped[i]) + 1, std::abs(word[i]) / 4);
  }
}

TEST(VoiceShaper, TheGateStaysOpenInThePausesBetweenWords) {
  ShapedLeg leg(kGate);
  leg.Shape(Noise(60, 5));
  leg.Shape(testing::ToneSamples(440, 3000, 0.4, kRateHz));
  const std::vector<int16_t> pause = Noise(60, 0.28);
  EXPECT_EQ(leg.Shape(pause), pause);
  leg.Shape(Noise(60, 0.1));
  EXPECT_EQ(leg.shaper().gain_cb(), -120);
}

TEST(VoiceShaper, TheGainBringsSoftAndLoudSpeechTowardsTheSameLevel) {
  for (const double amplitude : {4000.0, 10'000.0, 30'000.0}) {
    ShapedLeg leg(kGain);
    std::vector<int16_t> sound = Noise(20, 3);
    const std::vector<int16_t> speech = testing::Speech(amplitude, 20, kRateHz, 5);
    sound.insert(sound.end(), speech.begin(), speech.end());
    const std::vector<int16_t> shaped = leg.Shape(sound);
    // By the frames that are speech; the pauses between are not what is levelled.
    std::vector<double> levels;
    const std::span<const int16_t> end = LastSeconds(shaped, 5);
    for (size_t at = 0; at + 320 <= end.size(); at += 320) {
      const double level = LevelDb(end.subspan(at, 320));
      if (level > -45) levels.push_back(level);
    }
    double mean = 0;
    for (const double level : levels) mean += level / static_cast<double>(levels.size());
    EXPECT_NEAR(mean, -26, 5) << amplitude;
    EXPECT_LE(std::abs(leg.shaper().gain_cb()), 120);
  }
}

TEST(VoiceShaper, TheGainLearnsNothingFromNoiseNorFromAWord) {
  ShapedLeg leg(kGain);
  leg.Shape(Noise(150, 10));
  EXPECT_EQ(leg.shaper().gain_cb(), 0);
  // 200 ms of it begin speech, and 400 ms of speech are needed.
  leg.Shape(testing::ToneSamples(440, 1000, 0.56, kRateHz));
  EXPECT_EQ(leg.shaper().gain_cb(), 0);
  leg.Shape(testing::ToneSamples(440, 1000, 1.0, kRateHz));
  EXPECT_GT(leg.shaper().gain_cb(), 5);
}

// Words of `amplitude`, 600 ms each, and pauses of 300 ms in which the noise is not forgotten.
void Talk(ShapedLeg& leg, double amplitude, int words) {
  for (int word = 0; word < words; ++word) {
    leg.Shape(testing::ToneSamples(440, amplitude, 0.6, kRateHz));
    leg.Shape(Noise(10, 0.3));
  }
}

TEST(VoiceShaper, TheGainIsSlow) {
  ShapedLeg leg(kGain);
  leg.Shape(Noise(10, 3));
  int32_t before = 0;
  for (int word = 0; word < 12; ++word) {
    Talk(leg, 400, 1);
    EXPECT_LE(leg.shaper().gain_cb() - before, 19) << word;
    before = leg.shaper().gain_cb();
  }
  EXPECT_EQ(before, 120);
}

TEST(VoiceShaper, WhatTheGainMakesTooLoudIsLimitedAndNotClipped) {
  ShapedLeg leg(kGain);
  leg.Shape(Noise(10, 3));
  Talk(leg, 700, 12);
  ASSERT_GT(leg.shaper().gain_cb(), 80);
  const std::vector<int16_t> shaped = leg.Shape(testing::ToneSamples(440, 30'000, 0.2, kRateHz));
  // The very onset, 11 dB above what was, is steeper than the limiter may be: one peak of it.
  EXPECT_LE(std::ranges::count_if(shaped, [](int s) { return std::abs(s) >= 32'767; }), 2);
  EXPECT_LE(*std::ranges::max_element(LastSeconds(shaped, 0.1)), 29'300);
}

TEST(VoiceShaper, AllocatesNothing) {
  std::vector<int16_t> frame = Noise(300, 0.02);
  VoiceShaper shaper;
  shaper.Configure({.noise_gate = true, .automatic_gain = true});
  const testing::AllocationTrap trap;
  for (int i = 0; i < 100; ++i) {
    shaper.Process({.level_dbov = 40, .may_be_voice = i < 50, .is_speech = i < 50}, frame);
  }
  EXPECT_EQ(trap.allocations(), 0u);
}

}  // namespace
}  // namespace parley
