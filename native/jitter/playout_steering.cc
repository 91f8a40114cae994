// The part of Playout that brings the delay back to its target.

#include <algorithm>
#include <cmath>

#include "jitter/playout.h"
#include "jitter/time_stretch.h"

namespace parley {
namespace {

// Frames being whole, the delay is the target give or take half a frame. So much beyond that is
// worth a correction; when sound must wait longer, a little is.
constexpr int64_t kHalfFrameNs = kFrameNs / 2;
constexpr int64_t kExcessNsMax = kHalfFrameNs + 5 * kNsPerMs;
constexpr int64_t kShortfallNsMax = kHalfFrameNs + kNsPerMs;
// Once begun, shortening goes on down to this.
constexpr int64_t kExcessNsEnd = 5 * kNsPerMs;
// A tone is shortened only when it is this late.
constexpr int64_t kTonesTooNs = kFrameNs;
// So long after the target's limit nobody wants to hear it, even fast; it is left out at once.
constexpr int64_t kLeaveOutNs = 100 * kNsPerMs;
constexpr int64_t kLimitNsMin = 100 * kNsPerMs;
// The slowest packets are here this much before they are needed.
constexpr int64_t kSpareNs = 2 * kNsPerMs;
// More than interpolation looks ahead.
constexpr int64_t kLookAheadNs = 2 * kNsPerMs;
// And lengthened only when it has starved so often lately, for 3 s each: not for one stall.
constexpr uint32_t kTonesTooStarvations = 3;
// Between two stretches of speech: 60 ms; when it is urgent, none.
constexpr uint32_t kFramesBetweenStretches = 3;
constexpr int64_t kUrgentNs = 60 * kNsPerMs;

// The drift controller: critically damped, about a minute; in ppm for each millisecond of excess,
// and for each millisecond and frame.
constexpr float kDriftProportional = 40.0F;
constexpr float kDriftIntegral = 0.4F * kFrameMs / 1000;
constexpr float kDriftPpmLimit = 500.0F;
// A clock that is off is corrected once it has moved the delay by this much.
constexpr int64_t kDriftDeadNs = 5 * kNsPerMs;
// Below this no sound waits that interpolation could look ahead to.
constexpr uint32_t kDriftTargetMsMin = 20;

// Mean square of quiet audio at most: -45 dBov; and relative to the noise floor.
constexpr float kQuietEnergyMax = 33'000.0F;
constexpr float kQuietOverNoise = 4.0F;
constexpr float kNoiseRise = 1.02F;

}  // namespace

int64_t Playout::target_ns() const {
  const int64_t needed_ns = estimator_.slowest_ns() + kSpareNs + MarginNs() + kHalfFrameNs;
  const int64_t within_ns =
      std::clamp(needed_ns, config_.delay.target_ms_min * kNsPerMs,
                 std::max(config_.delay.target_ms_min, config_.delay.target_ms_max) * kNsPerMs);
  return std::max(within_ns, kHalfFrameNs);
}

int32_t Playout::drift_ppm() const {
  return drifting_ ? static_cast<int32_t>(std::lrintf(drift_ppm_)) : estimator_.drift_ppm();
}

// A frame is taken whole. Its last sample must be here when its first is due: how much later that
// may have been sent.
int64_t Playout::MarginNs() const {
  if (drifting_) return kFrameNs + kLookAheadNs;
  if (playing_ && OffGrid() != 0) return kFrameNs;
  return kFrameNs - SamplesToNs(grid_samples_, config_.sample_rate_hz);
}

// How many samples playing is behind the step of frames and packets.
uint32_t Playout::OffGrid() const { return queue_.waiting() % grid_samples_; }

void Playout::Steer(int64_t now_ns, uint32_t frame_samples) {
  ++frames_since_stretch_;
  if (starvation_lately_ > 0) --starvation_lately_;
  if (starved_samples_ > 0 || undecided_frames_ > 0 || queue_.waiting() < frame_samples) return;
  // What comes after a pause is at its time.
  if (frame_is_pause_) return;
  const int64_t delay_ns = DelayNs(now_ns, queue_.waiting());
  const int64_t excess_ns = delay_ns - target_ns();
  const int64_t limit_ns = std::max(config_.delay.target_ms_max * kNsPerMs, kLimitNsMin);
  if (excess_ns > kUrgentNs) frames_since_stretch_ = kFramesBetweenStretches;
  if (delay_ns > limit_ns + kLeaveOutNs) {
    LeaveOut(excess_ns);
  } else if (excess_ns > (shortening_ ? kExcessNsEnd : kExcessNsMax)) {
    Shorten(now_ns, excess_ns, frame_samples);
  } else if (excess_ns < -kShortfallNsMax) {
    Lengthen(now_ns, frame_samples);
  } else {
    shortening_ = false;
    FollowDrift(delay_ns, excess_ns);
    if (!drifting_) Realign(now_ns, excess_ns, frame_samples);
  }
}

// After a stall a burst has come: only its end is worth hearing.
void Playout::LeaveOut(int64_t excess_ns) {
  int64_t left = NsToSamples(excess_ns, config_.clock_rate_hz);
  uint64_t packets = 0;
  while (!ring_.empty() && left > ring_.Front().units) {
    const WaitingPacket packet = ring_.Front();
    left -= std::max<int64_t>(packet.media_time + packet.units - end_media_time_, 0);
    end_media_time_ = packet.media_time + packet.units;
    ++packets;
    ring_.PopFront();
  }
  if (packets == 0) return;
  Count().packets_left_out += packets;
  anchor_delay_ns_ = kNoDelay;
  if (!CodecConceals()) {
    concealment_.Begin(queue_.Newest(PitchWindowSamples(config_.sample_rate_hz)),
                       config_.sample_rate_hz);
  }
}

void Playout::Shorten(int64_t now_ns, int64_t excess_ns, uint32_t frame_samples) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t window = StretchWindowSamples(rate);
  // Enough must be left to fill the frame.
  Refill(now_ns, frame_samples + window);
  const uint32_t waiting = queue_.waiting();
  const uint32_t needed = queue_.NeededFor(frame_samples, ppm_);
  if (waiting < needed + StretchSamplesMax(rate) || waiting < window) return;
  const std::span<int16_t> audio = queue_.Waiting(0);
  uint32_t taken = 0;
  const bool is_quiet = IsQuiet(audio);
  if (is_quiet) {
    const auto most =
        std::min<int64_t>(NsToSamples(excess_ns + kHalfFrameNs, rate), waiting - needed);
    taken = ShortenQuiet(audio, WholeSteps(static_cast<uint32_t>(most)), rate);
    shortening_ = taken > 0;
  } else if (frames_since_stretch_ >= kFramesBetweenStretches) {
    frames_since_stretch_ = 0;
    taken = ShortenByPeriod(audio, rate, shortening_ || excess_ns > kTonesTooNs, tone_phase_);
    shortening_ = shortening_ || taken > 0;
  }
  if (taken == 0) return;
  queue_.SetWaiting(waiting - taken);
  (is_quiet ? Count().quiet_shortened_us : Count().speech_shortened_us) += UsOf(taken);
  anchor_delay_ns_ = kNoDelay;
}

