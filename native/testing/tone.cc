#include "testing/tone.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace parley::testing {

Tone::Tone(double hz, double amplitude, uint32_t rate_hz)
    : step_(2 * std::numbers::pi * hz / rate_hz), amplitude_(amplitude) {}

void Tone::Fill(std::span<int16_t> out) {
  for (int16_t& sample : out) {
    sample = static_cast<int16_t>(std::lround(amplitude_ * std::sin(phase_)));
    phase_ = std::fmod(phase_ + step_, 2 * std::numbers::pi);
  }
}

double ToneAmplitude(std::span<const int16_t> samples, double hz, uint32_t rate_hz) {
  const double step = 2 * std::numbers::pi * hz / rate_hz;
  const double window_step = 2 * std::numbers::pi / static_cast<double>(samples.size());
  // Unit vectors turned step by step: cheaper than a sine for each sample, and exact enough.
  double cosine = 1, sine = 0, window_cosine = 1, window_sine = 0;
  double real = 0, imaginary = 0, weight = 0;
  const double c = std::cos(step), s = std::sin(step);
  const double wc = std::cos(window_step), ws = std::sin(window_step);
  for (const int16_t sample : samples) {
    const double window = 0.5 - 0.5 * window_cosine;
    real += window * sample * cosine;
    imaginary += window * sample * sine;
    weight += window;
    const double next_cosine = cosine * c - sine * s;
    sine = sine * c + cosine * s;
    cosine = next_cosine;
    const double next_window = window_cosine * wc - window_sine * ws;
    window_sine = window_sine * wc + window_cosine * ws;
    window_cosine = next_window;
  }
  return 2 * std::hypot(real, imaginary) / weight;
}

double Decibels(double a, double b) { return 20 * std::log10(a / b); }

double SplatterDb(std::span<const int16_t> heard, uint32_t rate_hz, double hz, double amplitude,
                  double apart_hz) {
  const size_t window = rate_hz / 50;
  double loudest = 0;
  for (size_t begin = 0; begin + window <= heard.size(); begin += window / 4) {
    for (double at = hz + apart_hz; at < rate_hz * 0.45; at += 100) {
      loudest = std::max(loudest, ToneAmplitude(heard.subspan(begin, window), at, rate_hz));
    }
  }
  return Decibels(loudest, amplitude);
}

}  // namespace parley::testing
