#include "engine/digits_in.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "testing/arena_memory.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 8000;
constexpr EngineLimits kLimits = {
    .legs_max = 1, .rooms_max = 1, .lanes_max = 1, .command_records = 4, .event_records = 4};

class DigitsInTest : public ::testing::Test {
 protected:
  // A packet of a press that arrives at `now_ns_`.
  void Packet(char digit, uint32_t timestamp, uint32_t duration, bool end = false) {
    Event(*EventOf(digit), timestamp, duration, end);
  }
  void Event(uint8_t event, uint32_t timestamp, uint32_t duration, bool end) {
    std::array<uint8_t, kTelephoneEventBytes> payload;
    WriteTelephoneEvent(
        {.event = event, .end = end, .volume = 10, .duration = static_cast<uint16_t>(duration)},
        payload);
    RtpPacketView packet;
    packet.header.timestamp = timestamp;
    packet.payload = payload;
    digits_.OnPacket(packet, now_ns_, stats_);
  }

  // What is told in the next 20 ms: digit and milliseconds, as "5 100".
  std::string Turn() {
    now_ns_ += kFrameNs;
    const std::optional<DigitPress> press = digits_.Take(now_ns_, stats_);
    return press ? press->digit + (" " + std::to_string(press->duration_ms)) : "";
  }

  // Samples of a frame of 1000s whose first is of media time `timestamp`.
  std::vector<int16_t> Frame(uint32_t timestamp, FrameKind kind = FrameKind::kPlayed) {
    std::vector<int16_t> frame(FrameSamples(kRateHz), 1000);
    digits_.Silence(frame, timestamp, kind, now_ns_);
    return frame;
  }

  testing::ArenaMemory memory_{kLimits};
  Stats stats_{memory_.Open().stats()};
  DigitsIn digits_{{kRateHz, kRateHz, kRateHz}};
  int64_t now_ns_ = kNsPerSecond;
};

bool IsZero(const std::vector<int16_t>& samples) {
  return std::ranges::all_of(samples, [](int16_t sample) { return sample == 0; });
}
bool IsWhole(const std::vector<int16_t>& samples) {
  return std::ranges::all_of(samples, [](int16_t sample) { return sample == 1000; });
}

TEST_F(DigitsInTest, TellsAPressOnceWhenItIsOver) {
  Packet('5', 8000, 160);
  EXPECT_EQ(Turn(), "");
  Packet('5', 8000, 320);
  EXPECT_EQ(Turn(), "");
  for (int repeat = 0; repeat < 3; ++repeat) Packet('5', 8000, 800, true);
  EXPECT_EQ(Turn(), "5 100");
  EXPECT_EQ(Turn(), "");
  EXPECT_EQ(stats_->digits_received, 1u);
}

TEST_F(DigitsInTest, TellsAPressWhoseEndWasLost) {
  Packet('#', 8000, 480);
  std::string told;
  int turns = 0;
  for (; told.empty() && turns < 20; ++turns) told = Turn();
  EXPECT_EQ(told, "# 60");
  EXPECT_EQ(turns, 8);
}

TEST_F(DigitsInTest, TellsAPressWhenTheNextBegins) {
  Packet('1', 8000, 480);
  Packet('2', 9600, 160);
  EXPECT_EQ(Turn(), "1 60");
  Packet('2', 9600, 480, true);
  EXPECT_EQ(Turn(), "2 60");
}

TEST_F(DigitsInTest, TellsAPressOfWhichOnlyTheEndCame) {
  Packet('D', 8000, 1600, true);
  EXPECT_EQ(Turn(), "D 200");
}

TEST_F(DigitsInTest, AddsUpTheSegmentsOfALongPress) {
  Packet('9', 8000, 0xffff);
  Packet('9', 8000 + 0xffff, 800, true);
  EXPECT_EQ(Turn(), "9 8291");
  EXPECT_EQ(Turn(), "");
}

TEST_F(DigitsInTest, TellsNothingOfWhatIsNoDigit) {
  Event(16, 8000, 800, true);
  EXPECT_EQ(Turn(), "");
  EXPECT_EQ(stats_->digits_received, 0u);
  RtpPacketView empty;
  empty.header.timestamp = 9000;
  digits_.OnPacket(empty, now_ns_, stats_);
  EXPECT_EQ(stats_->packets_invalid, 1u);
}

TEST_F(DigitsInTest, FinishesAPressOfASourceThatIsGone) {
  Packet('3', 8000, 480);
  digits_.Reset(stats_);
  EXPECT_EQ(Turn(), "3 60");
  // The new source may count from anywhere.
  Packet('4', 100, 480, true);
  EXPECT_EQ(Turn(), "4 60");
}

TEST_F(DigitsInTest, TellsOneATurnAndCountsWhatNoHandCanType) {
  for (uint32_t press = 0; press < DigitsIn::kPressesMax + 5; ++press) {
    Packet('0', 8000 + press * 160, 80, true);
  }
  EXPECT_EQ(stats_->digits_overflow, 5u);
  for (size_t press = 0; press < DigitsIn::kPressesMax; ++press) EXPECT_EQ(Turn(), "0 10");
  EXPECT_EQ(Turn(), "");
}

TEST_F(DigitsInTest, LeavesSoundAloneWithoutPresses) {
  EXPECT_TRUE(IsWhole(Frame(8000)));
  EXPECT_TRUE(IsWhole(Frame(0, FrameKind::kConcealed)));
}

