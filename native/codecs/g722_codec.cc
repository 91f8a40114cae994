#include "codecs/g722_codec.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/assert.h"

namespace parley {
namespace {

constexpr int kBitsPerSecond = 64000;
// Samples at 16 kHz, a byte for each code.
constexpr int kOptions = 0;
// Above any payload; keeps lengths within what the library counts with.
constexpr size_t kBytesMax = std::numeric_limits<uint16_t>::max();

static_assert(std::is_trivially_copyable_v<g722_decode_state_t>);
static_assert(std::is_trivially_copyable_v<g722_encode_state_t>);

}  // namespace

void G722Decoder::Open() PARLEY_NONBLOCKING {
  PARLEY_ASSERT(g722_decode_init(&state_, kBitsPerSecond, kOptions) == &state_);
}

size_t G722Decoder::Decode(std::span<const uint8_t> payload,
                           std::span<int16_t> out) PARLEY_NONBLOCKING {
  const size_t bytes = std::min({payload.size(), out.size() / 2, kBytesMax});
  if (bytes == 0) return 0;
  return static_cast<size_t>(
      g722_decode(&state_, out.data(), payload.data(), static_cast<int>(bytes)));
}

void G722Encoder::Open() PARLEY_NONBLOCKING {
  PARLEY_ASSERT(g722_encode_init(&state_, kBitsPerSecond, kOptions) == &state_);
}

size_t G722Encoder::Encode(std::span<const int16_t> samples,
                           std::span<uint8_t> out) PARLEY_NONBLOCKING {
  const size_t bytes = std::min({samples.size() / 2, out.size(), kBytesMax});
  if (bytes == 0) return 0;
  return static_cast<size_t>(
      g722_encode(&state_, out.data(), samples.data(), static_cast<int>(bytes * 2)));
}

}  // namespace parley
