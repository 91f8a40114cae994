// By how much one steady tone may be shortened or lengthened so that it goes on as if nothing had
// happened. A voice is moved by a period of whole samples, give or take, and nobody hears what is
// left over; of a tone that is moved often, the rests would add up to another phase.

#pragma once

#include <cstdint>
#include <span>

#include "base/realtime.h"

namespace parley {

// How far the phase of a tone has moved by what was taken out and put in, in turns.
struct TonePhase {
  double turns = 0;
};

// The frequency of one steady tone below 4 kHz, in turns for each sample; 0 when `audio` is
// anything else. Good to 0.25 Hz over G.711. REQUIRES: at least 32 ms, rate_hz a multiple of 8000.
double ToneTurnsPerSample(std::span<const int16_t> audio, uint32_t rate_hz) PARLEY_NONBLOCKING;

// The step, from 2.5 to 16 ms, that brings `phase` nearest to 0, and counts it there; of two as
// good the longer. `direction`: 1 to shorten, -1 to lengthen.
uint32_t ToneLag(double turns_per_sample, uint32_t rate_hz, int direction,
                 TonePhase& phase) PARLEY_NONBLOCKING;

}  // namespace parley
