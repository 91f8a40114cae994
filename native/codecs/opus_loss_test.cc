// What OpusFrameDecoder makes of losses.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/units.h"
#include "codecs/opus_codec.h"
#include "testing/opus_stream.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using testing::Bytes;
using testing::OpusDecodeAll;
using testing::OpusEncodeAll;
using testing::Samples;

TEST(OpusDecoder, ConcealsAndFades) {
  const Samples tone = testing::ToneSamples(300, 8000, 1, 48000);
  const std::vector<Bytes> packets = OpusEncodeAll({}, tone);
  OpusFrameDecoder decoder;
  Samples out(960);
  for (const Bytes& packet : packets) decoder.Decode(packet, out);
  const auto level = [&] { return testing::ToneAmplitude(out, 300, 48000); };
  decoder.Conceal(out);
  EXPECT_GT(level(), 800);
  for (int lost = 0; lost < 50; ++lost) decoder.Conceal(out);
  EXPECT_LT(level(), 200);
}

struct Loss {
  double restored_db = 0;   // FEC where there is some, concealment elsewhere
  double concealed_db = 0;  // concealment alone
  uint32_t lost = 0;
  uint32_t restored = 0;
};

// What both make of the same random losses, by the segmental SNR against hearing every packet.
Loss MeasureLoss(const OpusEncoderConfig& config, double lost_share) {
  const Samples speech = testing::Speech(12000, 60, config.rate_hz, 1);
  const std::vector<Bytes> packets = OpusEncodeAll(config, speech);
  const Samples reference = OpusDecodeAll(packets, config.rate_hz);
  OpusFrameDecoder fec;
  OpusFrameDecoder plain;
  fec.Open(config.rate_hz);
  plain.Open(config.rate_hz);
  std::mt19937 random(8);
  Samples with_fec;
  Samples without;
  Samples out(FrameSamples(config.rate_hz));
  Loss loss;
  const auto append = [&](Samples& to) { to.insert(to.end(), out.begin(), out.end()); };
  for (size_t i = 0; i < packets.size(); ++i) {
    const bool is_lost = static_cast<double>(random()) < lost_share * 4294967296.0;
    if (!is_lost) {
      fec.Decode(packets[i], out);
      append(with_fec);
      plain.Decode(packets[i], out);
      append(without);
      continue;
    }
    ++loss.lost;
    if (i + 1 < packets.size() && fec.Restore(packets[i + 1], out)) {
      ++loss.restored;
    } else {
      fec.Conceal(out);
    }
    append(with_fec);
    plain.Conceal(out);
    append(without);
  }
  loss.restored_db = testing::SegmentalSnrDb(reference, with_fec, config.rate_hz);
  loss.concealed_db = testing::SegmentalSnrDb(reference, without, config.rate_hz);
  return loss;
}

TEST(OpusDecoder, FecSoundsBetterThanConcealment) {
  for (const uint32_t rate_hz : {8000U, 16000U, 48000U}) {
    const Loss loss = MeasureLoss(
        {.rate_hz = rate_hz, .bitrate_bps = 24000, .fec = true, .expected_loss_percent = 10}, 0.05);
    RecordProperty("restored_db_" + std::to_string(rate_hz), std::to_string(loss.restored_db));
    RecordProperty("concealed_db_" + std::to_string(rate_hz), std::to_string(loss.concealed_db));
    EXPECT_GT(loss.lost, 100U);
    EXPECT_GT(loss.restored, loss.lost / 2);
    EXPECT_GT(loss.restored_db, loss.concealed_db + 1) << rate_hz;
  }
}

TEST(OpusDecoder, RestoresNothingFromPacketsWithoutFec) {
  const Loss loss = MeasureLoss({.rate_hz = 16000}, 0.05);
  EXPECT_EQ(loss.restored, 0U);
  EXPECT_EQ(loss.restored_db, loss.concealed_db);
}

std::vector<Bytes> PacketsWithFec(size_t frame_samples = 0) {
  return OpusEncodeAll(
      {.rate_hz = 16000, .bitrate_bps = 24000, .fec = true, .expected_loss_percent = 20},
      testing::Speech(12000, 4, 16000, 1), frame_samples);
}

