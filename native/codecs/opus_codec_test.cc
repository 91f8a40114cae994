#include "codecs/opus_codec.h"

#include <gtest/gtest.h>
#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "testing/allocation_trap.h"
#include "testing/opus_stream.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using testing::Bytes;
using testing::OpusDecodeAll;
using testing::OpusEncodeAll;
using testing::Samples;

struct EncoderDeleter {
  void operator()(::OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
};

// A sender that is not ours: any bandwidth, frame and number of channels, at 48 kHz.
struct Sender {
  opus_int32 bandwidth = OPUS_BANDWIDTH_FULLBAND;
  int channels = 1;
  uint32_t frame_samples = 960;
  int application = OPUS_APPLICATION_AUDIO;

  // `sound` is mono; the right channel is as loud as the left, or silent.
  std::vector<Bytes> Encode(std::span<const int16_t> sound, bool right = true) const {
    int error = OPUS_OK;
    const std::unique_ptr<::OpusEncoder, EncoderDeleter> encoder(
        opus_encoder_create(48000, channels, application, &error));
    EXPECT_EQ(error, OPUS_OK);
    opus_encoder_ctl(encoder.get(), OPUS_SET_BANDWIDTH(bandwidth));
    opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(64000));
    std::vector<Bytes> packets;
    for (size_t at = 0; at + frame_samples <= sound.size(); at += frame_samples) {
      Samples frame;
      for (const int16_t sample : sound.subspan(at, frame_samples)) {
        frame.push_back(sample);
        if (channels == 2) frame.push_back(right ? sample : int16_t{0});
      }
      Bytes packet(4000);
      const opus_int32 bytes =
          opus_encode(encoder.get(), frame.data(), static_cast<int>(frame_samples), packet.data(),
                      static_cast<opus_int32>(packet.size()));
      EXPECT_GT(bytes, 2);
      packet.resize(static_cast<size_t>(bytes));
      packets.push_back(packet);
    }
    return packets;
  }
};

// The level of a tone after half a second, in dB of what it was.
double ToneDb(const Samples& heard, double hz, double amplitude, uint32_t rate_hz) {
  const auto settled = std::span(heard).subspan(rate_hz / 2);
  return testing::Decibels(testing::ToneAmplitude(settled, hz, rate_hz), amplitude);
}

TEST(OpusDecoder, DecodesEveryBandwidthMonoAndStereoAtEveryRate) {
  const Samples tone = testing::ToneSamples(700, 8000, 1, 48000);
  for (const opus_int32 bandwidth :
       {OPUS_BANDWIDTH_NARROWBAND, OPUS_BANDWIDTH_MEDIUMBAND, OPUS_BANDWIDTH_WIDEBAND,
        OPUS_BANDWIDTH_SUPERWIDEBAND, OPUS_BANDWIDTH_FULLBAND}) {
    for (const int channels : {1, 2}) {
      for (const int application : {OPUS_APPLICATION_VOIP, OPUS_APPLICATION_RESTRICTED_LOWDELAY}) {
        const Sender sender{
            .bandwidth = bandwidth, .channels = channels, .application = application};
        const std::vector<Bytes> packets = sender.Encode(tone);
        ASSERT_EQ(opus_packet_get_nb_channels(packets.back().data()), channels);
        for (const uint32_t rate_hz : {8000U, 12000U, 16000U, 24000U, 48000U}) {
          const Samples heard = OpusDecodeAll(packets, rate_hz);
          ASSERT_EQ(heard.size(), rate_hz);
          EXPECT_NEAR(ToneDb(heard, 700, 8000, rate_hz), 0, 1)
              << "bandwidth " << bandwidth << ", " << channels << " channels, " << rate_hz << " Hz";
        }
      }
    }
  }
}

TEST(OpusDecoder, DecodesEveryFrameLength) {
  const Samples tone = testing::ToneSamples(700, 8000, 1.2, 48000);
  for (const uint32_t frame_samples : {120U, 240U, 480U, 960U, 1920U, 2880U, 5760U}) {
    const Sender sender{.frame_samples = frame_samples};
    const std::vector<Bytes> packets = sender.Encode(tone);
    OpusFrameDecoder decoder;
    for (const uint32_t rate_hz : {8000U, 48000U}) {
      decoder.Open(rate_hz);
      EXPECT_EQ(decoder.Samples(packets[0]), frame_samples * rate_hz / 48000);
      EXPECT_NEAR(ToneDb(OpusDecodeAll(packets, rate_hz), 700, 8000, rate_hz), 0, 1)
          << frame_samples;
    }
  }
}

