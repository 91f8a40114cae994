// Turns an exact int32 mix into int16 without wrapping, and without touching a mix that fits.
//
// A 0.5 ms block that is too loud has the gain that brings its peak to kLimiterHeld. The gain falls
// at once to what a block needs, is held for 10 ms, and returns to 1 with a time constant of 20 ms.
// That curve is smoothed over 5 ms ahead of each change: the frame being limited is known as a
// whole, so the gain is already down when the peak comes, and a smooth gain splatters no energy out
// of the speech band. Only what a new frame asks of its first 5 ms comes unforeseen; there the gain
// goes from the old curve to the new as smoothly as full scale allows (DrawDescent). No delay.
// docs/adr/0013 says what was measured.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernels.h"

namespace parley {

// Largest magnitude that is left alone: -1 dBFS, 32767 * 10^(-1/20) rounded to the nearest. The
// decibel above it takes what rounding, a lossy codec or a resampler adds to a peak, and leaves a
// sudden attack the room to be less steep.
inline constexpr uint32_t kLimiterCeiling = 29204;

// What a louder mix is brought down to: -4 dBFS. The 3 dB between are for the peak that follows,
// which is often louder yet, and unforeseen where it is of the next frame.
inline constexpr uint32_t kLimiterHeld = 20675;

// The limiter of one mix class. Not thread-safe; real-time safe. A plain value of about 60 bytes:
// a copy (for a listener that leaves the shared class) goes on exactly as the original would.
//
// Invariants: 1. every gain is in (0, 1]. 2. At rest, a mix whose peak is within kLimiterCeiling
// leaves as it came; it is at rest again at most 0.25 s after the last block that was too loud. 3.
// No output sample is beyond int16, whatever the input.
class Limiter {
 public:
  // False when every frame is changed, whatever its peak.
  [[nodiscard]] bool is_at_rest() const { return at_rest_; }

  // True when a frame with this peak leaves as it came: to narrow it is all there is to do, and
  // Process need not be called for it.
  [[nodiscard]] bool IsTransparent(uint32_t peak) const {
    return at_rest_ && peak <= kLimiterCeiling;
  }

  // Limits one frame of 20 ms and narrows it to int16.
  // REQUIRES: sizes equal, one of 160, 320, 480 and 960; no overlap.
  void Process(std::span<const int32_t> mix, std::span<int16_t> out);

  // Gain at the end of the last frame; exactly 1 at rest.
  [[nodiscard]] float gain() const { return gain_; }

  // Blocks ahead of a change over which the gain moves: 5 ms.
  static constexpr size_t kAttackBlocks = 10;
  // Of 0.5 ms, in a frame.
  static constexpr size_t kBlocks = kernels::kGainBlocks;

 private:
  // The envelope behind each block, by the gain that each needs.
  std::array<float, kBlocks> Follow(std::span<const float, kBlocks> needed);

  bool at_rest_ = true;      // all below is as here
  uint8_t hold_blocks_ = 0;  // left before the envelope is released
  // Block by block, the gain needed, then held and released: the last of them.
  float envelope_ = 1.0F;
  // The envelope's minimum over the attack ahead, at the last block edges, newest last: smoothed,
  // it is the gain.
  std::array<float, kAttackBlocks> targets_ = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  float gain_ = 1.0F;
  float slope_ = 0.0F;  // of the gain over the last block
};

}  // namespace parley
