#include "rtp/telephone_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "base/units.h"
#include "rtp/rtp_packet.h"
#include "testing/allocation_trap.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kFrameUnits = 160;
constexpr uint32_t kClockRateHz = 8000;

struct Arrival {
  int64_t at_ms;
  uint32_t timestamp;
  TelephoneEvent event;
};

// Packets of one press, 20 ms apart: three updates and three ends.
std::vector<Arrival> Press(char digit, int64_t at_ms, uint32_t timestamp) {
  std::vector<Arrival> packets;
  for (uint16_t i = 1; i <= 6; ++i) {
    const auto duration = static_cast<uint16_t>(std::min<uint16_t>(i, 4) * kFrameUnits);
    packets.push_back({.at_ms = at_ms + (i - 1) * 20,
                       .timestamp = timestamp,
                       .event = {.event = *EventOf(digit), .end = i > 3, .duration = duration}});
  }
  return packets;
}

std::vector<Arrival> Joined(std::vector<Arrival> a, const std::vector<Arrival>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string Digits(const std::vector<Arrival>& packets) {
  TelephoneEventReceiver receiver;
  std::string digits;
  for (const Arrival& packet : packets) {
    const auto digit = receiver.OnPacket(packet.timestamp, packet.event, packet.at_ms * kNsPerMs);
    if (digit) digits += *digit;
  }
  return digits;
}

TEST(TelephoneEvent, NamesEveryDigit) {
  const std::string digits = "0123456789*#ABCD";
  for (uint8_t event = 0; event < kDigitEvents; ++event) {
    EXPECT_EQ(DigitOf(event), digits[event]);
    EXPECT_EQ(EventOf(digits[event]), event);
  }
  for (int event = kDigitEvents; event < 256; ++event) {
    EXPECT_EQ(DigitOf(static_cast<uint8_t>(event)), std::nullopt);
  }
  EXPECT_EQ(EventOf('a'), 12);
  EXPECT_EQ(EventOf('d'), 15);
  for (const char other : std::string("eE +w\n\0", 7)) EXPECT_EQ(EventOf(other), std::nullopt);
}

TEST(TelephoneEvent, KnowsWhatMayBeSent) {
  std::string keys;
  for (int key = 0; key < 256; ++key) {
    if (IsTelephoneKey(static_cast<uint8_t>(key))) keys += static_cast<char>(key);
  }
  EXPECT_EQ(keys, "#*0123456789ABCDWabcdw");
}

TEST(TelephoneEvent, ReadsAndWritesThePayload) {
  const TelephoneEvent event{.event = 11, .end = true, .volume = 63, .duration = 0x1234};
  std::array<uint8_t, kTelephoneEventBytes> bytes;
  WriteTelephoneEvent(event, bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 4>{11, 0xbf, 0x12, 0x34}));
  EXPECT_EQ(ParseTelephoneEvent(bytes), event);
  // The reserved bit says nothing; neither does what follows.
  EXPECT_EQ(ParseTelephoneEvent(Bytes{11, 0xff, 0x12, 0x34, 9, 9}), event);
  EXPECT_EQ(ParseTelephoneEvent(Bytes{5, 10, 0, 160}),
            (TelephoneEvent{.event = 5, .end = false, .volume = 10, .duration = 160}));
  for (size_t bytes_short = 0; bytes_short < kTelephoneEventBytes; ++bytes_short) {
    EXPECT_FALSE(ParseTelephoneEvent(Bytes(bytes_short, 0xff)));
  }
}

TEST(TelephoneEventReceiver, TellsAPressOnce) {
  EXPECT_EQ(Digits(Press('5', 0, 1000)), "5");
  EXPECT_EQ(Digits(Joined(Press('5', 0, 1000), Press('5', 300, 3400))), "55");
  EXPECT_EQ(Digits(Joined(Press('1', 0, 1000), Press('#', 150, 2200))), "1#");
}

