// What stands in a gap that is too long to guess, and in a pause that the sender announces.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "testing/sine_line.h"

namespace parley {
namespace {

using testing::Flight;
using testing::SineLine;

constexpr int64_t kStalledFrom = 50;
constexpr int64_t kStalledTo = 75;

double LevelDbov(std::span<const int16_t> samples) {
  double energy = 0;
  for (const int16_t sample : samples) energy += 1.0 * sample * sample;
  return 10 * std::log10(energy / static_cast<double>(samples.size()) / (32768.0 * 32768.0));
}

// What is played of a sender of whom nothing comes for half a second.
std::vector<int16_t> PlayAStall(SineLine& line) {
  std::vector<Flight> flights = line.Ideal(0, 100);
  for (Flight& flight : flights) {
    if (flight.number < kStalledFrom || flight.number >= kStalledTo) continue;
    flight.arrival_ns = line.SentAt(kStalledTo);
  }
  line.Run(flights, line.SentAt(100));
  return line.played;
}

TEST(PlayoutNoise, TheTalkersBackgroundStandsInALongGapAndGoes) {
  SineLine line({});
  line.playout.SetNoise(50);
  const std::vector<int16_t> played = PlayAStall(line);
  // The first frame that is made up.
  const auto gap = static_cast<size_t>(std::ranges::find(line.kinds, FrameKind::kConcealed) -
                                       line.kinds.begin());
  const auto from = [&](size_t ms) { return std::span(played).subspan((gap * 20 + ms) * 8); };
  EXPECT_NEAR(LevelDbov(from(80).first(100 * 8)), -50, 1.5);
  EXPECT_LT(LevelDbov(from(220).first(20 * 8)), -55);
  EXPECT_TRUE(std::ranges::all_of(from(260).first(200 * 8), [](int16_t s) { return s == 0; }));
  EXPECT_GT(line.playout.counters().guesses_of_noise, 4U);
  EXPECT_GT(line.playout.counters().guesses_faded, 4U);

  SineLine again({});
  again.playout.SetNoise(50);
  EXPECT_EQ(PlayAStall(again), played);
}

TEST(PlayoutNoise, NobodysBackgroundIsSilence) {
  SineLine line({});
  PlayAStall(line);
  EXPECT_EQ(line.playout.counters().guesses_of_noise, 0U);
}

TEST(PlayoutNoise, NothingIsMadeUpInAPauseThatIsAnnounced) {
  SineLine line({});
  line.playout.SetNoise(50);
  line.Run(line.Ideal(0, 50), line.SentAt(50));
  RtpHeader header;
  header.sequence = static_cast<uint16_t>(line.config.first_sequence + 50);
  header.timestamp = line.config.first_timestamp + 50 * 160;
  header.payload_type = 13;
  line.playout.InsertPause(header, line.now_ns);
  line.Run({}, line.SentAt(80));
  // Sound again, with the next number, after as long a pause.
  line.media_shift = 29 * 160;
  std::vector<Flight> flights = line.Ideal(51, 100);
  for (Flight& flight : flights) flight.arrival_ns = line.SentAt(flight.number + 29);
  line.Run(flights, line.SentAt(131));
  EXPECT_EQ(line.CountKind(FrameKind::kConcealed), 0);
  EXPECT_EQ(line.playout.counters().starvations, 0U);
  EXPECT_EQ(line.playout.counters().gaps, 0U);
  EXPECT_EQ(line.playout.counters().guesses_by_pitch, 0U);
  EXPECT_EQ(line.playout.counters().spurts_anchored, 1U);
  EXPECT_EQ(line.CountKind(FrameKind::kPlayed), 99);
  // What was said before it is heard to its end, and what is said after it from its beginning.
  EXPECT_TRUE(line.IsSine(line.Start(), 0, 50 * 160));
  const auto silence =
      std::ranges::find(line.kinds.begin() + 10, line.kinds.end(), FrameKind::kSilent);
  const auto spurt = std::ranges::find(silence, line.kinds.end(), FrameKind::kPlayed);
  EXPECT_TRUE(
      line.IsSine(static_cast<size_t>(spurt - line.kinds.begin()) * 160, 80 * 160, 40 * 160));
}

}  // namespace
}  // namespace parley
