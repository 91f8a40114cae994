#include "testing/loudness.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace parley::testing {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kSpeechBandHz = 3400.0;

double Uniform(std::mt19937& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random()) / 4294967296.0;
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

}  // namespace

std::vector<double> LoudTalker(uint32_t rate_hz, double seconds, std::mt19937& random) {
  const auto size = static_cast<size_t>(rate_hz * seconds);
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

std::vector<double> LoudTone(uint32_t rate_hz, double seconds, std::mt19937& random) {
  constexpr double kRiseS = 0.02;
  const auto size = static_cast<size_t>(rate_hz * seconds);
  std::vector<double> tone(size, 0.0);
  const double hz = Uniform(random, 200.0, 3000.0);
  const double amplitude = 32'767.0 * std::pow(10.0, -3.0 / 20.0);
  double begin_s = Uniform(random, 0.0, 0.3);
  while (begin_s < seconds) {
    const double note_s = Uniform(random, 0.1, 0.5);
    const auto from = static_cast<size_t>(begin_s * rate_hz);
    const auto to = std::min(size, static_cast<size_t>((begin_s + note_s) * rate_hz));
    for (size_t i = from; i < to; ++i) {
      const double now_s = static_cast<double>(i) / rate_hz;
      const double edge_s = std::max(0.0, std::min(now_s - begin_s, begin_s + note_s - now_s));
      const double rise = 0.5 - 0.5 * std::cos(kPi * std::min(1.0, edge_s / kRiseS));
      tone[i] = amplitude * rise * std::sin(2.0 * kPi * hz * now_s);
    }
    begin_s += note_s + Uniform(random, 0.05, 0.3);
  }
  return tone;
}

// Over half-overlapping windows.
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

}  // namespace parley::testing
