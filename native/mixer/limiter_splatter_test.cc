// What the limiter adds outside the speech band: the crackle that clipping and hasty gains make.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <vector>

#include "mixer/limiter.h"

namespace parley {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kSpeechBandHz = 3400.0;
constexpr size_t kSeconds = 2;

double Uniform(std::mt19937& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random()) / 4294967296.0;
}

// Voiced speech as far as a limiter can tell: harmonics of a gliding pitch up to 3.2 kHz with the
// slope of a voice, in syllables with pauses between. Its largest peak is -3 dBFS.
std::vector<double> Talker(uint32_t rate_hz, std::mt19937& random) {
  const size_t size = rate_hz * kSeconds;
  std::vector<double> voice(size, 0.0);
  const double pitch_hz = Uniform(random, 90.0, 230.0);
  const double glide_hz = Uniform(random, 1.0, 4.0);
  std::vector<double> phases(static_cast<size_t>(3200.0 / (pitch_hz * 1.05)));
  for (double& phase : phases) {
    phase = Uniform(random, 0.0, 2.0 * kPi);
  }
  std::vector<double> slopes;
  for (size_t k = 1; k <= phases.size(); ++k) {
    slopes.push_back(1.0 / (1.0 + std::pow(static_cast<double>(k) * pitch_hz / 600.0, 1.5)));
  }
  double cycles = 0.0;
  for (size_t i = 0; i < size; ++i) {
    const double now_s = static_cast<double>(i) / rate_hz;
    cycles += pitch_hz * (1.0 + 0.05 * std::sin(2.0 * kPi * glide_hz * now_s)) / rate_hz;
    for (size_t k = 0; k < phases.size(); ++k) {
      voice[i] += slopes[k] * std::cos(2.0 * kPi * static_cast<double>(k + 1) * cycles + phases[k]);
    }
  }
  size_t from = 0;
  while (from < size) {
    const auto syllable = static_cast<size_t>(Uniform(random, 0.08, 0.25) * rate_hz);
    const double loudness = Uniform(random, 0.5, 1.0);
    for (size_t i = from; i < std::min(size, from + syllable); ++i) {
      const double place = static_cast<double>(i - from) / static_cast<double>(syllable);
      voice[i] *= loudness * std::sin(kPi * place);
    }
    const size_t next = from + syllable + static_cast<size_t>(Uniform(random, 0.0, 0.1) * rate_hz);
    std::fill(voice.begin() + static_cast<ptrdiff_t>(std::min(size, from + syllable)),
              voice.begin() + static_cast<ptrdiff_t>(std::min(size, next)), 0.0);
    from = next;
  }
  double peak = 0.0;
  for (const double sample : voice) {
    peak = std::max(peak, std::abs(sample));
  }
  for (double& sample : voice) {
    sample *= 32'767.0 * std::pow(10.0, -3.0 / 20.0) / peak;
  }
  return voice;
}

void Transform(std::span<std::complex<double>> data) {
  if (data.size() == 1) {
    return;
  }
  const size_t half = data.size() / 2;
  std::vector<std::complex<double>> parts(data.size());
  for (size_t i = 0; i < half; ++i) {
    parts[i] = data[2 * i];
    parts[half + i] = data[2 * i + 1];
  }
  Transform(std::span(parts).first(half));
  Transform(std::span(parts).subspan(half));
  for (size_t i = 0; i < half; ++i) {
    const double turn = -kPi * static_cast<double>(i) / static_cast<double>(half);
    const std::complex<double> odd = std::polar(1.0, turn) * parts[half + i];
    data[i] = parts[i] + odd;
    data[half + i] = parts[i] - odd;
  }
}

// Energy above the speech band relative to all of it, over half-overlapping windows.
double OutOfBandDb(std::span<const double> signal, uint32_t rate_hz) {
  const size_t window = rate_hz == 16'000 ? 4096 : 8192;
  double total = 0.0;
  double outside = 0.0;
  for (size_t from = 0; from + window <= signal.size(); from += window / 2) {
    std::vector<std::complex<double>> data(window);
    for (size_t i = 0; i < window; ++i) {
      // Blackman-Harris: side lobes below -92 dB.
      const double turn = 2.0 * kPi * static_cast<double>(i) / static_cast<double>(window);
      const double weight = 0.35875 - 0.48829 * std::cos(turn) + 0.14128 * std::cos(2.0 * turn) -
                            0.01168 * std::cos(3.0 * turn);
      data[i] = weight * signal[from + i];
    }
    Transform(data);
    for (size_t bin = 0; bin < window / 2; ++bin) {
      const double hz = static_cast<double>(bin) * rate_hz / static_cast<double>(window);
      total += std::norm(data[bin]);
      outside += hz >= kSpeechBandHz ? std::norm(data[bin]) : 0.0;
    }
  }
  return 10.0 * std::log10(outside / total);
}

struct Outputs {
  std::vector<double> limited;
  std::vector<double> clipped;
};

Outputs Limit(std::span<const double> mix, size_t frame_samples) {
  Outputs outputs;
  Limiter limiter;
  std::vector<int32_t> in(frame_samples);
  std::vector<int16_t> out(frame_samples);
  for (size_t from = 0; from < mix.size(); from += frame_samples) {
    for (size_t i = 0; i < frame_samples; ++i) {
      in[i] = static_cast<int32_t>(std::lround(mix[from + i]));
      outputs.clipped.push_back(std::clamp(in[i], -32'768, 32'767));
    }
    limiter.Process(in, out);
    outputs.limited.insert(outputs.limited.end(), out.begin(), out.end());
  }
  return outputs;
}

class Splatter : public ::testing::TestWithParam<uint32_t> {};

TEST_P(Splatter, StaysBelowMinus65DecibelsForThreeToEightLoudTalkers) {
  const uint32_t rate_hz = GetParam();
  for (uint32_t seed = 1; seed <= 2; ++seed) {
    std::mt19937 random(seed);
    std::vector<double> mix(rate_hz * kSeconds, 0.0);
    for (int talkers = 1; talkers <= 8; ++talkers) {
      const std::vector<double> voice = Talker(rate_hz, random);
      std::transform(mix.begin(), mix.end(), voice.begin(), mix.begin(), std::plus<>());
      if (talkers != 3 && talkers != 6 && talkers != 8) {
        continue;
      }
      const Outputs outputs = Limit(mix, rate_hz / 50);
      EXPECT_LT(OutOfBandDb(mix, rate_hz), -80.0) << "the test signal itself";
      EXPECT_GT(OutOfBandDb(outputs.clipped, rate_hz), -50.0) << "the mix that needs no limiter";
      EXPECT_LE(OutOfBandDb(outputs.limited, rate_hz), -65.0)
          << rate_hz << " Hz, " << talkers << " talkers, seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, Splatter, ::testing::Values(16'000U, 48'000U));

}  // namespace
}  // namespace parley
