#include "jitter/playout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "testing/allocation_trap.h"
#include "testing/sine_line.h"

namespace parley {
namespace {

using testing::Flight;
using testing::LineConfig;
using testing::SineLine;

struct SineCase {
  const char* name;
  LineConfig line;
  // Rearranges the ideal flights; nothing of it may be heard.
  void (*disturb)(std::vector<Flight>& flights);
};

void Nothing(std::vector<Flight>&) {}

void SwapEveryOther(std::vector<Flight>& flights) {
  for (size_t i = 0; i + 1 < flights.size(); i += 2) {
    std::swap(flights[i].arrival_ns, flights[i + 1].arrival_ns);
  }
}

// The first is never delayed: playback would begin later, with more to spare.
template <uint32_t kDelayMsMax>
void DelayAtRandom(std::vector<Flight>& flights) {
  std::mt19937 random(1);
  for (size_t i = 1; i < flights.size(); ++i) {
    flights[i].arrival_ns += static_cast<int64_t>(random() % (kDelayMsMax + 1)) * kNsPerMs;
  }
}

void SendTwice(std::vector<Flight>& flights) {
  const std::vector<Flight> copy = flights;
  for (const Flight& flight : copy) {
    flights.push_back({flight.number, flight.arrival_ns + 13 * kNsPerMs});
  }
}

const SineCase kSineCases[] = {
    {"Ptime10", {.ptime_ms = 10}, Nothing},
    {"Ptime20", {.ptime_ms = 20}, Nothing},
    {"Ptime30", {.ptime_ms = 30}, Nothing},
    {"Ptime40", {.ptime_ms = 40}, Nothing},
    {"Ptime60", {.ptime_ms = 60}, Nothing},
    {"Ptime10At16kHz", {.rate_hz = 16000, .ptime_ms = 10}, Nothing},
    {"Ptime60At16kHz", {.rate_hz = 16000, .ptime_ms = 60}, Nothing},
    {"Ptime20At48kHz", {.rate_hz = 48000, .ptime_ms = 20}, Nothing},
    {"NoDelay", {.delay_ms = 0}, Nothing},
    {"NoDelayPtime60", {.ptime_ms = 60, .delay_ms = 0}, Nothing},
    {"LongestDelay", {.delay_ms = 200}, Nothing},
    {"SequenceWrap", {.first_sequence = 65'500}, Nothing},
    {"TimestampWrap", {.first_timestamp = 0xffff'f000}, Nothing},
    {"BothWrapPtime30",
     {.ptime_ms = 30, .first_sequence = 0xffff, .first_timestamp = 0xffff'ff80},
     Nothing},
    {"Swapped", {}, SwapEveryOther},
    {"SwappedPtime10", {.ptime_ms = 10}, SwapEveryOther},
    {"SwappedAcrossTheWrap", {.first_sequence = 0xffff}, SwapEveryOther},
    // As much as the least delay covers; beyond it, delay grows and shrinks (playout_network_test).
    {"RandomDelay", {.delay_ms = 60}, DelayAtRandom<30>},
    {"RandomDelayPtime60", {.ptime_ms = 60, .delay_ms = 60}, DelayAtRandom<30>},
    {"RandomDelayPtime10", {.ptime_ms = 10, .delay_ms = 60}, DelayAtRandom<30>},
    {"Duplicates", {}, SendTwice},
};

class PlayoutSineTest : public ::testing::TestWithParam<SineCase> {};

INSTANTIATE_TEST_SUITE_P(Cases, PlayoutSineTest, ::testing::ValuesIn(kSineCases),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(PlayoutSineTest, IsPlayedBitForBitWithoutAGap) {
  SineLine line(GetParam().line);
  const int64_t packets = 3000 / line.config.ptime_ms;
  std::vector<Flight> flights = line.Ideal(0, packets);
  GetParam().disturb(flights);
  const size_t sent = flights.size();
  line.Run(flights, line.SentAt(packets) + kNsPerSecond / 2);

  const size_t start = line.Start();
  const size_t samples =
      static_cast<size_t>(packets) * SamplesIn(line.config.ptime_ms, line.config.rate_hz);
  EXPECT_TRUE(line.IsSine(start, 0, samples));
  // It began no later than its delay, one frame, and what the network added to the first packets.
  EXPECT_LE(SamplesToNs(static_cast<int64_t>(start), line.config.rate_hz),
            (line.config.delay_ms + kFrameMs + 10) * kNsPerMs);
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
  EXPECT_EQ(line.playout.packets().taken, static_cast<uint64_t>(packets));
  EXPECT_EQ(line.playout.packets().duplicate, sent - static_cast<size_t>(packets));
  EXPECT_EQ(line.playout.packets().skipped + line.playout.packets().late, 0U);
}

class PlayoutLossTest : public ::testing::TestWithParam<uint32_t> {};

INSTANTIATE_TEST_SUITE_P(Percent, PlayoutLossTest, ::testing::Values(1, 3, 10));

TEST_P(PlayoutLossTest, LossIsConcealedInPlaceAndNothingElseChanges) {
  std::mt19937 random(GetParam());
  // A long delay, so that no run of losses drains it.
  SineLine line({.delay_ms = 120});
  constexpr int64_t kPackets = 1500;
  std::vector<Flight> flights = line.Ideal(0, kPackets);
  uint64_t lost = 0;
  std::vector<bool> is_lost(kPackets, false);
  std::erase_if(flights, [&](const Flight& flight) {
    const bool drop =
        flight.number > 5 && flight.number < kPackets - 10 && random() % 100 < GetParam();
    is_lost[static_cast<size_t>(flight.number)] = drop;
    lost += drop;
    return drop;
  });
  line.Run(flights, line.SentAt(kPackets) + kNsPerSecond / 4);
  ASSERT_GT(lost, 0U);
  // Two in a row may share a frame that straddles them.
  EXPECT_LE(line.playout.counters().frames_concealed, lost);
  EXPECT_GE(line.playout.counters().frames_concealed, lost * 4 / 5);
  EXPECT_EQ(line.playout.packets().taken, kPackets - lost);
  const size_t start = line.Start();
  // At most this much of the next packet is blended.
  const uint32_t recover = SamplesIn(5, 8000);
  for (size_t number = 1; number < kPackets; ++number) {
    if (is_lost[number]) continue;
    const uint32_t from = is_lost[number - 1] ? recover : 0;
    ASSERT_TRUE(line.IsSine(start + number * 160 + from, static_cast<int64_t>(number) * 160 + from,
                            160 - from))
        << number;
  }
}

TEST(Playout, ABurstAfterAStallOfTheNetworkIsPlayedAndTheDelayStaysBounded) {
  for (const int64_t stall_ms : {60, 100, 200, 500, 1200}) {
    SineLine line({});
    std::vector<Flight> flights = line.Ideal(0, 500);
    const int64_t stall_ends_ns = line.SentAt(100) + stall_ms * kNsPerMs;
    for (Flight& flight : flights) {
      if (flight.number >= 100) flight.arrival_ns = std::max(flight.arrival_ns, stall_ends_ns);
    }
    line.Run(flights, line.SentAt(500));
    // Waiting at most: delay, excess, the packet just come, one frame of phase.
    EXPECT_LE(line.playout.waiting_us(), (40 + 60 + 20 + 20) * 1000U) << stall_ms;
    EXPECT_EQ(line.playout.packets().late, 0U) << stall_ms;
    EXPECT_GT(line.CountKind(FrameKind::kConcealed), 0) << stall_ms;
    // What was waited for is known not to be a pause, unless the sender was taken for stopped.
    EXPECT_EQ(line.playout.counters().frames_concealed > 0, stall_ms < 1000) << stall_ms;
    EXPECT_EQ(std::count(line.kinds.end() - 100, line.kinds.end(), FrameKind::kPlayed), 100);
  }
}

TEST(Playout, PausesOfTheSenderAreSilenceNotLoss) {
  SineLine line({});
  // Every second of talk is followed by two of nothing; sequence numbers do not tell.
  std::vector<Flight> flights;
  for (int64_t number = 0; number < 200; ++number) {
    flights.push_back({number, line.SentAt(number) + number / 50 * 2 * kNsPerSecond});
  }
  // The timestamps do tell: land each spurt with its shift.
  for (int64_t spurt = 0; spurt < 4; ++spurt) {
    const auto begin = flights.begin() + spurt * 50;
    line.media_shift = spurt * 2 * 8000;
    line.Run({begin, begin + 50}, (spurt + 1) * 3 * kNsPerSecond);
  }
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
  EXPECT_EQ(line.playout.counters().frames_played, 200U);
  EXPECT_EQ(line.playout.counters().frames_silent, 600U - 200U);
  EXPECT_EQ(line.playout.packets().late + line.playout.packets().skipped, 0U);
}

TEST(Playout, AShortPauseKeepsItsLength) {
  SineLine line({.delay_ms = 100});
  line.Run(line.Ideal(0, 10), 10 * kFrameNs);
  line.media_shift = 320;
  line.config.first_sequence = static_cast<uint16_t>(line.config.first_sequence - 2);
  line.Run({{12, 14 * kFrameNs}, {13, 15 * kFrameNs}}, 30 * kFrameNs);
  const size_t start = line.Start();
  EXPECT_TRUE(line.IsSine(start, 0, 1600));
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
  // Media of packet 12 carries the shift: 320 samples more than its place in the first stream.
  EXPECT_TRUE(line.IsSine(start + 12 * 160 + 320 + 40, 12 * 160 + 320 + 40, 120));
}

TEST(Playout, ANewSourceTakesOverCleanly) {
  SineLine line({});
  line.Run(line.Ideal(0, 100), 100 * kFrameNs);
  line.ssrc = 2;
  line.config.first_sequence = 40'000;
  line.config.first_timestamp = 0x8000'0000;
  line.Run(line.Ideal(100, 200), 210 * kFrameNs);
  // One packet proves it and is not played; what the old one still had waiting is dropped.
  EXPECT_EQ(line.playout.packets().inserted, 199U);
  EXPECT_LE(line.playout.packets().skipped, 3U);
  EXPECT_GE(line.CountKind(FrameKind::kPlayed), 190);
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
}

TEST(Playout, AStreamThatRestartsItsSequenceIsFollowed) {
  SineLine line({});
  line.Run(line.Ideal(0, 100), 100 * kFrameNs);
  line.config.first_sequence = 30'000;
  line.config.first_timestamp = 77;
  line.Run(line.Ideal(100, 200), 210 * kFrameNs);
  EXPECT_EQ(line.playout.packets().late, 0U);
  EXPECT_GE(line.CountKind(FrameKind::kPlayed), 190);
}

TEST(Playout, AMediaClockThatLeapsIsFollowedAtOnce) {
  for (const int64_t leap : {int64_t{-1'000'000}, int64_t{1'000'000}, int64_t{0x7fff'ffff}}) {
    SineLine line({});
    line.Run(line.Ideal(0, 100), 100 * kFrameNs);
    line.media_shift = leap;
    line.Run(line.Ideal(100, 200), 200 * kFrameNs);
    EXPECT_EQ(line.playout.packets().late + line.playout.packets().skipped, 0U) << leap;
    EXPECT_GE(line.CountKind(FrameKind::kPlayed), 197) << leap;
  }
}

TEST(Playout, AStallOfTheEngineSkipsNothing) {
  SineLine line({});
  const std::vector<Flight> flights = line.Ideal(0, 300);
  line.Run({flights.begin(), flights.begin() + 100}, 100 * kFrameNs);
  // The engine sleeps 160 ms, then runs the ticks it missed back to back, each at its own deadline.
  for (int64_t number = 100; number < 108; ++number)
    line.Land(flights[static_cast<size_t>(number)]);
  const int64_t woken_ns = line.now_ns + 8 * kFrameNs;
  for (int64_t i = 0; i < 8; ++i) line.PullFrame(line.now_ns + i * kFrameNs);
  line.now_ns = woken_ns;
  line.Run({flights.begin() + 108, flights.end()}, 300 * kFrameNs);
  EXPECT_EQ(line.playout.packets().skipped, 0U);
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
  EXPECT_TRUE(line.IsSine(line.Start(), 0, 290 * 160));
}

TEST(Playout, AFasterPathIsFollowedWithoutAClick) {
  SineLine line({});
  std::vector<Flight> flights = line.Ideal(0, 200);
  // From the hundredth on, packets come 140 ms sooner: a path with less delay.
  for (Flight& flight : flights) {
    if (flight.number >= 100) flight.arrival_ns -= 140 * kNsPerMs;
  }
  line.Run(flights, 190 * kFrameNs);
  ASSERT_GT(line.playout.counters().shortened_us(), 0U);
  EXPECT_EQ(line.CountKind(FrameKind::kConcealed), 0);
  // The steepest step of the sine is 4147; a jump in its middle would be up to 24,000.
  const size_t end = line.Start() + 180 * 160;
  for (size_t i = line.Start() + 1; i < end; ++i) {
    ASSERT_LE(std::abs(line.played[i] - line.played[i - 1]), 4147 * 5 / 4) << i;
  }
}

TEST(Playout, AWaitThatEndsInANewStreamWasThePauseBeforeIt) {
  SineLine line({.delay_ms = 0});
  line.Run(line.Ideal(0, 10), 13 * kFrameNs);
  line.playout.Reset();
  line.Run({{13, 13 * kFrameNs}}, 14 * kFrameNs);
  const uint64_t silent = line.playout.counters().frames_silent;
  EXPECT_GT(silent, 0U);
  // A loss later on adds only itself.
  line.Run({{16, 16 * kFrameNs}}, 17 * kFrameNs);
  EXPECT_EQ(line.playout.counters().frames_concealed, 2U);
  EXPECT_EQ(line.playout.counters().frames_silent, silent);
}

class PlayoutDriftTest : public ::testing::TestWithParam<int64_t> {};

INSTANTIATE_TEST_SUITE_P(PartsPerMillion, PlayoutDriftTest, ::testing::Values(-200, 200, 0),
                         [](const auto& instance) {
                           return std::string(instance.param < 0 ? "Slow" : "Fast") +
                                  std::to_string(std::abs(instance.param));
                         });

TEST_P(PlayoutDriftTest, HalfAnHourOfClockDriftKeepsTheDelayBounded) {
  SineLine line({});
  constexpr int64_t kMinutes = 30;
  constexpr int64_t kFrames = kMinutes * 60 * 50;
  int64_t number = 0;
  const auto arrival_ns = [](int64_t of) {
    return of * kFrameNs - of * kFrameNs / 1'000'000 * GetParam();
  };
  for (int64_t tick = 0; tick < kFrames; ++tick) {
    const int64_t now_ns = 3 * kNsPerMs + tick * kFrameNs;
    for (; arrival_ns(number) <= now_ns; ++number) line.Land({number, arrival_ns(number)});
    line.PullFrame(now_ns);
    line.played.clear();
  }
  EXPECT_LE(line.delay_us_max, (40 + 60 + 20 + 20) * 1000U);
  const PlayoutCounters& frames = line.playout.counters();
  const PacketCounters& packets = line.playout.packets();
  // 200 ppm are 360 ms in this time: none of it is skipped or made up.
  EXPECT_EQ(packets.skipped, 0U);
  EXPECT_EQ(frames.frames_concealed, 0U);
  EXPECT_EQ(packets.late + packets.duplicate + packets.overflow, 0U);
  EXPECT_GE(frames.frames_played + 45, static_cast<uint64_t>(kFrames));
}

TEST(Playout, OtherPayloadTypesAreNoLoss) {
  SineLine line({});
  for (int64_t number = 0; number < 100; ++number) {
    const int64_t now_ns = number * kFrameNs;
    if (number >= 40 && number < 60) {
      RtpHeader event;
      event.sequence = static_cast<uint16_t>(line.config.first_sequence + number);
      event.timestamp = line.config.first_timestamp + 40 * 160;
      line.playout.InsertOther(event, now_ns);
    } else {
      line.Land({number, now_ns});
    }
    line.PullFrame(now_ns);
  }
  EXPECT_EQ(line.playout.counters().frames_concealed, 0U);
  EXPECT_EQ(line.playout.packets().late, 0U);
  EXPECT_GE(line.playout.counters().frames_played, 75U);
}

// Of 300 packets one comes late: too few for the delay to grow, also when of most it is not asked.
TEST(Playout, PacketsNobodyAskedOfCountAsTheFastest) {
  for (const int64_t asked_every : {1, 7}) {
    PacketPool pool(40);
    Playout playout(&pool, {.delay = {.target_ms_min = 0, .target_ms_max = 200}},
                    testing::RawDecoder());
    std::vector<uint8_t> payload(320, 3);
    std::vector<int16_t> frame(160);
    RtpPacketView packet;
    packet.payload = payload;
    int64_t target_ns = 0;
    for (int64_t number = 0; number < 448; ++number) {
      packet.header.sequence = static_cast<uint16_t>(number);
      packet.header.timestamp = static_cast<uint32_t>(number * 160);
      const int64_t sent_ns = number * kFrameNs;
      const bool is_late = number == 434;
      const bool is_asked = number % asked_every == 0;
      const int64_t arrival_ns = sent_ns + (is_late ? 15 * kNsPerMs : 0);
      playout.Insert(packet, is_asked ? std::optional(arrival_ns) : std::nullopt);
      if (number == 433) {
        EXPECT_TRUE(playout.is_steady());
        target_ns = playout.target_ns();
      }
      if (number >= 434) {
        EXPECT_FALSE(playout.is_steady());
        EXPECT_EQ(playout.target_ns(), target_ns) << number;
      }
      playout.PullFrame(sent_ns + kFrameNs, frame);
    }
  }
}

TEST(Playout, AllocatesNothingInAnyOfThis) {
  SineLine line({});
  std::vector<int16_t> frame(160);
  std::vector<uint8_t> payload(320, 3);
  RtpPacketView packet;
  packet.payload = payload;
  std::mt19937 random(9);
  const testing::AllocationTrap trap;
  for (int64_t number = 0; number < 2000; ++number) {
    packet.header.sequence = static_cast<uint16_t>(number);
    packet.header.timestamp = static_cast<uint32_t>(number * 160);
    if (random() % 10 != 0) line.playout.Insert(packet, number * kFrameNs);
    line.playout.PullFrame(number * kFrameNs, frame);
    if (random() % 100 == 0) line.playout.Reset();
  }
  EXPECT_EQ(trap.allocations() + trap.frees(), 0U);
}

TEST(Playout, TakesAnyPacketsAtAnyTime) {
  std::mt19937 generator(21);
  const auto random = [&generator] { return static_cast<uint32_t>(generator()); };
  PacketPool pool(40);
  Playout playout(&pool, {}, testing::RawDecoder());
  std::vector<uint8_t> payload(kPayloadBytesMax + 100, 1);
  std::vector<int16_t> frame(160);
  int64_t now_ns = 0;
  for (int i = 0; i < 20'000; ++i) {
    RtpPacketView packet;
    packet.header.sequence = static_cast<uint16_t>(random() % 4 == 0 ? random() : i);
    packet.header.timestamp = random() % 4 == 0 ? random() : static_cast<uint32_t>(i) * 160;
    packet.payload = std::span(payload).first(random() % 8 == 0 ? random() % payload.size() : 320);
    playout.Insert(packet, now_ns);
    if (random() % 2 == 0) playout.PullFrame(now_ns, frame);
    now_ns += random() % kFrameNs;
    const PacketCounters& packets = playout.packets();
    ASSERT_EQ(packets.inserted, packets.taken + packets.late + packets.duplicate +
                                    packets.overflow + packets.skipped + playout.packets_held());
  }
}

}  // namespace
}  // namespace parley
