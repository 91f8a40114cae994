// Walks a frame a vector at a time. Included once for each Highway target, inside the kernels only.

#if defined(PARLEY_KERNELS_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PARLEY_KERNELS_BLOCKS_INL_H_
#undef PARLEY_KERNELS_BLOCKS_INL_H_
#else
#define PARLEY_KERNELS_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Calls body(d, i) for every whole vector of `d` in `size` samples, i being its first sample, then
// body(d1, i) for each sample left over, d1 being a vector of one: the same code does both.
template <class D, class Body>
HWY_INLINE void ForEachBlock(D d, size_t size, Body body) {
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    body(d, i);
  }
  const hn::CappedTag<hn::TFromD<D>, 1> d1;
  for (; i < size; ++i) {
    body(d1, i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#endif  // PARLEY_KERNELS_BLOCKS_INL_H_
