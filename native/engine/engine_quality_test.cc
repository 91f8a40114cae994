// What issue and study ask of the playout, through a room: packets go in at one leg, and what
// another hears is judged. In virtual time; every table is printed. L16 legs, so that the path adds
// nothing of its own. `make quality` makes the tables at full length.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <span>
#include <vector>

#include "base/units.h"
#include "testing/full_length.h"
#include "testing/room_stream.h"
#include "testing/signals.h"

namespace parley {
namespace {

using testing::PacketFate;
using testing::RoomReport;
using testing::RoomScenario;
using testing::RunRoom;

constexpr uint32_t kRateHz = 8000;
constexpr size_t kFrame = FrameSamples(kRateHz);
constexpr double kBaseMs = 60;  // large
constexpr double kNearMs = 20;
constexpr double kToneHz = 1000;
constexpr double kToneAmplitude = 8000;
// Rounding of three samples, and the error of interpolation.
constexpr double kToneTolerance = 20;

// Delays from `from_s` to `to_s`.
std::pair<double, double> DelayRange(const RoomReport& report, double from_s, double to_s) {
  const auto begin = report.delay_ms.begin() + static_cast<std::ptrdiff_t>(from_s * 50);
  const auto end = report.delay_ms.begin() + static_cast<std::ptrdiff_t>(to_s * 50);
  const auto [least, most] = std::minmax_element(begin, end);
  return {*least, *most};
}

double At(const std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<size_t>(std::lround(share * last))];
}

TEST(QualityTone, HasNoDiscontinuityWhateverTheSendersClockAndPtime) {
  const double seconds = testing::IsFullLength() ? 1800 : 120;
  const std::vector<double> clocks = testing::IsFullLength()
                                         ? std::vector<double>{0, 50, -50, 200, -200}
                                         : std::vector<double>{0, 200, -200};
  std::printf("1 kHz for %.0f s through a room, base %.0f ms\n", seconds, kBaseMs);
  std::printf("ptime  clock ppm  discontinuities  delay min    max    end ms  found ppm\n");
  for (const uint32_t ptime_ms : {10U, 20U, 40U, 60U}) {
    for (const double drift_ppm : clocks) {
      const RoomScenario scenario{
          .sound = testing::ToneSamples(kToneHz, kToneAmplitude, seconds, kRateHz),
          .ptime_ms = ptime_ms,
          .drift_ppm = drift_ppm};
      const RoomReport report = RunRoom(scenario);
      const std::span<const int16_t> settled =
          std::span(report.heard).subspan(kRateHz, scenario.sound.size() - 2 * kRateHz);
      const uint32_t places = testing::Discontinuities(settled, kToneHz, kToneTolerance, kRateHz);
      const auto [least, most] = DelayRange(report, 1, seconds - 1);
      const double end = report.delay_ms[static_cast<size_t>(seconds - 1) * 50];
      std::printf("%5u  %9.0f  %15u  %9.1f  %5.1f  %5.1f  %9d\n", ptime_ms, drift_ppm, places,
                  least, most, end, report.slot.clock_drift_ppm);
      EXPECT_EQ(places, 0U);
      EXPECT_EQ(report.slot.frames_concealed, 0U);
      EXPECT_GT(least, kBaseMs - kNearMs);
      EXPECT_LT(most, kBaseMs + kNearMs);
    }
  }
}

TEST(QualityStorm, Of300MsFor5SIsForgotten) {
  struct Case {
    const char* name;
    std::vector<int16_t> sound;
  };
  const Case cases[] = {{"speech", testing::Speech(12000, 40, kRateHz, 2)},
                        {"tone", testing::ToneSamples(kToneHz, kToneAmplitude, 40, kRateHz)}};
  std::printf("storm of 0-300 ms from 10 s to 15 s: delay in ms at the end of each second\n");
  for (const Case& storm : cases) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> delay(0, 300);
    const RoomReport report =
        RunRoom({.sound = storm.sound, .network = [&](double sent_s) {
                   const bool is_storm = sent_s >= 10 && sent_s < 15;
                   return PacketFate{.delay_ms = is_storm ? delay(random) : 0};
                 }});
    std::printf("%-6s", storm.name);
    for (size_t second = 9; second < 30; ++second) {
      std::printf(" %.0f", report.delay_ms[second * 50 + 55]);
    }
    // Two seconds into the storm the target covers it.
    const uint64_t later = report.slot.frames_concealed - report.frames_concealed[12 * 50 + 5];
    std::printf("\n       frames made up: %lu, of them after the target has adapted: %lu\n",
                report.slot.frames_concealed, later);
    EXPECT_EQ(later, 0U);
    const auto [least, most] = DelayRange(report, 25.1, 39);
    EXPECT_GT(least, kBaseMs - kNearMs);
    EXPECT_LT(most, kBaseMs + kNearMs);
  }
}

