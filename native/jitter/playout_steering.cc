// The part of Playout that brings the delay back to its target.

#include <algorithm>
#include <cmath>

#include "jitter/playout.h"
#include "jitter/time_stretch.h"

namespace parley {
namespace {

// Excess that is worth a stretch, and what of it is left alone when sound must wait longer.
constexpr int64_t kExcessNsMax = 15 * kNsPerMs;
constexpr int64_t kShortfallNsMax = 7 * kNsPerMs;
// Beyond this nobody wants to hear it fast; it is left out at once.
constexpr int64_t kSkipNs = 250 * kNsPerMs;
// A tone is shortened only when it is this late. Drift never brings it there, nor to a shortfall.
constexpr int64_t kTonesTooNs = 20 * kNsPerMs;
// Between two stretches of speech: 60 ms; when it is urgent, none.
constexpr uint32_t kFramesBetweenStretches = 3;
constexpr int64_t kUrgentNs = 60 * kNsPerMs;

// The drift controller: critically damped, about a minute; in ppm for each millisecond of excess,
// and for each millisecond and frame.
constexpr float kDriftProportional = 40.0F;
constexpr float kDriftIntegral = 0.4F * kFrameMs / 1000;
constexpr float kDriftPpmLimit = 500.0F;
constexpr int64_t kDriftDeadNs = 5 * kNsPerMs;
// Below this no sound waits that interpolation could look ahead to.
constexpr uint32_t kDriftTargetMsMin = 20;

// Mean square of quiet audio at most: -45 dBov; and relative to the noise floor.
constexpr float kQuietEnergyMax = 33'000.0F;
constexpr float kQuietOverNoise = 4.0F;
constexpr float kNoiseRise = 1.02F;

}  // namespace

void Playout::Steer(int64_t now_ns, uint32_t frame_samples) {
  ++frames_since_stretch_;
  if (starved_samples_ > 0 || undecided_frames_ > 0 || queue_.waiting() < frame_samples) return;
  const int64_t end_ns = now_ns + SamplesToNs(queue_.waiting(), config_.sample_rate_hz);
  const int64_t excess_ns = end_ns - DueNs(end_media_time_);
  if (excess_ns > kUrgentNs) frames_since_stretch_ = kFramesBetweenStretches;
  if (excess_ns > kSkipNs) {
    SkipPackets(excess_ns);
  } else if (excess_ns > kExcessNsMax) {
    Shorten(now_ns, static_cast<uint32_t>(NsToSamples(excess_ns, config_.sample_rate_hz)),
            frame_samples, excess_ns > kTonesTooNs);
  } else if (excess_ns < -kShortfallNsMax) {
    Lengthen(now_ns, static_cast<uint32_t>(NsToSamples(-excess_ns, config_.sample_rate_hz)),
             frame_samples);
  } else {
    FollowDrift(excess_ns);
  }
}

// After a stall a burst has come: only its end is worth hearing.
void Playout::SkipPackets(int64_t excess_ns) {
  int64_t left = NsToSamples(excess_ns, config_.clock_rate_hz);
  uint32_t skipped = 0;
  while (!ring_.empty() && left > ring_.Front().units) {
    const WaitingPacket packet = ring_.Front();
    left -= std::max<int64_t>(packet.media_time + packet.units - end_media_time_, 0);
    end_media_time_ = packet.media_time + packet.units;
    skipped += SamplesOf(packet.units);
    ring_.PopFront();
  }
  if (skipped == 0) return;
  counters_.samples_shortened += skipped;
  if (decoder_.conceal == nullptr) {
    concealment_.Begin(queue_.Newest(PitchWindowSamples(config_.sample_rate_hz)),
                       config_.sample_rate_hz);
  }
}

void Playout::Shorten(int64_t now_ns, uint32_t excess, uint32_t frame_samples, bool tones_too) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t window = StretchWindowSamples(rate);
  // Enough must be left to fill the frame.
  Refill(now_ns, frame_samples + window);
  const uint32_t waiting = queue_.waiting();
  const uint32_t needed = queue_.NeededFor(frame_samples, ppm_);
  if (waiting < needed + StretchSamplesMax(rate) || waiting < window) return;
  const std::span<int16_t> audio = queue_.Waiting(0);
  uint32_t taken = 0;
  if (IsQuiet(audio)) {
    taken = ShortenQuiet(audio, std::min(excess, waiting - needed), rate);
  } else if (frames_since_stretch_ >= kFramesBetweenStretches) {
    frames_since_stretch_ = 0;
    taken = ShortenByPeriod(audio, rate, tones_too);
  }
  queue_.SetWaiting(waiting - taken);
  counters_.samples_shortened += taken;
}

void Playout::Lengthen(int64_t now_ns, uint32_t shortfall, uint32_t frame_samples) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t window = StretchWindowSamples(rate);
  Refill(now_ns, window);
  const uint32_t waiting = queue_.waiting();
  if (waiting < frame_samples) return;
  uint32_t added = 0;
  if (IsQuiet(queue_.Waiting(0))) {
    const uint32_t wanted = std::min(shortfall, frame_samples);
    added = LengthenQuiet(queue_.Waiting(wanted), waiting, wanted, rate);
  } else if (waiting >= window) {
    // In every frame: a gap would be worse.
    added = LengthenByPeriod(queue_.Waiting(StretchSamplesMax(rate)), waiting, rate);
  }
  queue_.SetWaiting(waiting + added);
  counters_.samples_lengthened += added;
}

void Playout::FollowDrift(int64_t excess_ns) {
  if (config_.delay.target_ms_max < kDriftTargetMsMin) return;
  if (std::abs(excess_ns) > kDriftDeadNs) drifting_ = true;
  if (!drifting_) return;
  const float excess_ms = static_cast<float>(excess_ns) / static_cast<float>(kNsPerMs);
  drift_ppm_ = std::clamp(drift_ppm_ + kDriftIntegral * excess_ms, -kDriftPpmLimit, kDriftPpmLimit);
  ppm_ = static_cast<int32_t>(std::lrintf(
      std::clamp(drift_ppm_ + kDriftProportional * excess_ms, -kDriftPpmLimit, kDriftPpmLimit)));
}

// Follows the noise floor down at once and up slowly.
bool Playout::IsQuiet(std::span<const int16_t> audio) {
  float energy = 0;
  for (const int16_t sample : audio)
    energy += static_cast<float>(sample) * static_cast<float>(sample);
  energy = energy / static_cast<float>(std::max<size_t>(audio.size(), 1)) + 1.0F;
  noise_energy_ = noise_energy_ == 0 ? energy : std::min(energy, noise_energy_ * kNoiseRise);
  return energy < kQuietEnergyMax && energy < kQuietOverNoise * noise_energy_ + 64.0F;
}

}  // namespace parley
