// Test support: pure tones, and how much of one is in a signal.

#pragma once

#include <cstdint>
#include <span>

namespace parley::testing {

// A sine without end.
class Tone {
 public:
  // `amplitude`: peak, in int16 steps.
  Tone(double hz, double amplitude, uint32_t rate_hz);

  // The next samples.
  void Fill(std::span<int16_t> out);

 private:
  double step_;
  double phase_ = 0;
  double amplitude_;
};

// Peak amplitude of the tone of `hz` in `samples`, through a Hann window: tones further than a few
// periods of the window away do not count.
double ToneAmplitude(std::span<const int16_t> samples, double hz, uint32_t rate_hz);

// 20 log10(a / b).
double Decibels(double a, double b);

// The loudest of what is further than `apart_hz` from a tone of `hz`, in any window of 20 ms,
// against the tone of `amplitude`: a step or a break in it spreads over the whole spectrum.
double SplatterDb(std::span<const int16_t> heard, uint32_t rate_hz, double hz, double amplitude,
                  double apart_hz);

}  // namespace parley::testing
