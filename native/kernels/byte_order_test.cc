#include "kernels/each_target.h"
#include "kernels/kernels.h"

namespace parley::kernels {
namespace {

class ByteOrder : public testing::EachTarget {};

TEST_P(ByteOrder, EncodeBigEndianPutsTheHighByteFirst) {
  std::vector<uint8_t> bytes(4);
  EncodeBigEndian(std::vector<int16_t>{0x0102, -2}, bytes);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0x01, 0x02, 0xFF, 0xFE}));
}

TEST_P(ByteOrder, BothDirectionsEqualTheReferenceAtAnyLengthAndAddress) {
  std::mt19937 random(4);
  for (const size_t size : testing::FrameSizes()) {
    const std::vector<int16_t> samples = testing::WildFrame(size, random);
    std::vector<uint8_t> expected(2 * size + 1, 0xA5);  // the payload begins at an odd address
    for (size_t i = 0; i < size; ++i) {
      expected[1 + 2 * i] = static_cast<uint8_t>(static_cast<uint16_t>(samples[i]) >> 8);
      expected[2 + 2 * i] = static_cast<uint8_t>(samples[i]);
    }
    std::vector<uint8_t> bytes(2 * size + 1, 0xA5);
    EncodeBigEndian(samples, std::span(bytes).subspan(1));
    EXPECT_EQ(bytes, expected);
    std::vector<int16_t> decoded(size);
    DecodeBigEndian(std::span(bytes).subspan(1), decoded);
    EXPECT_EQ(decoded, samples);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ByteOrder, testing::AllTargets(), testing::TargetName);

}  // namespace
}  // namespace parley::kernels
