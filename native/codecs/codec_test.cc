#include "codecs/codec.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace parley {
namespace {

constexpr CodecFormat kPcmu = {layout::Codec::kPcmu, 8000};
constexpr CodecFormat kPcma = {layout::Codec::kPcma, 8000};
constexpr CodecFormat kL16 = {layout::Codec::kL16, 16'000};
constexpr CodecFormat kLinear16 = {layout::Codec::kLinear16, 48'000};
constexpr CodecFormat kFormats[] = {kPcmu, kPcma, kL16, kLinear16};

TEST(PayloadBytes, IsOneOrTwoForEachSample) {
  EXPECT_EQ(PayloadBytes(kPcmu, 160), 160U);
  EXPECT_EQ(PayloadBytes(kPcma, 160), 160U);
  EXPECT_EQ(PayloadBytes(kL16, 320), 640U);
  EXPECT_EQ(PayloadBytes(kLinear16, 960), 1920U);
}

TEST(PayloadSamples, IgnoresHalfASample) {
  EXPECT_EQ(PayloadSamples(kPcmu, 161), 161U);
  EXPECT_EQ(PayloadSamples(kL16, 641), 320U);
  EXPECT_EQ(PayloadSamples(kLinear16, 1), 0U);
}

TEST(EncodeFrame, WritesKnownBytes) {
  const std::vector<int16_t> samples = {0x0102, -2};
  std::vector<uint8_t> bytes(4);
  EXPECT_EQ(EncodeFrame(kL16, samples, bytes), 4U);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0x01, 0x02, 0xFF, 0xFE}));
  EXPECT_EQ(EncodeFrame(kLinear16, samples, bytes), 4U);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0x02, 0x01, 0xFE, 0xFF}));
  EXPECT_EQ(EncodeFrame(kPcmu, std::vector<int16_t>{0, 32767}, bytes), 2U);
  EXPECT_EQ(bytes[0], 0xFF);
  EXPECT_EQ(bytes[1], 0x80);
  EXPECT_EQ(EncodeFrame(kPcma, std::vector<int16_t>{0, 32767}, bytes), 2U);
  EXPECT_EQ(bytes[0], 0xD5);
  EXPECT_EQ(bytes[1], 0xAA);
}

TEST(DecodeFrame, ReadsKnownBytes) {
  const std::vector<uint8_t> payload = {0x80, 0x2A};
  std::vector<int16_t> samples(2);
  EXPECT_EQ(DecodeFrame(kPcmu, payload, samples), 2U);
  EXPECT_EQ(samples, (std::vector<int16_t>{32'124, -5372}));
  EXPECT_EQ(DecodeFrame(kPcma, payload, samples), 2U);
  EXPECT_EQ(samples, (std::vector<int16_t>{5504, -32'256}));
  EXPECT_EQ(DecodeFrame(kL16, payload, samples), 1U);
  EXPECT_EQ(samples[0], static_cast<int16_t>(0x802A));
  EXPECT_EQ(DecodeFrame(kLinear16, payload, samples), 1U);
  EXPECT_EQ(samples[0], 0x2A80);
}

TEST(DecodeFrame, GivesBackWhatLinearCodecsWereGiven) {
  std::mt19937 random(1);
  std::vector<int16_t> samples(960);
  for (int16_t& sample : samples) {
    sample = static_cast<int16_t>(random());
  }
  for (const CodecFormat& format : {kL16, kLinear16}) {
    std::vector<uint8_t> payload(1920);
    ASSERT_EQ(EncodeFrame(format, samples, payload), 1920U);
    std::vector<int16_t> decoded(960);
    EXPECT_EQ(DecodeFrame(format, payload, decoded), 960U);
    EXPECT_EQ(decoded, samples);
  }
}

TEST(DecodeFrame, StaysWithinAnyPayloadAndAnyFrame) {
  std::mt19937 random(2);
  for (const CodecFormat& format : kFormats) {
    for (size_t payload_size = 0; payload_size < 80; ++payload_size) {
      for (const size_t out_size : {0, 1, 7, 32, 80}) {
        std::vector<uint8_t> payload(payload_size);
        for (uint8_t& byte : payload) {
          byte = static_cast<uint8_t>(random());
        }
        std::vector<int16_t> out(out_size, 1234);
        const size_t count = DecodeFrame(format, payload, out);
        EXPECT_EQ(count, std::min(PayloadSamples(format, payload_size), out_size));
        for (size_t i = count; i < out_size; ++i) {
          ASSERT_EQ(out[i], 1234);
        }
      }
    }
  }
}

TEST(EncodeFrame, WritesWholeSamplesOnlyAndNothingBeyond) {
  const std::vector<int16_t> samples(40, 0x5A5A);
  for (const CodecFormat& format : kFormats) {
    for (size_t out_size = 0; out_size < 100; ++out_size) {
      std::vector<uint8_t> out(out_size, 0x11);
      const size_t count = EncodeFrame(format, samples, out);
      EXPECT_EQ(count,
                PayloadBytes(format, std::min(PayloadSamples(format, out_size), size_t{40})));
      for (size_t i = count; i < out_size; ++i) {
        ASSERT_EQ(out[i], 0x11);
      }
    }
  }
}

TEST(DecodeFrame, AnUnknownCodecIsSilentlyNothing) {
  const CodecFormat unknown = {static_cast<layout::Codec>(250), 8000};
  const std::vector<uint8_t> payload(160, 1);
  std::vector<int16_t> out(160, 1234);
  std::vector<uint8_t> bytes(160, 0x11);
  EXPECT_EQ(DecodeFrame(unknown, payload, out), 0U);
  EXPECT_EQ(EncodeFrame(unknown, out, bytes), 0U);
  EXPECT_EQ(out, std::vector<int16_t>(160, 1234));
  EXPECT_EQ(bytes, std::vector<uint8_t>(160, 0x11));
}

}  // namespace
}  // namespace parley
