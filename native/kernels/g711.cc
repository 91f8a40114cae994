#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/g711.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

// A code is sign, three bits of segment and four of mantissa: a small floating-point number. What
// depends on the segment is a shift; each is done as three shifts by 4, 2 and 1 that are taken or
// not, because int16 lanes have no shift by a variable on most targets.

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

using D16 = hn::ScalableTag<int16_t>;

// The mu-law magnitude plus this begins each segment at a power of two.
constexpr int16_t kMuBias = 132;
constexpr int16_t kMuClip = 32635;

// value << the segment in bits 4 to 6 of `segment`.
template <class D>
HWY_INLINE hn::Vec<D> ShiftBySegment(D d, hn::Vec<D> value, hn::Vec<D> segment) {
  value = hn::IfThenElse(hn::TestBit(segment, hn::Set(d, 0x40)), hn::ShiftLeft<4>(value), value);
  value = hn::IfThenElse(hn::TestBit(segment, hn::Set(d, 0x20)), hn::ShiftLeft<2>(value), value);
  return hn::IfThenElse(hn::TestBit(segment, hn::Set(d, 0x10)), hn::ShiftLeft<1>(value), value);
}

// Shifts `value` right until it is at most `top`; returns it plus 16 times the number of shifts.
// REQUIRES: value < (top + 1) << 7.
template <int16_t kTop, class D>
HWY_INLINE hn::Vec<D> SegmentAndMantissa(D d, hn::Vec<D> value) {
  const auto by4 = hn::Gt(value, hn::Set(d, static_cast<int16_t>(kTop << 3 | 7)));
  value = hn::IfThenElse(by4, hn::ShiftRight<4>(value), value);
  const auto by2 = hn::Gt(value, hn::Set(d, static_cast<int16_t>(kTop << 1 | 1)));
  value = hn::IfThenElse(by2, hn::ShiftRight<2>(value), value);
  const auto by1 = hn::Gt(value, hn::Set(d, kTop));
  value = hn::IfThenElse(by1, hn::ShiftRight<1>(value), value);
  const auto segment = hn::Or(
      hn::Or(hn::IfThenElseZero(by4, hn::Set(d, 0x40)), hn::IfThenElseZero(by2, hn::Set(d, 0x20))),
      hn::IfThenElseZero(by1, hn::Set(d, 0x10)));
  return hn::Add(value, segment);
}

template <class D>
HWY_INLINE hn::Vec<D> LoadCodes(D d, const uint8_t* codes) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<uint8_t, D>(), codes));
}

template <class D>
HWY_INLINE void StoreCodes(D /*d*/, hn::Vec<D> codes, uint8_t* out) {
  const hn::Rebind<uint8_t, D> d8;
  hn::StoreU(hn::DemoteTo(d8, codes), d8, out);
}

void MuDecode(const uint8_t* codes, int16_t* samples, size_t size) {
  ForEachBlock(D16(), size, [=](auto d, size_t i) HWY_ATTR {
    const auto bias = hn::Set(d, kMuBias);
    const auto code = hn::Xor(LoadCodes(d, codes + i), hn::Set(d, 0xFF));
    const auto mantissa = hn::ShiftLeft<3>(hn::And(code, hn::Set(d, 0x0F)));
    const auto biased = ShiftBySegment(d, hn::Add(mantissa, bias), code);
    const auto negative = hn::TestBit(code, hn::Set(d, 0x80));
    hn::StoreU(hn::IfThenElse(negative, hn::Sub(bias, biased), hn::Sub(biased, bias)), d,
               samples + i);
  });
}

