#include "mixer/voice_record.h"

#include <algorithm>

namespace parley {
namespace {

constexpr uint32_t kScale = 256;
// Of the mean level of voice: about two seconds of it.
constexpr uint32_t kAverageTurns = 100;

}  // namespace

void VoiceRecord::Note(const VoiceTurn& turn) {
  ++heard_;
  if (turn.is_speaking) ++speaking_;
  if (!turn.is_received) return;
  if (turn.is_clipped) ++clipped_;
  ++levels_[std::min(turn.level_dbov / layout::kLevelBucketDb, layout::kLevelBuckets - 1)];
  if (!turn.is_voice) return;
  const uint32_t level = turn.level_dbov * kScale;
  if (!has_spoken_) {
    has_spoken_ = true;
    speech_level_ = level;
  } else {
    speech_level_ = (speech_level_ * (kAverageTurns - 1) + level) / kAverageTurns;
  }
}

uint32_t VoiceRecord::speech_level_dbov() const { return (speech_level_ + kScale / 2) / kScale; }

}  // namespace parley
