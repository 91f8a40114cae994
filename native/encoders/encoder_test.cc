// Files of recordings, given back to a decoder of each coding: nothing is missing, nothing is
// louder, and no length of a piece or of the whole is too odd.

#include "encoders/encoder.h"

#include <FLAC/stream_decoder.h>
#include <gtest/gtest.h>
#include <lame/lame.h>
#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>

#include "testing/signals.h"
#include "testing/tone.h"

namespace parley::encoders {
namespace {

using testing::Decibels;
using testing::ToneAmplitude;

constexpr double kToneHz = 440;
constexpr double kAmplitude = 8000;
// Pieces as nobody would give them, one after the other.
constexpr std::array<size_t, 6> kPieces = {1, 0, 333, 16'384, 7, 960};

uint32_t BitrateOf(Coding coding, uint32_t rate_hz, uint32_t channels) {
  if (coding == Coding::kMp3) return (rate_hz == 8000 ? 32'000U : 64'000U) * channels;
  return 32'000 * channels;
}

// A tone on the first channel; half as loud on the second.
std::vector<int16_t> Interleaved(double seconds, uint32_t rate_hz, uint32_t channels) {
  const std::vector<int16_t> tone = testing::ToneSamples(kToneHz, kAmplitude, seconds, rate_hz);
  std::vector<int16_t> samples;
  for (const int16_t sample : tone) {
    samples.push_back(sample);
    if (channels == 2) samples.push_back(static_cast<int16_t>(sample / 2));
  }
  return samples;
}

std::vector<int16_t> Channel(std::span<const int16_t> samples, uint32_t channels, uint32_t which) {
  std::vector<int16_t> one;
  for (size_t at = which; at < samples.size(); at += channels) one.push_back(samples[at]);
  return one;
}

// The whole file, its head where it belongs; nothing when the library failed.
std::vector<uint8_t> Encoded(Encoder& encoder, std::span<const int16_t> samples,
                             uint32_t channels) {
  std::vector<uint8_t> file;
  size_t at = 0;
  for (size_t piece = 0; at < samples.size(); ++piece) {
    const size_t wanted = kPieces[piece % kPieces.size()] * channels;
    const size_t count = std::min(wanted, samples.size() - at);
    if (!encoder.Encode(samples.subspan(at, count), file)) return {};
    at += count;
  }
  if (!encoder.Finish(file)) return {};
  const std::vector<uint8_t> head = encoder.Head();
  EXPECT_LE(head.size(), file.size());
  std::ranges::copy(head, file.begin());
  return file;
}

// Interleaved samples of a FLAC file; its checksum of them must be right.
class FlacFile {
 public:
  static std::vector<int16_t> Decode(std::span<const uint8_t> bytes, uint64_t& told_samples) {
    FlacFile file(bytes);
    FLAC__StreamDecoder* const decoder = FLAC__stream_decoder_new();
    FLAC__stream_decoder_set_md5_checking(decoder, 1);
    EXPECT_EQ(FLAC__stream_decoder_init_stream(decoder, &Read, nullptr, nullptr, nullptr, nullptr,
                                               &Write, nullptr, &Fail, &file),
              FLAC__STREAM_DECODER_INIT_STATUS_OK);
    EXPECT_TRUE(FLAC__stream_decoder_process_until_end_of_stream(decoder));
    told_samples = FLAC__stream_decoder_get_total_samples(decoder);
    EXPECT_TRUE(FLAC__stream_decoder_finish(decoder)) << "its MD5 is that of its samples";
    FLAC__stream_decoder_delete(decoder);
    EXPECT_EQ(file.errors_, 0);
    return file.samples_;
  }

 private:
  explicit FlacFile(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  static FLAC__StreamDecoderReadStatus Read(const FLAC__StreamDecoder*, FLAC__byte buffer[],
                                            size_t* bytes, void* self) {
    FlacFile& file = *static_cast<FlacFile*>(self);
    const size_t count = std::min(*bytes, file.bytes_.size() - file.at_);
    std::memcpy(buffer, file.bytes_.data() + file.at_, count);
    file.at_ += count;
    *bytes = count;
    return count == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                      : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
  }

  static FLAC__StreamDecoderWriteStatus Write(const FLAC__StreamDecoder*, const FLAC__Frame* frame,
                                              const FLAC__int32* const buffer[], void* self) {
    FlacFile& file = *static_cast<FlacFile*>(self);
    for (uint32_t at = 0; at < frame->header.blocksize; ++at) {
      for (uint32_t channel = 0; channel < frame->header.channels; ++channel)
        file.samples_.push_back(static_cast<int16_t>(buffer[channel][at]));
    }
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
  }

  static void Fail(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* self) {
    ++static_cast<FlacFile*>(self)->errors_;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  std::vector<int16_t> samples_;
  int errors_ = 0;
};

// All that a decoder makes of it, interleaved, with what it gives at both ends.
std::vector<int16_t> DecodedMp3(std::vector<uint8_t> file, uint32_t channels) {
  std::vector<int16_t> samples;
  const hip_t hip = hip_decode_init();
  // Of one frame; it is given a byte at a time, so that no more are ready at once.
  std::array<int16_t, 1152> left{};
  std::array<int16_t, 1152> right{};
  for (uint8_t& byte : file) {
    const int count = hip_decode1(hip, &byte, 1, left.data(), right.data());
    EXPECT_GE(count, 0);
    for (int at = 0; at < count; ++at) {
      samples.push_back(left[static_cast<size_t>(at)]);
      if (channels == 2) samples.push_back(right[static_cast<size_t>(at)]);
    }
  }
  hip_decode_exit(hip);
  return samples;
}

// All packets, interleaved; each must be whole and of 20 ms.
std::vector<int16_t> DecodedOpus(std::span<const uint8_t> file, uint32_t rate_hz,
                                 uint32_t channels) {
  int error = OPUS_OK;
  OpusDecoder* const decoder =
      opus_decoder_create(static_cast<opus_int32>(rate_hz), static_cast<int>(channels), &error);
  std::vector<int16_t> samples;
  std::vector<int16_t> packet(size_t{rate_hz} / 50 * channels);
  size_t at = 0;
  while (at + 2 <= file.size()) {
    const size_t bytes = file[at] | (file[at + 1] << 8);
    EXPECT_LE(at + 2 + bytes, file.size());
    const int count = opus_decode(decoder, file.data() + at + 2, static_cast<opus_int32>(bytes),
                                  packet.data(), static_cast<int>(packet.size() / channels), 0);
    EXPECT_EQ(count, static_cast<int>(rate_hz / 50));
    samples.insert(samples.end(), packet.begin(), packet.end());
    at += 2 + bytes;
  }
  EXPECT_EQ(at, file.size());
  opus_decoder_destroy(decoder);
  return samples;
}

std::vector<int16_t> Decoded(Coding coding, std::span<const uint8_t> file, uint32_t rate_hz,
                             uint32_t channels) {
  uint64_t told = 0;
  switch (coding) {
    case Coding::kFlac:
      return FlacFile::Decode(file, told);
    case Coding::kMp3:
      return DecodedMp3({file.begin(), file.end()}, channels);
    case Coding::kOpus:
      return DecodedOpus(file, rate_hz, channels);
  }
  return {};
}

using Shape = std::tuple<Coding, uint32_t, uint32_t>;

class EncoderTest : public ::testing::TestWithParam<Shape> {
 protected:
  Coding coding() const { return std::get<0>(GetParam()); }
  uint32_t rate_hz() const { return std::get<1>(GetParam()); }
  uint32_t channels() const { return std::get<2>(GetParam()); }

  std::unique_ptr<Encoder> Make(uint64_t samples) const {
    return MakeEncoder(coding(), {.rate_hz = rate_hz(),
                                  .channels = channels(),
                                  .samples = samples,
                                  .bitrate_bps = BitrateOf(coding(), rate_hz(), channels())});
  }
};

std::string NameOf(const ::testing::TestParamInfo<Shape>& info) {
  const auto [coding, rate_hz, channels] = info.param;
  const std::array names = {"Mp3", "Flac", "Opus"};
  return std::string(names[static_cast<size_t>(coding)]) + std::to_string(rate_hz) + "Hz" +
         std::to_string(channels);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, EncoderTest,
    ::testing::Combine(::testing::Values(Coding::kMp3, Coding::kFlac, Coding::kOpus),
                       ::testing::Values(8000U, 16'000U, 48'000U), ::testing::Values(1U, 2U)),
    NameOf);

TEST_P(EncoderTest, AToneIsAsLoudAfterwardsOnTheChannelItWasOn) {
  const std::vector<int16_t> samples = Interleaved(1.5, rate_hz(), channels());
  const uint64_t frames = samples.size() / channels();
  const std::unique_ptr<Encoder> encoder = Make(frames);
  ASSERT_NE(encoder, nullptr);
  const std::vector<uint8_t> file = Encoded(*encoder, samples, channels());
  const std::vector<int16_t> heard = Decoded(coding(), file, rate_hz(), channels());
  ASSERT_GE(heard.size() / channels(), frames);
  for (uint32_t channel = 0; channel < channels(); ++channel) {
    const std::vector<int16_t> one = Channel(heard, channels(), channel);
    const std::span middle = std::span(one).subspan(rate_hz() / 2, rate_hz() / 2);
    const double expected = channel == 0 ? kAmplitude : kAmplitude / 2;
    EXPECT_NEAR(Decibels(ToneAmplitude(middle, kToneHz, rate_hz()), expected), 0, 0.5);
  }
}

TEST_P(EncoderTest, ASoundOfAnyLengthIsWhole) {
  for (const size_t frames : {size_t{0}, size_t{1}, size_t{159}, size_t{961}, size_t{5000}}) {
    const std::vector<int16_t> samples(frames * channels(), 1234);
    const std::unique_ptr<Encoder> encoder = Make(frames);
    ASSERT_NE(encoder, nullptr);
    const std::vector<uint8_t> file = Encoded(*encoder, samples, channels());
    const size_t heard = Decoded(coding(), file, rate_hz(), channels()).size() / channels();
    if (coding() == Coding::kFlac) {
      EXPECT_EQ(heard, frames);
    } else if (coding() == Coding::kOpus) {
      // What the decoder gives first is no part of it.
      EXPECT_GE(heard, frames + encoder->DelaySamples() * rate_hz() / 48'000);
      EXPECT_LT(heard, frames + encoder->DelaySamples() + rate_hz() / 50);
    } else {
      EXPECT_GE(heard, frames);
    }
  }
}

TEST_P(EncoderTest, WhatIsAsLoudAsCanBeHarmsNothing) {
  std::vector<int16_t> samples(size_t{rate_hz()} / 2 * channels());
  for (size_t at = 0; at < samples.size(); ++at) {
    samples[at] = (at / 7) % 2 == 0 ? std::numeric_limits<int16_t>::min()
                                    : std::numeric_limits<int16_t>::max();
  }
  const std::unique_ptr<Encoder> encoder = Make(samples.size() / channels());
  ASSERT_NE(encoder, nullptr);
  const std::vector<uint8_t> file = Encoded(*encoder, samples, channels());
  const std::vector<int16_t> heard = Decoded(coding(), file, rate_hz(), channels());
  ASSERT_GE(heard.size(), samples.size());
  if (coding() == Coding::kFlac) {
    EXPECT_EQ(heard, samples);
  }
}

TEST(FlacEncoderTest, HasEverySampleAndSaysHowManyEvenWhenAnotherNumberWasGiven) {
  const std::vector<int16_t> samples = testing::Speech(20'000, 2, 16'000, 5);
  for (const uint64_t told : {uint64_t{samples.size()}, uint64_t{0}, uint64_t{7}}) {
    const std::unique_ptr<Encoder> encoder =
        MakeFlacEncoder({.rate_hz = 16'000, .channels = 1, .samples = told, .bitrate_bps = 0});
    ASSERT_NE(encoder, nullptr);
    const std::vector<uint8_t> file = Encoded(*encoder, samples, 1);
    uint64_t total = 0;
    EXPECT_EQ(FlacFile::Decode(file, total), samples);
    EXPECT_EQ(total, samples.size());
  }
}

TEST(Mp3EncoderTest, BeginsWithATagThatIsAFrameOfItsOwn) {
  const std::vector<int16_t> samples(48'000, 500);
  const std::unique_ptr<Encoder> encoder = MakeMp3Encoder(
      {.rate_hz = 48'000, .channels = 1, .samples = samples.size(), .bitrate_bps = 96'000});
  ASSERT_NE(encoder, nullptr);
  const std::vector<uint8_t> file = Encoded(*encoder, samples, 1);
  const std::vector<uint8_t> head = encoder->Head();
  ASSERT_GT(head.size(), 200U);
  EXPECT_EQ(head[0], 0xff);
  const std::string text(head.begin(), head.end());
  // Of a constant rate it is called Info; the encoder names itself behind it.
  EXPECT_NE(text.find("Info"), std::string::npos);
  EXPECT_NE(text.find("LAME"), std::string::npos);
  // The next frame follows at once.
  ASSERT_GT(file.size(), head.size() + 1);
  EXPECT_EQ(file[head.size()], 0xff);
  EXPECT_EQ(file[head.size() + 1] & 0xe0, 0xe0);
}

TEST(MakeEncoderTest, RefusesWhatItsLibraryDoesNotTake) {
  const Format format{.rate_hz = 16'000, .channels = 1, .samples = 0, .bitrate_bps = 32'000};
  Format strange = format;
  strange.rate_hz = 12'345;
  EXPECT_EQ(MakeEncoder(Coding::kOpus, strange), nullptr);
  strange = format;
  strange.channels = 9;
  EXPECT_EQ(MakeEncoder(Coding::kFlac, strange), nullptr);
  EXPECT_EQ(MakeEncoder(Coding::kOpus, strange), nullptr);
  strange.channels = 0;
  EXPECT_EQ(MakeEncoder(Coding::kFlac, strange), nullptr);
  EXPECT_EQ(MakeEncoder(Coding::kOpus, strange), nullptr);
  EXPECT_EQ(MakeEncoder(static_cast<Coding>(7), format), nullptr);
  EXPECT_NE(MakeEncoder(Coding::kOpus, format), nullptr);
}

}  // namespace
}  // namespace parley::encoders