void MuEncode(const int16_t* samples, uint8_t* codes, size_t size) {
  ForEachBlock(D16(), size, [=](auto d, size_t i) HWY_ATTR {
    const auto sample = hn::LoadU(d, samples + i);
    // Saturating: the magnitude of -32768 is 32767 here, far above the clip level anyway.
    const auto magnitude = hn::Max(sample, hn::SaturatedSub(hn::Zero(d), sample));
    const auto biased = hn::Add(hn::Min(magnitude, hn::Set(d, kMuClip)), hn::Set(d, kMuBias));
    // The mantissa keeps its leading one, which counts as the 16 subtracted here.
    const auto code = hn::Sub(SegmentAndMantissa<31>(d, hn::ShiftRight<3>(biased)), hn::Set(d, 16));
    const auto negative = hn::Lt(sample, hn::Zero(d));
    StoreCodes(d, hn::Xor(code, hn::IfThenElse(negative, hn::Set(d, 0x7F), hn::Set(d, 0xFF))),
               codes + i);
  });
}

void ADecode(const uint8_t* codes, int16_t* samples, size_t size) {
  ForEachBlock(D16(), size, [=](auto d, size_t i) HWY_ATTR {
    const auto code = hn::Xor(LoadCodes(d, codes + i), hn::Set(d, 0x55));
    const auto segment = hn::And(code, hn::Set(d, 0x70));
    const auto mantissa = hn::ShiftLeft<4>(hn::And(code, hn::Set(d, 0x0F)));
    // Segment 0 is linear; from segment 1 on there is a leading one, and segment 1 is not shifted.
    const auto leading =
        hn::IfThenElse(hn::Eq(segment, hn::Zero(d)), hn::Set(d, 0x008), hn::Set(d, 0x108));
    const auto shift = hn::Sub(hn::Max(segment, hn::Set(d, 0x10)), hn::Set(d, 0x10));
    const auto magnitude = ShiftBySegment(d, hn::Add(mantissa, leading), shift);
    const auto positive = hn::TestBit(code, hn::Set(d, 0x80));
    hn::StoreU(hn::IfThenElse(positive, magnitude, hn::Sub(hn::Zero(d), magnitude)), d,
               samples + i);
  });
}

void AEncode(const int16_t* samples, uint8_t* codes, size_t size) {
  ForEachBlock(D16(), size, [=](auto d, size_t i) HWY_ATTR {
    const auto sample = hn::LoadU(d, samples + i);
    // -x - 1 for negative samples: intervals include their lower end on both sides of zero.
    const auto magnitude = hn::Xor(sample, hn::ShiftRight<15>(sample));
    // Segments 0 and 1 have the same step, so 0 to 31 need no shift and no leading one removed.
    const auto code = SegmentAndMantissa<31>(d, hn::ShiftRight<4>(magnitude));
    const auto negative = hn::Lt(sample, hn::Zero(d));
    StoreCodes(d, hn::Xor(code, hn::IfThenElse(negative, hn::Set(d, 0x55), hn::Set(d, 0xD5))),
               codes + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(MuDecode);
HWY_EXPORT(MuEncode);
HWY_EXPORT(ADecode);
HWY_EXPORT(AEncode);

void PcmuDecode(std::span<const uint8_t> codes, std::span<int16_t> samples) {
  PARLEY_ASSERT(codes.size() == samples.size());
  HWY_DYNAMIC_DISPATCH(MuDecode)(codes.data(), samples.data(), samples.size());
}

void PcmuEncode(std::span<const int16_t> samples, std::span<uint8_t> codes) {
  PARLEY_ASSERT(codes.size() == samples.size());
  HWY_DYNAMIC_DISPATCH(MuEncode)(samples.data(), codes.data(), samples.size());
}

void PcmaDecode(std::span<const uint8_t> codes, std::span<int16_t> samples) {
  PARLEY_ASSERT(codes.size() == samples.size());
  HWY_DYNAMIC_DISPATCH(ADecode)(codes.data(), samples.data(), samples.size());
}

void PcmaEncode(std::span<const int16_t> samples, std::span<uint8_t> codes) {
  PARLEY_ASSERT(codes.size() == samples.size());
  HWY_DYNAMIC_DISPATCH(AEncode)(samples.data(), codes.data(), samples.size());
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
