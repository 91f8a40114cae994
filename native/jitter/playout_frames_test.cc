// Frames of the sender stay frames of the mix, and a tone stays in phase, whatever else happens.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "jitter/playout.h"
#include "testing/signals.h"
#include "testing/stream.h"

namespace parley {
namespace {

using testing::PacketFate;
using testing::RunStream;
using testing::StreamReport;
using testing::StreamScenario;

constexpr size_t kFrame = 160;

// How many of the frames heard from `from_s` to `to_s` are, to the bit, a frame of the sound as it
// was cut by the sender.
double ShareOfSentFrames(const StreamReport& report, const std::vector<int16_t>& sound,
                         double from_s, double to_s) {
  const auto begin = static_cast<size_t>(from_s * 50);
  const auto end = static_cast<size_t>(to_s * 50);
  size_t found = 0;
  for (size_t heard = begin; heard < end; ++heard) {
    const auto frame = report.heard.begin() + static_cast<std::ptrdiff_t>(heard * kFrame);
    // It was sent within the last second.
    for (size_t sent = heard > 50 ? heard - 50 : 0; sent <= heard; ++sent) {
      if ((sent + 1) * kFrame > sound.size()) break;
      if (std::equal(frame, frame + kFrame,
                     sound.begin() + static_cast<std::ptrdiff_t>(sent * kFrame))) {
        ++found;
        break;
      }
    }
  }
  return static_cast<double>(found) / static_cast<double>(end - begin);
}

TEST(PlayoutFrames, FramesOfASteadySenderStayFrames) {
  for (const uint32_t ptime_ms : {20U, 40U, 60U}) {
    for (const DelayLimits delay : {DelayLimits{0, 0}, {20, 60}, {40, 120}, {60, 400}}) {
      StreamScenario scenario{
          .sound = testing::Speech(12000, 10, 8000, 1), .ptime_ms = ptime_ms, .delay = delay};
      const StreamReport report = RunStream(scenario);
      EXPECT_EQ(ShareOfSentFrames(report, scenario.sound, 1, 9), 1.0)
          << ptime_ms << " ms, from " << delay.target_ms_min;
    }
  }
}

TEST(PlayoutFrames, TheyComeBackIntoStepAfterAStorm) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> delay(0, 150);
  StreamScenario scenario{
      .sound = testing::Speech(12000, 40, 8000, 2), .network = [&](double sent_s) {
        return PacketFate{.delay_ms = sent_s >= 10 && sent_s < 15 ? delay(random) : 0};
      }};
  const StreamReport report = RunStream(scenario);
  EXPECT_GT(report.counters.shortened_us(), 0U);
  EXPECT_EQ(ShareOfSentFrames(report, scenario.sound, 1, 10), 1.0);
  EXPECT_EQ(ShareOfSentFrames(report, scenario.sound, 28, 39), 1.0);
}

TEST(PlayoutFrames, ATalkSpurtBeginsWithAFrame) {
  StreamScenario scenario{.sound = testing::Speech(12000, 20, 8000, 3),
                          .talking = [](double sent_s) { return std::fmod(sent_s, 1.3) < 0.7; }};
  const StreamReport report = RunStream(scenario);
  ASSERT_GE(report.counters.spurts_anchored, 10U);
  for (double spurt_s = 1.3; spurt_s < 18; spurt_s += 1.3) {
    // Heard 40 ms after it was sent, which was 103 ms after the first pull.
    EXPECT_EQ(ShareOfSentFrames(report, scenario.sound, spurt_s + 0.22, spurt_s + 0.75), 1.0);
  }
}

// -45 dBov: nothing of a quiet onset may be lost to what stood in for the pause before it.
TEST(PlayoutFrames, TheFirstFramesOfAQuietTalkSpurtAreWhole) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int16_t> sample(-320, 320);
  std::vector<int16_t> sound(20 * 8000);
  std::ranges::generate(sound, [&] { return sample(random); });
  constexpr size_t kPeriodFrames = 65;
  constexpr size_t kSpurtFrames = 35;
  StreamScenario scenario{.sound = sound, .talking = [](double sent_s) {
                            return static_cast<size_t>(std::lround(sent_s * 50)) % kPeriodFrames <
                                   kSpurtFrames;
                          }};
  const StreamReport report = RunStream(scenario);
  for (size_t spurt = 1; spurt < 14; ++spurt) {
    const size_t first = spurt * kPeriodFrames;
    for (size_t sent = first; sent < first + 3; ++sent) {
      const auto frame = sound.begin() + static_cast<std::ptrdiff_t>(sent * kFrame);
      EXPECT_NE(std::search(report.heard.begin(), report.heard.end(), frame, frame + kFrame),
                report.heard.end())
          << "spurt " << spurt << ", frame " << sent - first;
    }
  }
}

// The tone's phase where `heard` has it from `at` on for 100 ms, in turns.
double PhaseAt(const std::vector<int16_t>& heard, size_t at, double hz) {
  double sine = 0;
  double cosine = 0;
  for (size_t i = at; i < at + 800; ++i) {
    const double angle = 2 * M_PI * hz * static_cast<double>(i) / 8000;
    sine += heard[i] * std::sin(angle);
    cosine += heard[i] * std::cos(angle);
  }
  return std::atan2(cosine, sine) / (2 * M_PI);
}

