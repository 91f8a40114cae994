#include "ear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>

#include "g711.h"

namespace parley::load {
namespace {

constexpr size_t kSamples = kStretchFrames * kEarFrameSamples;
constexpr int kRuns = 4;
constexpr double kHalf = 0.5;

// A voice in a stretch: as it is said to the judge, and as it is heard.
struct Part {
  Speaker speaker;
  int delay = 0;
  double gain = 1;
};

class EarTest : public ::testing::Test {
 protected:
  // Voices of all kinds, saying anything, however long on their way.
  std::vector<Part> Parts(size_t count, std::mt19937& random) {
    std::vector<Part> parts;
    const auto first = random() % 8;
    for (size_t i = 0; i < count; ++i) {
      const Voice* voice = voices_.Find("speech:" + std::to_string((first + i) % 8) + ":0");
      parts.push_back({.speaker = {.voice = voice,
                                   .says_at = static_cast<int64_t>(random() % voice->sound.size())},
                       .delay = static_cast<int>(random() % (460 * 8))});
    }
    return parts;
  }

  static Stretch Heard(std::span<const Part> parts) {
    Stretch stretch;
    stretch.payloads.resize(kStretchFrames);
    for (size_t at = 0; at < kSamples; ++at) {
      double sample = 0;
      for (const Part& part : parts) {
        const auto size = static_cast<int64_t>(part.speaker.voice->sound.size());
        const int64_t place = part.speaker.says_at + static_cast<int64_t>(at) - part.delay + size;
        sample += part.gain * part.speaker.voice->sound[static_cast<size_t>(place % size)];
      }
      const auto loud = static_cast<int>(std::clamp(sample, -32'000.0, 32'000.0));
      stretch.payloads[at / kEarFrameSamples].push_back(CompressMuLaw(loud));
    }
    return stretch;
  }

  Verdict Judge(std::span<const Part> heard, std::span<const Part> parts,
                const Speaker* own = nullptr, bool in_crowd = false) const {
    std::vector<Speaker> speakers;
    for (const Part& part : parts) speakers.push_back(part.speaker);
    return ear_.Judge(Heard(heard), speakers, own, ToleranceFor(Coding::kPcmu, in_crowd));
  }

  Voices voices_{Coding::kPcmu, {}};
  Ear ear_{Coding::kPcmu};
};

TEST_F(EarTest, FindsTheVoicesOfASmallRoomAndOfACrowd) {
  std::mt19937 random(1);
  for (const size_t count : {1u, 2u, 6u}) {
    for (int run = 0; run < kRuns; ++run) {
      const std::vector<Part> parts = Parts(count + 1, random);
      const auto others = std::span(parts).first(count);
      const Verdict verdict = Judge(others, others, &parts.back().speaker, count == 6);
      EXPECT_TRUE(verdict.is_right);
      EXPECT_NEAR(verdict.gain_db, 0, 0.2) << count;
      EXPECT_LT(verdict.rest_db, -30) << count;
      EXPECT_LT(verdict.own_db, -30) << count;
    }
  }
}

// A vowel that is the same for as long as the search reaches, most of it where half the rate has
// nothing: what came back as it was sent was taken for itself some periods earlier.
TEST_F(EarTest, FindsASteadyVowelAtEverySample) {
  for (const double pitch_hz : {100.0, 125.0, 160.0}) {
    std::mt19937 random(1);
    std::normal_distribution<double> noise;
    Voice voice;
    for (size_t at = 0; at < 3 * 8000; ++at) {
      double sample = 40 * noise(random);
      for (int harmonic = 1; harmonic * pitch_hz < 3400; ++harmonic) {
        const double turn = 2 * std::numbers::pi * pitch_hz / kEarRateHz * static_cast<double>(at);
        if (harmonic * pitch_hz >= 2000) sample += 600 * std::sin(harmonic * (turn + harmonic));
      }
      voice.sound.push_back(
          static_cast<int16_t>(ExpandMuLaw(CompressMuLaw(static_cast<int>(sample)))));
    }
    for (int delay = 0; delay < 8; ++delay) {
      const std::vector<Part> echo = {
          {.speaker = {.voice = &voice, .says_at = 8000}, .delay = 400 + delay}};
      const Verdict verdict = Judge(echo, echo);
      EXPECT_TRUE(verdict.is_right);
      EXPECT_NEAR(verdict.gain_db, 0, 0.01) << pitch_hz << " Hz, " << delay;
    }
  }
}

TEST_F(EarTest, FindsAVoiceThatIsMissingHalfAsLoudOrTwiceAsLoud) {
  std::mt19937 random(2);
  for (const bool in_crowd : {false, true}) {
    for (int run = 0; run < kRuns; ++run) {
      const std::vector<Part> parts = Parts(in_crowd ? 6 : 2, random);
      for (const double gain : {0.0, kHalf, 2.0}) {
        std::vector<Part> heard = parts;
        heard.front().gain = gain;
        EXPECT_FALSE(Judge(heard, parts, nullptr, in_crowd).is_right) << gain;
      }
    }
  }
}

TEST_F(EarTest, FindsAnOwnVoiceHoweverLate) {
  std::mt19937 random(3);
  for (const bool in_crowd : {false, true}) {
    for (int run = 0; run < kRuns; ++run) {
      std::vector<Part> parts = Parts(in_crowd ? 7 : 3, random);
      parts.back().gain = kHalf;
      const Verdict verdict =
          Judge(parts, std::span(parts).first(parts.size() - 1), &parts.back().speaker, in_crowd);
      EXPECT_FALSE(verdict.is_right);
      EXPECT_NEAR(verdict.own_db, -6, 1);
    }
  }
}

TEST_F(EarTest, FindsAStrangerInASmallRoom) {
  std::mt19937 random(4);
  for (int run = 0; run < kRuns; ++run) {
    const std::vector<Part> parts = Parts(3, random);
    EXPECT_FALSE(Judge(parts, std::span(parts).first(2)).is_right);
  }
}

}  // namespace
}  // namespace parley::load
