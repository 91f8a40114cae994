#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/mix.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include <algorithm>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

using D32 = hn::ScalableTag<int32_t>;

// Samples of an int16 frame, as wide as the int32 vectors of `d`.
template <class D>
HWY_INLINE hn::Vec<D> LoadWide(D d, const int16_t* frame) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<int16_t, D>(), frame));
}

template <class D>
HWY_INLINE void StoreNarrow(D /*d*/, hn::Vec<D> sum, int16_t* out) {
  const hn::Rebind<int16_t, D> d16;
  hn::StoreU(hn::DemoteTo(d16, sum), d16, out);
}

// The larger magnitude of extremes that began at zero, lane by lane. They are variables of each
// loop and not members of a class: vectors whose size only the CPU knows cannot be.
template <class D>
HWY_INLINE uint32_t PeakOf(D d, hn::Vec<D> lows, hn::Vec<D> highs) {
  const auto low = static_cast<uint32_t>(hn::GetLane(hn::MinOfLanes(d, lows)));
  const auto high = static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(d, highs)));
  return std::max(high, 0U - low);
}

uint32_t Magnitude(int32_t sum) {
  return sum < 0 ? 0U - static_cast<uint32_t>(sum) : static_cast<uint32_t>(sum);
}

int16_t Saturate(int32_t sum) { return static_cast<int16_t>(std::clamp(sum, -32768, 32767)); }

void Accumulate(const int16_t* frame, int32_t* sum, size_t size) {
  ForEachBlock(D32(), size, [=](auto d, size_t i) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, sum + i), LoadWide(d, frame + i)), d, sum + i);
  });
}

void Subtract(const int32_t* sum, const int16_t* own, int32_t* out, size_t size) {
  ForEachBlock(D32(), size, [=](auto d, size_t i) HWY_ATTR {
    hn::StoreU(hn::Sub(hn::LoadU(d, sum + i), LoadWide(d, own + i)), d, out + i);
  });
}

void Narrow(const int32_t* sum, int16_t* out, size_t size) {
  ForEachBlock(D32(), size,
               [=](auto d, size_t i) HWY_ATTR { StoreNarrow(d, hn::LoadU(d, sum + i), out + i); });
}

uint32_t Peak(const int32_t* sum, size_t size) {
  const D32 d;
  const size_t lanes = hn::Lanes(d);
  auto lows = hn::Zero(d);
  auto highs = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto heard = hn::LoadU(d, sum + i);
    lows = hn::Min(lows, heard);
    highs = hn::Max(highs, heard);
  }
  uint32_t peak = PeakOf(d, lows, highs);
  for (; i < size; ++i) {
    peak = std::max(peak, Magnitude(sum[i]));
  }
  return peak;
}

uint32_t NarrowPeak(const int32_t* sum, int16_t* out, size_t size) {
  const D32 d;
  const size_t lanes = hn::Lanes(d);
  auto lows = hn::Zero(d);
  auto highs = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto heard = hn::LoadU(d, sum + i);
    lows = hn::Min(lows, heard);
    highs = hn::Max(highs, heard);
    StoreNarrow(d, heard, out + i);
  }
  uint32_t peak = PeakOf(d, lows, highs);
  for (; i < size; ++i) {
    peak = std::max(peak, Magnitude(sum[i]));
    out[i] = Saturate(sum[i]);
  }
  return peak;
}

uint32_t MixMinusPeak(const int32_t* sum, const int16_t* own, int16_t* out, size_t size) {
  const D32 d;
  const size_t lanes = hn::Lanes(d);
  auto lows = hn::Zero(d);
  auto highs = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto heard = hn::Sub(hn::LoadU(d, sum + i), LoadWide(d, own + i));
    lows = hn::Min(lows, heard);
    highs = hn::Max(highs, heard);
    StoreNarrow(d, heard, out + i);
  }
  uint32_t peak = PeakOf(d, lows, highs);
  for (; i < size; ++i) {
    const int32_t heard = sum[i] - own[i];
    peak = std::max(peak, Magnitude(heard));
    out[i] = Saturate(heard);
  }
  return peak;
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(Accumulate);
HWY_EXPORT(Subtract);
HWY_EXPORT(Narrow);
HWY_EXPORT(Peak);
HWY_EXPORT(NarrowPeak);
HWY_EXPORT(MixMinusPeak);

void AccumulateFrame(std::span<const int16_t> frame, std::span<int32_t> sum) {
  PARLEY_ASSERT(frame.size() == sum.size());
  HWY_DYNAMIC_DISPATCH(Accumulate)(frame.data(), sum.data(), sum.size());
}

void SubtractFrame(std::span<const int32_t> sum, std::span<const int16_t> own,
                   std::span<int32_t> out) {
  PARLEY_ASSERT(own.size() == sum.size());
  PARLEY_ASSERT(out.size() == sum.size());
  HWY_DYNAMIC_DISPATCH(Subtract)(sum.data(), own.data(), out.data(), sum.size());
}

uint32_t PeakMagnitude(std::span<const int32_t> sum) {
  return HWY_DYNAMIC_DISPATCH(Peak)(sum.data(), sum.size());
}

void NarrowSaturate(std::span<const int32_t> sum, std::span<int16_t> out) {
  PARLEY_ASSERT(out.size() == sum.size());
  HWY_DYNAMIC_DISPATCH(Narrow)(sum.data(), out.data(), sum.size());
}

uint32_t NarrowWithPeak(std::span<const int32_t> sum, std::span<int16_t> out) {
  PARLEY_ASSERT(out.size() == sum.size());
  return HWY_DYNAMIC_DISPATCH(NarrowPeak)(sum.data(), out.data(), sum.size());
}

uint32_t MixMinusWithPeak(std::span<const int32_t> sum, std::span<const int16_t> own,
                          std::span<int16_t> out) {
  PARLEY_ASSERT(own.size() == sum.size());
  PARLEY_ASSERT(out.size() == sum.size());
  return HWY_DYNAMIC_DISPATCH(MixMinusPeak)(sum.data(), own.data(), out.data(), sum.size());
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
