#include "jitter/sample_queue.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kTaps = 16;
constexpr uint32_t kPhases = 128;
// Of one phase, in 1/2^32 of a sample.
constexpr uint32_t kPhaseWidth = 1U << 25;
static_assert(uint64_t{kPhaseWidth} * kPhases == uint64_t{1} << 32);
static_assert(SampleQueue::kLookAhead == kTaps / 2);

// Windowed sinc at Nyquist: phase 0 is the sample itself, to the bit.
struct Filter {
  // One phase more than there are, so that a neighbour always exists.
  alignas(64) std::array<std::array<float, kTaps>, kPhases + 1> phases;

  Filter() {
    constexpr double kPi = 3.14159265358979323846;
    constexpr double kBeta = 6.0;
    for (uint32_t phase = 0; phase <= kPhases; ++phase) {
      for (uint32_t tap = 0; tap < kTaps; ++tap) {
        // Distance of this tap's sample from the point to make.
        const double x =
            static_cast<double>(tap) - (kTaps / 2 - 1) - static_cast<double>(phase) / kPhases;
        const double inside = 1.0 - (2 * x / kTaps) * (2 * x / kTaps);
        const double window = inside <= 0 ? 0
                                          : std::cyl_bessel_i(0, kBeta * std::sqrt(inside)) /
                                                std::cyl_bessel_i(0, kBeta);
        const double sinc = std::abs(x) < 1e-9 ? 1.0 : std::sin(kPi * x) / (kPi * x);
        phases[phase][tap] = static_cast<float>(sinc * window);
      }
    }
    for (uint32_t tap = 0; tap < kTaps; ++tap) {
      phases[0][tap] = tap == kTaps / 2 - 1 ? 1.0F : 0.0F;
      phases[kPhases][tap] = tap == kTaps / 2 ? 1.0F : 0.0F;
    }
  }
};

// Made before any shard runs, read by all.
const Filter kFilter;

}  // namespace

SampleQueue::SampleQueue(WideMemory* wide) {
  samples_ = wide != nullptr ? std::span<int16_t>(wide->samples) : narrow_;
}

void SampleQueue::Reset(uint32_t rate_hz) {
  PARLEY_ASSERT(rate_hz <= kNarrowRateHzMax || samples_.data() != narrow_.data());
  rate_hz_ = rate_hz;
  read_ = end_ = SamplesIn(kHistoryMs, rate_hz);
  fraction_ = 0;
  std::fill_n(samples_.begin(), end_, int16_t{0});
}

uint32_t SampleQueue::NeededFor(uint32_t count, int32_t ppm) const {
  if (ppm == 0 && fraction_ == 0) return count;
  // At the fastest, one sample more in every 500.
  return count + count * static_cast<uint32_t>(kDriftPpmMax) / 1'000'000 + 2 + kLookAhead;
}

void SampleQueue::MakeRoom(uint32_t count) {
  if (end_ + count <= samples_.size()) return;
  const uint32_t first = read_ - SamplesIn(kHistoryMs, rate_hz_);
  std::memmove(samples_.data(), samples_.data() + first, (end_ - first) * sizeof(int16_t));
  read_ -= first;
  end_ -= first;
}

std::span<int16_t> SampleQueue::Room(uint32_t count) {
  MakeRoom(count);
  if (end_ + count > samples_.size()) return {};
  return samples_.subspan(end_, count);
}

void SampleQueue::Append(uint32_t count) {
  PARLEY_ASSERT(end_ + count <= samples_.size());
  end_ += count;
}

std::span<int16_t> SampleQueue::Waiting(uint32_t extra) {
  MakeRoom(extra);
  return samples_.subspan(read_, std::min<size_t>(waiting() + extra, samples_.size() - read_));
}

void SampleQueue::SetWaiting(uint32_t count) {
  PARLEY_ASSERT(read_ + count <= samples_.size());
  end_ = read_ + count;
}

std::span<int16_t> SampleQueue::Newest(uint32_t count) {
  PARLEY_ASSERT(count <= end_);
  return samples_.subspan(end_ - count, count);
}

void SampleQueue::Read(std::span<int16_t> frame, int32_t ppm) {
  PARLEY_ASSERT(waiting() >= NeededFor(static_cast<uint32_t>(frame.size()), ppm));
  PARLEY_ASSERT(std::abs(ppm) <= kDriftPpmMax);
  if (ppm == 0 && fraction_ == 0) {
    std::memcpy(frame.data(), samples_.data() + read_, frame.size_bytes());
    read_ += static_cast<uint32_t>(frame.size());
    return;
  }
  constexpr double kOne = 4294967296.0;
  const auto step = static_cast<int64_t>(kOne * (1.0 + ppm * 1e-6));
  int64_t position = fraction_;
  for (int16_t& out : frame) {
    const int16_t* first = samples_.data() + read_ + (position >> 32) - (kTaps / 2 - 1);
    const auto fraction = static_cast<uint32_t>(position);
    const uint32_t phase = fraction / kPhaseWidth;
    const float between =
        static_cast<float>(fraction % kPhaseWidth) / static_cast<float>(kPhaseWidth);
    const auto& low = kFilter.phases[phase];
    const auto& high = kFilter.phases[phase + 1];
    float sum = 0;
    for (uint32_t tap = 0; tap < kTaps; ++tap) {
      sum += static_cast<float>(first[tap]) * (low[tap] + (high[tap] - low[tap]) * between);
    }
    out = static_cast<int16_t>(std::lrintf(std::clamp(sum, -32768.0F, 32767.0F)));
    position += step;
  }
  read_ += static_cast<uint32_t>(position >> 32);
  fraction_ = static_cast<uint32_t>(position);
}

}  // namespace parley
