#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fir.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include <cstring>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR  // which has no vector of two samples
// Two neighbouring taps in every lane.
template <class D32>
HWY_INLINE auto SetTapPair(D32 d, const int16_t* taps) {
  int32_t pair;
  std::memcpy(&pair, taps, sizeof(pair));
  return hn::BitCast(hn::Repartition<int16_t, D32>(), hn::Set(d, pair));
}

// Adds the outputs that fill whole vectors to `acc`; returns how many.
size_t FirVectors(const int16_t* input, const int16_t* taps, size_t taps_size, int32_t* acc,
                  size_t size) {
  const hn::ScalableTag<int32_t> d;
  const hn::Repartition<int16_t, decltype(d)> d16;
  // Products of neighbouring samples and taps are summed in pairs, one multiplication for two taps:
  // the pairs that begin at even offsets belong to the even outputs, the others to the odd ones.
  const size_t outputs = 2 * hn::Lanes(d);
  size_t i = 0;
  for (; i + outputs <= size; i += outputs) {
    auto even0 = hn::Zero(d);
    auto even1 = hn::Zero(d);
    auto odd0 = hn::Zero(d);
    auto odd1 = hn::Zero(d);
    for (size_t k = 0; k < taps_size; k += 2) {
      const auto pair = SetTapPair(d, taps + k);
      const auto at_even = hn::LoadU(d16, input + i + k);
      const auto at_odd = hn::LoadU(d16, input + i + k + 1);
      even0 = hn::ReorderWidenMulAccumulate(d, at_even, pair, even0, even1);
      odd0 = hn::ReorderWidenMulAccumulate(d, at_odd, pair, odd0, odd1);
    }
    const auto even = hn::RearrangeToOddPlusEven(even0, even1);
    const auto odd = hn::RearrangeToOddPlusEven(odd0, odd1);
    HWY_ALIGN int32_t sums[2 * hn::MaxLanes(d)];
    hn::StoreInterleaved2(even, odd, d, sums);
    for (size_t half = 0; half < outputs; half += hn::Lanes(d)) {
      int32_t* const out = acc + i + half;
      hn::StoreU(hn::Add(hn::LoadU(d, out), hn::Load(d, sums + half)), d, out);
    }
  }
  return i;
}

// The sum of taps[k] * input[k], vectors of at most 16 samples: rows of taps are multiples of it.
int32_t Dot(const int16_t* input, const int16_t* taps, size_t size) {
  const hn::CappedTag<int16_t, 16> d16;
  const hn::RepartitionToWide<decltype(d16)> d;
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  for (size_t k = 0; k < size; k += hn::Lanes(d16)) {
    const auto a = hn::LoadU(d16, input + k);
    sum0 = hn::ReorderWidenMulAccumulate(d, a, hn::LoadU(d16, taps + k), sum0, sum1);
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
}
#else
size_t FirVectors(const int16_t*, const int16_t*, size_t, int32_t*, size_t) { return 0; }

int32_t Dot(const int16_t* input, const int16_t* taps, size_t size) {
  int32_t sum = 0;
  for (size_t k = 0; k < size; ++k) sum += taps[k] * input[k];
  return sum;
}
#endif

void Rational(const int16_t* input, const int16_t* taps, FirRows rows, int32_t* acc, size_t size) {
  for (size_t begin = 0; begin < size; begin += rows.count) {
    for (size_t row = 0; row < rows.count; ++row) {
      acc[begin + row] =
          Dot(input + row * rows.step / rows.count, taps + row * rows.taps, rows.taps);
    }
    input += rows.step;
  }
}

void Fir(const int16_t* input, const int16_t* taps, size_t taps_size, int32_t* acc, size_t size) {
  for (size_t i = FirVectors(input, taps, taps_size, acc, size); i < size; ++i) {
    for (size_t k = 0; k < taps_size; ++k) {
      acc[i] += taps[k] * input[i + k];
    }
  }
}

void Narrow14(const int32_t* acc, int16_t* out, size_t size) {
  ForEachBlock(hn::ScalableTag<int32_t>(), size, [=](auto d, size_t i) HWY_ATTR {
    const hn::Rebind<int16_t, decltype(d)> d16;
    const auto rounded = hn::Add(hn::LoadU(d, acc + i), hn::Set(d, 1 << 13));
    hn::StoreU(hn::DemoteTo(d16, hn::ShiftRight<14>(rounded)), d16, out + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(Fir);
HWY_EXPORT(Rational);
HWY_EXPORT(Narrow14);

void FirAccumulate(std::span<const int16_t> input, std::span<const int16_t> taps,
                   std::span<int32_t> acc) {
  PARLEY_ASSERT(taps.size() % 2 == 0);
  PARLEY_ASSERT(taps.size() >= 2);
  PARLEY_ASSERT(input.size() == acc.size() + taps.size() - 1);
  HWY_DYNAMIC_DISPATCH(Fir)(input.data(), taps.data(), taps.size(), acc.data(), acc.size());
}

void FirRational(std::span<const int16_t> input, std::span<const int16_t> taps, FirRows rows,
                 std::span<int32_t> acc) {
  PARLEY_ASSERT(rows.taps % kFirRowMultiple == 0);
  PARLEY_ASSERT(taps.size() == rows.count * rows.taps);
  PARLEY_ASSERT(acc.size() % rows.count == 0);
  PARLEY_ASSERT(input.size() == acc.size() / rows.count * rows.step + rows.taps - 1);
  HWY_DYNAMIC_DISPATCH(Rational)(input.data(), taps.data(), rows, acc.data(), acc.size());
}

void NarrowQ14(std::span<const int32_t> acc, std::span<int16_t> out) {
  PARLEY_ASSERT(out.size() == acc.size());
  HWY_DYNAMIC_DISPATCH(Narrow14)(acc.data(), out.data(), acc.size());
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
