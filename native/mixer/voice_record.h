// What is kept of a leg's voice for whoever looks into its quality: how loud, how much of it, how
// clipped.

#pragma once

#include <array>
#include <cstdint>

#include "engine/layout.generated.h"

namespace parley {

// A full-scale sample once is a peak; so many in 20 ms are a top cut off.
inline constexpr uint32_t kClippedSamplesMin = 3;

struct VoiceTurn {
  uint32_t level_dbov = 127;
  bool is_received = false;  // all of it; neither made up nor silence of a sender that pauses
  bool is_speaking = false;
  bool is_voice = false;  // this frame, while it speaks
  bool is_clipped = false;
};

// Counters of one leg, told of every turn in which somebody is given its voice. A plain value of
// about 80 bytes; one thread.
class VoiceRecord {
 public:
  void Note(const VoiceTurn& turn);
  void NoteLeftOut() { ++left_out_; }

  // Turns; at 50 a second they last for two years.
  uint32_t heard() const { return heard_; }
  uint32_t speaking() const { return speaking_; }
  uint32_t clipped() const { return clipped_; }
  uint32_t left_out() const { return left_out_; }
  // Mean level of voice, 0 to 127; 127 before the first.
  uint32_t speech_level_dbov() const;
  // Frames received, by level.
  uint32_t frames_at(uint32_t bucket) const { return levels_[bucket]; }

 private:
  uint32_t heard_ = 0;
  uint32_t speaking_ = 0;
  uint32_t clipped_ = 0;
  uint32_t left_out_ = 0;
  // In 1/256 dBov.
  uint32_t speech_level_ = 127 * 256;
  bool has_spoken_ = false;
  std::array<uint32_t, layout::kLevelBuckets> levels_{};
};

}  // namespace parley