void Playout::Lengthen(int64_t now_ns, uint32_t frame_samples) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t window = StretchWindowSamples(rate);
  Refill(now_ns, window);
  const uint32_t waiting = queue_.waiting();
  if (waiting < frame_samples) return;
  uint32_t added = 0;
  // Whole frames, and what playing is off its step.
  const uint32_t step = OffGrid() == 0 ? frame_samples : grid_samples_ - OffGrid();
  // Behind a packet of 120 ms there may be no room to put anything in; there will be.
  const uint32_t most = std::max(step, StretchSamplesMax(rate));
  if (queue_.Waiting(most).size() < waiting + most) return;
  const bool is_quiet = IsQuiet(queue_.Waiting(0));
  if (is_quiet) {
    added = LengthenQuiet(queue_.Waiting(step), waiting, step, rate);
  } else if (waiting >= window) {
    // In every frame: a gap would be worse.
    const bool tones_too = starvation_lately_ > (kTonesTooStarvations - 1) * kStarvationFrames;
    added = LengthenByPeriod(queue_.Waiting(StretchSamplesMax(rate)), waiting, rate, tones_too,
                             tone_phase_);
  }
  if (added == 0) return;
  queue_.SetWaiting(waiting + added);
  (is_quiet ? Count().quiet_lengthened_us : Count().speech_lengthened_us) += UsOf(added);
  anchor_delay_ns_ = kNoDelay;
}

uint64_t Playout::UsOf(uint32_t samples) const {
  return static_cast<uint64_t>(SamplesToNs(samples, config_.sample_rate_hz) / kNsPerUs);
}

// In quiet, playing comes back into the step of frames and packets.
void Playout::Realign(int64_t now_ns, int64_t excess_ns, uint32_t frame_samples) {
  if (OffGrid() == 0 || !IsQuiet(queue_.Waiting(0))) return;
  if (excess_ns < 0) {
    Lengthen(now_ns, frame_samples);
  } else {
    Shorten(now_ns, excess_ns, frame_samples);
  }
}

// The most of `samples` after which playing is in the step of frames and packets.
uint32_t Playout::WholeSteps(uint32_t samples) const {
  const uint32_t off = OffGrid();
  if (samples < off) return 0;
  return off + (samples - off) / grid_samples_ * grid_samples_;
}

void Playout::FollowDrift(int64_t delay_ns, int64_t excess_ns) {
  if (config_.delay.target_ms_max < kDriftTargetMsMin || anchor_delay_ns_ == kNoDelay) return;
  if (!drifting_) {
    const int32_t drift_ppm = estimator_.drift_ppm();
    const int64_t moved_ns = delay_ns - anchor_delay_ns_;
    // A fast sender makes the delay grow.
    if (drift_ppm == 0 || std::abs(moved_ns) < kDriftDeadNs || (drift_ppm > 0) != (moved_ns > 0)) {
      return;
    }
    drifting_ = true;
    ++Count().clocks_followed;
    drift_ppm_ = static_cast<float>(drift_ppm);
  }
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
