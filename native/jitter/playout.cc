#include "jitter/playout.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "jitter/time_stretch.h"

namespace parley {
namespace {

// A stream that has been dry for so long has stopped; what comes next begins anew.
constexpr uint32_t kStopMs = 1000;
// Longer gaps are filled from one side until only this much is left.
constexpr uint32_t kTwoSidedMsMax = 60;
// A guess fades over into the sound that follows it.
constexpr uint32_t kLeaveGuessMs = 5;
// A packet further off than this belongs to another time line: the sender's clock jumped.
constexpr int64_t kRestartNs = 2 * kNsPerSecond;

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

Playout::Playout(PacketPool* pool, const PlayoutConfig& config, const PayloadDecoder& decoder)
    : config_(config), decoder_(decoder), ring_(pool), estimator_(config.delay) {
  PARLEY_ASSERT(decoder.samples != nullptr);
  PARLEY_ASSERT(decoder.decode != nullptr);
  queue_.Reset(config.sample_rate_hz);
}

uint32_t Playout::SamplesOf(int64_t units) const {
  return static_cast<uint32_t>(units * config_.sample_rate_hz / config_.clock_rate_hz);
}

int64_t Playout::UnitsOf(uint32_t samples) const {
  return int64_t{samples} * config_.clock_rate_hz / config_.sample_rate_hz;
}

int64_t Playout::MediaNs(int64_t media_time) const {
  const int64_t rate = config_.clock_rate_hz;
  return media_time / rate * kNsPerSecond + media_time % rate * kNsPerSecond / rate;
}

int64_t Playout::DueNs(int64_t media_time) const {
  return estimator_.base_ns() + MediaNs(media_time) + estimator_.target_ns();
}

uint32_t Playout::waiting_us() const {
  const int64_t queued_ns = SamplesToNs(queue_.waiting(), config_.sample_rate_hz);
  const int64_t held_ns = SamplesToNs(ring_.held_units(), config_.clock_rate_hz);
  return playing_ ? static_cast<uint32_t>((queued_ns + held_ns) / kNsPerUs)
                  : static_cast<uint32_t>(held_ns / kNsPerUs);
}

InsertResult Playout::Insert(const RtpPacketView& packet, int64_t arrival_ns) {
  const uint32_t samples = decoder_.samples(decoder_.context, packet.payload);
  const auto units = static_cast<uint32_t>(UnitsOf(samples));
  const PacketRing::Inserted inserted =
      ring_.Insert(packet.header.sequence, packet.header.timestamp, packet.header.payload_type,
                   units, packet.payload);
  if (inserted.result != InsertResult::kDuplicate && units > 0) {
    const int64_t media_ns = MediaNs(inserted.media_time);
    if (estimator_.has_packets() &&
        std::abs(arrival_ns - media_ns - estimator_.base_ns()) > kRestartNs) {
      estimator_.Reset();
      ++counters_.restarts;
    }
    estimator_.OnPacket(arrival_ns, media_ns);
  }
  return inserted.result;
}

InsertResult Playout::InsertOther(const RtpHeader& header, int64_t) {
  return ring_.Insert(header.sequence, header.timestamp, header.payload_type, 0, {}).result;
}

void Playout::Reset() {
  ring_.Reset();
  estimator_.Reset();
  Stop();
}

void Playout::Stop() {
  Settle(true);
  playing_ = false;
  starved_samples_ = 0;
  concealment_.End();
  queue_.Reset(config_.sample_rate_hz);
  delay_ns_ = 0;
  drifting_ = false;
  drift_ppm_ = 0;
  ppm_ = 0;
}

FrameKind Playout::PullFrame(int64_t now_ns, std::span<int16_t> frame) {
  const auto count = static_cast<uint32_t>(frame.size());
  PARLEY_ASSERT(count == FrameSamples(config_.sample_rate_hz));
  if (!playing_ && !Begin(now_ns, count)) {
    std::fill(frame.begin(), frame.end(), int16_t{0});
    ++counters_.frames_silent;
    return FrameKind::kSilent;
  }
  frame_is_guess_ = false;
  frame_is_pause_ = false;
  Refill(now_ns, queue_.NeededFor(count, ppm_));
  Steer(now_ns, count);
  const uint32_t needed = queue_.NeededFor(count, ppm_);
  bool audible = true;
  bool starved = false;
  if (queue_.waiting() < needed) {
    starved = true;
    audible = Starve(needed);
  }
  queue_.Read(frame, ppm_);
  if (starved) {
    ++undecided_frames_;
    if (starved_samples_ >= SamplesIn(kStopMs, config_.sample_rate_hz)) Stop();
    return audible ? FrameKind::kConcealed : FrameKind::kSilent;
  }
  delay_ns_ = now_ns - MediaNs(end_media_time_) +
              SamplesToNs(queue_.waiting() + count, config_.sample_rate_hz) - estimator_.base_ns();
  if (frame_is_guess_) {
    ++counters_.frames_concealed;
    return FrameKind::kConcealed;
  }
  if (frame_is_pause_) {
    ++counters_.frames_silent;
    return FrameKind::kSilent;
  }
  ++counters_.frames_played;
  return FrameKind::kPlayed;
}

bool Playout::Begin(int64_t now_ns, uint32_t frame_samples) {
  while (!ring_.empty() && ring_.Front().units == 0) ring_.PopFront();
  if (ring_.empty()) return false;
  const WaitingPacket first = ring_.Front();
  const int64_t wait_ns = DueNs(first.media_time) - now_ns;
  const int64_t wait = NsToSamples(std::max<int64_t>(wait_ns, 0), config_.sample_rate_hz);
  if (wait >= frame_samples) return false;
  queue_.Reset(config_.sample_rate_hz);
  const std::span<int16_t> lead = queue_.Room(static_cast<uint32_t>(wait));
  std::fill(lead.begin(), lead.end(), int16_t{0});
  queue_.Append(static_cast<uint32_t>(wait));
  end_media_time_ = first.media_time;
  playing_ = true;
  return true;
}

void Playout::Refill(int64_t now_ns, uint32_t wanted) {
  // Every round takes a packet, or ends it.
  while (queue_.waiting() < wanted && !ring_.empty()) {
    const WaitingPacket next = ring_.Front();
    if (next.units == 0) {
      ring_.PopFront();
      continue;
    }
    const int64_t gap = next.media_time - end_media_time_;
    if (gap < 0) {
      end_media_time_ = next.media_time;
    } else if (gap > 0) {
      const bool lost = !ring_.FrontFollows() && gap < config_.clock_rate_hz;
      if (lost) {
        AppendGap(wanted, next);
      } else {
        AppendPause(now_ns, wanted, next);
      }
      if (end_media_time_ != next.media_time) return;
      continue;
    }
    if (!DecodeFront()) return;
  }
}

// The sender paused: what comes next is played at its time, whatever the delay was before.
void Playout::AppendPause(int64_t now_ns, uint32_t wanted, const WaitingPacket& next) {
  Settle(true);
  const int64_t end_ns = now_ns + SamplesToNs(queue_.waiting(), config_.sample_rate_hz);
  const int64_t silence =
      NsToSamples(std::max<int64_t>(DueNs(next.media_time) - end_ns, 0), config_.sample_rate_hz);
  const auto piece = static_cast<uint32_t>(std::min<int64_t>(silence, wanted - queue_.waiting()));
  const bool all = queue_.waiting() == 0 && piece == wanted;
  frame_is_pause_ = !AppendGuess(piece) && all;
  end_media_time_ = next.media_time - UnitsOf(static_cast<uint32_t>(silence) - piece);
  if (silence == piece) ++counters_.spurts_anchored;
}

// Packets are lost before `next`. What was stood in for while it was only late counts.
void Playout::AppendGap(uint32_t wanted, const WaitingPacket& next) {
  Settle(false);
  const uint32_t lost = SamplesOf(next.media_time - end_media_time_);
  const uint32_t credit = std::min(lost, starved_samples_);
  starved_samples_ = 0;
  end_media_time_ += UnitsOf(credit);
  const uint32_t missing = lost - credit;
  const uint32_t two_sided_max = SamplesIn(kTwoSidedMsMax, config_.sample_rate_hz);
  // What is not wanted yet is filled better later, from more of what follows.
  const bool later = decoder_.conceal == nullptr && missing > wanted - queue_.waiting() &&
                     SamplesOf(ring_.held_units()) < PitchWindowSamples(config_.sample_rate_hz);
  if (missing > two_sided_max || later) {
    const uint32_t piece =
        std::min(later ? missing : missing - two_sided_max, wanted - queue_.waiting());
    frame_is_guess_ = true;
    AppendGuess(piece);
    end_media_time_ += UnitsOf(piece);
    return;
  }
  end_media_time_ = next.media_time;
  if (missing == 0) return;
  frame_is_guess_ = true;
  if (!RestoreGap(missing, next)) FillGap(missing);
}

// By the codec: from redundancy in `next`, or by its own guess. False when it has neither.
bool Playout::RestoreGap(uint32_t samples, const WaitingPacket& next) {
  if (decoder_.conceal == nullptr) return false;
  const uint32_t carried =
      decoder_.restore == nullptr ? 0 : std::min(samples, SamplesOf(next.units));
  if (samples > carried) {
    const std::span<int16_t> room = queue_.Room(samples - carried);
    if (room.empty()) return true;
    decoder_.conceal(decoder_.context, room);
    queue_.Append(samples - carried);
  }
  if (carried > 0) {
    const std::span<int16_t> room = queue_.Room(carried);
    if (room.empty()) return true;
    if (decoder_.restore(decoder_.context, next.payload, room)) {
      ++counters_.gaps_restored;
    } else {
      decoder_.conceal(decoder_.context, room);
    }
    queue_.Append(carried);
  }
  return true;
}

// Decodes what follows the gap first, when it is here, and fills the gap from both sides.
void Playout::FillGap(uint32_t samples) {
  const uint32_t window = PitchWindowSamples(config_.sample_rate_hz);
  if (!concealment_.open()) concealment_.Begin(queue_.Newest(window), config_.sample_rate_hz);
  const std::span<int16_t> room = queue_.Room(samples);
  if (room.empty()) return;
  std::fill(room.begin(), room.end(), int16_t{0});
  queue_.Append(samples);

  // While the gap is open, decoding would blend the guess into what follows it.
  Concealment guess = concealment_;
  concealment_.End();
  const uint32_t before_decoding = queue_.waiting();
  while (queue_.waiting() - before_decoding < window && !ring_.empty()) {
    const WaitingPacket next = ring_.Front();
    if (next.units == 0 || next.media_time != end_media_time_ || !DecodeFront()) break;
  }
  const uint32_t after = queue_.waiting() - before_decoding;
  const std::span<int16_t> newest = queue_.Newest(samples + after);
  if (after >= PitchWindowSamplesMin(config_.sample_rate_hz)) {
    guess.Fill(newest.subspan(samples), newest.first(samples));
    ++counters_.gaps_filled;
  } else {
    guess.Fill({}, newest.first(samples));
    concealment_ = guess;
    if (after > 0) LeaveGuess(newest.subspan(samples));
  }
}

// Decodes the oldest packet behind the queue. False when there is no room for it.
bool Playout::DecodeFront() {
  const WaitingPacket packet = ring_.Front();
  const uint32_t samples = SamplesOf(packet.units);
  const std::span<int16_t> room = queue_.Room(samples);
  if (room.empty()) return false;
  decoder_.decode(decoder_.context, packet.payload, room);
  queue_.Append(samples);
  ring_.PopFront();
  end_media_time_ = packet.media_time + packet.units;
  if (undecided_frames_ > 0) Settle(false);
  starved_samples_ = 0;
  if (concealment_.open()) LeaveGuess(room);
  return true;
}

// The guess goes on for a moment and fades over into what was really said.
void Playout::LeaveGuess(std::span<int16_t> decoded) {
  int16_t onward[SamplesIn(kLeaveGuessMs, 48000)];
  const auto count = static_cast<uint32_t>(
      std::min<size_t>(decoded.size(), SamplesIn(kLeaveGuessMs, config_.sample_rate_hz)));
  concealment_.Fill({}, std::span(onward, count));
  for (uint32_t i = 0; i < count; ++i) {
    const float weight = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    const float mixed =
        static_cast<float>(onward[i]) * (1.0F - weight) + static_cast<float>(decoded[i]) * weight;
    decoded[i] = static_cast<int16_t>(std::lrintf(mixed));
  }
  concealment_.End();
}

// Continues the last sound, fading. Returns false when nothing of it can be heard.
bool Playout::AppendGuess(uint32_t samples) {
  if (samples == 0) return false;
  if (decoder_.conceal == nullptr && !concealment_.open()) {
    concealment_.Begin(queue_.Newest(PitchWindowSamples(config_.sample_rate_hz)),
                       config_.sample_rate_hz);
  }
  const std::span<int16_t> room = queue_.Room(samples);
  if (room.empty()) return false;
  bool audible = true;
  if (decoder_.conceal == nullptr) {
    audible = concealment_.Fill({}, room);
  } else if (starved_samples_ <
             SamplesIn(kConcealHoldMs + kConcealFadeMs, config_.sample_rate_hz)) {
    decoder_.conceal(decoder_.context, room);
  } else {
    std::fill(room.begin(), room.end(), int16_t{0});
    audible = false;
  }
  queue_.Append(samples);
  return audible;
}

// Nothing is here in time: the last sound goes on, media time does not.
bool Playout::Starve(uint32_t wanted) {
  const uint32_t samples = wanted - queue_.waiting();
  if (starved_samples_ == 0) ++counters_.starvations;
  const bool audible = AppendGuess(samples);
  starved_samples_ += samples;
  return audible;
}

// Now it is known why nothing came.
void Playout::Settle(bool paused) {
  (paused ? counters_.frames_silent : counters_.frames_concealed) += undecided_frames_;
  undecided_frames_ = 0;
  if (paused) starved_samples_ = 0;
}

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
