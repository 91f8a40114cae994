// Test support: loud talkers, and what a mixer adds outside their band.

#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace parley::testing {

// Voiced speech as far as a limiter can tell: harmonics of a gliding pitch up to 3.2 kHz with the
// slope of a voice, in syllables with pauses between. Its largest peak is -3 dBFS. Not rounded.
std::vector<double> LoudTalker(uint32_t rate_hz, double seconds, std::mt19937& random);

// A tone of 200 Hz to 3 kHz with peaks of -3 dBFS, in notes with pauses between that rise and fall
// over 20 ms. Not rounded.
std::vector<double> LoudTone(uint32_t rate_hz, double seconds, std::mt19937& random);

// Energy from 3.4 kHz on relative to all of it, in dB. REQUIRES: a second of signal or more.
double OutOfBandDb(std::span<const double> signal, uint32_t rate_hz);

}  // namespace parley::testing