TEST(OpusDecoder, MixesStereoDown) {
  const Samples tone = testing::ToneSamples(700, 8000, 1, 48000);
  const std::vector<Bytes> left = Sender{.channels = 2}.Encode(tone, false);
  EXPECT_NEAR(ToneDb(OpusDecodeAll(left, 48000), 700, 8000, 48000), -6, 1.5);
}

TEST(OpusDecoder, KeepsWhatItsRateHolds) {
  const Samples tone = testing::ToneSamples(6000, 8000, 1, 48000);
  const std::vector<Bytes> packets = Sender{}.Encode(tone);
  EXPECT_NEAR(ToneDb(OpusDecodeAll(packets, 48000), 6000, 8000, 48000), 0, 1);
  EXPECT_NEAR(ToneDb(OpusDecodeAll(packets, 16000), 6000, 8000, 16000), 0, 1);
  // 8 kHz cannot hold it, and must not fold it to 2 kHz.
  EXPECT_LT(ToneDb(OpusDecodeAll(packets, 8000), 2000, 8000, 8000), -40);
}

TEST(OpusDecoder, TellsNoSamplesOfWhatIsMalformed) {
  OpusFrameDecoder decoder;
  EXPECT_EQ(decoder.Samples({}), 0U);
  EXPECT_EQ(decoder.Samples(Bytes{0x03}), 0U);        // many frames, without their number
  EXPECT_EQ(decoder.Samples(Bytes{0x1b, 3, 0}), 0U);  // three of 60 ms
  EXPECT_EQ(decoder.Samples(Bytes{0x1b, 2, 0}), 5760U);
}

// A packet whose start is fine but whose frames do not hold together.
TEST(OpusDecoder, IsSilentOnACorruptPacket) {
  OpusFrameDecoder decoder;
  const Bytes odd_halves = {0x79, 1, 2, 3, 4, 5};  // two frames of one size in five bytes
  Samples out(decoder.Samples(odd_halves), 99);
  ASSERT_EQ(out.size(), 1920U);
  decoder.Decode(odd_halves, out);
  EXPECT_EQ(out, Samples(1920));
}

TEST(OpusDecoder, AnyBytesDoNoHarm) {
  std::mt19937 random(4);
  const std::vector<Bytes> good =
      OpusEncodeAll({.rate_hz = 16000, .fec = true, .expected_loss_percent = 20},
                    testing::Speech(8000, 1, 16000, 1));
  OpusFrameDecoder decoder;
  for (uint32_t round = 0; round < 6000; ++round) {
    if (round % 100 == 0) decoder.Open(round % 200 == 0 ? 8000 : 48000);
    Bytes bytes;
    if (round % 2 == 0) {
      bytes = good[random() % good.size()];
      for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
      bytes.resize(random() % (bytes.size() + 1));
    } else {
      bytes.resize(random() % 80);
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    }
    bytes.shrink_to_fit();  // so that sanitizers see a read beyond it
    Samples frame(round % 200 < 100 ? 160 : 960);
    if (!decoder.Restore(bytes, frame)) decoder.Conceal(frame);
    Samples out(decoder.Samples(bytes));
    ASSERT_LE(out.size(), 5760U);
    decoder.Decode(bytes, out);
  }
}

TEST(OpusDecoder, BeginsAStreamAfresh) {
  const std::vector<Bytes> packets =
      OpusEncodeAll({.rate_hz = 16000}, testing::Speech(8000, 1, 16000, 1));
  OpusFrameDecoder used;
  used.Open(16000);
  Samples out(320);
  for (const Bytes& packet : packets) used.Decode(packet, out);
  used.Open(16000);
  Samples heard;
  for (const Bytes& packet : packets) {
    used.Decode(packet, out);
    heard.insert(heard.end(), out.begin(), out.end());
  }
  EXPECT_EQ(heard, OpusDecodeAll(packets, 16000));
}

TEST(OpusEncoder, IsHeardAtEveryRateAndComplexity) {
  for (const uint32_t rate_hz : {8000U, 12000U, 16000U, 24000U, 48000U}) {
    const Samples tone = testing::ToneSamples(700, 8000, 1, rate_hz);
    for (const uint32_t complexity : {0U, 5U, 10U, 99U}) {
      const auto packets = OpusEncodeAll({.rate_hz = rate_hz, .complexity = complexity}, tone);
      EXPECT_NEAR(ToneDb(OpusDecodeAll(packets, rate_hz), 700, 8000, rate_hz), 0, 1)
          << rate_hz << " " << complexity;
    }
  }
}

