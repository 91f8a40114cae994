#include "jitter/concealment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace parley {
namespace {

std::vector<int16_t> Sine(uint32_t rate_hz, uint32_t first, uint32_t count) {
  std::vector<int16_t> sound(count);
  for (uint32_t i = 0; i < count; ++i) {
    const double turns = 300.0 * (first + i) / rate_hz;
    sound[i] = static_cast<int16_t>(std::lround(20'000 * std::sin(2 * std::numbers::pi * turns)));
  }
  return sound;
}

int LargestStep(const std::vector<int16_t>& sound) {
  int largest = 0;
  for (size_t i = 1; i < sound.size(); ++i) {
    largest = std::max(largest, std::abs(sound[i] - sound[i - 1]));
  }
  return largest;
}

void Append(std::vector<int16_t>& to, const std::vector<int16_t>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

class ConcealmentTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  uint32_t rate_hz() const { return GetParam(); }
  uint32_t frame() const { return FrameSamples(rate_hz()); }

  std::vector<int16_t> Fill(uint32_t samples, bool audible) {
    std::vector<int16_t> out(samples, 77);
    EXPECT_EQ(concealment_.Fill(out), audible);
    return out;
  }

  std::vector<int16_t> Pass(uint32_t first, uint32_t count) {
    std::vector<int16_t> sound = Sine(rate_hz(), first, count);
    concealment_.Pass(sound);
    return sound;
  }

  Concealment concealment_{rate_hz()};
};

INSTANTIATE_TEST_SUITE_P(Rates, ConcealmentTest, ::testing::Values(8000, 16000, 24000, 48000));

TEST_P(ConcealmentTest, IsSilentBeforeTheFirstSoundAndLeavesItAsItIs) {
  EXPECT_EQ(Fill(frame(), false), std::vector<int16_t>(frame(), 0));
  EXPECT_EQ(Pass(0, frame()), Sine(rate_hz(), 0, frame()));
  EXPECT_EQ(Pass(frame(), frame()), Sine(rate_hz(), frame(), frame()));
}

TEST_P(ConcealmentTest, FadesToSilenceWithoutAStepAndComesBackWithoutOne) {
  for (uint32_t lost_frames = 1; lost_frames <= 5; ++lost_frames) {
    std::vector<int16_t> all = Pass(0, 2 * frame());
    for (uint32_t i = 0; i < lost_frames; ++i) Append(all, Fill(frame(), i < 2));
    const uint32_t resumes = (2 + lost_frames) * frame();
    Append(all, Pass(resumes, 2 * frame()));
    const int step_of_sine = LargestStep(Sine(rate_hz(), 0, frame()));
    EXPECT_LE(LargestStep(all), step_of_sine * 5 / 4) << lost_frames;
    // 5 ms after the gap all is as it was sent.
    const uint32_t recovered = resumes + SamplesIn(kRecoverMs, rate_hz());
    EXPECT_TRUE(std::equal(all.begin() + recovered, all.end(),
                           Sine(rate_hz(), recovered, 2 * frame()).begin()));
  }
}

TEST_P(ConcealmentTest, IsSilentAfterTheFade) {
  Pass(0, frame());
  Fill(SamplesIn(kConcealFadeMs, rate_hz()), true);
  EXPECT_EQ(Fill(frame(), false), std::vector<int16_t>(frame(), 0));
}

TEST_P(ConcealmentTest, FillsInPiecesAsItFillsAtOnce) {
  Pass(0, frame());
  const std::vector<int16_t> at_once = Fill(2 * frame(), true);
  Concealment other(rate_hz());
  std::vector<int16_t> sound = Sine(rate_hz(), 0, frame());
  other.Pass(sound);
  std::vector<int16_t> pieces(2 * frame());
  for (uint32_t at = 0, piece = 1; at < pieces.size(); at += piece, ++piece) {
    other.Fill(std::span(pieces).subspan(at, std::min<size_t>(piece, pieces.size() - at)));
  }
  EXPECT_EQ(pieces, at_once);
}

TEST_P(ConcealmentTest, RemembersShortPiecesToo) {
  Pass(0, frame());
  const std::vector<int16_t> expected = Fill(frame(), true);
  Concealment other(rate_hz());
  for (uint32_t at = 0; at < frame(); at += frame() / 4) {
    std::vector<int16_t> piece = Sine(rate_hz(), at, frame() / 4);
    other.Pass(piece);
  }
  std::vector<int16_t> out(frame());
  other.Fill(out);
  EXPECT_EQ(out, expected);
}

TEST_P(ConcealmentTest, BlendsOverAJump) {
  std::vector<int16_t> all = Pass(0, frame());
  concealment_.Jump();
  Append(all, Pass(rate_hz() / 600 * 3, 2 * frame()));  // about half a period on
  EXPECT_LE(LargestStep(all), LargestStep(Sine(rate_hz(), 0, frame())) * 5 / 4);
}

TEST_P(ConcealmentTest, StaysInRangeAtFullScale) {
  std::vector<int16_t> loud(frame());
  for (size_t i = 0; i < loud.size(); ++i) loud[i] = i % 2 == 0 ? INT16_MIN : INT16_MAX;
  concealment_.Pass(loud);
  Fill(frame() / 3, true);
  std::vector<int16_t> back(frame(), INT16_MIN);
  concealment_.Pass(back);
  EXPECT_EQ(back.back(), INT16_MIN);
}

TEST(Concealment, BearsASingleSample) {
  Concealment concealment(8000);
  std::vector<int16_t> sample = {1000};
  concealment.Pass(sample);
  std::vector<int16_t> out(400);
  EXPECT_TRUE(concealment.Fill(out));
  EXPECT_EQ(out.front(), 1000);
  EXPECT_EQ(out.back(), 0);
}

}  // namespace
}  // namespace parley