TEST_F(DigitsInTest, SilencesThePressByItsMediaTime) {
  Packet('5', 8000, 160);
  Packet('5', 8000, 480, true);
  // What is played is older than what arrives.
  EXPECT_TRUE(IsWhole(Frame(8000 - 320)));
  const std::vector<int16_t> before = Frame(8000 - 160);
  EXPECT_EQ(before[0], 1000);
  EXPECT_LT(before.back(), 200);
  EXPECT_TRUE(IsZero(Frame(8000)));
  EXPECT_TRUE(IsZero(Frame(8160)));
  EXPECT_TRUE(IsZero(Frame(8320)));
  const std::vector<int16_t> behind = Frame(8480);
  EXPECT_LT(behind[0], 100);
  EXPECT_EQ(behind.back(), 1000);
  EXPECT_TRUE(IsWhole(Frame(8640)));
}

TEST_F(DigitsInTest, FadesWithoutAStep) {
  Packet('5', 8000, 480, true);
  std::vector<int16_t> played;
  for (uint32_t timestamp = 7680; timestamp < 9000; timestamp += 160) {
    const std::vector<int16_t> frame = Frame(timestamp);
    played.insert(played.end(), frame.begin(), frame.end());
  }
  for (size_t at = 1; at < played.size(); ++at) {
    EXPECT_LE(std::abs(played[at] - played[at - 1]), 26) << at;
  }
}

TEST_F(DigitsInTest, SilencesAPressThatGoesOn) {
  Packet('5', 8000, 160);
  EXPECT_TRUE(IsWhole(Frame(7600)));
  Frame(7840);
  EXPECT_TRUE(IsZero(Frame(8000)));
  EXPECT_TRUE(IsZero(Frame(8800)));
}

TEST_F(DigitsInTest, SilencesByMediaTimeAcrossTheWrap) {
  Packet('5', 0xffff'ff80, 800, true);
  Frame(0xffff'fee0);
  EXPECT_TRUE(IsZero(Frame(0xffff'ff80)));
  EXPECT_TRUE(IsZero(Frame(0x20)));
  Frame(0x2a0);
  EXPECT_TRUE(IsWhole(Frame(0x340)));
}

TEST_F(DigitsInTest, LetsNothingStandInForSoundWhilePressed) {
  Packet('5', 8000, 160);
  // The queue is dry: media time stands still before the press.
  Frame(7840, FrameKind::kConcealed);
  EXPECT_TRUE(IsZero(Frame(7840, FrameKind::kConcealed)));
  Packet('5', 8000, 480, true);
  now_ns_ += 60 * kNsPerMs;
  EXPECT_TRUE(IsZero(Frame(7840, FrameKind::kConcealed)));
  Frame(8480);
  EXPECT_TRUE(IsWhole(Frame(8640)));
  EXPECT_TRUE(IsWhole(Frame(8800, FrameKind::kConcealed)));
}

TEST_F(DigitsInTest, ForgetsPressesThatAreLongPlayed) {
  for (uint32_t press = 0; press < 3 * DigitsIn::kWindowsMax; ++press) {
    Packet('0', 8000 + press * 800, 400, true);
  }
  now_ns_ += 3 * kNsPerSecond;
  EXPECT_TRUE(IsWhole(Frame(8000 + (3 * DigitsIn::kWindowsMax - 1) * 800)));
}

TEST_F(DigitsInTest, SilencesAtEveryPairOfRates) {
  for (const auto& [clock, rate] : {std::pair{8000u, 16000u}, {48000u, 48000u}, {16000u, 16000u}}) {
    digits_ = DigitsIn({clock, rate, clock});
    const uint32_t frame_units = FrameSamples(clock);
    Packet('5', 100 * frame_units, 2 * frame_units, true);
    std::vector<int16_t> frame(FrameSamples(rate), 1000);
    digits_.Silence(frame, 99 * frame_units, FrameKind::kPlayed, now_ns_);
    EXPECT_EQ(frame[frame.size() / 2], 1000);
    for (uint32_t turn = 100; turn < 102; ++turn) {
      std::ranges::fill(frame, int16_t{1000});
      digits_.Silence(frame, turn * frame_units, FrameKind::kPlayed, now_ns_);
      EXPECT_TRUE(IsZero(frame)) << rate;
    }
    std::ranges::fill(frame, int16_t{1000});
    digits_.Silence(frame, 102 * frame_units, FrameKind::kPlayed, now_ns_);
    EXPECT_EQ(frame.back(), 1000);
  }
}

// Opus beside events of 8000 Hz: a press of 40 ms, from 100 ms into the stream on.
class SlowEvents : public DigitsInTest, public ::testing::WithParamInterface<uint32_t> {};

TEST_P(SlowEvents, SilenceTheSoundOfTheirTime) {
  constexpr uint32_t kFrameUnits = 960;
  digits_ = DigitsIn({48'000, 48'000, 8'000});
  digits_.OnSound(4 * kFrameUnits);
  // Where the press began, in the clock of the sound or in another that the sender has for events.
  const uint32_t began = GetParam();
  Packet('5', began, 160);
  EXPECT_EQ(Turn(), "");
  Packet('5', began, 320, true);
  EXPECT_EQ(Turn(), "5 40");
  std::vector<bool> silent;
  for (uint32_t turn = 0; turn < 9; ++turn) {
    std::vector<int16_t> frame(960, 1000);
    digits_.Silence(frame, turn * kFrameUnits, FrameKind::kPlayed, now_ns_);
    silent.push_back(IsZero(frame));
  }
  const size_t first = began == 5 * kFrameUnits ? 5 : 4;
  for (size_t turn = 0; turn < silent.size(); ++turn) {
    EXPECT_EQ(silent[turn], turn == first || turn == first + 1) << turn;
  }
}

INSTANTIATE_TEST_SUITE_P(Began, SlowEvents,
                         ::testing::Values(5 * 960u, 800u * 8000, 4'000'000'000));

}  // namespace
}  // namespace parley