// As SIPp plays its captures of RFC 2833 digits: a packet every 20 ms, the timestamp of the press
// in each, the marker in the first, three ends; then the next digit under a timestamp of its own.
TEST(TelephoneEventReceiver, ReadsACapture) {
  struct Captured {
    int64_t at_ms;
    const char* hex;
  };
  const std::vector<Captured> capture = {
      {0, "80e00a2800007d0012345678010a00a0"},   {20, "80600a2900007d0012345678010a0140"},
      {40, "80600a2a00007d0012345678010a01e0"},  {60, "80600a2b00007d0012345678010a0280"},
      {80, "80600a2c00007d0012345678010a0320"},  {100, "80600a2d00007d0012345678018a03c0"},
      {101, "80600a2e00007d0012345678018a03c0"}, {102, "80600a2f00007d0012345678018a03c0"},
      {220, "80e00a3000008340123456780b0a00a0"}, {240, "80600a3100008340123456780b0a0140"},
      {260, "80600a3200008340123456780b0a01e0"}, {280, "80600a3300008340123456780b8a0280"},
      {281, "80600a3400008340123456780b8a0280"}, {282, "80600a3500008340123456780b8a0280"},
      {400, "80e00a3600008980123456780b0a00a0"}, {420, "80600a3700008980123456780b0a0140"},
      {440, "80600a3800008980123456780b8a01e0"}, {441, "80600a3900008980123456780b8a01e0"},
      {442, "80600a3a00008980123456780b8a01e0"},
  };
  std::vector<Arrival> packets;
  uint32_t markers = 0;
  for (const Captured& captured : capture) {
    Bytes datagram;
    for (const char* hex = captured.hex; *hex != '\0'; hex += 2) {
      datagram.push_back(static_cast<uint8_t>(std::stoi(std::string(hex, 2), nullptr, 16)));
    }
    const auto packet = ParseRtpPacket(datagram);
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->header.payload_type, 96);
    const auto event = ParseTelephoneEvent(packet->payload);
    ASSERT_TRUE(event);
    markers += packet->header.marker ? 1U : 0U;
    packets.push_back({captured.at_ms, packet->header.timestamp, *event});
  }
  EXPECT_EQ(markers, 3U);
  EXPECT_EQ(Digits(packets), "1##");
}

TEST(TelephoneEventReceiver, AnyPacketOfAPressWillDo) {
  const std::vector<Arrival> press = Press('7', 0, 1000);
  for (uint32_t kept = 1; kept < 1U << press.size(); ++kept) {
    std::vector<Arrival> packets;
    for (size_t i = 0; i < press.size(); ++i) {
      if ((kept >> i & 1) != 0) packets.push_back(press[i]);
    }
    EXPECT_EQ(Digits(Joined(packets, Press('7', 300, 3400))), "77") << kept;
  }
}

TEST(TelephoneEventReceiver, AnyOrderOfAPressWillDo) {
  std::vector<Arrival> press = Press('7', 0, 1000);
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::ranges::shuffle(press, random);
    std::vector<Arrival> packets = Joined(press, press);
    EXPECT_EQ(Digits(Joined(packets, Press('8', 300, 3400))), "78");
  }
}

TEST(TelephoneEventReceiver, IgnoresLatePacketsOfAnOlderPress) {
  const std::vector<Arrival> older = Press('1', 0, 1000);
  std::vector<Arrival> packets = Joined(older, Press('2', 300, 3400));
  for (Arrival late : older) {
    late.at_ms = 420;
    packets.push_back(late);
  }
  EXPECT_EQ(Digits(packets), "12");
  // One whose packets are all late is lost rather than told out of order.
  EXPECT_EQ(Digits(Joined(Press('2', 300, 3400), Press('1', 310, 1000))), "2");
}

