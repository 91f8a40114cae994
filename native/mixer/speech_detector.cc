#include "mixer/speech_detector.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace parley {
namespace {

constexpr uint32_t kSilenceDbov = 127;
constexpr uint32_t kStartAboveNoiseDb = 10;
constexpr uint32_t kStayAboveNoiseDb = 6;
constexpr uint32_t kFaintestVoiceDbov = 50;
constexpr uint32_t kLoudestNoiseDbov = 30;

constexpr uint32_t kWindowFrames = 300 / kFrameMs;
constexpr uint32_t kHistoryFramesMax = std::numeric_limits<uint64_t>::digits;
constexpr uint32_t kStartFramesMax = kHistoryFramesMax * 2 / 3;
constexpr uint32_t kChangesFrames = kSpeechChangesMs / kFrameMs;

}  // namespace

SpeechDetector::SpeechDetector(const SpeechConfig& config) : noise_dbov_(kSilenceDbov) {
  Configure(config);
  lowest_dbov_.fill(kSilenceDbov);
}

void SpeechDetector::Configure(const SpeechConfig& config) PARLEY_NONBLOCKING {
  start_frames_ = std::clamp(config.start_ms / kFrameMs, 1U, kStartFramesMax);
  history_frames_ = start_frames_ * 3 / 2;
  stop_frames_ = std::max(config.stop_ms / kFrameMs, 1U);
}

SpeechChange SpeechDetector::OnFrame(uint32_t level_dbov) PARLEY_NONBLOCKING {
  const bool voice = IsVoice(level_dbov);
  LearnNoise(std::min(level_dbov, kSilenceDbov));
  return Advance(voice);
}

SpeechChange SpeechDetector::OnMissing() PARLEY_NONBLOCKING { return Advance(false); }

SpeechChange SpeechDetector::Stop() PARLEY_NONBLOCKING {
  voiced_ = 0;
  if (!speaking_) return SpeechChange::kNone;
  speaking_ = false;
  CountChange();
  return SpeechChange::kStopped;
}

bool SpeechDetector::MayBeVoice(uint32_t level_dbov) const {
  return level_dbov + kStayAboveNoiseDb <= noise_dbov_;
}

bool SpeechDetector::IsVoice(uint32_t level_dbov) const {
  const uint32_t above_db = speaking_ ? kStayAboveNoiseDb : kStartAboveNoiseDb;
  return level_dbov <= kFaintestVoiceDbov && level_dbov + above_db <= noise_dbov_;
}

void SpeechDetector::LearnNoise(uint32_t level_dbov) {
  window_lowest_dbov_ = std::max(window_lowest_dbov_, static_cast<uint8_t>(level_dbov));
  if (++window_frames_ < kWindowFrames) return;
  lowest_dbov_[window_] = window_lowest_dbov_;
  window_ = (window_ + 1) % kWindows;
  window_frames_ = 0;
  window_lowest_dbov_ = 0;
  const uint32_t lowest_dbov = *std::max_element(lowest_dbov_.begin(), lowest_dbov_.end());
  noise_dbov_ = std::max(lowest_dbov, kLoudestNoiseDbov);
}

SpeechChange SpeechDetector::Advance(bool voice) {
  ++frame_;
  voiced_ = voiced_ << 1 | static_cast<uint64_t>(voice);
  silent_frames_ = voice ? 0 : silent_frames_ + 1;
  if (speaking_) {
    // Leaves room for the start that may follow.
    const bool is_due = silent_frames_ >= stop_frames_;
    if (!is_due) is_waiting_ = false;
    return is_due && MayChangeNow(2) ? Stop() : SpeechChange::kNone;
  }
  const uint64_t history = voiced_ << (kHistoryFramesMax - history_frames_);
  const bool is_due = static_cast<uint32_t>(std::popcount(history)) >= start_frames_;
  if (!is_due) is_waiting_ = false;
  if (!is_due || !MayChangeNow(1)) return SpeechChange::kNone;
  speaking_ = true;
  silent_frames_ = 0;
  CountChange();
  return SpeechChange::kStarted;
}

// Whether `changes` more would be within the limit.
bool SpeechDetector::MayChange(size_t changes) const {
  const size_t allowed = kSpeechChangesMax - changes;
  if (changes_count_ <= allowed) return true;
  // The newest change that has to be old enough.
  const size_t at = changes_head_ + changes_count_ - 1 - allowed;
  return frame_ - changes_[at % kSpeechChangesMax] >= kChangesFrames;
}

// As MayChange, for a change that is due: one that must wait is counted once.
bool SpeechDetector::MayChangeNow(size_t changes) {
  if (MayChange(changes)) return true;
  if (!is_waiting_) ++changes_delayed_;
  is_waiting_ = true;
  return false;
}

void SpeechDetector::CountChange() {
  is_waiting_ = false;
  changes_[(changes_head_ + changes_count_) % kSpeechChangesMax] = frame_;
  if (changes_count_ < kSpeechChangesMax) {
    ++changes_count_;
  } else {
    changes_head_ = (changes_head_ + 1) % kSpeechChangesMax;
  }
}

}  // namespace parley
