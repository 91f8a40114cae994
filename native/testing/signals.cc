#include "testing/signals.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>

#include "testing/tone.h"

namespace parley::testing {
namespace {

constexpr double kPi = std::numbers::pi;
// Quieter than this, a frame is a pause.
constexpr double kSoundRms = 10;

// A resonance of the mouth: two poles.
class Formant {
 public:
  Formant(double hz, double bandwidth_hz, double rate_hz)
      : radius_(std::exp(-kPi * bandwidth_hz / rate_hz)),
        feedback_(2 * radius_ * std::cos(2 * kPi * hz / rate_hz)) {}

  double Next(double input) {
    const double output = input + feedback_ * before_ - radius_ * radius_ * long_before_;
    long_before_ = before_;
    before_ = output;
    return output;
  }

 private:
  double radius_;
  double feedback_;
  double before_ = 0;
  double long_before_ = 0;
};

class Voice {
 public:
  Voice(uint32_t rate_hz, uint32_t seed) : random_(seed), rate_hz_(rate_hz) {
    pitch_hz_ = Between(90, 180);
  }

  // Adds one syllable to `sound`, and maybe a pause.
  void Say(std::vector<double>& sound) {
    const auto samples = static_cast<size_t>(rate_hz_ * Between(0.12, 0.30));
    const bool voiced = Between(0, 1) < 0.75;
    const double from_hz = pitch_hz_ * Between(0.85, 1.25);
    const double to_hz = pitch_hz_ * Between(0.85, 1.25);
    std::array<Formant, 3> formants = {Formant(Between(300, 800), 80, rate_hz_),
                                       Formant(Between(900, 2100), 110, rate_hz_),
                                       Formant(Between(2300, 2900), 160, rate_hz_)};
    double phase = 0;
    for (size_t i = 0; i < samples; ++i) {
      const double done = static_cast<double>(i) / static_cast<double>(samples);
      double source = 0;
      if (voiced) {
        phase += (from_hz + (to_hz - from_hz) * done) / rate_hz_;
        source = phase >= 1 ? 1 : 0;
        phase -= source;
      } else {
        source = Between(-0.025, 0.025);
      }
      double value = 0;
      for (Formant& formant : formants) value += formant.Next(source);
      sound.push_back(value * std::sin(kPi * done));
    }
    if (Between(0, 1) < 0.3) {
      sound.resize(sound.size() + static_cast<size_t>(rate_hz_ * Between(0.05, 0.45)));
    }
  }

 private:
  double Between(double low, double high) {
    return low + (high - low) * static_cast<double>(random_()) / std::mt19937::max();
  }

  std::mt19937 random_;
  double rate_hz_;
  double pitch_hz_ = 0;
};

}  // namespace

std::vector<int16_t> ToneSamples(double hz, double amplitude, double seconds, uint32_t rate_hz) {
  std::vector<int16_t> samples(static_cast<size_t>(seconds * rate_hz));
  Tone(hz, amplitude, rate_hz).Fill(samples);
  return samples;
}

std::vector<int16_t> Speech(double amplitude, double seconds, uint32_t rate_hz, uint32_t seed) {
  const auto count = static_cast<size_t>(seconds * rate_hz);
  std::vector<double> sound;
  Voice voice(rate_hz, seed);
  while (sound.size() < count) voice.Say(sound);
  double peak = 0;
  for (const double value : sound) peak = std::max(peak, std::abs(value));
  std::vector<int16_t> samples(count);
  for (size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<int16_t>(std::lround(sound[i] / peak * amplitude));
  }
  return samples;
}

double SegmentalSnrDb(std::span<const int16_t> reference, std::span<const int16_t> heard,
                      uint32_t rate_hz) {
  const size_t frame = rate_hz / 50;
  const size_t count = std::min(reference.size(), heard.size());
  double sum_db = 0;
  uint32_t frames = 0;
  for (size_t at = 0; at + frame <= count; at += frame) {
    double signal = 0;
    double noise = 1e-9;
    for (size_t i = at; i < at + frame; ++i) {
      const double value = reference[i];
      const double error = value - heard[i];
      signal += value * value;
      noise += error * error;
    }
    if (signal < kSoundRms * kSoundRms * static_cast<double>(frame)) continue;
    sum_db += std::clamp(10 * std::log10(signal / noise), -10.0, 35.0);
    ++frames;
  }
  return frames == 0 ? 0 : sum_db / frames;
}

namespace {

// Upper edges of Zwicker's critical bands, in Hz.
constexpr std::array kBandEdgesHz = {100,  200,  300,  400,  510,  630,  770,   920,
                                     1080, 1270, 1480, 1720, 2000, 2320, 2700,  3150,
                                     3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500};
using Bands = std::array<double, kBandEdgesHz.size()>;

// Energies of `window` by band; those that do not fit the rate are 0.
class BandFilter {
 public:
  BandFilter(size_t window, uint32_t rate_hz) : window_(window), spectrum_(window) {
    for (size_t i = 0; i < window; ++i) {
      taper_.push_back(
          0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / static_cast<double>(window)));
    }
    for (size_t bin = 1; bin < window / 2; ++bin) {
      const double hz = static_cast<double>(bin * rate_hz) / static_cast<double>(window);
      const auto band = std::ranges::upper_bound(kBandEdgesHz, hz) - kBandEdgesHz.begin();
      if (static_cast<size_t>(band) == kBandEdgesHz.size()) break;
      band_of_bin_.push_back(static_cast<size_t>(band));
    }
  }