TEST(TelephoneEventReceiver, BelievesAnOlderTimestampAfterALongSilence) {
  EXPECT_EQ(Digits(Joined(Press('1', 0, 900'000), Press('2', 1999, 1000))), "1");
  EXPECT_EQ(Digits(Joined(Press('1', 0, 900'000), Press('2', 2101, 1000))), "12");
}

TEST(TelephoneEventReceiver, TimestampsWrap) {
  EXPECT_EQ(Digits(Joined(Press('1', 0, 0xffff'ff00), Press('2', 300, 2144))), "12");
  EXPECT_EQ(Digits(Joined(Press('2', 0, 100), Press('1', 10, 0xffff'ff00))), "2");
}

TEST(TelephoneEventReceiver, IgnoresAnotherEventUnderTheSameTimestamp) {
  TelephoneEventReceiver receiver;
  EXPECT_EQ(receiver.OnPacket(1000, {.event = 1, .duration = 160}, 0), '1');
  EXPECT_EQ(receiver.OnPacket(1000, {.event = 2, .end = true, .duration = 160}, 1), std::nullopt);
  EXPECT_TRUE(receiver.pressed(2));
}

TEST(TelephoneEventReceiver, ALongPressIsOneThroughItsSegments) {
  TelephoneEventReceiver receiver;
  std::string digits;
  uint32_t timestamp = 0xffff'0000;
  int64_t now_ns = 0;
  const auto take = [&](bool end, uint16_t duration) {
    const TelephoneEvent event{.event = 9, .end = end, .duration = duration};
    const auto digit = receiver.OnPacket(timestamp, event, now_ns);
    if (digit) digits += *digit;
    now_ns += 20 * kNsPerMs;
  };
  for (int segment = 0; segment < 3; ++segment) {
    for (uint32_t duration = 160; duration < 0xffff; duration += 160) {
      take(false, static_cast<uint16_t>(duration));
      EXPECT_TRUE(receiver.pressed(now_ns));
    }
    // The report of the full length is lost once.
    if (segment != 1) take(false, 0xffff);
    timestamp += 0xffff;
  }
  take(true, 160);
  EXPECT_EQ(digits, "9");
  EXPECT_FALSE(receiver.pressed(now_ns));
}

TEST(TelephoneEventReceiver, TellsHowLongAPressWasAndWhereItBegan) {
  TelephoneEventReceiver receiver;
  receiver.OnPacket(1000, {.event = 1, .duration = 160}, 0);
  EXPECT_EQ(receiver.presses(), 1U);
  receiver.OnPacket(1000, {.event = 1, .duration = 0xffff}, kNsPerMs);
  receiver.OnPacket(1000 + 0xffff, {.event = 1, .duration = 100}, 2 * kNsPerMs);
  EXPECT_EQ(receiver.press_timestamp(), 1000U);
  EXPECT_EQ(receiver.press_units(), 0xffffU + 100U);
  EXPECT_FALSE(receiver.has_ended());
  receiver.OnPacket(90'000, {.event = 2, .end = true, .duration = 800}, 3 * kNsPerMs);
  EXPECT_EQ(receiver.presses(), 2U);
  EXPECT_EQ(receiver.press_timestamp(), 90'000U);
  EXPECT_EQ(receiver.press_units(), 800U);
  EXPECT_TRUE(receiver.has_ended());
}

// Durations in 8000 Hz, timestamps in 48 kHz or in 8000 Hz, too.
TEST(TelephoneEventReceiver, AddsUpSegmentsOfASlowerClock) {
  for (const uint32_t units : {1U, 6U}) {
    TelephoneEventReceiver receiver(6);
    receiver.OnPacket(1000, {.event = 1, .duration = 0xffff}, 0);
    receiver.OnPacket(1000 + 0xffff * units, {.event = 1, .duration = 800}, 1);
    receiver.OnPacket(1000 + (0xffff + 800) * units, {.event = 1, .duration = 160}, 2);
    EXPECT_EQ(receiver.presses(), 1U);
    EXPECT_EQ(receiver.press_units(), (0xffffU + 800U + 160U) * 6);
  }
}

TEST(TelephoneEventReceiver, ASegmentMayBeCutShort) {
  TelephoneEventReceiver receiver;
  EXPECT_EQ(receiver.OnPacket(0, {.event = 9, .duration = 160}, 0), '9');
  receiver.OnPacket(0, {.event = 9, .duration = 65440}, 0);
  receiver.OnPacket(0, {.event = 9, .duration = 65280}, 0);  // overtaken
  EXPECT_EQ(receiver.OnPacket(65440, {.event = 9, .duration = 160}, 1), std::nullopt);
  // Another digit there is another press, and so is the same one after an end.
  EXPECT_EQ(receiver.OnPacket(65600, {.event = 8, .end = true, .duration = 160}, 2), '8');
  EXPECT_EQ(receiver.OnPacket(65760, {.event = 8, .duration = 160}, 3), '8');
}

TEST(TelephoneEventReceiver, IsPressedFromTheFirstPacketToTheEnd) {
  TelephoneEventReceiver receiver;
  EXPECT_FALSE(receiver.pressed(0));
  for (const Arrival& packet : Press('3', 1000, 5000)) {
    receiver.OnPacket(packet.timestamp, packet.event, packet.at_ms * kNsPerMs);
    EXPECT_EQ(receiver.pressed(packet.at_ms * kNsPerMs), !packet.event.end);
  }
  // A late packet of it does not begin it again.
  receiver.OnPacket(5000, {.event = 3, .duration = 160}, 1200 * kNsPerMs);
  EXPECT_FALSE(receiver.pressed(1201 * kNsPerMs));
}

TEST(TelephoneEventReceiver, ALostEndIsToleratedFor150Ms) {
  TelephoneEventReceiver receiver;
  receiver.OnPacket(5000, {.event = 3, .duration = 160}, 0);
  EXPECT_TRUE(receiver.pressed(149 * kNsPerMs));
  EXPECT_FALSE(receiver.pressed(150 * kNsPerMs));
  // It was only packets that were missing.
  EXPECT_EQ(receiver.OnPacket(5000, {.event = 3, .duration = 3200}, 400 * kNsPerMs), std::nullopt);
  EXPECT_TRUE(receiver.pressed(401 * kNsPerMs));
}

TEST(TelephoneEventReceiver, OtherEventsArePressedButTellNothing) {
  TelephoneEventReceiver receiver;
  EXPECT_EQ(receiver.OnPacket(5000, {.event = 32, .duration = 160}, 0), std::nullopt);
  EXPECT_TRUE(receiver.pressed(1));
}

TEST(TelephoneEventSender, SendsAPress) {
  TelephoneEventSender sender;
  EXPECT_FALSE(sender.Next(0, kFrameUnits, kClockRateHz));
  ASSERT_TRUE(sender.Queue('4'));
  EXPECT_EQ(sender.queued(), 1U);
  uint32_t timestamp = 0xffff'fff0;
  const uint32_t began = timestamp;
  for (uint16_t frame = 1; frame <= 8; ++frame, timestamp += kFrameUnits) {
    const auto packet = sender.Next(timestamp, kFrameUnits, kClockRateHz);
    ASSERT_TRUE(packet) << frame;
    EXPECT_EQ(packet->timestamp, began);
    EXPECT_EQ(packet->marker, frame == 1);
    EXPECT_EQ(packet->event.event, 4);
    EXPECT_EQ(packet->event.volume, 10);
    EXPECT_EQ(packet->event.duration, std::min<uint16_t>(frame, 6) * kFrameUnits);
    EXPECT_EQ(packet->event.end, frame >= 6);
  }
  EXPECT_EQ(sender.queued(), 0U);
  EXPECT_FALSE(sender.Next(timestamp, kFrameUnits, kClockRateHz));
}

TEST(TelephoneEventSender, PausesBetweenDigits) {
  TelephoneEventSender sender;
  ASSERT_TRUE(sender.Queue('1'));
  ASSERT_TRUE(sender.Queue('1'));
  std::string frames;
  for (uint32_t frame = 0; frame < 24; ++frame) {
    const auto packet = sender.Next(frame * kFrameUnits, kFrameUnits, kClockRateHz);
    frames += !packet ? '.' : packet->marker ? 'M' : packet->event.end ? 'E' : '-';
  }
  EXPECT_EQ(frames, "M----EEE...M----EEE.....");
}

TEST(TelephoneEventSender, WaitsForHalfASecondOrAWholeOne) {
  TelephoneEventSender sender;
  for (const char key : std::string("w1Ww2")) ASSERT_TRUE(sender.Queue(key));
  std::string frames;
  for (uint32_t frame = 0; sender.is_busy(); ++frame) {
    const auto packet = sender.Next(frame * kFrameUnits, kFrameUnits, kClockRateHz);
    frames += !packet ? '.' : packet->marker ? 'M' : packet->event.end ? 'E' : '-';
  }
  EXPECT_EQ(frames, std::string(25, '.') + "M----EEE" + std::string(3 + 50 + 25, '.') + "M----EEE" +
                        std::string(3, '.'));
}

TEST(TelephoneEventSender, KeepsItsTimesAtEveryClockRate) {
  for (const uint32_t rate_hz : {8000U, 16000U, 48000U}) {
    TelephoneEventSender sender;
    ASSERT_TRUE(sender.Queue('0'));
    const uint32_t units = rate_hz / 50;
    uint32_t packets = 0;
    uint32_t duration = 0;
    for (uint32_t frame = 0; frame < 20; ++frame) {
      const auto packet = sender.Next(frame * units, units, rate_hz);
      if (!packet) continue;
      ++packets;
      duration = packet->event.duration;
    }
    EXPECT_EQ(packets, 8U);
    EXPECT_EQ(duration, rate_hz / 1000 * TelephoneEventSender::kPressMs);
  }
}

TEST(TelephoneEventSender, RefusesWhatIsNoDigitAndWhatIsTooMuch) {
  TelephoneEventSender sender;
  EXPECT_FALSE(sender.Queue('e'));
  EXPECT_EQ(sender.queued(), 0U);
  for (size_t i = 0; i < TelephoneEventSender::kQueueMax; ++i) EXPECT_TRUE(sender.Queue('1'));
  EXPECT_FALSE(sender.Queue('2'));
  for (uint32_t frame = 0; frame < 8; ++frame) sender.Next(frame * 160, 160, kClockRateHz);
  EXPECT_TRUE(sender.Queue('2'));
}

TEST(TelephoneEventSender, IsUnderstoodByTheReceiver) {
  const std::string digits = "0123456789*#ABCD00";
  TelephoneEventSender sender;
  TelephoneEventReceiver receiver;
  for (const char digit : digits) ASSERT_TRUE(sender.Queue(digit));
  std::array<char, 32> heard;
  size_t count = 0;
  const testing::AllocationTrap trap;
  for (uint32_t frame = 0; frame < 250; ++frame) {
    const auto packet = sender.Next(frame * kFrameUnits, kFrameUnits, kClockRateHz);
    // Two of three are lost.
    if (!packet || frame % 3 != 0) continue;
    const auto digit = receiver.OnPacket(packet->timestamp, packet->event, frame * kFrameNs);
    if (digit && count < heard.size()) heard[count++] = *digit;
  }
  EXPECT_EQ(trap.allocations(), 0U);
  EXPECT_EQ(std::string(heard.data(), count), digits);
}

}  // namespace
}  // namespace parley
