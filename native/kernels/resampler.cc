#include "kernels/resampler.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"
#include "base/units.h"
#include "kernels/kernels.h"
#include "kernels/rational_bank.h"
#include "kernels/resampler_bank.h"

namespace parley {

namespace {

constexpr ResamplerTable<2, 1> kUp2;
constexpr ResamplerTable<3, 1> kUp3;
constexpr ResamplerTable<6, 1> kUp6;
constexpr ResamplerTable<3, 2> kUp3By2;
constexpr ResamplerTable<1, 2> kDown2;
constexpr ResamplerTable<1, 3> kDown3;
constexpr ResamplerTable<1, 6> kDown6;
constexpr ResamplerTable<2, 3> kDown3By2;

const RationalTable<160, 147> k44To48;
const RationalTable<160, 441> k44To16;
const RationalTable<80, 441> k44To8;
const RationalTable<147, 160> k48To44;
const RationalTable<441, 160> k16To44;
const RationalTable<441, 80> k8To44;

constexpr std::array kSmallRatioBanks = {kUp2.bank(),    kUp3.bank(),     kUp6.bank(),
                                         kUp3By2.bank(), kDown2.bank(),   kDown3.bank(),
                                         kDown6.bank(),  kDown3By2.bank()};
const std::array kRationalBanks = {k44To48.bank(), k44To16.bank(), k44To8.bank(),
                                   k48To44.bank(), k16To44.bank(), k8To44.bank()};

// The largest sample, the largest sum of taps and half a unit for rounding stay within int32,
// whatever the signal.
constexpr bool CannotOverflow(int64_t taps_magnitude) {
  return taps_magnitude * 32768 + kUnityQ14 / 2 <= INT32_MAX;
}
static_assert(CannotOverflow(kUp2.MagnitudeMax()) && CannotOverflow(kUp3.MagnitudeMax()));
static_assert(CannotOverflow(kUp6.MagnitudeMax()) && CannotOverflow(kUp3By2.MagnitudeMax()));
static_assert(CannotOverflow(kDown2.MagnitudeMax()) && CannotOverflow(kDown3.MagnitudeMax()));
static_assert(CannotOverflow(kDown6.MagnitudeMax()) && CannotOverflow(kDown3By2.MagnitudeMax()));

constexpr size_t HistoryMax() {
  size_t most = 0;
  for (const ResamplerBank& bank : kSmallRatioBanks) {
    most = std::max(most, bank.decimation * bank.branch_history());
  }
  return std::max(most, decltype(k44To8)::kRowTaps - 1);
}
static_assert(Resampler::kHistoryMax == HistoryMax());

const ResamplerBank* FindBank(uint32_t input_hz, uint32_t output_hz) {
  const uint32_t common = std::gcd(input_hz, output_hz);
  const auto find = [&](std::span<const ResamplerBank> banks) {
    const auto found = std::ranges::find_if(banks, [&](const ResamplerBank& bank) {
      return bank.interpolation == output_hz / common && bank.decimation == input_hz / common;
    });
    return found == banks.end() ? nullptr : &*found;
  };
  const ResamplerBank* const bank = find(kSmallRatioBanks);
  return bank != nullptr ? bank : find(kRationalBanks);
}

// to[i] = from[i * stride], and the other way round.
void Gather(const int16_t* from, size_t stride, std::span<int16_t> to) {
  for (int16_t& sample : to) {
    sample = *from;
    from += stride;
  }
}

void Scatter(std::span<const int16_t> from, int16_t* to, size_t stride) {
  for (const int16_t sample : from) {
    *to = sample;
    to += stride;
  }
}

}  // namespace

void Resampler::Reset(uint32_t input_hz, uint32_t output_hz) {
  PARLEY_ASSERT(IsSampleRate(input_hz));
  PARLEY_ASSERT(IsSampleRate(output_hz));
  bank_ = FindBank(input_hz, output_hz);
  PARLEY_ASSERT((bank_ == nullptr) == (input_hz == output_hz));
  history_.fill(0);
}

void Resampler::Prime(std::span<const int16_t, kHistoryMax> before) {
  if (bank_ == nullptr) return;
  const size_t history = bank_->branch_history();
  const size_t streams = bank_->is_rational ? 1 : bank_->decimation;
  const int16_t* const first = before.data() + before.size() - history * streams;
  for (size_t i = 0; i < streams; ++i) {
    Gather(first + i, streams, std::span(history_).subspan(i * history, history));
  }
}

void Resampler::Process(std::span<const int16_t> input, std::span<int16_t> output) {
  if (bank_ == nullptr) {
    PARLEY_ASSERT(input.size() == output.size());
    std::copy(input.begin(), input.end(), output.begin());
    return;
  }
  const ResamplerBank& bank = *bank_;
  const size_t groups = input.size() / bank.decimation;
  PARLEY_ASSERT(groups * bank.decimation == input.size());
  PARLEY_ASSERT(groups * bank.interpolation == output.size());
  PARLEY_ASSERT(input.size() <= kFrameSamplesMax);
  PARLEY_ASSERT(output.size() <= kFrameSamplesMax);
  if (bank.is_rational) {
    ProcessRational(input, output);
    return;
  }

  // Each input stream, preceded by what it left behind last time.
  std::array<int16_t, kHistoryMax + kFrameSamplesMax> streams;
  const size_t history = bank.branch_history();
  const size_t stream_size = history + groups;
  const auto stream = [&](size_t i) {
    return std::span(streams).subspan(i * stream_size, stream_size);
  };
  for (size_t i = 0; i < bank.decimation; ++i) {
    const std::span<int16_t> kept = std::span(history_).subspan(i * history, history);
    std::copy(kept.begin(), kept.end(), stream(i).begin());
    Gather(input.data() + i, bank.decimation, stream(i).subspan(history));
    std::copy(stream(i).end() - static_cast<ptrdiff_t>(history), stream(i).end(), kept.begin());
  }

  std::array<int32_t, kFrameSamplesMax> sums;
  std::array<int16_t, kFrameSamplesMax> narrowed;
  const std::span acc = std::span(sums).first(groups);
  const std::span out = std::span(narrowed).first(groups);
  for (size_t j = 0; j < bank.interpolation; ++j) {
    std::fill(acc.begin(), acc.end(), 0);
    for (size_t i = 0; i < bank.decimation; ++i) {
      kernels::FirAccumulate(stream(i), bank.Branch(j, i), acc);
    }
    kernels::NarrowQ14(acc, out);
    Scatter(out, output.data() + j, bank.interpolation);
  }
}

void Resampler::ProcessRational(std::span<const int16_t> input, std::span<int16_t> output) {
  const ResamplerBank& bank = *bank_;
  const size_t history = bank.branch_history();
  std::array<int16_t, kHistoryMax + kFrameSamplesMax> memory;
  const std::span stream = std::span(memory).first(history + input.size());
  std::copy_n(history_.begin(), history, stream.begin());
  std::ranges::copy(input, stream.begin() + static_cast<ptrdiff_t>(history));
  std::ranges::copy(stream.last(history), history_.begin());

  std::array<int32_t, kFrameSamplesMax> sums;
  const std::span acc = std::span(sums).first(output.size());
  kernels::FirRational(
      stream, bank.taps,
      {.count = bank.interpolation, .taps = bank.branch_taps, .step = bank.decimation}, acc);
  kernels::NarrowQ14(acc, output);
}

}  // namespace parley
