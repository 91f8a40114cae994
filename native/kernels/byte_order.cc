#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/byte_order.cc"
#include <hwy/foreach_target.h>
// foreach_target comes first: it includes this file once for each target.
#include <hwy/highway.h>

#include <bit>

#include "base/assert.h"
#include "kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace parley::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Copies `size` 16-bit words, exchanging the bytes of each.
void SwapBytes(const uint8_t* from, uint8_t* to, size_t size) {
  size_t i = 0;
#if HWY_TARGET != HWY_SCALAR  // which has no vector of two bytes
  const hn::ScalableTag<uint16_t> d;
  const hn::Repartition<uint8_t, decltype(d)> d8;
  const size_t lanes = hn::Lanes(d);
  for (; i + lanes <= size; i += lanes) {
    const auto words = hn::BitCast(d, hn::LoadU(d8, from + 2 * i));
    const auto swapped = hn::Or(hn::ShiftLeft<8>(words), hn::ShiftRight<8>(words));
    hn::StoreU(hn::BitCast(d8, swapped), d8, to + 2 * i);
  }
#endif
  for (; i < size; ++i) {
    to[2 * i] = from[2 * i + 1];
    to[2 * i + 1] = from[2 * i];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace parley::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace parley::kernels {

HWY_EXPORT(SwapBytes);

static_assert(std::endian::native == std::endian::little, "big-endian bytes are swapped here");

void DecodeBigEndian(std::span<const uint8_t> bytes, std::span<int16_t> samples) {
  PARLEY_ASSERT(bytes.size() == samples.size_bytes());
  HWY_DYNAMIC_DISPATCH(SwapBytes)
  (bytes.data(), reinterpret_cast<uint8_t*>(samples.data()), samples.size());
}

void EncodeBigEndian(std::span<const int16_t> samples, std::span<uint8_t> bytes) {
  PARLEY_ASSERT(bytes.size() == samples.size_bytes());
  HWY_DYNAMIC_DISPATCH(SwapBytes)
  (reinterpret_cast<const uint8_t*>(samples.data()), bytes.data(), samples.size());
}

}  // namespace parley::kernels
#endif  // HWY_ONCE
