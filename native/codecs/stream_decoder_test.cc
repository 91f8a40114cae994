#include "codecs/stream_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/units.h"
#include "codecs/frame_encoder.h"
#include "testing/allocation_trap.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr CodecFormat kG722 = {Codec::kG722, 16000};
constexpr CodecFormat kOpus = {Codec::kOpus, 48000};
constexpr uint8_t kPcmuType = 0;
constexpr uint8_t kG722Type = 9;
constexpr uint8_t kOpusType = 96;
constexpr double kHz = 700;
constexpr double kAmplitude = 8'000;

// `frames` of a tone, coded one by one.
std::vector<std::vector<uint8_t>> Coded(const CodecFormat& format, uint32_t frames) {
  OpusFrameEncoder opus;
  FrameEncoder encoder;
  encoder.Open(format, format.codec == Codec::kOpus ? &opus : nullptr,
               {.rate_hz = format.rate_hz, .fec = true, .expected_loss_percent = 20});
  testing::Tone tone(kHz, kAmplitude, format.rate_hz);
  std::vector<std::vector<uint8_t>> coded;
  for (uint32_t frame = 0; frame < frames; ++frame) {
    std::vector<int16_t> samples(FrameSamples(format.rate_hz));
    tone.Fill(samples);
    std::vector<uint8_t> payload(PayloadBytes(format, samples.size()));
    payload.resize(encoder.Encode(samples, payload));
    coded.push_back(payload);
  }
  return coded;
}

std::vector<int16_t> Decode(StreamDecoder& decoder, uint8_t type,
                            std::span<const uint8_t> payload) {
  std::vector<int16_t> out(decoder.Samples(type, payload));
  decoder.Decode(type, payload, out);
  return out;
}

void Append(std::vector<int16_t>& to, std::span<const int16_t> samples) {
  to.insert(to.end(), samples.begin(), samples.end());
}

double LevelDb(std::span<const int16_t> sound, uint32_t rate_hz) {
  return testing::Decibels(testing::ToneAmplitude(sound, kHz, rate_hz), kAmplitude);
}

TEST(StreamDecoder, KnowsWhatItWasTold) {
  const StreamDecoder decoder({{{kG722Type, kG722}, {kPcmuType, kPcmu}}}, nullptr);
  EXPECT_TRUE(decoder.Accepts(kG722Type));
  EXPECT_TRUE(decoder.Accepts(kPcmuType));
  EXPECT_FALSE(decoder.Accepts(8));
  EXPECT_FALSE(decoder.Accepts(PayloadFormat::kNone));
  EXPECT_EQ(decoder.Samples(8, std::vector<uint8_t>(160)), 0u);
  EXPECT_FALSE(decoder.is_opus());
  EXPECT_FALSE(decoder.can_conceal());
}

TEST(StreamDecoder, CountsSamplesAtTheRateOfTheLeg) {
  const std::vector<uint8_t> bytes(160);
  const StreamDecoder wide({{{kG722Type, kG722}, {kPcmuType, kPcmu}}}, nullptr);
  EXPECT_EQ(wide.Samples(kG722Type, bytes), 320u);
  EXPECT_EQ(wide.Samples(kPcmuType, bytes), 320u);
  const StreamDecoder narrow({{{kPcmuType, kPcmu}, {kG722Type, kG722}}}, nullptr);
  EXPECT_EQ(narrow.Samples(kG722Type, bytes), 160u);
  EXPECT_EQ(narrow.Samples(kPcmuType, bytes), 160u);
}

TEST(StreamDecoder, GoesOnWithTheToneWhenTheSenderChangesItsPayloadType) {
  for (const bool is_wide : {true, false}) {
    const PayloadFormat first =
        is_wide ? PayloadFormat{kG722Type, kG722} : PayloadFormat{kPcmuType, kPcmu};
    const PayloadFormat second =
        is_wide ? PayloadFormat{kPcmuType, kPcmu} : PayloadFormat{kG722Type, kG722};
    StreamDecoder decoder({{first, second}}, nullptr);
    const auto in_first = Coded(first.format, 200);
    const auto in_second = Coded(second.format, 200);
    for (int part = 0; part < 4; ++part) {
      std::vector<int16_t> heard;
      for (size_t frame = 50u * part; frame < 50u * (part + 1); ++frame) {
        const bool is_first = part % 2 == 0;
        Append(heard, Decode(decoder, is_first ? first.payload_type : second.payload_type,
                             is_first ? in_first[frame] : in_second[frame]));
      }
      ASSERT_EQ(heard.size(), decoder.rate_hz());
      // The first moment after a change is a filter filling, or G.722 adapting.
      EXPECT_NEAR(LevelDb(std::span<const int16_t>(heard).subspan(1000), decoder.rate_hz()), 0, 0.3)
          << is_wide << ' ' << part;
    }
  }
}

