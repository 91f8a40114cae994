#include "codecs/g722_codec.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/assert.h"

// Each of its headers needs those before it, and the first breaks <cmath> for what comes after.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
#include <spandsp/private/g722.h>
// clang-format on

namespace parley {
namespace {

constexpr int kBitsPerSecond = 64000;
// Samples at 16 kHz, a byte for each code.
constexpr int kOptions = 0;
// Above any payload; keeps lengths within what the library counts with.
constexpr size_t kBytesMax = std::numeric_limits<uint16_t>::max();

template <typename State>
constexpr bool kFits = sizeof(State) <= kG722StateBytes &&
                       alignof(State) <= kG722StateAlignment&& std::is_trivially_copyable_v<State>;
static_assert(kFits<g722_decode_state_t>);
static_assert(kFits<g722_encode_state_t>);

// Every other coefficient of the quadrature mirror filter (ITU-T G.722 table 11), which reads the
// same from both ends: those in between are these from the end.
constexpr std::array<int32_t, 12> kFilter = {3,    -11,  12,  32,   -210, 951,
                                             3876, -805, 362, -156, 53,   -11};
constexpr int kFilterShift = 11;

template <typename State>
State* In(std::array<std::byte, kG722StateBytes>& bytes) {
  return reinterpret_cast<State*>(bytes.data());
}

void Append(int32_t value, std::array<int16_t, 12>& history) {
  std::copy(history.begin() + 1, history.end(), history.begin());
  history.back() = static_cast<int16_t>(value);
}

int16_t Saturated(int32_t value) {
  constexpr int32_t kMin = std::numeric_limits<int16_t>::min();
  constexpr int32_t kMax = std::numeric_limits<int16_t>::max();
  return static_cast<int16_t>(std::clamp(value, kMin, kMax));
}

}  // namespace

void G722Decoder::Open() PARLEY_NONBLOCKING {
  auto* const state = In<g722_decode_state_t>(state_);
  PARLEY_ASSERT(g722_decode_init(state, kBitsPerSecond, kOptions) == state);
  // The library joins the bands without saturation, and wraps when it is loud. In the mode meant
  // for ITU-T's test sequences it gives both bands instead.
  state->itu_test_mode = 1;
  sums_.fill(0);
  differences_.fill(0);
}

// Lower and upper band, each of 15 bits and doubled, to two samples.
void G722Decoder::JoinBands(std::span<int16_t, 2> bands_to_samples) {
  const int32_t lower = bands_to_samples[0] >> 1;
  const int32_t upper = bands_to_samples[1] >> 1;
  Append(lower + upper, sums_);
  Append(lower - upper, differences_);
  int32_t first = 0;
  int32_t second = 0;
  for (size_t i = 0; i < kFilter.size(); ++i) {
    first += differences_[i] * kFilter[kFilter.size() - 1 - i];
    second += sums_[i] * kFilter[i];
  }
  bands_to_samples[0] = Saturated(first >> kFilterShift);
  bands_to_samples[1] = Saturated(second >> kFilterShift);
}

size_t G722Decoder::Decode(std::span<const uint8_t> payload,
                           std::span<int16_t> out) PARLEY_NONBLOCKING {
  const size_t bytes = std::min({payload.size(), out.size() / 2, kBytesMax});
  if (bytes == 0) return 0;
  const auto samples = static_cast<size_t>(g722_decode(In<g722_decode_state_t>(state_), out.data(),
                                                       payload.data(), static_cast<int>(bytes)));
  for (size_t at = 0; at < samples; at += 2) JoinBands(out.subspan(at).first<2>());
  return samples;
}

void G722Encoder::Open() PARLEY_NONBLOCKING {
  auto* const state = In<g722_encode_state_t>(state_);
  PARLEY_ASSERT(g722_encode_init(state, kBitsPerSecond, kOptions) == state);
}

size_t G722Encoder::Encode(std::span<const int16_t> samples,
                           std::span<uint8_t> out) PARLEY_NONBLOCKING {
  const size_t bytes = std::min({samples.size() / 2, out.size(), kBytesMax});
  if (bytes == 0) return 0;
  return static_cast<size_t>(g722_encode(In<g722_encode_state_t>(state_), out.data(),
                                         samples.data(), static_cast<int>(bytes * 2)));
}

}  // namespace parley
