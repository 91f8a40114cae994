// What StreamDecoder makes of a stream while nobody hears it, and of the same stream once somebody
// does.

#include <gtest/gtest.h>
#include <opus/opus.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"
#include "codecs/frame_encoder.h"
#include "codecs/stream_decoder.h"
#include "testing/coder_calls.h"
#include "testing/opus_stream.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using testing::Bytes;
using testing::Decodes;
using testing::Samples;

constexpr uint8_t kType = 96;
constexpr size_t kPackets = 100;
constexpr size_t kUnheardFrom = 30;
constexpr size_t kHeardFrom = 60;
// What is decoded for nobody when a stream is heard again: of Opus 80 ms, of G.722 almost 24.
constexpr size_t kWakePackets = 4;
constexpr std::ptrdiff_t kWakeBytes = 191;

enum class Coder { kSilk, kCelt, kG722 };

CodecFormat FormatOf(Coder coder) {
  if (coder == Coder::kG722) return {Codec::kG722, 16000};
  return {Codec::kOpus, coder == Coder::kSilk ? 16000U : 48000U};
}

// Of the coder of music alone, which ours leaves to others.
std::vector<Bytes> CeltOf(const Samples& sound) {
  struct Free {
    void operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
  };
  int error = OPUS_OK;
  const std::unique_ptr<OpusEncoder, Free> encoder(
      opus_encoder_create(48000, 1, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error));
  std::vector<Bytes> packets;
  for (size_t at = 0; at + 960 <= sound.size(); at += 960) {
    Bytes payload(kOpusPayloadBytesMax);
    const int bytes = opus_encode(encoder.get(), sound.data() + at, 960, payload.data(),
                                  static_cast<opus_int32>(payload.size()));
    payload.resize(static_cast<size_t>(std::max(bytes, 0)));
    packets.push_back(payload);
  }
  return packets;
}

