#include "mixer/voice_shaper.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"
#include "base/units.h"
#include "kernels/kernels.h"

namespace parley {
namespace {

constexpr float kGateGain = 0.25118864F;  // kGateDb
constexpr uint32_t kGateHoldFrames = 300 / kFrameMs;

constexpr uint32_t kLearnFrames = 400 / kFrameMs;
// Of the mean level of speech: 1.5 s of it.
constexpr uint32_t kAverageFrames = 1500 / kFrameMs;
constexpr float kStepDb = 3.0F * kFrameMs / 1000;

float FromDb(float db) { return std::pow(10.0F, db / 20.0F); }

}  // namespace

void VoiceShaper::Learn(const VoiceFrame& judged) {
  if (judged.may_be_voice) {
    gate_frames_ = kGateHoldFrames;
  } else if (gate_frames_ > 0) {
    --gate_frames_;
  }
  if (!judged.is_speech) return;
  // A plain mean until there is enough for one that forgets.
  speech_frames_ = std::min(speech_frames_ + 1, kAverageFrames);
  const float level_db = -static_cast<float>(judged.level_dbov);
  speech_db_ += (level_db - speech_db_) / static_cast<float>(speech_frames_);
  if (speech_frames_ < kLearnFrames) return;
  const auto most = static_cast<float>(kGainMaxDb);
  const float wanted = std::clamp(-static_cast<float>(kSpeechDbov) - speech_db_, -most, most);
  agc_db_ += std::clamp(wanted - agc_db_, -kStepDb, kStepDb);
}

void VoiceShaper::Process(const VoiceFrame& judged, std::span<int16_t> frame) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(frame.size() <= kFrameSamplesMax);
  if (!config_.noise_gate && !config_.automatic_gain && gain_ == 1.0F &&
      limiter_.IsTransparent(0)) {
    return;
  }
  Learn(judged);
  const float gate = config_.noise_gate && gate_frames_ == 0 ? kGateGain : 1.0F;
  const float agc = config_.automatic_gain && agc_db_ != 0.0F ? FromDb(agc_db_) : 1.0F;
  const float target = gate * agc;
  if (target == 1.0F && gain_ == 1.0F && limiter_.IsTransparent(0)) return;

  std::array<int32_t, kFrameSamplesMax> shaped_memory;
  const std::span<int32_t> shaped = std::span(shaped_memory).first(frame.size());
  const size_t fade = frame.size() / 2;
  const float step = (target - gain_) / static_cast<float>(fade);
  for (size_t i = 0; i < frame.size(); ++i) {
    const float gain = i < fade ? gain_ + step * static_cast<float>(i) : target;
    shaped[i] = static_cast<int32_t>(std::lrintf(static_cast<float>(frame[i]) * gain));
  }
  gain_ = target;
  const uint32_t peak = kernels::NarrowWithPeak(shaped, frame);
  if (!limiter_.IsTransparent(peak)) limiter_.Process(shaped, frame);
}

int32_t VoiceShaper::gain_cb() const {
  if (gain_ == 1.0F) return 0;
  return static_cast<int32_t>(std::lround(200.0 * std::log10(static_cast<double>(gain_))));
}

}  // namespace parley