TEST(PlayoutFrames, AToneGoesOnInPhaseThroughAStall) {
  constexpr double kHz = 1234;
  for (const double stall_s : {0.06, 0.08, 0.10, 0.15}) {
    StreamScenario scenario{
        .sound = testing::ToneSamples(kHz, 8000, 12, 8000), .network = [&](double sent_s) {
          const bool stalled = sent_s >= 5 && sent_s < 5 + stall_s;
          return PacketFate{.delay_ms = stalled ? (5 + stall_s - sent_s) * 1000 : 0};
        }};
    const StreamReport report = RunStream(scenario);
    EXPECT_GE(report.counters.starvations, 1U) << stall_s;
    EXPECT_GE(report.counters.packets_outrun, 1U) << stall_s;
    const double before = PhaseAt(report.heard, 4 * 8000, kHz);
    for (const double at_s : {5.4, 8.0, 11.0}) {
      double moved = PhaseAt(report.heard, static_cast<size_t>(at_s * 8000), kHz) - before;
      moved -= std::round(moved);
      EXPECT_NEAR(moved, 0, 0.03) << stall_s << " s, at " << at_s << " s";
    }
  }
}

TEST(PlayoutFrames, AToneIsStillInPhaseAfterAStorm) {
  constexpr double kHz = 1234;
  std::mt19937 random(8);
  std::uniform_real_distribution<double> delay(0, 120);
  StreamScenario scenario{
      .sound = testing::ToneSamples(kHz, 8000, 30, 8000), .network = [&](double sent_s) {
        return PacketFate{.delay_ms = sent_s >= 5 && sent_s < 10 ? delay(random) : 0};
      }};
  const StreamReport report = RunStream(scenario);
  EXPECT_GT(report.counters.lengthened_us(), 0U);
  EXPECT_GT(report.counters.shortened_us(), 0U);
  // Once the delay has grown there is no gap any more: all that moves the phase are the steps.
  const double before = PhaseAt(report.heard, 9 * 8000, kHz);
  for (const double at_s : {15.0, 20.0, 28.0}) {
    double moved = PhaseAt(report.heard, static_cast<size_t>(at_s * 8000), kHz) - before;
    moved -= std::round(moved);
    EXPECT_NEAR(moved, 0, 0.05) << "at " << at_s << " s";
  }
}

// Some senders stop their timestamps while they say nothing.
TEST(PlayoutFrames, NothingIsDroppedOfASenderThatOnlyNowGoesOn) {
  StreamScenario scenario{
      .sound = testing::ToneSamples(1234, 8000, 12, 8000),
      .network = [](double sent_s) { return PacketFate{.delay_ms = sent_s < 5 ? 0.0 : 300.0}; }};
  const StreamReport report = RunStream(scenario);
  EXPECT_GE(report.counters.starvations, 1U);
  EXPECT_EQ(report.counters.packets_outrun, 0U);
  EXPECT_EQ(report.packets.taken, report.packets.inserted);
}

TEST(PlayoutFrames, WhatIsOnlyLateIsStillPlayedWhenItIsNoTone) {
  StreamScenario scenario{.sound = testing::Speech(12000, 12, 8000, 4),
                          .network = [](double sent_s) {
                            const bool stalled = sent_s >= 5 && sent_s < 5.1;
                            return PacketFate{.delay_ms = stalled ? (5.1 - sent_s) * 1000 : 0};
                          }};
  const StreamReport report = RunStream(scenario);
  EXPECT_GE(report.counters.starvations, 1U);
  EXPECT_EQ(report.counters.packets_outrun, 0U);
  EXPECT_EQ(report.packets.taken, report.packets.inserted);
}

// Of G.722, whose packets may hold more than a queue has room for: what never fits must not be
// waited for.
TEST(Playout, PlaysPacketsOf200MsAndPassesOverLongerOnes) {
  constexpr uint32_t kRateHz = 16'000;
  const auto silent_after = [](uint32_t first_ms) {
    PacketPool pool(512);
    const PayloadDecoder decoder = {
        .samples =
            [](void*, uint8_t, std::span<const uint8_t> payload) {
              return 2 * static_cast<uint32_t>(payload.size());
            },
        .decode = [](void*, uint8_t, std::span<const uint8_t>,
                     std::span<int16_t> out) { std::ranges::fill(out, int16_t{1000}); }};
    Playout playout(&pool, {.clock_rate_hz = 8000, .sample_rate_hz = kRateHz}, decoder);
    std::vector<int16_t> frame(FrameSamples(kRateHz));
    uint32_t sent_ms = 0;
    uint16_t sequence = 0;
    int64_t silent = 0;
    for (uint32_t now_ms = 0; now_ms < 4000; now_ms += kFrameMs) {
      while (now_ms >= sent_ms) {
        const uint32_t length_ms = sent_ms < 1000 ? first_ms : 20;
        const std::vector<uint8_t> payload(length_ms * 8);
        RtpPacketView packet;
        packet.header.sequence = sequence++;
        packet.header.timestamp = sent_ms * 8;
        packet.payload = payload;
        playout.Insert(packet, now_ms * kNsPerMs);
        sent_ms += length_ms;
      }
      playout.PullFrame(now_ms * kNsPerMs, frame);
      if (now_ms >= 2000 && frame[0] == 0) ++silent;
    }
    return silent;
  };
  EXPECT_EQ(silent_after(200), 0);
  EXPECT_EQ(silent_after(240), 0);
}

}  // namespace
}  // namespace parley
