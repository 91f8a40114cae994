// µ-law by its definition (G.711 table 2), slow and independent of the engine's kernels.

#pragma once

#include <cstdint>

namespace parley::load {

// A code as a sample in int16 steps.
int ExpandMuLaw(uint8_t code);

// The code nearest to `sample`.
uint8_t CompressMuLaw(int sample);

}  // namespace parley::load