TEST(OpusEncoder, ForksToTheBit) {
  const Samples speech = testing::Speech(12000, 4, 16000, 1);
  const OpusEncoderConfig config{.rate_hz = 16000, .fec = true, .expected_loss_percent = 10};
  const std::vector<Bytes> expected = OpusEncodeAll(config, speech);
  OpusFrameEncoder original;
  original.Open(config);
  OpusFrameEncoder fork;
  fork.Open({.rate_hz = 48000, .bitrate_bps = 6000, .dtx = true, .cbr = true});
  Bytes packet(kOpusPayloadBytesMax);
  for (size_t i = 0; i < expected.size(); ++i) {
    // In the middle of speech; the original goes elsewhere from there.
    if (i == 77) fork.Fork(original);
    const auto frame = std::span(speech).subspan(i * 320, 320);
    const auto other = std::span(speech).subspan((expected.size() - 1 - i) * 320, 320);
    original.Encode(i < 77 ? frame : other, packet);
    if (i < 77) continue;
    const size_t bytes = fork.Encode(frame, packet);
    EXPECT_EQ(Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(bytes)),
              expected[i])
        << i;
  }
}

TEST(OpusEncoder, SendsNothingInSilenceWithDtx) {
  Samples sound = testing::Speech(12000, 2, 16000, 1);
  sound.resize(sound.size() + 10 * 16000);
  const std::vector<Bytes> packets = OpusEncodeAll({.rate_hz = 16000, .dtx = true}, sound);
  const auto is_empty = [](const Bytes& packet) { return packet.empty(); };
  const auto silence = std::span(packets).subspan(150);
  const auto unsent = std::ranges::count_if(silence, is_empty);
  EXPECT_GT(unsent, static_cast<std::ptrdiff_t>(silence.size()) * 9 / 10);
  EXPECT_LT(unsent, static_cast<std::ptrdiff_t>(silence.size()));  // now and then one goes out
  EXPECT_EQ(std::ranges::count_if(OpusEncodeAll({.rate_hz = 16000}, sound), is_empty), 0);
}

TEST(OpusEncoder, ConstantBitrateIsConstant) {
  const Samples speech = testing::Speech(12000, 2, 16000, 1);
  const auto packets = OpusEncodeAll({.rate_hz = 16000, .bitrate_bps = 24000, .cbr = true}, speech);
  for (const Bytes& packet : packets) EXPECT_EQ(packet.size(), 60U);
}

TEST(OpusEncoder, SendsNoMoreThanTheReceiverPlays) {
  const Samples speech = testing::Speech(12000, 1, 48000, 1);
  const std::array<std::pair<uint32_t, int>, 7> cases = {{{8000, OPUS_BANDWIDTH_NARROWBAND},
                                                          {0, OPUS_BANDWIDTH_NARROWBAND},
                                                          {12000, OPUS_BANDWIDTH_MEDIUMBAND},
                                                          {16000, OPUS_BANDWIDTH_WIDEBAND},
                                                          {24000, OPUS_BANDWIDTH_SUPERWIDEBAND},
                                                          {44100, OPUS_BANDWIDTH_SUPERWIDEBAND},
                                                          {48000, OPUS_BANDWIDTH_FULLBAND}}};
  for (const auto& [playback_hz, bandwidth] : cases) {
    const auto packets =
        OpusEncodeAll({.max_playback_rate_hz = playback_hz, .bitrate_bps = 64000}, speech);
    EXPECT_EQ(opus_packet_get_bandwidth(packets.back().data()), bandwidth) << playback_hz;
  }
}

TEST(OpusEncoder, SettingsChangeBetweenFrames) {
  const Samples speech = testing::Speech(12000, 2, 16000, 1);
  OpusFrameEncoder encoder;
  encoder.Open({.rate_hz = 16000, .bitrate_bps = 16000, .fec = true, .cbr = true});
  OpusFrameDecoder decoder;
  decoder.Open(16000);
  Bytes packet(kOpusPayloadBytesMax);
  const auto frame = [&](size_t i) { return std::span(speech).subspan(i * 320, 320); };
  EXPECT_EQ(encoder.Encode(frame(0), packet), 40U);
  encoder.SetBitrate(32000);
  EXPECT_EQ(encoder.Encode(frame(1), packet), 80U);
  Samples out(320);
  const auto has_fec = [&](size_t first) {
    bool found = false;
    for (size_t i = first; i < first + 20; ++i) {
      const size_t bytes = encoder.Encode(frame(i), packet);
      found = found || decoder.Restore(std::span(packet).first(bytes), out);
    }
    return found;
  };
  EXPECT_FALSE(has_fec(2));
  encoder.SetExpectedLoss(20);
  EXPECT_TRUE(has_fec(22));
  encoder.SetExpectedLoss(0);
  encoder.Encode(frame(42), packet);
  EXPECT_FALSE(has_fec(43));
  encoder.SetComplexity(0);
  EXPECT_EQ(encoder.Encode(frame(63), packet), 80U);
}