TEST(OpusDecoder, ConcealsWhatFecDoesNotReach) {
  const std::vector<Bytes> packets = PacketsWithFec();
  OpusFrameDecoder decoder;
  decoder.Open(16000);
  uint32_t restored = 0;
  for (const Bytes& packet : packets) {
    Samples longer(3 * 320);
    restored += decoder.Restore(packet, longer) ? 1U : 0U;
    // A frame of the packet is longer than this.
    Samples shorter(160);
    EXPECT_FALSE(decoder.Restore(packet, shorter));
    Samples frame(320);
    decoder.Decode(packet, frame);
  }
  EXPECT_GT(restored, packets.size() / 4);
}

TEST(OpusDecoder, FindsFecInFramesOf10To60Ms) {
  for (const size_t frame_samples : {160U, 320U, 640U, 960U}) {
    OpusFrameDecoder decoder;
    decoder.Open(16000);
    uint32_t restored = 0;
    const std::vector<Bytes> packets = PacketsWithFec(frame_samples);
    Samples frame(frame_samples);
    for (const Bytes& packet : packets) {
      restored += decoder.Restore(packet, frame) ? 1U : 0U;
      decoder.Decode(packet, frame);
    }
    EXPECT_GT(restored, packets.size() / 4) << frame_samples;
    EXPECT_LT(restored, packets.size()) << frame_samples;
  }
}

TEST(OpusDecoder, HasNoFecAfterCelt) {
  const Samples speech = testing::Speech(12000, 1, 48000, 1);
  // More than SILK is good for.
  const std::vector<Bytes> celt = OpusEncodeAll({.bitrate_bps = 128'000}, speech);
  ASSERT_GE(celt[10][0] >> 3, 16);
  ASSERT_GE(celt[11][0] >> 3, 16);
  OpusFrameDecoder decoder;
  decoder.Open(16000);
  Samples frame(320);
  const std::vector<Bytes> packets = PacketsWithFec();
  const auto with_fec = std::ranges::find_if(
      packets, [&](const Bytes& packet) { return decoder.Restore(packet, frame); });
  ASSERT_NE(with_fec, packets.end());
  decoder.Decode(celt[10], frame);
  EXPECT_FALSE(decoder.Restore(*with_fec, frame));
  EXPECT_FALSE(decoder.Restore(celt[11], frame));
  decoder.Decode(*with_fec, frame);
  EXPECT_TRUE(decoder.Restore(*with_fec, frame));
  decoder.Decode(celt[12], frame);
  decoder.Open(16000);
  EXPECT_TRUE(decoder.Restore(*with_fec, frame));
}

// The flags at the start of a SILK frame by RFC 6716 4.2.3: for each channel, one for the voice
// activity of each 20 ms and one for FEC.
TEST(OpusDecoder, FindsFecByItsFlag) {
  struct Case {
    uint8_t configuration;
    bool stereo;
    uint8_t fec_flags;
    size_t samples;
  };
  const std::vector<Case> cases = {
      {0, false, 0x40, 80},   {1, false, 0x40, 160}, {2, false, 0x20, 320}, {3, false, 0x10, 480},
      {9, false, 0x40, 160},  {9, true, 0x50, 160},  {10, true, 0x24, 320}, {11, true, 0x11, 480},
      {13, false, 0x40, 160}, {15, true, 0x50, 160}, {16, false, 0, 20},    {31, true, 0, 160},
  };
  OpusFrameDecoder decoder;
  for (const Case& it : cases) {
    for (uint8_t flag = 0x80; flag != 0; flag >>= 1) {
      Bytes packet(40, 0x55);
      packet[0] = static_cast<uint8_t>(it.configuration << 3 | (it.stereo ? 4 : 0));
      packet[1] = flag;
      decoder.Open(8000);
      Samples out(it.samples);
      EXPECT_EQ(decoder.Restore(packet, out), (it.fec_flags & flag) != 0)
          << int{it.configuration} << " " << int{flag};
    }
  }
}

}  // namespace
}  // namespace parley