TEST(QualityBursts, TheFirst20MsAreHeardOfQuietSpeech) {
  const size_t seconds = testing::IsFullLength() ? 600 : 60;
  std::printf("bursts at -45 dBov: first 20 ms heard to the bit\n");
  for (const bool is_dtx : {false, true}) {
    std::mt19937 random(4);
    std::normal_distribution<double> voice(0, 32768 * std::pow(10, -45 / 20.0));
    RoomScenario scenario{.sound = std::vector<int16_t>(seconds * kRateHz)};
    std::vector<size_t> onsets;
    std::vector<bool> is_talk(seconds * 50, false);
    for (size_t frame = 50; frame + 60 < is_talk.size(); frame += 60 + random() % 40) {
      const size_t frames = 10 + random() % 15;
      onsets.push_back(frame * kFrame);
      for (size_t i = frame; i < frame + frames; ++i) is_talk[i] = true;
      for (size_t i = frame * kFrame; i < (frame + frames) * kFrame; ++i) {
        scenario.sound[i] = static_cast<int16_t>(std::lround(voice(random)));
      }
    }
    if (is_dtx) {
      scenario.talking = [&is_talk](double sent_s) {
        return is_talk[static_cast<size_t>(std::lround(sent_s * 50))];
      };
    }
    const RoomReport report = RunRoom(scenario);
    const auto heard = static_cast<size_t>(std::ranges::count_if(onsets, [&](size_t onset) {
      return testing::MouthToEarMs(report, scenario, onset, kFrame) >= 0;
    }));
    std::printf("  %s %zu of %zu\n",
                is_dtx ? "after nothing was sent:" : "after silence:         ", heard,
                onsets.size());
    EXPECT_EQ(heard, onsets.size());
  }
}

TEST(QualityNoise, TheTalkersBackgroundStandsInALongGap) {
  constexpr double kNoiseDbov = -50;
  constexpr size_t kGapSecond = 4;
  std::mt19937 random(6);
  std::normal_distribution<double> hum(0, 32768 * std::pow(10, kNoiseDbov / 20));
  RoomScenario scenario{.sound = std::vector<int16_t>(6 * kRateHz), .network = [](double sent_s) {
                          return PacketFate{.lost = sent_s > kGapSecond - 0.01 && sent_s < 4.4};
                        }};
  for (int16_t& sample : scenario.sound) sample = static_cast<int16_t>(std::lround(hum(random)));
  const RoomReport report = RunRoom(scenario);
  const size_t before = kGapSecond * kRateHz - 5 * kFrame;
  const double delay_ms = testing::MouthToEarMs(report, scenario, before, kFrame);
  ASSERT_GE(delay_ms, 0);
  const auto gap = static_cast<size_t>((scenario.first_packet_ms + delay_ms) * kRateHz / 1000 +
                                       kGapSecond * kRateHz);
  const auto level_dbov = [&](size_t from_ms, size_t to_ms) {
    double energy = 1e-9;
    for (size_t i = gap + from_ms * 8; i < gap + to_ms * 8; ++i) {
      energy += 1.0 * report.heard[i] * report.heard[i];
    }
    return 10 * std::log10(energy / static_cast<double>((to_ms - from_ms) * 8) / (32768.0 * 32768));
  };
  std::printf("background of %.0f dBov, in a gap: %.1f at 80 to 180 ms, %.1f at 280 to 380 ms\n",
              kNoiseDbov, level_dbov(80, 180), level_dbov(280, 380));
  EXPECT_NEAR(level_dbov(80, 180), kNoiseDbov, 4);
  EXPECT_LT(level_dbov(280, 380), -90);
  EXPECT_GT(report.slot.guesses_of_noise, 4U);
}

TEST(QualityDelay, FromMouthToEarAtZeroJitter) {
  struct Size {
    const char* name;
    uint32_t jitter_ms;
    double median_ms_max;
  };
  constexpr std::array kSizes = {Size{"off", 0, 45}, Size{"small", 20, 65}, Size{"medium", 40, 65},
                                 Size{"large", 60, 65}};
  const double step_ms = testing::IsFullLength() ? 0.1 : 0.5;
  std::printf("added from mouth to ear at zero jitter, every phase, ms\n");
  std::printf("size      p5   p50   p95   max\n");
  for (const Size& size : kSizes) {
    std::vector<double> delays;
    for (double phase_ms = 0; phase_ms < 20; phase_ms += step_ms) {
      const RoomScenario scenario{.sound = testing::Speech(12000, 3, kRateHz, 5),
                                  .jitter_ms = size.jitter_ms,
                                  .first_packet_ms = 100 + phase_ms};
      const RoomReport report = RunRoom(scenario);
      delays.push_back(testing::MouthToEarMs(report, scenario, 100 * kFrame, kFrame));
    }
    std::ranges::sort(delays);
    std::printf("%-6s %5.1f %5.1f %5.1f %5.1f\n", size.name, At(delays, 0.05), At(delays, 0.5),
                At(delays, 0.95), delays.back());
    EXPECT_GE(delays.front(), 0) << size.name;
    EXPECT_LE(At(delays, 0.5), size.median_ms_max) << size.name;
  }
}

}  // namespace
}  // namespace parley
