#include "codecs/g722_codec.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "base/assert.h"
#include "base/units.h"

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

template <typename State>
const State* In(const std::array<std::byte, kG722StateBytes>& bytes) {
  return reinterpret_cast<const State*>(bytes.data());
}

// In the mode for ITU-T's test sequences the library takes and gives the bands as they are. What it
// remembers of a band, the two ends of a stream keep alike.
template <typename State>
State OfBands(const g722_band_t (&bands)[2]) {
  constexpr int kBitsPerByte = 8;
  State state = {};
  state.itu_test_mode = 1;
  state.bits_per_sample = kBitsPerByte;
  std::copy_n(bands, 2, state.band);
  return state;
}

// Lower and upper band as the far end has them, doubled.
std::array<int16_t, 2> DecodePair(g722_decode_state_t& bands, uint8_t code) {
  std::array<int16_t, 2> pair = {};
  g722_decode(&bands, pair.data(), &code, 1);
  return pair;
}

// The code of `sample`, doubled, in whichever band it is of.
uint8_t EncodeBands(const g722_band_t (&bands)[2], int16_t sample) {
  auto state = OfBands<g722_encode_state_t>(bands);
  uint8_t code = 0;
  g722_encode(&state, &code, &sample, 1);
  return code;
}

constexpr uint8_t kLowerBits = 0x3F;
constexpr uint8_t kUpperBits = 0xC0;
constexpr int kBandScale = 2;
constexpr size_t kFrameBytes = FrameSamples(kG722ClockRateHz);

// How far from what it should hear a far end may hear while it is led to where others are: 22 dB
// below the sound, like the codec's own noise, or these steps of int16, -72 dBov. The closer, the
// longer it takes: at 30 dB most never arrive.
constexpr double kTowardsShare = 0.08;
constexpr double kTowardsSteps = 8;

double RootMeanSquare(std::span<const int16_t> samples) {
  double power = 0;
  for (const int16_t sample : samples) power += double{1} * sample * sample;
  // Of each pair the two bands add up.
  return std::sqrt(2 * power / static_cast<double>(std::max<size_t>(samples.size(), 1)));
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

// The end of what was skipped, in place of the state.
struct G722Decoder::Skipped {
  uint8_t count = 0;
  std::array<uint8_t, kG722StateBytes - 1> bytes;
};

void G722Decoder::Rest() PARLEY_NONBLOCKING {
  static_assert(sizeof(Skipped) == kG722StateBytes);
  std::construct_at(In<Skipped>(state_));
}

void G722Decoder::Skip(std::span<const uint8_t> payload) PARLEY_NONBLOCKING {
  Skipped& skipped = *In<Skipped>(state_);
  auto& bytes = skipped.bytes;
  const std::span<const uint8_t> taken = payload.last(std::min(payload.size(), bytes.size()));
  const size_t left = std::min<size_t>(skipped.count, bytes.size() - taken.size());
  std::copy(bytes.begin() + skipped.count - left, bytes.begin() + skipped.count, bytes.begin());
  std::ranges::copy(taken, bytes.begin() + left);
  skipped.count = static_cast<uint8_t>(left + taken.size());
}

void G722Decoder::Wake() PARLEY_NONBLOCKING {
  const Skipped skipped = *In<Skipped>(state_);
  Open();
  std::array<int16_t, 2 * (kG722StateBytes - 1)> sound;
  for (uint32_t round = 0; round < 2; ++round) {
    Decode(std::span(skipped.bytes).first(skipped.count), sound);
  }
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

// The samples in which the far end would hear them, if it decoded what the other's far end does,
// and how far off that is, decide: the other's code where it will do, so that what the two remember
// grows alike as both forget; else the code that comes nearest.
size_t G722Encoder::EncodeTowards(const G722Encoder& before, const G722Encoder& after,
                                  std::span<const uint8_t> coded,
                                  std::span<uint8_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(coded.size() <= kFrameBytes && out.size() >= coded.size());
  std::array<int16_t, 2 * kFrameBytes> wanted_samples;
  const std::span<int16_t> wanted = std::span(wanted_samples).first(2 * coded.size());
  auto other = OfBands<g722_decode_state_t>(In<g722_encode_state_t>(before.state_)->band);
  g722_decode(&other, wanted.data(), coded.data(), static_cast<int>(coded.size()));
  const double bound = std::max(kTowardsSteps * kBandScale, kTowardsShare * RootMeanSquare(wanted));

  auto own = OfBands<g722_decode_state_t>(In<g722_encode_state_t>(state_)->band);
  for (size_t at = 0; at < coded.size(); ++at) {
    const auto pair = wanted.subspan(2 * at).first<2>();
    g722_decode_state_t next = own;
    const auto heard = DecodePair(next, coded[at]);
    const bool is_lower_far = std::abs(heard[0] - pair[0]) > bound;
    const bool is_upper_far = std::abs(heard[1] - pair[1]) > bound;
    out[at] = coded[at];
    if (is_lower_far || is_upper_far) {
      const uint8_t lower = is_lower_far ? EncodeBands(own.band, pair[0]) : coded[at];
      const uint8_t upper = is_upper_far ? EncodeBands(own.band, pair[1]) : coded[at];
      out[at] = (lower & kLowerBits) | (upper & kUpperBits);
      next = own;
      DecodePair(next, out[at]);
    }
    own = next;
  }
  state_ = after.state_;
  std::copy_n(own.band, 2, In<g722_encode_state_t>(state_)->band);
  return coded.size();
}

bool G722Encoder::IsFollowedAs(const G722Encoder& other) const PARLEY_NONBLOCKING {
  const auto& own_bands = In<g722_encode_state_t>(state_)->band;
  const auto& other_bands = In<g722_encode_state_t>(other.state_)->band;
  return std::memcmp(own_bands, other_bands, sizeof(own_bands)) == 0;
}

}  // namespace parley
