// Telephone keys of RTP legs, from the network to the events and the mix, and from commands to the
// network.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "rtp/rtp_packet.h"
#include "rtp/telephone_event.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using layout::EventKind;
using testing::FakePort;
using testing::RtpCaller;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr uint8_t kEventType = 101;

// With it whoever comes second to a room is served later than the first.
constexpr Spreading kSpread = {.above = 1, .gather_below = 1};
constexpr Spreading kNever = {.above = layout::kNone};

// A caller whose keys are pressed, one who listens, and their room, which is spread or not.
class EngineDigitsTest : public ::testing::TestWithParam<Spreading> {
 protected:
  void Open(uint8_t event_type = kEventType) {
    layout::OpenLeg presser = presser_.OpenLeg();
    presser.telephone_event_payload_type = event_type;
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(presser),
                    Record::From(listener_.OpenLeg()),
                    testing::RouteLeg(listener_.leg(), {.room = 0}),
                    testing::RouteLeg(presser_.leg(), {.room = 0})});
  }

  // 20 ms in which the listener says nothing and the presser sends `packets`.
  void Turn(const std::vector<std::vector<uint8_t>>& packets) {
    for (const std::vector<uint8_t>& packet : packets) {
      shard_.port().Deliver(presser_.descriptor(), presser_.address(), packet, shard_.now_ns());
    }
    listener_.Send(shard_, std::vector<int16_t>(160, 0));
    shard_.Tick(4);
    sent_ = shard_.port().TakeSent();
    listener_.Hear(shard_, sent_);
    for (const Record& event : shard_.TakeEvents()) {
      if (event.header().kind != static_cast<uint16_t>(EventKind::kLegDigit)) continue;
      const auto digit = event.As<layout::LegDigit>();
      EXPECT_EQ(event.header().leg, presser_.leg().slot);
      EXPECT_EQ(event.header().generation, 1u);
      told_ += static_cast<char>(digit.digit) + (":" + std::to_string(digit.duration_ms)) + " ";
    }
  }

  // The next packet of sound, of a tone nobody may hear while a key is pressed.
  std::vector<uint8_t> Sound(testing::Tone& tone) {
    std::vector<int16_t> frame(160);
    tone.Fill(frame);
    return presser_.NextPacket(frame);
  }

  // The next packet, as one of a press that began at `timestamp`.
  std::vector<uint8_t> Event(char digit, uint32_t timestamp, uint32_t duration, bool end) {
    std::array<uint8_t, kTelephoneEventBytes> payload;
    WriteTelephoneEvent({.event = *EventOf(digit),
                         .end = end,
                         .volume = 10,
                         .duration = static_cast<uint16_t>(duration)},
                        payload);
    return presser_.NextOther(kEventType, timestamp, payload);
  }

  // What the presser was sent in the last turn.
  RtpPacketView SentToPresser() const {
    const auto found = std::ranges::find_if(sent_, [this](const FakePort::Sent& datagram) {
      return datagram.descriptor == presser_.descriptor() &&
             ClassifyDatagram(datagram.bytes) == DatagramKind::kRtp;
    });
    return found == sent_.end() ? RtpPacketView{} : *ParseRtpPacket(found->bytes);
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }

  testing::TestShard shard_{testing::kTestLimits, nullptr, GetParam()};
  RtpCaller presser_{{.slot = 0}, kPcmu, 0};
  RtpCaller listener_{{.slot = 1}, kPcmu, 0};
  std::vector<FakePort::Sent> sent_;
  std::string told_;
};

int Loudest(std::span<const int16_t> samples) {
  int loudest = 0;
  for (const int16_t sample : samples) loudest = std::max(loudest, std::abs(sample));
  return loudest;
}

