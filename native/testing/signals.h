// Test support: whole sounds, the same at every run, and how far a heard one is from them.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parley::testing {

// A sine. `amplitude`: peak, in int16 steps.
std::vector<int16_t> ToneSamples(double hz, double amplitude, double seconds, uint32_t rate_hz);

// Like speech: voiced syllables with a gliding pitch and formants, unvoiced ones, and pauses. Peaks
// at `amplitude`. Each seed is another voice saying something else.
std::vector<int16_t> Speech(double amplitude, double seconds, uint32_t rate_hz, uint32_t seed);

// Segmental signal-to-noise ratio in dB: the mean over those frames of 20 ms of `reference` that
// have sound in them, each limited to -10..35 dB. Compares as much as both have; 0 when no frame
// has sound.
double SegmentalSnrDb(std::span<const int16_t> reference, std::span<const int16_t> heard,
                      uint32_t rate_hz);

// Log-spectral distance in dB: the root mean square, over the critical bands of the ear up to half
// the rate, of how much louder or softer `heard` is there; the mean over those windows of 32 ms, 16
// ms apart, of `reference` that have sound in them. Both count as no softer than 50 dB below the
// mean of the reference's sound, which nobody would hear. Compares what spectra have in common, not
// wave forms, as hearing does.
double SpectralDistanceDb(std::span<const int16_t> reference, std::span<const int16_t> heard,
                          uint32_t rate_hz);

// Places where `heard` leaves the course of a sine of `hz` by more than `tolerance`, in int16
// steps, from one sample to the next. Places less than 10 ms apart count once.
uint32_t Discontinuities(std::span<const int16_t> heard, double hz, double tolerance,
                         uint32_t rate_hz);

}  // namespace parley::testing
