#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gain.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

void Gain(const int32_t* sum, const float* gains, int16_t* out, size_t size) {
  ForEachBlock(hn::ScalableTag<int32_t>(), size, [=](auto d, size_t i) HWY_ATTR {
    const hn::RebindToFloat<decltype(d)> df;
    const hn::Rebind<int16_t, decltype(d)> d16;
    const auto scaled = hn::Mul(hn::ConvertTo(df, hn::LoadU(d, sum + i)), hn::LoadU(df, gains + i));
    // Clamped as float: what a conversion makes of a float beyond int32 depends on the target.
    const auto clamped = hn::Clamp(scaled, hn::Set(df, -32768.0F), hn::Set(df, 32767.0F));
    hn::StoreU(hn::DemoteTo(d16, hn::NearestInt(clamped)), d16, out + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(Gain);

void ApplyGain(std::span<const int32_t> sum, std::span<const float> gains, std::span<int16_t> out) {
  PARLEY_ASSERT(gains.size() == sum.size());
  PARLEY_ASSERT(out.size() == sum.size());
  HWY_DYNAMIC_DISPATCH(Gain)(sum.data(), gains.data(), out.data(), sum.size());
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
