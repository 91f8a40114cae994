#include "codecs/g722_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>
#include <vector>

#include "testing/allocation_trap.h"
#include "testing/signals.h"
#include "testing/tone.h"

namespace parley {
namespace {

using Bytes = std::vector<uint8_t>;
using Samples = std::vector<int16_t>;

// Both filter banks together.
constexpr size_t kDelaySamples = 22;

Bytes Encode(std::span<const int16_t> samples) {
  G722Encoder encoder;
  Bytes bytes(samples.size() / 2);
  EXPECT_EQ(encoder.Encode(samples, bytes), bytes.size());
  return bytes;
}

Samples Decode(std::span<const uint8_t> payload) {
  G722Decoder decoder;
  Samples samples(payload.size() * 2);
  EXPECT_EQ(decoder.Decode(payload, samples), samples.size());
  return samples;
}

// A second of sawtooth and noise by whole numbers, so that it is the same on every machine.
Samples Reference() {
  Samples samples(16000);
  uint32_t random = 1;
  for (size_t i = 0; i < samples.size(); ++i) {
    random = random * 1'664'525 + 1'013'904'223;
    const int noise = (static_cast<int>(random >> 16) - 32768) >> 4;
    const int saw = (static_cast<int>(i) * 37 % 200 - 100) * 60;
    samples[i] = static_cast<int16_t>(saw + noise);
  }
  return samples;
}

// FNV-1a over whole values.
template <typename Values>
uint64_t Fingerprint(const Values& values) {
  uint64_t hash = 14'695'981'039'346'656'037U;
  for (const auto value : values) {
    hash = (hash ^ static_cast<uint16_t>(value)) * 1'099'511'628'211U;
  }
  return hash;
}

// How far what was heard of a tone is above everything else, in dB.
double ToneSnrDb(const Samples& heard, double hz) {
  const auto settled = std::span(heard).subspan(1600, 12800);
  const double step = 2 * std::numbers::pi * hz / kG722RateHz;
  double sine = 0, cosine = 0, energy = 0;
  for (size_t i = 0; i < settled.size(); ++i) {
    sine += settled[i] * std::sin(step * static_cast<double>(i));
    cosine += settled[i] * std::cos(step * static_cast<double>(i));
    energy += static_cast<double>(settled[i]) * settled[i];
  }
  const double tone = (sine * sine + cosine * cosine) * 2 / static_cast<double>(settled.size());
  return 10 * std::log10(tone / (energy - tone));
}

// Made once by the codec of FFmpeg, which shares no code with the one used here.
TEST(G722, IsBitExactWithAnotherCodec) {
  const Bytes encoded = Encode(Reference());
  EXPECT_EQ(Bytes(encoded.begin(), encoded.begin() + 16),
            (Bytes{0x32, 0x86, 0x21, 0x86, 0x23, 0x84, 0x0a, 0xb0, 0xb9, 0x92, 0x30, 0x0f, 0xbf,
                   0x28, 0x16, 0xb5}));
  EXPECT_EQ(Fingerprint(encoded), 0x9604e7da9e2d71d7U);
  EXPECT_EQ(Fingerprint(Decode(encoded)), 0x9ee5c5476f574832U);
}

TEST(G722, CarriesTonesOfBothBands) {
  struct Case {
    double hz;
    double snr_db;
  };
  // Six bits for the lower band, two for the upper.
  for (const Case& it :
       {Case{200, 35}, Case{1000, 35}, Case{3000, 25}, Case{5000, 10}, Case{6500, 10}}) {
    const Samples heard = Decode(Encode(testing::ToneSamples(it.hz, 10000, 1, kG722RateHz)));
    EXPECT_NEAR(testing::Decibels(testing::ToneAmplitude(heard, it.hz, kG722RateHz), 10000), 0, 1)
        << it.hz;
    EXPECT_GT(ToneSnrDb(heard, it.hz), it.snr_db) << it.hz;
  }
}

TEST(G722, SpeechComesThroughInShape) {
  const Samples speech = testing::Speech(10000, 5, kG722RateHz, 1);
  const Samples heard = Decode(Encode(speech));
  EXPECT_GT(testing::SegmentalSnrDb(speech, std::span(heard).subspan(kDelaySamples), kG722RateHz),
            15);
}

// In modes 2 and 3 the last one or two bits of each code are somebody else's: sound suffers a
// little, and does not drift away.
TEST(G722, TheLastTwoBitsOfACodeMatterLittle) {
  Bytes encoded = Encode(testing::ToneSamples(1000, 10000, 1, kG722RateHz));
  std::mt19937 random(1);
  const double whole_db = ToneSnrDb(Decode(encoded), 1000);
  for (uint8_t& byte : encoded) byte = static_cast<uint8_t>((byte & ~1U) | (random() & 1));
  const double seven_bits_db = ToneSnrDb(Decode(encoded), 1000);
  for (uint8_t& byte : encoded) byte = static_cast<uint8_t>((byte & ~3U) | (random() & 3));
  const double six_bits_db = ToneSnrDb(Decode(encoded), 1000);
  EXPECT_GT(whole_db, seven_bits_db + 2);
  EXPECT_GT(seven_bits_db, six_bits_db + 2);
  EXPECT_GT(six_bits_db, 20);
}

TEST(G722, SilenceStaysSilence) {
  const Samples heard = Decode(Encode(Samples(3200)));
  for (const int16_t sample : heard) EXPECT_LE(std::abs(int{sample}), 4);
}

TEST(G722, TheLoudestSoundDoesNotWrap) {
  Samples square(16000);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 20 % 2 == 0 ? 32767 : -32768;
  const Samples heard = Decode(Encode(square));
  for (size_t i = 400; i < square.size(); ++i) {
    const size_t sent = i - kDelaySamples;
    // Away from the edges, where filters ring.
    if (sent % 20 < 4 || sent % 20 > 15) continue;
    ASSERT_GT(square[sent] > 0 ? heard[i] : -heard[i], 16000) << i;
  }
}

TEST(G722, CopiesGoOnToTheBit) {
  const Samples speech = testing::Speech(10000, 2, kG722RateHz, 1);
  const Bytes expected = Encode(speech);
  const Samples expected_heard = Decode(expected);
  G722Encoder encoder;
  G722Decoder decoder;
  Bytes bytes(160);
  Samples samples(320);
  for (size_t at = 0; at < 16000; at += 320) {
    encoder.Encode(std::span(speech).subspan(at, 320), bytes);
    decoder.Decode(bytes, samples);
  }
  G722Encoder encoder_copy = encoder;
  G722Decoder decoder_copy = decoder;
  // The originals go elsewhere.
  encoder.Encode(speech, bytes);
  decoder.Decode(expected, samples);
  Bytes rest(8000);
  Samples rest_heard(16000);
  encoder_copy.Encode(std::span(speech).subspan(16000), rest);
  decoder_copy.Decode(rest, rest_heard);
  EXPECT_TRUE(std::ranges::equal(rest, std::span(expected).subspan(8000)));
  EXPECT_TRUE(std::ranges::equal(rest_heard, std::span(expected_heard).subspan(16000)));
}

TEST(G722, BeginsAStreamAfresh) {
  const Samples speech = testing::Speech(10000, 1, kG722RateHz, 1);
  const Bytes expected = Encode(speech);
  G722Encoder encoder;
  G722Decoder decoder;
  Bytes bytes(expected.size());
  Samples heard(speech.size());
  for (int round = 0; round < 2; ++round) {
    encoder.Open();
    decoder.Open();
    encoder.Encode(speech, bytes);
    decoder.Decode(bytes, heard);
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(heard, Decode(expected));
  }
}

TEST(G722, TakesWhatFits) {
  G722Encoder encoder;
  G722Decoder decoder;
  Bytes bytes(10, 0xee);
  EXPECT_EQ(encoder.Encode(Samples(7), bytes), 3U);  // the odd sample is left
  EXPECT_EQ(bytes[3], 0xee);
  EXPECT_EQ(encoder.Encode(Samples(100), bytes), 10U);
  EXPECT_EQ(encoder.Encode({}, bytes), 0U);
  EXPECT_EQ(encoder.Encode(Samples(100), {}), 0U);
  Samples samples(11, 99);
  EXPECT_EQ(decoder.Decode(Bytes(3), samples), 6U);
  EXPECT_EQ(samples[6], 99);
  EXPECT_EQ(decoder.Decode(Bytes(100), samples), 10U);
  EXPECT_EQ(samples[10], 99);
  EXPECT_EQ(decoder.Decode({}, samples), 0U);
  EXPECT_EQ(decoder.Decode(Bytes(3), {}), 0U);
}

TEST(G722, AnyBytesDoNoHarm) {
  std::mt19937 random(2);
  G722Decoder decoder;
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes(random() % 200);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    Samples samples(bytes.size() * 2);
    EXPECT_EQ(decoder.Decode(bytes, samples), samples.size());
  }
}

TEST(G722, AllocatesNothing) {
  const Samples tone = testing::ToneSamples(1000, 10000, 0.02, kG722RateHz);
  std::array<uint8_t, 160> bytes;
  std::array<int16_t, 320> samples;
  const testing::AllocationTrap trap;
  G722Encoder encoder;
  G722Decoder decoder;
  encoder.Encode(tone, bytes);
  decoder.Decode(bytes, samples);
  decoder.Open();
  EXPECT_EQ(trap.allocations(), 0U);
  EXPECT_EQ(trap.frees(), 0U);
}

// Two encoders that coded different voices come to be the same while both are given one. Whoever
// hears the one that is led hears the other, to within the codec's noise, all the time.
TEST(G722, OneEncoderIsLedToWhereAnotherIs) {
  constexpr size_t kFrame = 320;
  constexpr size_t kApart = 100;
  for (const uint32_t seed : {1, 2, 3, 4}) {
    const Samples shared_voice = testing::Speech(8'000, 6, kG722RateHz, seed);
    const Samples own_voice = testing::Speech(8'000, 6, kG722RateHz, seed + 50);
    G722Encoder shared;
    G722Encoder own;
    G722Decoder shared_end;
    G722Decoder own_end;
    Samples heard_shared;
    Samples heard_own;
    size_t frames = 0;
    for (; frames < kApart || (frames < 290 && !own.IsFollowedAs(shared)); ++frames) {
      const auto sound = std::span(shared_voice).subspan(frames * kFrame, kFrame);
      const G722Encoder before = shared;
      Bytes coded(kFrame / 2);
      Bytes sent(kFrame / 2);
      shared.Encode(sound, coded);
      if (frames < kApart) {
        own.Encode(std::span(own_voice).subspan(frames * kFrame, kFrame), sent);
      } else {
        EXPECT_EQ(own.EncodeTowards(before, shared, coded, sent), sent.size());
      }
      Samples frame(kFrame);
      shared_end.Decode(coded, frame);
      heard_shared.insert(heard_shared.end(), frame.begin(), frame.end());
      own_end.Decode(sent, frame);
      heard_own.insert(heard_own.end(), frame.begin(), frame.end());
    }
    EXPECT_LT(frames, 290u) << seed;
    EXPECT_GE(frames, kApart + 10);
    // The first frame still has the end of what was said apart in its filters.
    const size_t from = (kApart + 1) * kFrame;
    EXPECT_GE(testing::SegmentalSnrDb(std::span(heard_shared).subspan(from),
                                      std::span(heard_own).subspan(from), kG722RateHz),
              24)
        << seed;
    // From here on they are one.
    const auto sound = std::span(shared_voice).subspan(frames * kFrame, kFrame);
    Bytes one(kFrame / 2);
    Bytes other(kFrame / 2);
    shared.Encode(sound, one);
    own.Encode(sound, other);
    EXPECT_EQ(one, other);
  }
}

}  // namespace
}  // namespace parley
