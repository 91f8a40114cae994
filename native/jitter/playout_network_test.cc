// The playout against networks and clocks, in virtual time. Every table is printed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <string>

#include "jitter/playout.h"
#include "testing/signals.h"
#include "testing/stream.h"

namespace parley {
namespace {

using testing::PacketFate;
using testing::RunStream;
using testing::StreamReport;
using testing::StreamScenario;

constexpr double kToneHz = 1000;
constexpr double kToneAmplitude = 8000;
// Rounding of three samples, and the error of interpolation.
constexpr double kToneTolerance = 20;
constexpr double kBaseMs = 40;

// What was heard once playing had begun, up to the end of the sound.
std::vector<int16_t> Settled(const StreamReport& report, const StreamScenario& scenario) {
  const size_t begin = scenario.rate_hz;
  return {report.heard.begin() + static_cast<std::ptrdiff_t>(begin),
          report.heard.begin() + static_cast<std::ptrdiff_t>(scenario.sound.size() - begin)};
}

// Delays from `from_s` to `to_s`.
std::pair<double, double> DelayRange(const StreamReport& report, double from_s, double to_s) {
  const auto begin = report.delay_ms.begin() + static_cast<std::ptrdiff_t>(from_s * 50);
  const auto end = report.delay_ms.begin() + static_cast<std::ptrdiff_t>(to_s * 50);
  const auto [least, most] = std::minmax_element(begin, end);
  return {*least, *most};
}

void ExpectConserved(const StreamReport& report) {
  const PacketCounters& packets = report.packets;
  EXPECT_EQ(packets.inserted, packets.taken + packets.late + packets.duplicate + packets.overflow +
                                  packets.skipped + report.packets_held);
}

TEST(PlayoutDrift, ThirtyMinutesOfToneAtEveryPtimeAndClock) {
  std::printf("ptime  drift ppm  discontinuities  delay min  max  end (ms)\n");
  for (const uint32_t ptime_ms : {10U, 20U, 40U, 60U}) {
    for (const double drift_ppm : {0.0, 50.0, -50.0, 200.0, -200.0}) {
      StreamScenario scenario{.sound = testing::ToneSamples(kToneHz, kToneAmplitude, 1800, 8000),
                              .ptime_ms = ptime_ms,
                              .drift_ppm = drift_ppm};
      const StreamReport report = RunStream(scenario);
      const uint32_t places =
          testing::Discontinuities(Settled(report, scenario), kToneHz, kToneTolerance, 8000);
      const auto [least, most] = DelayRange(report, 1, 1799);
      const double end = report.delay_ms[1799 * 50];
      std::printf("%5u  %9.0f  %15u  %9.1f  %5.1f  %5.1f\n", ptime_ms, drift_ppm, places, least,
                  most, end);
      EXPECT_EQ(places, 0U);
      EXPECT_EQ(report.counters.frames_concealed, 0U);
      EXPECT_GT(least, kBaseMs - 20);
      EXPECT_LT(most, kBaseMs + 20);
      EXPECT_NEAR(end, kBaseMs, 20);
      ExpectConserved(report);
    }
  }
}

TEST(PlayoutDrift, WithoutDriftTheSoundIsPassedToTheBit) {
  StreamScenario scenario{.sound = testing::Speech(12000, 20, 8000, 1)};
  const StreamReport report = RunStream(scenario);
  const auto begin = std::search(report.heard.begin(), report.heard.end(), scenario.sound.begin(),
                                 scenario.sound.begin() + 8000);
  ASSERT_NE(begin, report.heard.end());
  EXPECT_TRUE(std::equal(scenario.sound.begin(), scenario.sound.end(), begin));
}

TEST(PlayoutJitter, StormOf300MsFor5SIsForgotten) {
  struct Case {
    const char* name;
    std::vector<int16_t> sound;
  };
  const Case cases[] = {{"speech", testing::Speech(12000, 40, 8000, 2)},
                        {"tone", testing::ToneSamples(kToneHz, kToneAmplitude, 40, 8000)}};
  std::printf(
      "storm of 0-300 ms from 10 s to 15 s: delay/target in ms at the end of each second\n");
  for (const Case& storm : cases) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> delay(0, 300);
    StreamScenario scenario{
        .sound = storm.sound, .network = [&](double sent_s) {
          return PacketFate{.delay_ms = sent_s >= 10 && sent_s < 15 ? delay(random) : 0};
        }};
    const StreamReport report = RunStream(scenario);
    std::printf("%-6s", storm.name);
    for (size_t second = 9; second < 30; ++second) {
      std::printf(" %.0f/%.0f", report.delay_ms[second * 50 + 55],
                  report.target_ms[second * 50 + 55]);
    }
    // Two seconds into the storm the target covers it.
    const auto concealed = std::count(report.kinds.begin() + 12 * 50 + 5,
                                      report.kinds.begin() + 39 * 50, FrameKind::kConcealed);
    std::printf("\n       frames concealed after the target has adapted: %td\n", concealed);
    EXPECT_LE(concealed, 2);
    const auto [least, most] = DelayRange(report, 25.1, 39);
    EXPECT_GT(least, kBaseMs - 20);
    EXPECT_LT(most, kBaseMs + 20);
    ExpectConserved(report);
  }
}

TEST(PlayoutJitter, ModerateJitterIsHeardByNobody) {
  std::mt19937 random(4);
  std::uniform_real_distribution<double> delay(0, 30);
  StreamScenario scenario{.sound = testing::ToneSamples(kToneHz, kToneAmplitude, 120, 8000),
                          .network = [&](double) { return PacketFate{.delay_ms = delay(random)}; }};
  const StreamReport report = RunStream(scenario);
  EXPECT_EQ(report.counters.frames_concealed, 0U);
  EXPECT_EQ(testing::Discontinuities(Settled(report, scenario), kToneHz, kToneTolerance, 8000), 0U);
}

TEST(PlayoutJitter, OnePacketInHundredOutOfOrderIsRepaired) {
  std::mt19937 random(5);
  StreamScenario scenario{
      .sound = testing::ToneSamples(kToneHz, kToneAmplitude, 120, 8000),
      .network = [&](double) { return PacketFate{.delay_ms = random() % 100 == 0 ? 25.0 : 0.0}; }};
  const StreamReport report = RunStream(scenario);
  EXPECT_EQ(report.counters.frames_concealed, 0U);
  EXPECT_EQ(testing::Discontinuities(Settled(report, scenario), kToneHz, kToneTolerance, 8000), 0U);
}

TEST(PlayoutJitter, DuplicatesChangeNothing) {
  StreamScenario scenario{.sound = testing::ToneSamples(kToneHz, kToneAmplitude, 20, 8000),
                          .network = [](double) { return PacketFate{.twice = true}; }};
  const StreamReport report = RunStream(scenario);
  EXPECT_EQ(report.packets.duplicate, report.packets.taken);
  EXPECT_EQ(testing::Discontinuities(Settled(report, scenario), kToneHz, kToneTolerance, 8000), 0U);
  ExpectConserved(report);
}

TEST(PlayoutJitter, AStallOfTheNetworkLeavesNoDelayBehind) {
  StreamScenario scenario{.sound = testing::Speech(12000, 60, 8000, 6),
                          .network = [](double sent_s) {
                            const bool stalled = sent_s > 20 && sent_s < 20.9;
                            return PacketFate{.delay_ms = stalled ? (20.9 - sent_s) * 1000 : 0};
                          }};
  const StreamReport report = RunStream(scenario);
  const auto [least, most] = DelayRange(report, 31, 59);
  std::printf("stall of 900 ms: delay 10 s later %.1f to %.1f ms\n", least, most);
  EXPECT_LT(most, kBaseMs + 20);
}

TEST(PlayoutJitter, ASlowerPathCostsItsGapAndNoStretching) {
  std::printf("path  concealed  lengthened  shortened  target after (ms)\n");
  for (const double slower_ms : {20.0, 40.0, 150.0, 300.0, 700.0, 1300.0}) {
    StreamScenario scenario{.sound = testing::Speech(12000, 40, 8000, 6),
                            .network = [slower_ms](double sent_s) {
                              return PacketFate{.delay_ms = sent_s >= 10 ? slower_ms : 0};
                            }};
    const StreamReport report = RunStream(scenario);
    const PlayoutCounters& counters = report.counters;
    const uint64_t lengthened_us = counters.speech_lengthened_us + counters.quiet_lengthened_us;
    const uint64_t shortened_us = counters.speech_shortened_us + counters.quiet_shortened_us;
    std::printf("%5.0f  %9" PRIu64 "  %10" PRIu64 "  %9" PRIu64 "  %12.0f\n", slower_ms,
                counters.frames_concealed, lengthened_us / 1000, shortened_us / 1000,
                report.target_ms[30 * 50]);
    EXPECT_LE(static_cast<double>(counters.frames_concealed), slower_ms / 20);
    // As far as it is to wait at least, and no further.
    EXPECT_LE(lengthened_us, 40'000U);
    EXPECT_EQ(shortened_us, 0U);
    EXPECT_EQ(report.target_ms[30 * 50], report.target_ms[9 * 50]);
    ExpectConserved(report);
  }
}

TEST(PlayoutSizes, OffAddsNextToNothing) {
  StreamScenario scenario{.sound = testing::ToneSamples(kToneHz, kToneAmplitude, 60, 8000),
                          .delay = {0, 10}};
  const StreamReport report = RunStream(scenario);
  const auto [least, most] = DelayRange(report, 1, 59);
  std::printf("off: delay %.1f to %.1f ms\n", least, most);
  EXPECT_LE(most, 20.0);
  EXPECT_EQ(testing::Discontinuities(Settled(report, scenario), kToneHz, kToneTolerance, 8000), 0U);
}

TEST(PlayoutPauses, ATalkSpurtIsPlayedAtItsTimeAndNothingIsLost) {
  // Half a second of talk, half a second of nothing, for a minute; the clock drifts meanwhile.
  for (const double drift_ppm : {0.0, 200.0, -200.0}) {
    StreamScenario scenario{.sound = testing::ToneSamples(kToneHz, kToneAmplitude, 60, 8000),
                            .drift_ppm = drift_ppm,
                            .talking = [](double sent_s) { return std::fmod(sent_s, 1.0) < 0.5; }};
    const StreamReport report = RunStream(scenario);
    EXPECT_GE(report.counters.spurts_anchored, 58U);
    EXPECT_EQ(report.counters.frames_concealed, 0U);
    const auto [least, most] = DelayRange(report, 1, 58);
    EXPECT_GT(least, kBaseMs - 20);
    EXPECT_LT(most, kBaseMs + 60);
    EXPECT_EQ(report.packets.taken, report.packets.inserted);
  }
}

TEST(PlayoutRestarts, AJumpOfTheTimestampsIsANewTimeLine) {
  // The same packets, but the sender's timestamps leap an hour ahead in the middle.
  PacketPool pool(512);
  Playout playout(
      &pool, {.delay = {40, 400}},
      {.samples = [](void*, uint8_t,
                     std::span<const uint8_t> p) { return static_cast<uint32_t>(p.size() / 2); },
       .decode = [](void*, uint8_t, std::span<const uint8_t>,
                    std::span<int16_t> out) { std::fill(out.begin(), out.end(), int16_t{1000}); }});
  for (const uint32_t leap : {8000U * 3600, 0U - 8000U * 3600}) {
    playout.Reset();
    std::vector<uint8_t> payload(320);
    std::vector<int16_t> frame(160);
    uint32_t silent_after = 0;
    for (uint32_t i = 0; i < 500; ++i) {
      RtpPacketView packet;
      packet.header.sequence = static_cast<uint16_t>(i);
      packet.header.timestamp = i * 160 + (i >= 250 ? leap : 0);
      packet.payload = payload;
      playout.Insert(packet, i * kFrameNs + 3 * kNsPerMs);
      const FrameKind kind = playout.PullFrame(i * kFrameNs + 5 * kNsPerMs, frame);
      if (i > 250 && kind != FrameKind::kPlayed) ++silent_after;
    }
    EXPECT_LE(silent_after, 10U);
    EXPECT_LT(playout.delay_ns(), 80 * kNsPerMs);
  }
}

// Gilbert's two states: bursts of `burst` packets on average, `loss` of all packets.
class Gilbert {
 public:
  Gilbert(double loss, double burst, uint32_t seed)
      : random_(seed), leave_(1 / burst), enter_(leave_ * loss / (1 - loss)) {}

  bool Lost() {
    lost_ = uniform_(random_) < (lost_ ? 1 - leave_ : enter_);
    return lost_;
  }

 private:
  std::mt19937 random_;
  std::uniform_real_distribution<double> uniform_{0, 1};
  double leave_;
  double enter_;
  bool lost_ = false;
};

TEST(PlayoutLoss, SoundsBetterThanSilenceAndThanRepeating) {
  std::printf("G.711-like, segmental SNR in dB, mean of four speakers\n");
  std::printf("loss  burst  silence  repeat  concealed\n");
  for (const double burst : {1.0, 3.0}) {
    for (const double loss : {0.01, 0.03, 0.05, 0.10}) {
      double silence_db = 0;
      double repeat_db = 0;
      double concealed_db = 0;
      constexpr uint32_t kSpeakers = 4;
      for (uint32_t speaker = 0; speaker < kSpeakers; ++speaker) {
        StreamScenario scenario{.sound = testing::Speech(12000, 60, 8000, speaker)};
        const std::vector<int16_t> reference = RunStream(scenario).heard;
        Gilbert network(loss, burst, speaker);
        std::vector<int16_t> silence = reference;
        std::vector<int16_t> repeat = reference;
        // Packet n fills samples from `origin` on, as the lossless run shows.
        const auto origin =
            static_cast<size_t>(std::search(reference.begin(), reference.end(),
                                            scenario.sound.begin(), scenario.sound.begin() + 4000) -
                                reference.begin());
        scenario.network = [&](double sent_s) {
          const bool lost = sent_s > 1 && network.Lost();
          if (lost) {
            const size_t at = origin + static_cast<size_t>(std::lround(sent_s * 8000));
            if (at + 160 <= reference.size()) {
              std::fill_n(silence.begin() + static_cast<std::ptrdiff_t>(at), 160, int16_t{0});
              std::copy_n(repeat.begin() + static_cast<std::ptrdiff_t>(at) - 160, 160,
                          repeat.begin() + static_cast<std::ptrdiff_t>(at));
            }
          }
          return PacketFate{.lost = lost};
        };
        const StreamReport report = RunStream(scenario);
        silence_db += testing::SegmentalSnrDb(reference, silence, 8000) / kSpeakers;
        repeat_db += testing::SegmentalSnrDb(reference, repeat, 8000) / kSpeakers;
        concealed_db += testing::SegmentalSnrDb(reference, report.heard, 8000) / kSpeakers;
        ExpectConserved(report);
      }
      std::printf("%4.0f%%  %5.0f  %7.2f  %6.2f  %9.2f\n", loss * 100, burst, silence_db, repeat_db,
                  concealed_db);
      EXPECT_GT(concealed_db, silence_db);
      EXPECT_GT(concealed_db, repeat_db);
    }
  }
}

}  // namespace
}  // namespace parley