  size_t bands() const { return band_of_bin_.back() + 1; }

  Bands operator()(std::span<const int16_t> samples) {
    for (size_t i = 0; i < window_; ++i) spectrum_[i] = samples[i] * taper_[i];
    Transform();
    Bands energies{};
    for (size_t i = 0; i < band_of_bin_.size(); ++i) {
      energies[band_of_bin_[i]] += std::norm(spectrum_[i + 1]);
    }
    return energies;
  }

 private:
  // Cooley and Tukey, in place. REQUIRES: a power of two.
  void Transform() {
    for (size_t i = 1, reversed = 0; i < window_; ++i) {
      size_t bit = window_ >> 1;
      for (; (reversed & bit) != 0; bit >>= 1) reversed ^= bit;
      reversed ^= bit;
      if (i < reversed) std::swap(spectrum_[i], spectrum_[reversed]);
    }
    for (size_t length = 2; length <= window_; length *= 2) {
      const std::complex<double> turn = std::polar(1.0, -2 * kPi / static_cast<double>(length));
      for (size_t at = 0; at < window_; at += length) {
        std::complex<double> factor = 1;
        for (size_t i = at; i < at + length / 2; ++i) {
          const std::complex<double> other = spectrum_[i + length / 2] * factor;
          spectrum_[i + length / 2] = spectrum_[i] - other;
          spectrum_[i] += other;
          factor *= turn;
        }
      }
    }
  }

  size_t window_;
  std::vector<std::complex<double>> spectrum_;
  std::vector<double> taper_;
  std::vector<size_t> band_of_bin_;
};

}  // namespace

double SpectralDistanceDb(std::span<const int16_t> reference, std::span<const int16_t> heard,
                          uint32_t rate_hz) {
  const size_t window = std::bit_ceil(rate_hz / 32);
  BandFilter filter(window, rate_hz);
  const size_t count = std::min(reference.size(), heard.size());
  std::vector<size_t> places;
  double mean = 0;
  for (size_t at = 0; at + window <= count; at += window / 2) {
    double energy = 0;
    for (size_t i = at; i < at + window; ++i) energy += 1.0 * reference[i] * reference[i];
    if (energy < kSoundRms * kSoundRms * static_cast<double>(window)) continue;
    places.push_back(at);
    for (const double band : filter(reference.subspan(at, window))) mean += band;
  }
  if (places.empty()) return 0;
  const double bands = static_cast<double>(filter.bands());
  const double floor = 1e-5 * mean / (bands * static_cast<double>(places.size()));
  double sum_db = 0;
  for (const size_t at : places) {
    const Bands said = filter(reference.subspan(at, window));
    const Bands came = filter(heard.subspan(at, window));
    double squares = 0;
    for (size_t band = 0; band < filter.bands(); ++band) {
      const double db = 10 * std::log10(std::max(came[band], floor) / std::max(said[band], floor));
      squares += db * db;
    }
    sum_db += std::sqrt(squares / bands);
  }
  return sum_db / static_cast<double>(places.size());
}

uint32_t Discontinuities(std::span<const int16_t> heard, double hz, double tolerance,
                         uint32_t rate_hz) {
  // Any three samples of a sine of angular frequency w: x[n] = 2 cos(w) x[n-1] - x[n-2].
  const double twice_cosine = 2 * std::cos(2 * kPi * hz / rate_hz);
  uint32_t places = 0;
  size_t last = 0;
  for (size_t i = 2; i < heard.size(); ++i) {
    const double expected = twice_cosine * heard[i - 1] - heard[i - 2];
    if (std::abs(heard[i] - expected) <= tolerance) continue;
    if (places == 0 || i - last >= rate_hz / 100) ++places;
    last = i;
  }
  return places;
}

}  // namespace parley::testing
