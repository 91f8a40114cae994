// Peers that send Opus in every way it has, and calls that change to it and back.

#include <gtest/gtest.h>
#include <opus/opus.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using testing::RtpCaller;

constexpr uint32_t kRateHz = 48'000;
constexpr uint32_t kFrame = 960;
constexpr uint8_t kOpusType = 96;
constexpr double kAmplitude = 8'000;

// What a peer sends: its audio bandwidth, channels and length of packets, and the highest tone that
// fits into that.
struct Sent {
  const char* name;
  opus_int32 bandwidth;
  int channels;
  uint32_t packet_ms;
  double high_hz;
};

constexpr Sent kSent[] = {
    {"NarrowBand", OPUS_BANDWIDTH_NARROWBAND, 1, 20, 2'900},
    {"MediumBand", OPUS_BANDWIDTH_MEDIUMBAND, 1, 20, 4'900},
    {"WideBand", OPUS_BANDWIDTH_WIDEBAND, 1, 60, 6'900},
    {"SuperWideBand", OPUS_BANDWIDTH_SUPERWIDEBAND, 1, 10, 10'900},
    {"FullBand", OPUS_BANDWIDTH_FULLBAND, 1, 20, 14'900},
    {"NarrowBandStereo", OPUS_BANDWIDTH_NARROWBAND, 2, 40, 2'900},
    {"FullBandStereo", OPUS_BANDWIDTH_FULLBAND, 2, 20, 14'900},
};

struct FreeEncoder {
  void operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
};

std::unique_ptr<OpusEncoder, FreeEncoder> EncoderFor(const Sent& sent) {
  int error = OPUS_OK;
  std::unique_ptr<OpusEncoder, FreeEncoder> encoder(opus_encoder_create(
      static_cast<opus_int32>(kRateHz), sent.channels,
      sent.bandwidth == OPUS_BANDWIDTH_MEDIUMBAND ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO,
      &error));
  opus_encoder_ctl(encoder.get(), OPUS_SET_BANDWIDTH(sent.bandwidth));
  opus_encoder_ctl(encoder.get(), OPUS_SET_FORCE_CHANNELS(sent.channels));
  // Only the coder of voices has a medium band.
  const bool is_voice = sent.bandwidth == OPUS_BANDWIDTH_MEDIUMBAND;
  opus_encoder_ctl(encoder.get(),
                   OPUS_SET_SIGNAL(is_voice ? OPUS_SIGNAL_VOICE : OPUS_SIGNAL_MUSIC));
  opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(is_voice ? 24'000 : 96'000));
  return encoder;
}

class OpusSender : public ::testing::TestWithParam<Sent> {};

TEST_P(OpusSender, IsHeardAsHighAsItSendsWithBothChannelsInOne) {
  const Sent& sent = GetParam();
  testing::TestShard shard;
  RtpCaller talker({.slot = 0}, {Codec::kOpus, kRateHz}, kOpusType);
  RtpCaller listener({.slot = 1}, {Codec::kL16, kRateHz}, 97);
  shard.Command({testing::OpenRoom(0, kRateHz), Record::From(talker.OpenLeg()),
                 Record::From(listener.OpenLeg()), testing::RouteLeg(talker.leg(), {.room = 0}),
                 testing::RouteLeg(listener.leg(), {.room = 0})});
  const auto encoder = EncoderFor(sent);
  testing::Tone low(1'000, kAmplitude, kRateHz);
  testing::Tone high(sent.high_hz, kAmplitude, kRateHz);
  const uint32_t packet_samples = kRateHz / 1000 * sent.packet_ms;
  const auto next_packet = [&] {
    std::vector<int16_t> left(packet_samples);
    std::vector<int16_t> right(packet_samples);
    low.Fill(left);
    high.Fill(right);
    std::vector<int16_t> both;
    for (uint32_t i = 0; i < packet_samples; ++i) {
      if (sent.channels == 2) both.push_back(left[i]);
      both.push_back(sent.channels == 2 ? right[i] : static_cast<int16_t>(left[i] + right[i]));
    }
    std::array<uint8_t, 1'275> payload;
    const int bytes = opus_encode(encoder.get(), both.data(), static_cast<int>(packet_samples),
                                  payload.data(), static_cast<opus_int32>(payload.size()));
    EXPECT_GT(bytes, 0);
    EXPECT_EQ(opus_packet_get_nb_channels(payload.data()), sent.channels);
    EXPECT_EQ(opus_packet_get_bandwidth(payload.data()), sent.bandwidth);
    const auto packet =
        talker.NextOther(kOpusType, talker.timestamp(), std::span(payload).first(bytes));
    talker.Pause(packet_samples);
    return packet;
  };
  uint32_t ahead_ms = 0;
  for (int turn = 0; turn < 150; ++turn) {
    for (; ahead_ms < 20; ahead_ms += sent.packet_ms) {
      shard.port().Deliver(talker.descriptor(), talker.address(), next_packet(), shard.now_ns());
    }
    ahead_ms -= 20;
    listener.Send(shard, std::vector<int16_t>(kFrame, 0));
    shard.Tick(4);
    listener.Hear(shard, shard.port().TakeSent());
  }
  const std::span<const int16_t> last = std::span(listener.heard()).last(kRateHz);
  const double share = sent.channels == 2 ? 0.5 : 1.0;
  for (const double hz : {1'000.0, sent.high_hz}) {
    const double level = testing::ToneAmplitude(last, hz, kRateHz);
    EXPECT_NEAR(testing::Decibels(level, kAmplitude * share), 0, 1.5) << hz;
  }
  EXPECT_EQ(shard.engine().stats()->packets_undecodable, 0u);
  EXPECT_EQ(shard.engine().stats()->frames_concealed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Ways, OpusSender, ::testing::ValuesIn(kSent),
                         [](const auto& sent) { return std::string(sent.param.name); });

// A call that is agreed on anew in another codec of another clock, and then as before.
TEST(EngineOpus, ACallChangesToItAndBack) {
  constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
  constexpr CodecFormat kOpus = {Codec::kOpus, kRateHz};
  testing::TestShard shard;
  RtpCaller other({.slot = 1}, {Codec::kL16, 16'000}, 97);
  const testing::LegRef leg = {.slot = 0};
  shard.Command({testing::OpenRoom(0, 16'000), Record::From(RtpCaller(leg, kPcmu, 0).OpenLeg()),
                 Record::From(other.OpenLeg()), testing::RouteLeg(leg, {.room = 0}),
                 testing::RouteLeg(other.leg(), {.room = 0})});
  bool is_first = true;
  for (const CodecFormat& format : {kPcmu, kOpus, kPcmu}) {
    RtpCaller caller(leg, format, format == kPcmu ? uint8_t{0} : kOpusType);
    if (!is_first) {
      shard.Command({testing::UpdateLeg(caller.OpenLeg())});
      caller.HearFromTheMiddle();
    }
    is_first = false;
    testing::Tone said(700, kAmplitude, format.rate_hz);
    testing::Tone heard(1'100, kAmplitude, 16'000);
    for (int turn = 0; turn < 100; ++turn) {
      std::vector<int16_t> frame(FrameSamples(format.rate_hz));
      said.Fill(frame);
      caller.Send(shard, frame);
      std::vector<int16_t> answer(320);
      heard.Fill(answer);
      other.Send(shard, answer);
      shard.Tick(4);
      const auto sent = shard.port().TakeSent();
      caller.Hear(shard, sent);
      other.Hear(shard, sent);
    }
    const std::span<const int16_t> at_other = std::span(other.heard()).last(16'000);
    const std::span<const int16_t> at_caller = std::span(caller.heard()).last(format.rate_hz);
    EXPECT_NEAR(testing::Decibels(testing::ToneAmplitude(at_other, 700, 16'000), kAmplitude), 0, 1);
    EXPECT_NEAR(
        testing::Decibels(testing::ToneAmplitude(at_caller, 1'100, format.rate_hz), kAmplitude), 0,
        1);
  }
  EXPECT_EQ(shard.engine().stats()->commands_refused, 0u);
  EXPECT_EQ(shard.engine().stats()->packets_payload_unknown, 0u);
  EXPECT_EQ(shard.engine().stats()->legs_opus, 0u);
}

// Above 16 kHz a jitter buffer is lent its memory, in whatever codec; it comes back when a leg no
// longer needs it.
TEST(EngineOpus, LendsWideMemoryToAsManyLegsAsMayBeOpus) {
  constexpr CodecFormat kWide = {Codec::kL16, 48'000};
  constexpr CodecFormat kNarrow = {Codec::kL16, 16'000};
  testing::TestShard shard;
  const uint64_t& refused = shard.engine().stats()->commands_refused;
  const uint32_t most = testing::kTestLimits.opus_legs_max;
  for (uint32_t slot = 0; slot < most; ++slot) {
    shard.Command({Record::From(RtpCaller({.slot = slot}, kWide, 97).OpenLeg())});
  }
  shard.Tick();
  EXPECT_EQ(refused, 0u);
  shard.Command({Record::From(RtpCaller({.slot = 20}, kNarrow, 97).OpenLeg())});
  shard.Tick();
  EXPECT_EQ(refused, 0u);
  const auto widen = [&] {
    shard.Command({testing::UpdateLeg(RtpCaller({.slot = 20}, kWide, 97).OpenLeg())});
    shard.Tick();
  };
  widen();
  EXPECT_EQ(refused, 1u);
  shard.Command({testing::UpdateLeg(RtpCaller({.slot = 3}, kNarrow, 97).OpenLeg())});
  shard.Tick();
  widen();
  EXPECT_EQ(refused, 1u);
  shard.Command({testing::CloseLeg({.slot = 20})});
  shard.Tick();
  shard.Command({Record::From(RtpCaller({.slot = 21}, kWide, 97).OpenLeg())});
  shard.Tick();
  EXPECT_EQ(refused, 1u);
}

}  // namespace
}  // namespace parley
