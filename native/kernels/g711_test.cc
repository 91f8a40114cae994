#include <array>
#include <numeric>

#include "kernels/each_target.h"
#include "kernels/kernels.h"

// Each of its headers needs those before it.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
// clang-format on

namespace parley::kernels {
namespace {

// ITU-T G.711 as its tables 1 and 2 have it: 128 magnitudes, each standing for the interval between
// two decision values. Everything is in the 16-bit scale of the API.
struct Law {
  std::array<int32_t, 128> value;          // decoder output
  std::array<int32_t, 128> next_decision;  // the interval of n ends below this
};

Law MuLaw() {
  Law law;
  for (size_t n = 0; n < 128; ++n) {
    const int32_t step = 1 << (n / 16);
    const auto place = static_cast<int32_t>(n % 16);
    law.value[n] = 4 * ((2 * place + 33) * step - 33);
    law.next_decision[n] = 4 * ((2 * place + 34) * step - 33);
  }
  return law;
}

Law ALaw() {
  Law law;
  for (size_t n = 0; n < 128; ++n) {
    const int32_t step = n < 16 ? 1 : 1 << (n / 16 - 1);
    const int32_t place = static_cast<int32_t>(n % 16) + (n < 16 ? 0 : 16);
    law.value[n] = 8 * (2 * place + 1) * step;
    law.next_decision[n] = 8 * (2 * place + 2) * step;
  }
  return law;
}

uint8_t Quantize(const Law& law, int32_t magnitude) {
  uint8_t n = 0;
  while (n < 127 && magnitude >= law.next_decision[n]) {
    ++n;
  }
  return n;
}

// The sign bit is 1 for positive values; then all bits are inverted but it.
uint8_t ReferencePcmu(int32_t sample) {
  static const Law law = MuLaw();
  const uint8_t n = Quantize(law, sample < 0 ? -sample : sample);
  return static_cast<uint8_t>((sample < 0 ? 0x00 : 0x80) | (n ^ 0x7F));
}

// The sign bit is 1 for positive values; then the even bits are inverted. Zero is positive, so
// the negative values are one off.
uint8_t ReferencePcma(int32_t sample) {
  static const Law law = ALaw();
  const uint8_t n = Quantize(law, sample < 0 ? -sample - 1 : sample);
  return static_cast<uint8_t>((sample < 0 ? 0x00 : 0x80) | (n ^ 0x55));
}

std::vector<uint8_t> AllCodes() {
  std::vector<uint8_t> codes(256);
  std::iota(codes.begin(), codes.end(), uint8_t{0});
  return codes;
}

std::vector<int16_t> AllSamples() {
  std::vector<int16_t> samples(65'536);
  std::iota(samples.begin(), samples.end(), INT16_MIN);
  return samples;
}

class G711 : public testing::EachTarget {};

TEST_P(G711, PcmuDecodesAllCodes) {
  const Law law = MuLaw();
  std::vector<int16_t> samples(256);
  PcmuDecode(AllCodes(), samples);
  for (size_t code = 0; code < 256; ++code) {
    const int32_t value = law.value[~code & 0x7F];
    EXPECT_EQ(samples[code], code < 0x80 ? -value : value) << code;
  }
}

TEST_P(G711, PcmaDecodesAllCodes) {
  const Law law = ALaw();
  std::vector<int16_t> samples(256);
  PcmaDecode(AllCodes(), samples);
  for (size_t code = 0; code < 256; ++code) {
    const int32_t value = law.value[(code ^ 0x55) & 0x7F];
    EXPECT_EQ(samples[code], code < 0x80 ? -value : value) << code;
  }
}

TEST_P(G711, PcmuEncodesAllSamples) {
  const std::vector<int16_t> samples = AllSamples();
  std::vector<uint8_t> codes(samples.size());
  PcmuEncode(samples, codes);
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(codes[i], ReferencePcmu(samples[i])) << samples[i];
  }
}

TEST_P(G711, PcmaEncodesAllSamples) {
  const std::vector<int16_t> samples = AllSamples();
  std::vector<uint8_t> codes(samples.size());
  PcmaEncode(samples, codes);
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(codes[i], ReferencePcma(samples[i])) << samples[i];
  }
}

TEST_P(G711, KnownCodes) {
  const std::vector<int16_t> samples = {0, 32767, -32768};
  std::vector<uint8_t> codes(3);
  PcmuEncode(samples, codes);
  EXPECT_EQ(codes, (std::vector<uint8_t>{0xFF, 0x80, 0x00}));
  PcmaEncode(samples, codes);
  EXPECT_EQ(codes, (std::vector<uint8_t>{0xD5, 0xAA, 0x2A}));
}

TEST_P(G711, AnyLengthAndAddressEqualsTheReference) {
  std::mt19937 random(5);
  for (const size_t size : testing::FrameSizes()) {
    for (const size_t offset : {0, 1, 3}) {
      const std::vector<int16_t> samples = testing::WildFrame(size + offset, random);
      std::vector<uint8_t> pcmu(size + offset, 0xA5);
      std::vector<uint8_t> pcma(size + offset, 0xA5);
      std::vector<uint8_t> expected_pcmu = pcmu;
      std::vector<uint8_t> expected_pcma = pcma;
      for (size_t i = offset; i < samples.size(); ++i) {
        expected_pcmu[i] = ReferencePcmu(samples[i]);
        expected_pcma[i] = ReferencePcma(samples[i]);
      }
      PcmuEncode(std::span(samples).subspan(offset), std::span(pcmu).subspan(offset));
      PcmaEncode(std::span(samples).subspan(offset), std::span(pcma).subspan(offset));
      EXPECT_EQ(pcmu, expected_pcmu);
      EXPECT_EQ(pcma, expected_pcma);
      // Decoding gives the value whose code is the same again.
      std::vector<int16_t> decoded(size);
      std::vector<uint8_t> again(size);
      PcmuDecode(std::span(pcmu).subspan(offset), decoded);
      for (size_t i = 0; i < size; ++i) {
        // Both zeros of mu-law decode to 0, which is encoded as the positive one.
        const uint8_t code = pcmu[offset + i] == 0x7F ? 0xFF : pcmu[offset + i];
        ASSERT_EQ(ReferencePcmu(decoded[i]), code);
      }
      PcmaDecode(std::span(pcma).subspan(offset), decoded);
      PcmaEncode(decoded, again);
      ASSERT_TRUE(
          std::equal(again.begin(), again.end(), pcma.begin() + static_cast<ptrdiff_t>(offset)));
    }
  }
}

TEST_P(G711, EqualsSpandsp) {
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<uint8_t> all_codes = AllCodes();
  for (const int mode : {G711_ULAW, G711_ALAW}) {
    g711_state_t* const state = g711_init(nullptr, mode);
    ASSERT_NE(state, nullptr);
    std::vector<uint8_t> expected_codes(samples.size());
    g711_encode(state, expected_codes.data(), samples.data(), static_cast<int>(samples.size()));
    std::vector<int16_t> expected_samples(256);
    g711_decode(state, expected_samples.data(), all_codes.data(), 256);
    g711_free(state);
    std::vector<uint8_t> codes(samples.size());
    std::vector<int16_t> decoded(256);
    if (mode == G711_ULAW) {
      PcmuEncode(samples, codes);
      PcmuDecode(all_codes, decoded);
    } else {
      PcmaEncode(samples, codes);
      PcmaDecode(all_codes, decoded);
    }
    EXPECT_EQ(codes, expected_codes);
    EXPECT_EQ(decoded, expected_samples);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, G711, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
