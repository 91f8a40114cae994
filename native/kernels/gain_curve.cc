#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gain_curve.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include <array>

#include "base/assert.h"
#include "kernels/blocks-inl.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

// Blocks side by side: kGainBlocks are whole vectors of these, on every target.
using DBlocks = hn::CappedTag<float, 8>;
// Four samples of a block.
using DFour = hn::CappedTag<float, 4>;

template <class D>
HWY_INLINE hn::Vec<D> LoadMagnitudes(D d, const int32_t* sum) {
  return hn::Abs(hn::ConvertTo(d, hn::LoadU(hn::RebindToSigned<D>(), sum)));
}

// Of each block the largest magnitudes in four columns.
void FourPeaks(const int32_t* sum, size_t size, float* fours, size_t blocks) {
  const size_t block = size / blocks;
  if (block == 4) {
    ForEachBlock(hn::ScalableTag<float>(), size, [=](auto d, size_t i) HWY_ATTR {
      hn::StoreU(LoadMagnitudes(d, sum + i), d, fours + i);
    });
    return;
  }
  ForEachBlock(DFour(), 4 * blocks, [=](auto d, size_t i) HWY_ATTR {
    const int32_t* const column = sum + i / 4 * block + i % 4;
    auto peak = hn::Zero(d);
    for (size_t at = 0; at < block; at += 4) peak = hn::Max(peak, LoadMagnitudes(d, column + at));
    hn::StoreU(peak, d, fours + i);
  });
}

// How many blocks there are is said by the caller: of a number that it knows GCC 12 holds what is
// left over behind whole vectors to be endless.
void Needed(const int32_t* sum, size_t size, float ceiling, float held, float* needed,
            size_t blocks) {
  std::array<float, 4 * kGainBlocks> columns;
  float* const fours = columns.data();
  FourPeaks(sum, size, fours, blocks);
  ForEachBlock(DBlocks(), blocks, [=](auto d, size_t at) HWY_ATTR {
    hn::Vec<decltype(d)> first, second, third, fourth;
    hn::LoadInterleaved4(d, fours + 4 * at, first, second, third, fourth);
    const auto peak =
        hn::Max(hn::Max(hn::Max(first, second), hn::Max(third, fourth)), hn::Set(d, 1.0F));
    const auto allowed = hn::IfThenElse(hn::Gt(peak, hn::Set(d, ceiling)), hn::Set(d, held), peak);
    hn::StoreU(hn::Div(allowed, peak), d, needed + at);
  });
}

void Smooth(const float* values, const float* taps, size_t taps_count, float* out, size_t size) {
  ForEachBlock(DBlocks(), size, [=](auto d, size_t i) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (size_t tap = 0; tap < taps_count; ++tap) {
      sum = hn::Add(sum, hn::Mul(hn::Set(d, taps[tap]), hn::LoadU(d, values + i + tap)));
    }
    hn::StoreU(sum, d, out + i);
  });
}

void Draw(const float* edges, float* gains, size_t size, size_t blocks) {
  const size_t block = size / blocks;
  const float step = 1.0F / static_cast<float>(block);
  if (block == 4) {
    ForEachBlock(DBlocks(), blocks, [=](auto d, size_t at) HWY_ATTR {
      const auto edge = hn::LoadU(d, edges + at);
      const auto rise = hn::Mul(hn::Sub(hn::LoadU(d, edges + at + 1), edge), hn::Set(d, step));
      const auto second = hn::Add(edge, rise);
      const auto third = hn::Add(edge, hn::Mul(rise, hn::Set(d, 2.0F)));
      const auto fourth = hn::Add(edge, hn::Mul(rise, hn::Set(d, 3.0F)));
      hn::StoreInterleaved4(edge, second, third, fourth, d, gains + 4 * at);
    });
    return;
  }
  for (size_t at = 0; at < blocks; ++at) {
    const float edge = edges[at];
    const float rise = (edges[at + 1] - edge) * step;
    float* const drawn = gains + at * block;
    ForEachBlock(DFour(), block, [=](auto d, size_t i) HWY_ATTR {
      const auto place = hn::Iota(d, static_cast<float>(i));
      hn::StoreU(hn::Add(hn::Set(d, edge), hn::Mul(hn::Set(d, rise), place)), d, drawn + i);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(Needed);
HWY_EXPORT(Smooth);
HWY_EXPORT(Draw);

void FindNeededGains(std::span<const int32_t> sum, float ceiling, float held,
                     std::span<float, kGainBlocks> needed) {
  PARLEY_ASSERT(sum.size() % (4 * kGainBlocks) == 0);
  HWY_DYNAMIC_DISPATCH(Needed)
  (sum.data(), sum.size(), ceiling, held, needed.data(), needed.size());
}

void SmoothGains(std::span<const float> targets, std::span<const float> taps,
                 std::span<float> gains) {
  PARLEY_ASSERT(targets.size() + 1 == gains.size() + taps.size());
  HWY_DYNAMIC_DISPATCH(Smooth)
  (targets.data(), taps.data(), taps.size(), gains.data(), gains.size());
}

void DrawGains(std::span<const float, kGainBlocks + 1> edges, std::span<float> gains) {
  PARLEY_ASSERT(gains.size() % (4 * kGainBlocks) == 0);
  HWY_DYNAMIC_DISPATCH(Draw)(edges.data(), gains.data(), gains.size(), edges.size() - 1);
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