TEST(OpusCodec, AllocatesNothingAfterConstruction) {
  const Samples speech = testing::Speech(12000, 4, 48000, 1);
  OpusFrameEncoder encoder;
  OpusFrameEncoder fork;
  OpusFrameDecoder decoder;
  std::array<uint8_t, kOpusPayloadBytesMax> packet;
  std::array<int16_t, 960> out;
  const testing::AllocationTrap trap;
  for (const uint32_t rate_hz : {8000U, 16000U, 48000U}) {
    const uint32_t samples = FrameSamples(rate_hz);
    encoder.Open({.rate_hz = rate_hz, .fec = true, .expected_loss_percent = 20, .dtx = true});
    decoder.Open(rate_hz);
    for (size_t at = 0; at + samples <= speech.size() / 3; at += samples) {
      const size_t bytes = encoder.Encode(std::span(speech).subspan(at, samples), packet);
      fork.Fork(encoder);
      const auto payload = std::span(packet).first(bytes);
      const auto frame = std::span(out).first(samples);
      if (at / samples % 5 == 0 && !decoder.Restore(payload, frame)) decoder.Conceal(frame);
      if (decoder.Samples(payload) == samples) decoder.Decode(payload, frame);
      encoder.SetComplexity(static_cast<uint32_t>(at % 11));
    }
  }
  EXPECT_EQ(trap.allocations(), 0U);
  EXPECT_EQ(trap.frees(), 0U);
}

// A decoder that has followed another stream can go on from a frame without prediction: in the
// five that follow, it hears better what those hear who have followed this one.
TEST(OpusCodec, OthersCanGoOnFromAFrameWithoutPrediction) {
  constexpr uint32_t kHz = 16'000;
  constexpr size_t kSamples = 320;
  constexpr size_t kFrames = 6;
  std::array<Samples, 2> followed;
  std::array<Samples, 2> joined;
  for (uint32_t round = 0; round < 24; ++round) {
    const size_t at = 60 + 5 * round;
    const auto sound = testing::Speech(8'000, 4, kHz, 1 + round % 4);
    const auto other_sound = testing::Speech(8'000, 4, kHz, 11 + round % 4);
    for (const size_t way : {0, 1}) {
      OpusFrameEncoder encoder;
      OpusFrameEncoder other;
      OpusFrameDecoder follower;
      OpusFrameDecoder joiner;
      for (OpusFrameEncoder* each : {&encoder, &other}) {
        each->Open({.rate_hz = kHz, .bitrate_bps = 24'000});
      }
      for (OpusFrameDecoder* each : {&follower, &joiner}) each->Open(kHz);
      for (size_t frame = 0; frame < at + kFrames; ++frame) {
        const auto samples = std::span(sound).subspan(frame * kSamples, kSamples);
        Bytes packet(kOpusPayloadBytesMax);
        packet.resize(frame == at && way == 1 ? encoder.EncodeUnpredicted(samples, packet)
                                              : encoder.Encode(samples, packet));
        Bytes other_packet(kOpusPayloadBytesMax);
        other_packet.resize(
            other.Encode(std::span(other_sound).subspan(frame * kSamples, kSamples), other_packet));
        Samples heard(kSamples);
        follower.Decode(packet, heard);
        if (frame > at) followed[way].insert(followed[way].end(), heard.begin(), heard.end());
        joiner.Decode(frame < at ? other_packet : packet, heard);
        if (frame > at) joined[way].insert(joined[way].end(), heard.begin(), heard.end());
      }
    }
  }
  const double predicted_db = testing::SegmentalSnrDb(followed[0], joined[0], kHz);
  const double unpredicted_db = testing::SegmentalSnrDb(followed[1], joined[1], kHz);
  EXPECT_GE(unpredicted_db, 25);
  EXPECT_GE(unpredicted_db, predicted_db + 6);
}

}  // namespace
}  // namespace parley
