#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/level.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

uint64_t Energy(const int16_t* frame, size_t size) {
  uint64_t energy = 0;
  size_t i = 0;
#if HWY_TARGET != HWY_SCALAR  // which has no vector of two samples
  const hn::ScalableTag<int16_t> d16;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const hn::RebindToUnsigned<decltype(d32)> du32;
  const hn::RepartitionToWide<decltype(du32)> du64;
  const size_t lanes = hn::Lanes(d16);
  const auto low_half = hn::Set(du64, 0xFFFFFFFFU);
  auto sum = hn::Zero(du64);
  for (; i + lanes <= size; i += lanes) {
    const auto samples = hn::LoadU(d16, frame + i);
    auto odd = hn::Zero(d32);
    const auto even =
        hn::ReorderWidenMulAccumulate(d32, samples, samples, hn::Zero(d32), /*byref*/ odd);
    // A pair of squares is at most 2^31: it fits when taken as unsigned.
    const auto pairs = hn::Add(hn::BitCast(du32, even), hn::BitCast(du32, odd));
    const auto wide = hn::BitCast(du64, pairs);
    sum = hn::Add(sum, hn::Add(hn::And(wide, low_half), hn::ShiftRight<32>(wide)));
  }
  energy = hn::GetLane(hn::SumOfLanes(du64, sum));
#endif
  for (; i < size; ++i) {
    energy += static_cast<uint64_t>(int64_t{frame[i]} * frame[i]);
  }
  return energy;
}

uint32_t AtFullScale(const int16_t* frame, size_t size, int16_t full_scale) {
  size_t count = 0;
  ForEachBlock(hn::ScalableTag<int16_t>(), size, [&, frame, full_scale](auto d, size_t i) HWY_ATTR {
    const auto samples = hn::LoadU(d, frame + i);
    const auto below_full = static_cast<int16_t>(full_scale - 1);
    const auto above = hn::Gt(samples, hn::Set(d, below_full));
    const auto below = hn::Lt(samples, hn::Set(d, static_cast<int16_t>(-below_full)));
    count += hn::CountTrue(d, hn::Or(above, below));
  });
  return static_cast<uint32_t>(count);
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(Energy);
HWY_EXPORT(AtFullScale);

namespace {

constexpr double kSilenceDbov = 127.0;
constexpr double kFullScaleEnergy = 32768.0 * 32768.0;  // of one sample

uint8_t LevelOf(double mean) {
  const double level = -10.0 * std::log10(mean / kFullScaleEnergy);
  return static_cast<uint8_t>(std::clamp(std::round(level), 0.0, kSilenceDbov));
}

// LevelOf without a logarithm. A cell is a quarter of an octave, less than a decibel, so at most
// one level ends in it.
class LevelTable {
 public:
  LevelTable() {
    for (size_t cell = 0; cell < kCells; ++cell) {
      levels_[cell] = LevelOf(std::bit_cast<double>((kFirstCell + cell) << kCellShift));
    }
    for (size_t level = 0; level < least_.size(); ++level) least_[level] = LeastOf(level);
  }

  // REQUIRES: the mean square of a frame that is not all zero.
  uint8_t Of(double mean) const {
    const uint64_t cell = (std::bit_cast<uint64_t>(mean) >> kCellShift) - kFirstCell;
    const uint8_t level = levels_[cell];
    return level > 0 && mean >= least_[level - 1u] ? static_cast<uint8_t>(level - 1) : level;
  }

 private:
  // Exponent and two bits of the mantissa, from 2^-11 (one sample in 2,048) to 2^30.
  static constexpr int kCellShift = 50;
  static constexpr uint64_t kFirstCell = std::bit_cast<uint64_t>(0x1p-11) >> kCellShift;
  static constexpr size_t kCells =
      (std::bit_cast<uint64_t>(kFullScaleEnergy) >> kCellShift) - kFirstCell + 1;

  // The least mean square of a level, among all numbers there are.
  static double LeastOf(size_t level) {
    auto low = std::bit_cast<uint64_t>(0x1p-11);
    auto high = std::bit_cast<uint64_t>(kFullScaleEnergy);
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      if (LevelOf(std::bit_cast<double>(middle)) <= level) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return std::bit_cast<double>(low);
  }

  std::array<uint8_t, kCells> levels_;
  std::array<double, 128> least_;
};

// Made before any shard runs, read by all.
const LevelTable kLevels;

}  // namespace

uint64_t FrameEnergy(std::span<const int16_t> frame) {
  return HWY_DYNAMIC_DISPATCH(Energy)(frame.data(), frame.size());
}

uint8_t LevelDbov(std::span<const int16_t> frame) {
  const uint64_t energy = FrameEnergy(frame);
  if (energy == 0) {
    return static_cast<uint8_t>(kSilenceDbov);
  }
  return kLevels.Of(static_cast<double>(energy) / static_cast<double>(frame.size()));
}

uint32_t SamplesAtFullScale(std::span<const int16_t> frame, int16_t full_scale) {
  PARLEY_ASSERT(full_scale > 0);
  return HWY_DYNAMIC_DISPATCH(AtFullScale)(frame.data(), frame.size(), full_scale);
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
