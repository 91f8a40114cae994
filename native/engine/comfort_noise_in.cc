#include "engine/comfort_noise_in.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/units.h"

namespace parley {
namespace {

// Ten times the generator's time constant: nothing is left of the noise.
constexpr uint32_t kFadeFrames = 10;

}  // namespace

ComfortNoiseIn::ComfortNoiseIn(uint32_t model_rate_hz, uint32_t sample_rate_hz, uint32_t seed)
    : generator_(sample_rate_hz, seed), is_own_rate_(model_rate_hz == sample_rate_hz) {}

void ComfortNoiseIn::OnPacket(const RtpPacketView& packet, Stats& stats) PARLEY_NONBLOCKING {
  const std::optional<ComfortNoise> noise = ParseComfortNoise(packet.payload);
  if (!noise) {
    ++stats->packets_invalid;
    return;
  }
  noise_ = *noise;
  if (!is_own_rate_) noise_.order = 0;
  is_silent_ = true;
  has_sound_since_ = false;
}

void ComfortNoiseIn::Reset() PARLEY_NONBLOCKING {
  is_silent_ = false;
  has_sound_since_ = false;
}

bool ComfortNoiseIn::Fill(std::span<int16_t> frame, FrameKind kind) PARLEY_NONBLOCKING {
  if (!is_silent_ && !is_audible_) return false;
  const bool is_sound = kind == FrameKind::kPlayed;
  if (is_sound && has_sound_since_) is_silent_ = false;
  if (is_silent_ && !is_sound) {
    generator_.Set(noise_);
    is_audible_ = true;
    fade_frames_ = 0;
  } else if (is_audible_) {
    generator_.Fade();
    is_audible_ = ++fade_frames_ < kFadeFrames;
  }
  if (!is_audible_) return false;
  std::array<int16_t, kFrameSamplesMax> noise;
  const std::span<int16_t> made = std::span(noise).first(frame.size());
  generator_.Fill(made);
  std::ranges::transform(frame, made, frame.begin(), [](int16_t sound, int16_t added) {
    constexpr int kMin = std::numeric_limits<int16_t>::min();
    constexpr int kMax = std::numeric_limits<int16_t>::max();
    return static_cast<int16_t>(std::clamp(sound + added, kMin, kMax));
  });
  return true;
}

}  // namespace parley