// Speech, a packet each 20 ms; of SILK with what was lost before it.
std::vector<Bytes> PacketsOf(Coder coder) {
  const CodecFormat format = FormatOf(coder);
  const Samples speech = testing::Speech(12'000, kPackets / 50, format.rate_hz, 3);
  if (coder == Coder::kCelt) return CeltOf(speech);
  if (coder == Coder::kSilk) {
    return testing::OpusEncodeAll(
        {.rate_hz = 16000, .bitrate_bps = 24'000, .fec = true, .expected_loss_percent = 20},
        speech);
  }
  FrameEncoder encoder;
  encoder.Open(format, nullptr, {});
  std::vector<Bytes> packets;
  for (size_t at = 0; at + 320 <= speech.size(); at += 320) {
    Bytes payload(160);
    payload.resize(encoder.Encode(std::span(speech).subspan(at, 320), payload));
    packets.push_back(payload);
  }
  return packets;
}

// A decoder with what it borrows.
struct Receiver {
  explicit Receiver(const CodecFormat& format)
      : decoder({{{kType, format}}}, format.codec == Codec::kOpus ? &opus : nullptr) {}

  Samples Decode(const Bytes& payload) {
    Samples out(decoder.Samples(kType, payload), int16_t{99});
    decoder.Decode(kType, payload, out);
    return out;
  }
  Samples Conceal(size_t samples) {
    Samples out(samples, int16_t{99});
    decoder.Conceal(out);
    return out;
  }

  OpusFrameDecoder opus;
  StreamDecoder decoder;
};

int Magnitude(int16_t sample) { return std::abs(int{sample}); }

bool IsSilence(const Samples& sound) {
  return std::ranges::all_of(sound, [](int16_t sample) { return sample == 0; });
}

class UnheardStream : public ::testing::TestWithParam<Coder> {
 protected:
  // The first packets are decoded, the next nobody hears.
  void Rest() {
    for (size_t at = 0; at < kUnheardFrom; ++at) receiver_.Decode(packets_[at]);
    receiver_.decoder.Hear(false);
    for (size_t at = kUnheardFrom; at < kHeardFrom; ++at) receiver_.Decode(packets_[at]);
  }

  // What has heard of the stream what is decoded when it is heard again from `from` on, and no
  // more.
  std::unique_ptr<Receiver> Awake(size_t from) const {
    auto receiver = std::make_unique<Receiver>(FormatOf(GetParam()));
    if (GetParam() != Coder::kG722) {
      for (size_t at = from - kWakePackets; at < from; ++at) receiver->Decode(packets_[at]);
      return receiver;
    }
    Bytes end = packets_[from - 2];
    end.insert(end.end(), packets_[from - 1].begin(), packets_[from - 1].end());
    end.erase(end.begin(), end.end() - kWakeBytes);
    for (int round = 0; round < 2; ++round) receiver->Decode(end);
    return receiver;
  }

  const std::vector<Bytes> packets_ = PacketsOf(GetParam());
  Receiver receiver_{FormatOf(GetParam())};
};

class UnheardOpus : public UnheardStream {};

TEST_P(UnheardStream, IsSilenceOfTheSameLengthAndNotDecoded) {
  ASSERT_EQ(packets_.size(), kPackets);
  Rest();
  uint64_t before = Decodes();
  for (const Bytes& packet : packets_) {
    receiver_.decoder.Hear(false);
    const Samples out = receiver_.Decode(packet);
    EXPECT_EQ(out.size(), FrameSamples(receiver_.decoder.rate_hz()));
    EXPECT_TRUE(IsSilence(out));
  }
  EXPECT_EQ(Decodes(), before);
  receiver_.decoder.Hear(true);
  before = Decodes();
  EXPECT_FALSE(IsSilence(receiver_.Decode(packets_[0])));
  EXPECT_EQ(Decodes(), before + 1);
}

// Losses are told as they would be, so that a playout does what it would do.
TEST_P(UnheardStream, SaysOfLossesWhatADecoderSays) {
  Receiver heard(FormatOf(GetParam()));
  receiver_.decoder.Hear(false);
  for (size_t at = 0; at < kWakePackets; ++at) {
    heard.Decode(packets_[at]);
    receiver_.Decode(packets_[at]);
  }
  uint32_t restored = 0;
  const size_t frame = FrameSamples(heard.decoder.rate_hz());
  for (size_t at = 0; at + 1 < kPackets; ++at) {
    if (at % 5 != 4) {
      heard.Decode(packets_[at]);
      receiver_.Decode(packets_[at]);
      continue;
    }
    ASSERT_EQ(receiver_.decoder.can_conceal(), heard.decoder.can_conceal());
    EXPECT_EQ(heard.decoder.can_conceal(), GetParam() == Coder::kCelt);
    Samples true_sound(frame, 99);
    Samples out(frame, 99);
    const bool is_restored = heard.decoder.Restore(kType, packets_[at + 1], true_sound);
    const uint64_t before = Decodes();
    ASSERT_EQ(receiver_.decoder.Restore(kType, packets_[at + 1], out), is_restored);
    EXPECT_EQ(Decodes(), before);
    EXPECT_EQ(out, Samples(frame, is_restored ? 0 : 99));
    if (is_restored) ++restored;
    if (is_restored || !heard.decoder.is_opus()) continue;
    heard.Conceal(frame);
    // Of any size, in which the codec does not conceal.
    EXPECT_TRUE(IsSilence(receiver_.Conceal(frame - 7)));
  }
  EXPECT_EQ(restored > 5, GetParam() == Coder::kSilk);
}

TEST_P(UnheardStream, IsHeardAgainByWhatCameLast) {
  Rest();
  const auto awake = Awake(kHeardFrom);
  for (size_t at = kHeardFrom; at < kPackets; ++at) {
    receiver_.decoder.Hear(true);
    ASSERT_EQ(receiver_.Decode(packets_[at]), awake->Decode(packets_[at])) << at;
  }
}

TEST_P(UnheardOpus, IsHeardAgainWhenTheFirstPacketIsLost) {
  Rest();
  receiver_.Conceal(7);
  receiver_.decoder.Hear(true);
  const auto awake = Awake(kHeardFrom);
  const size_t frame = FrameSamples(awake->decoder.rate_hz());
  EXPECT_EQ(receiver_.decoder.can_conceal(), awake->decoder.can_conceal());
  EXPECT_EQ(receiver_.Conceal(frame), awake->Conceal(frame));
  Samples restored(frame, 99);
  Samples expected(frame, 99);
  EXPECT_EQ(receiver_.decoder.Restore(kType, packets_[kHeardFrom + 1], restored),
            awake->decoder.Restore(kType, packets_[kHeardFrom + 1], expected));
  EXPECT_EQ(restored, expected);
  for (size_t at = kHeardFrom + 1; at < kPackets; ++at) {
    ASSERT_EQ(receiver_.Decode(packets_[at]), awake->Decode(packets_[at])) << at;
  }
}

// Wherever in speech that is: its first frame is neither late nor louder than was said.
TEST_P(UnheardStream, IsHeardAgainAlmostAsIfItHadBeenDecoded) {
  const size_t frame = FrameSamples(receiver_.decoder.rate_hz());
  double snr_db = 0;
  double louder_db = 0;
  uint32_t places = 0;
  for (size_t from = kWakePackets + 1; from + 1 < kPackets; from += 3) {
    Receiver always(FormatOf(GetParam()));
    for (size_t at = 0; at < from; ++at) always.Decode(packets_[at]);
    const Samples said = always.Decode(packets_[from]);
    const Samples heard = Awake(from)->Decode(packets_[from]);
    double loud = 0;
    double unlike = 0;
    for (size_t at = 0; at < frame; ++at) {
      loud += static_cast<double>(said[at]) * said[at];
      unlike += static_cast<double>(said[at] - heard[at]) * (said[at] - heard[at]);
    }
    if (loud < 1e4 * static_cast<double>(frame)) continue;
    ++places;
    snr_db += testing::Decibels(std::sqrt(loud), std::sqrt(unlike + 1));
    louder_db = std::max(louder_db, testing::Decibels(std::ranges::max(heard, {}, Magnitude),
                                                      std::ranges::max(said, {}, Magnitude)));
  }
  ASSERT_GE(places, 10u);
  EXPECT_GE(snr_db / places, GetParam() == Coder::kG722 ? 5 : 20);
  EXPECT_LE(louder_db, GetParam() == Coder::kG722 ? 4.5 : 3.5);
}

// Muted for less than it takes to wake, Opus is decoded all the time.
TEST_P(UnheardOpus, GoesOnAfterAMoment) {
  Receiver always(FormatOf(GetParam()));
  for (size_t at = 0; at < kPackets; ++at) {
    receiver_.decoder.Hear(at % 10 >= kWakePackets);
    ASSERT_EQ(receiver_.Decode(packets_[at]), always.Decode(packets_[at])) << at;
  }
}

TEST_P(UnheardStream, ThatIsHeardAllTheTimeGoesOn) {
  Receiver other(FormatOf(GetParam()));
  for (const Bytes& packet : packets_) {
    receiver_.decoder.Hear(true);
    ASSERT_EQ(receiver_.Decode(packet), other.Decode(packet));
  }
}

// So it does in the leg's next use of the codec that it borrows.
TEST_P(UnheardStream, LeavesWhatWasBorrowedAsItWas) {
  Rest();
  const CodecFormat format = FormatOf(GetParam());
  StreamDecoder next({{{kType, format}}}, format.codec == Codec::kOpus ? &receiver_.opus : nullptr);
  Receiver fresh(format);
  for (const Bytes& packet : packets_) {
    Samples out(next.Samples(kType, packet));
    next.Decode(kType, packet, out);
    ASSERT_EQ(out, fresh.Decode(packet));
  }
}

std::string NameOf(const ::testing::TestParamInfo<Coder>& info) {
  constexpr const char* kNames[] = {"Silk", "Celt", "G722"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Coders, UnheardStream,
                         ::testing::Values(Coder::kSilk, Coder::kCelt, Coder::kG722), NameOf);
INSTANTIATE_TEST_SUITE_P(Coders, UnheardOpus, ::testing::Values(Coder::kSilk, Coder::kCelt),
                         NameOf);

// It costs no more than silence.
TEST(UnheardStreamOfPcmu, IsDecodedAsEver) {
  Receiver receiver({Codec::kPcmu, 8000});
  receiver.decoder.Hear(false);
  const Bytes loud(160, 0x80);
  const Samples unheard = receiver.Decode(loud);
  receiver.decoder.Hear(true);
  EXPECT_FALSE(IsSilence(unheard));
  EXPECT_EQ(receiver.Decode(loud), unheard);
}

// A sender that changes to another type meanwhile, and back.
TEST(UnheardStreamOfG722, IsHeardAgainWhateverElseCame) {
  constexpr uint8_t kPcmuType = 0;
  const std::vector<Bytes> packets = PacketsOf(Coder::kG722);
  const PayloadFormats formats = {
      {{kType, {Codec::kG722, 16000}}, {kPcmuType, {Codec::kPcmu, 8000}}}};
  // The last that came unheard is of the one type or of the other.
  for (const bool is_pcmu_last : {false, true}) {
    StreamDecoder decoder(formats, nullptr);
    StreamDecoder other(formats, nullptr);
    Samples out(320);
    Samples expected(320);
    const auto decode = [&](uint8_t type, size_t at) { decoder.Decode(type, packets[at], out); };
    decode(kType, 0);
    decoder.Hear(false);
    decode(kType, 1);
    decode(kPcmuType, 2);
    decode(kType, 3);
    if (is_pcmu_last) decode(kPcmuType, 4);
    decoder.Hear(true);
    if (!is_pcmu_last) {
      for (int round = 0; round < 2; ++round) other.Decode(kType, packets[3], expected);
    }
    for (size_t at = 5; at < kPackets; ++at) {
      decode(kType, at);
      other.Decode(kType, packets[at], expected);
      ASSERT_EQ(out, expected) << is_pcmu_last << at;
    }
  }
}

}  // namespace
}  // namespace parley