// A sender that goes on with its sound, tone and all, beside the events.
TEST_P(EngineDigitsTest, KeepsTheToneOutOfTheMixAndTellsTheKey) {
  Open();
  testing::Tone speech(440, 3'000, 8000);
  testing::Tone key(1'336, 12'000, 8000);
  for (int turn = 0; turn < 25; ++turn) Turn({Sound(speech)});
  for (int press = 0; press < 3; ++press) {
    const uint32_t began = presser_.timestamp();
    for (uint32_t turn = 0; turn < 5; ++turn) {
      Turn({Sound(key), Event('5', began, 160 * (turn + 1), turn == 4)});
    }
    for (int turn = 0; turn < 10; ++turn) Turn({Sound(speech)});
  }
  EXPECT_EQ(told_, "5:100 5:100 5:100 ");
  EXPECT_EQ(Stats()->digits_received, 3u);
  // Nothing of the key anywhere, and the speech between the presses is whole.
  const std::vector<int16_t>& heard = listener_.heard();
  EXPECT_LT(testing::ToneAmplitude(heard, 1'336, 8000), 3);
  EXPECT_LE(Loudest(heard), 3'200);
  EXPECT_GT(Loudest(std::span(heard).last(800)), 2'800);
  const bool is_late = shard_.arena().leg(0).tick != shard_.arena().leg(1).tick;
  EXPECT_EQ(is_late, GetParam().above == kSpread.above);
}

TEST_P(EngineDigitsTest, LetsNothingStandInForThePausedSound) {
  Open();
  testing::Tone speech(440, 3'000, 8000);
  for (int turn = 0; turn < 25; ++turn) Turn({Sound(speech)});
  const size_t before = listener_.heard().size();
  const uint32_t began = presser_.timestamp();
  for (uint32_t turn = 0; turn < 10; ++turn) {
    Turn({Event('1', began, std::min(160 * (turn + 1), 1440u), turn > 7)});
    presser_.Pause(160);
  }
  EXPECT_EQ(told_, "1:180 ");
  // What was on its way when the key was pressed is played; then there is silence.
  EXPECT_EQ(Loudest(std::span(listener_.heard()).subspan(before + 640)), 0);
}

TEST_P(EngineDigitsTest, CountsNoJitterFromEvents) {
  Open();
  testing::Tone speech(440, 3'000, 8000);
  for (int turn = 0; turn < 25; ++turn) Turn({Sound(speech)});
  const uint32_t began = presser_.timestamp();
  for (uint32_t turn = 0; turn < 50; ++turn) {
    Turn({Event('1', began, 160 * (turn + 1), false)});
    presser_.Pause(160);
  }
  for (int turn = 0; turn < 10; ++turn) Turn({Sound(speech)});
  EXPECT_LT(shard_.arena().leg(0).jitter_us, 3'000u);
}

TEST_P(EngineDigitsTest, TellsOnePressWhateverIsLostOrDoubled) {
  Open();
  const std::vector<int16_t> silence(160, 0);
  Turn({presser_.NextPacket(silence)});
  Turn({presser_.NextPacket(silence)});
  const std::vector<uint8_t> packet = Event('7', presser_.timestamp(), 160, false);
  Turn({packet, packet});
  // All else of the press is lost.
  for (int turn = 0; turn < 12; ++turn) Turn({presser_.NextPacket(silence)});
  EXPECT_EQ(told_, "7:20 ");
}

TEST_P(EngineDigitsTest, SendsKeysInPlaceOfSound) {
  Open();
  Turn({});
  const RtpHeader sound = SentToPresser().header;
  shard_.Command({testing::SendDigits(presser_.leg(), "5w#")});
  std::string events;
  uint32_t turns = 0;
  uint16_t sequence = sound.sequence;
  std::optional<uint32_t> began;
  for (; turns < 60; ++turns) {
    Turn({});
    const RtpPacketView packet = SentToPresser();
    EXPECT_EQ(packet.header.sequence, static_cast<uint16_t>(++sequence));
    EXPECT_EQ(packet.header.ssrc, sound.ssrc);
    if (packet.header.payload_type != kEventType) {
      EXPECT_EQ(packet.header.timestamp, sound.timestamp + 160 * (turns + 1));
      events += '.';
      continue;
    }
    const TelephoneEvent event = *ParseTelephoneEvent(packet.payload);
    if (packet.header.marker) began = sound.timestamp + 160 * (turns + 1);
    EXPECT_EQ(packet.header.timestamp, began);
    events += event.end ? '!' : *DigitOf(event.event);
  }
  // 120 ms and two repetitions of the end; 60 ms of pause, half a second of waiting.
  const std::string pause(3 + 25, '.');
  EXPECT_EQ(events.substr(0, 8 + 28 + 8), "55555!!!" + pause + "#####!!!");
  EXPECT_EQ(events.find_first_not_of('.', 44), std::string::npos);
  EXPECT_EQ(Stats()->digits_sent, 2u);
  EXPECT_EQ(shard_.arena().leg(0).digits_done, 3u);
  EXPECT_EQ(Stats()->packets_sent, Stats()->packets_send_failed + 2 * (turns + 1));
}

TEST_P(EngineDigitsTest, SendsKeysToNobodyElse) {
  Open();
  shard_.Command({testing::SendDigits(presser_.leg(), "1234567890")});
  // The listener expects its own payload type in every packet.
  for (int turn = 0; turn < 50; ++turn) Turn({});
  EXPECT_GT(Stats()->digits_sent, 3u);
}

TEST_P(EngineDigitsTest, RefusesKeysThatCannotBeSent) {
  Open();
  const std::string most(64, '1');
  shard_.Command({testing::SendDigits(listener_.leg(), "1")});  // not negotiated
  shard_.Command({testing::SendDigits(presser_.leg(), "12x")});
  shard_.Command({testing::SendDigits(presser_.leg(), "")});
  shard_.Command({testing::SendDigits({.slot = 9}, "1")});
  shard_.Command({testing::SendDigits(presser_.leg(), most)});
  shard_.Command({testing::SendDigits(presser_.leg(), "1")});  // full
  shard_.Tick();
  EXPECT_EQ(Stats()->commands_refused, 5u);
  EXPECT_EQ(shard_.arena().leg(0).digits_done, 0u);
}

TEST_P(EngineDigitsTest, TakesNoEventsThatWereNotNegotiated) {
  Open(255);
  const std::vector<int16_t> silence(160, 0);
  for (int turn = 0; turn < 3; ++turn) Turn({presser_.NextPacket(silence)});
  Turn({Event('7', presser_.timestamp(), 160, true)});
  for (int turn = 0; turn < 12; ++turn) Turn({});
  EXPECT_EQ(told_, "");
  EXPECT_EQ(Stats()->packets_payload_unknown, 1u);
}

// Keys of 8000 Hz in a stream of Opus, as many peers have them.
class EngineSlowDigitsTest : public EngineDigitsTest {
 protected:
  void OpenOpus() {
    layout::OpenLeg presser = opus_.OpenLeg();
    presser.telephone_event_payload_type = kEventType;
    presser.telephone_event_clock_hz = 8000;
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(presser),
                    Record::From(listener_.OpenLeg()),
                    testing::RouteLeg(listener_.leg(), {.room = 0}),
                    testing::RouteLeg(opus_.leg(), {.room = 0})});
  }
  std::vector<uint8_t> Say(testing::Tone& tone) {
    std::vector<int16_t> frame(opus_.frame_samples());
    tone.Fill(frame);
    return opus_.NextPacket(frame);
  }
  std::vector<uint8_t> Press(char digit, uint32_t timestamp, uint32_t duration, bool end) {
    std::array<uint8_t, kTelephoneEventBytes> payload;
    WriteTelephoneEvent(
        {.event = *EventOf(digit), .end = end, .duration = static_cast<uint16_t>(duration)},
        payload);
    return opus_.NextOther(kEventType, timestamp, payload);
  }

  RtpCaller opus_{{.slot = 0}, {Codec::kOpus, 48'000}, 96};
};

TEST_P(EngineSlowDigitsTest, KeepsTheToneOutOfTheMixInWhicheverClockThePressBegan) {
  OpenOpus();
  testing::Tone speech(440, 3'000, 48'000);
  testing::Tone key(1'336, 12'000, 48'000);
  for (int turn = 0; turn < 25; ++turn) Turn({Say(speech)});
  for (const bool is_own_clock : {false, true}) {
    const uint32_t began = is_own_clock ? 2'000'000'000 : opus_.timestamp();
    for (uint32_t turn = 0; turn < 5; ++turn) {
      Turn({Say(key), Press('5', began, 160 * (turn + 1), turn == 4)});
    }
    for (int turn = 0; turn < 15; ++turn) Turn({Say(speech)});
  }
  EXPECT_EQ(told_, "5:100 5:100 ");
  EXPECT_LT(testing::ToneAmplitude(listener_.heard(), 1'336, 8000), 3);
  EXPECT_LE(Loudest(listener_.heard()), 4'000);
  EXPECT_GT(Loudest(std::span(listener_.heard()).last(800)), 2'500);
}

TEST_P(EngineSlowDigitsTest, SendsDurationsInTheirClockAndTimestampsInTheStreams) {
  OpenOpus();
  shard_.Command({testing::SendDigits(opus_.leg(), "5")});
  std::vector<uint32_t> durations;
  std::optional<uint32_t> began;
  for (int turn = 0; turn < 12; ++turn) {
    Turn({});
    const RtpPacketView packet = SentToPresser();
    if (packet.header.payload_type != kEventType) continue;
    if (packet.header.marker) began = packet.header.timestamp;
    EXPECT_EQ(packet.header.timestamp, began);
    durations.push_back(ParseTelephoneEvent(packet.payload)->duration);
  }
  EXPECT_EQ(durations, (std::vector<uint32_t>{160, 320, 480, 640, 800, 960, 960, 960}));
}

TEST_P(EngineSlowDigitsTest, RefusesAClockThatTheStreamsIsNoMultipleOf) {
  layout::OpenLeg command = opus_.OpenLeg();
  command.telephone_event_clock_hz = 16'000;
  shard_.Command({Record::From(command)});
  command = RtpCaller({.slot = 2}, {Codec::kL16, 44'100}, 96).OpenLeg();
  command.telephone_event_clock_hz = 8000;
  shard_.Command({Record::From(command)});
  shard_.Tick();
  EXPECT_EQ(Stats()->commands_refused, 2u);
}

std::string NameOf(const ::testing::TestParamInfo<Spreading>& test) {
  return test.param.above == kSpread.above ? "Spread" : "Whole";
}
INSTANTIATE_TEST_SUITE_P(Rooms, EngineDigitsTest, ::testing::Values(kNever, kSpread), NameOf);
INSTANTIATE_TEST_SUITE_P(Rooms, EngineSlowDigitsTest, ::testing::Values(kNever, kSpread), NameOf);

}  // namespace
}  // namespace parley