TEST(StreamDecoder, DecodesPacketsLongerThanTheResamplerTakes) {
  StreamDecoder decoder({{{kG722Type, kG722}, {kPcmuType, kPcmu}}}, nullptr);
  std::vector<uint8_t> packet;
  for (const auto& frame : Coded(kPcmu, 9)) packet.insert(packet.end(), frame.begin(), frame.end());
  packet.resize(1'437);
  const std::vector<int16_t> heard = Decode(decoder, kPcmuType, packet);
  EXPECT_EQ(heard.size(), 2'874u);
  EXPECT_NEAR(LevelDb(heard, 16000), 0, 0.5);
}

TEST(StreamDecoder, ConcealsOpusInPiecesOfAnySize) {
  OpusFrameDecoder opus;
  StreamDecoder decoder({{{kOpusType, kOpus}}}, &opus);
  ASSERT_TRUE(decoder.is_opus());
  std::vector<int16_t> heard;
  for (const auto& payload : Coded(kOpus, 50)) Append(heard, Decode(decoder, kOpusType, payload));
  std::vector<int16_t> concealed;
  for (const size_t size : {1u, 7u, 119u, 120u, 121u, 500u, 92u}) {
    std::vector<int16_t> piece(size, 30'000);
    decoder.Conceal(piece);
    Append(concealed, piece);
  }
  // 20 ms that go on as before.
  ASSERT_EQ(concealed.size(), 960u);
  const auto loudest = [](std::span<const int16_t> sound) { return std::ranges::max(sound); };
  EXPECT_NEAR(loudest(concealed), kAmplitude, kAmplitude / 3);
  EXPECT_LT(std::abs(concealed.front() - heard.back()), 1'500);
}

TEST(StreamDecoder, RestoresTheEndOfWhatTheNextPacketCarries) {
  std::vector<int16_t> speech = testing::Speech(12'000, 3, 16000, 5);
  OpusFrameEncoder opus_encoder;
  FrameEncoder encoder;
  const CodecFormat format = {Codec::kOpus, 16000};
  encoder.Open(format, &opus_encoder,
               {.rate_hz = 16000, .bitrate_bps = 24'000, .fec = true, .expected_loss_percent = 20});
  OpusFrameDecoder opus;
  StreamDecoder decoder({{{kOpusType, format}}}, &opus);
  std::vector<std::vector<uint8_t>> packets;
  for (size_t at = 0; at + 320 <= speech.size(); at += 320) {
    std::vector<uint8_t> payload(kOpusPayloadBytesMax);
    payload.resize(encoder.Encode(std::span(speech).subspan(at, 320), payload));
    packets.push_back(payload);
  }
  uint32_t restored = 0;
  for (size_t index = 0; index + 1 < packets.size(); ++index) {
    if (index % 5 != 4) {
      Decode(decoder, kOpusType, packets[index]);
      continue;
    }
    // 20 ms are lost; of some, a part has been stood in for before it was known.
    std::vector<int16_t> sound(index % 2 == 0 ? 320 : 133, 99);
    if (decoder.Restore(kOpusType, packets[index + 1], sound)) ++restored;
  }
  EXPECT_GT(restored, 10u);
  std::vector<int16_t> none;
  EXPECT_FALSE(decoder.Restore(kOpusType, packets[0], none));
  EXPECT_FALSE(decoder.Restore(kPcmuType, packets[0], speech));
}

TEST(StreamDecoder, TakesAnyBytesWithoutAllocating) {
  std::mt19937 random(3);
  OpusFrameDecoder opus;
  StreamDecoder of_opus({{{kOpusType, kOpus}}}, &opus);
  StreamDecoder of_others({{{kG722Type, kG722}, {kPcmuType, kPcmu}, {8, {Codec::kPcma, 8000}}}},
                          nullptr);
  std::vector<int16_t> out(20'000);
  std::vector<uint8_t> payload(1'500);
  const testing::AllocationTrap trap;
  for (uint32_t turn = 0; turn < 3'000; ++turn) {
    const auto bytes = std::span(payload).first(random() % payload.size());
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const bool is_heard = random() % 8 != 0;
    of_others.Hear(is_heard);
    of_opus.Hear(is_heard);
    for (const uint8_t type : {kG722Type, kPcmuType, uint8_t{8}}) {
      const uint32_t samples = of_others.Samples(type, bytes);
      if (samples > 0) of_others.Decode(type, bytes, std::span(out).first(samples));
    }
    const uint32_t samples = of_opus.Samples(kOpusType, bytes);
    ASSERT_LE(samples, SamplesIn(kOpusPacketMsMax, 48000));
    if (samples > 0) of_opus.Decode(kOpusType, bytes, std::span(out).first(samples));
    of_opus.Restore(kOpusType, bytes, std::span(out).first(random() % 6'000));
    of_opus.Conceal(std::span(out).first(random() % 3'000));
  }
  EXPECT_EQ(trap.allocations(), 0u);
}

}  // namespace
}  // namespace parley
