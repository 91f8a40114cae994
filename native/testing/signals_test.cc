#include "testing/signals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "testing/tone.h"

namespace parley::testing {
namespace {

TEST(Signals, ATonesCourseHasNoDiscontinuity) {
  std::vector<int16_t> tone = ToneSamples(1000, 12000, 2, 8000);
  ASSERT_EQ(tone.size(), 16000U);
  EXPECT_NEAR(ToneAmplitude(tone, 1000, 8000), 12000, 10);
  EXPECT_EQ(Discontinuities(tone, 1000, 4, 8000), 0U);
  tone.erase(tone.begin() + 4001);
  tone[12000] = 0;
  tone[12003] = 0;
  EXPECT_EQ(Discontinuities(tone, 1000, 400, 8000), 2U);
}

TEST(Signals, SpeechIsTheSameForTheSameSeedOnly) {
  const std::vector<int16_t> speech = Speech(8000, 3, 16000, 1);
  ASSERT_EQ(speech.size(), 48000U);
  EXPECT_EQ(speech, Speech(8000, 3, 16000, 1));
  EXPECT_NE(speech, Speech(8000, 3, 16000, 2));
  int peak = 0;
  for (const int16_t sample : speech) peak = std::max(peak, std::abs(int{sample}));
  EXPECT_GT(peak, 4000);
  EXPECT_LE(peak, 8000);
}

TEST(Signals, SegmentalSnrIsTheMeanOverFramesWithSound) {
  const std::vector<int16_t> reference = Speech(8000, 4, 8000, 1);
  EXPECT_DOUBLE_EQ(SegmentalSnrDb(reference, reference, 8000), 35);
  const std::vector<int16_t> silence(reference.size());
  EXPECT_NEAR(SegmentalSnrDb(reference, silence, 8000), 0, 1e-9);
  EXPECT_DOUBLE_EQ(SegmentalSnrDb(silence, reference, 8000), 0);
  // A tone with an error of a tenth of it: 20 dB.
  const std::vector<int16_t> tone = ToneSamples(500, 10000, 1, 8000);
  std::vector<int16_t> heard = tone;
  for (int16_t& sample : heard) sample = static_cast<int16_t>(sample - sample / 10);
  EXPECT_NEAR(SegmentalSnrDb(tone, heard, 8000), 20, 0.1);
}

TEST(SpectralDistance, IsHowMuchLouderOrSofterABandIsWhateverThePhase) {
  const std::vector<int16_t> sound = Speech(12000, 5, 16000, 1);
  EXPECT_EQ(SpectralDistanceDb(sound, sound, 16000), 0);
  std::vector<int16_t> halved = sound;
  for (int16_t& sample : halved) sample /= 2;
  EXPECT_NEAR(SpectralDistanceDb(sound, halved, 16000), 5, 1.1);
  std::vector<int16_t> turned = sound;
  for (int16_t& sample : turned) sample = static_cast<int16_t>(-sample);
  EXPECT_NEAR(SpectralDistanceDb(sound, turned, 16000), 0, 0.01);
  EXPECT_GT(SpectralDistanceDb(sound, std::vector<int16_t>(sound.size()), 16000), 20);
}

}  // namespace
}  // namespace parley::testing
