// The part of Playout that stands in for what is missing.

#include <algorithm>
#include <cmath>

#include "jitter/playout.h"
#include "jitter/time_stretch.h"

namespace parley {
namespace {

// Longer gaps are filled from one side until only this much is left.
constexpr uint32_t kTwoSidedMsMax = 60;
// A guess fades over into the sound that follows it.
constexpr uint32_t kLeaveGuessMs = 5;
// So long a tone is taken on in time while nothing comes; heard of it is only as much as of a
// guess.
constexpr uint32_t kOutrunMsMax = 200;
// A codec makes up sound in steps of 2.5 ms.
constexpr uint32_t kConcealStepsPerSecond = 400;

}  // namespace

// Of a tone that was taken on: `next` is late. When those behind it are in time again, all of them
// were held up together, and what has been stood in for is dropped: true when that is all of it.
// Otherwise the sender has only now gone on, and all of it is played.
bool Playout::DropOutrun(const WaitingPacket& next) {
  const int64_t outrun_ns = SamplesToNs(outrun_samples_, config_.sample_rate_hz);
  if (outrun_ns > 0 && estimator_.newest_ns() >= outrun_ns) {
    end_media_time_ = next.media_time;
    outrun_media_time_ = INT64_MIN;
  }
  if (next.media_time + next.units > outrun_media_time_) return false;
  ++counters_.packets_outrun;
  ring_.PopFront();
  return true;
}

// Packets are lost before `next`. What was stood in for while it was only late counts.
void Playout::AppendGap(uint32_t wanted, const WaitingPacket& next) {
  Settle(false);
  const uint32_t lost = SamplesOf(next.media_time - end_media_time_);
  const uint32_t credit = std::min(lost, starved_samples_ - outrun_samples_);
  EndStarvation();
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
    if (!AppendGuess(piece)) ++counters_.guesses_faded;
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
  const uint32_t step = config_.sample_rate_hz / kConcealStepsPerSecond;
  const uint32_t carried =
      decoder_.restore == nullptr ? 0 : std::min(samples, SamplesOf(next.units)) / step * step;
  if (samples > carried) AppendByCodec(samples - carried);
  if (carried == 0) return true;
  const std::span<int16_t> room = queue_.Room(carried);
  if (!room.empty() && decoder_.restore(decoder_.context, next.payload_type, next.payload, room)) {
    queue_.Append(carried);
    ++counters_.gaps_restored;
  } else {
    AppendByCodec(carried);
  }
  return true;
}

// The codec's guess comes in steps; what is more than asked for is left.
bool Playout::AppendByCodec(uint32_t samples) {
  const uint32_t step = config_.sample_rate_hz / kConcealStepsPerSecond;
  const std::span<int16_t> room = queue_.Room((samples + step - 1) / step * step);
  if (room.empty()) return false;
  decoder_.conceal(decoder_.context, room);
  queue_.Append(samples);
  ++counters_.guesses_by_codec;
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
    ++counters_.guesses_by_pitch;
    concealment_ = guess;
    if (after > 0) LeaveGuess(newest.subspan(samples));
  }
}

// The guess goes on for a moment and fades over into what was really said. One that has faded away
// takes nothing from it: the first syllable after a pause is whole.
void Playout::LeaveGuess(std::span<int16_t> decoded) {
  int16_t onward[SamplesIn(kLeaveGuessMs, 48000)];
  const auto count = static_cast<uint32_t>(
      std::min<size_t>(decoded.size(), SamplesIn(kLeaveGuessMs, config_.sample_rate_hz)));
  const bool is_audible = concealment_.Fill({}, std::span(onward, count));
  concealment_.End();
  if (!is_audible) return;
  for (uint32_t i = 0; i < count; ++i) {
    const float weight = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    const float mixed =
        static_cast<float>(onward[i]) * (1.0F - weight) + static_cast<float>(decoded[i]) * weight;
    decoded[i] = static_cast<int16_t>(std::lrintf(mixed));
  }
}

// Continues the last sound, fading. Returns false when nothing of it can be heard.
bool Playout::AppendGuess(uint32_t samples) {
  if (samples == 0) return false;
  if (decoder_.conceal == nullptr && !concealment_.open()) {
    concealment_.Begin(queue_.Newest(PitchWindowSamples(config_.sample_rate_hz)),
                       config_.sample_rate_hz);
  }
  const uint32_t fade = SamplesIn(kConcealHoldMs + kConcealFadeMs, config_.sample_rate_hz);
  if (decoder_.conceal != nullptr && starved_samples_ < fade) return AppendByCodec(samples);
  const std::span<int16_t> room = queue_.Room(samples);
  if (room.empty()) return false;
  bool audible = false;
  if (decoder_.conceal == nullptr) {
    audible = concealment_.Fill({}, room);
    if (audible) ++counters_.guesses_by_pitch;
  } else {
    std::fill(room.begin(), room.end(), int16_t{0});
  }
  queue_.Append(samples);
  return audible;
}

// Nothing is here in time: the last sound goes on. Media time does not, but for a tone's.
bool Playout::Starve(uint32_t wanted) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t samples = wanted - queue_.waiting();
  if (starved_samples_ == 0) {
    starvation_lately_ += kStarvationFrames;
    starved_of_tone_ = IsTonal(queue_.Newest(StretchWindowSamples(rate)), rate);
  }
  const bool audible = AppendGuess(samples);
  if (!audible) ++counters_.guesses_faded;
  starved_samples_ += samples;
  if (starved_of_tone_ && starved_samples_ <= SamplesIn(kOutrunMsMax, rate)) {
    outrun_samples_ += samples;
    end_media_time_ += UnitsOf(samples);
    outrun_media_time_ = end_media_time_;
  }
  return audible;
}

void Playout::EndStarvation() {
  starved_samples_ = 0;
  outrun_samples_ = 0;
}

// Now it is known why nothing came.
void Playout::Settle(bool paused) {
  if (paused) {
    counters_.frames_silent += undecided_frames_;
    EndStarvation();
  } else if (undecided_frames_ > 0) {
    ++counters_.starvations;
    CountConcealed(undecided_frames_);
  }
  undecided_frames_ = 0;
}

void Playout::CountConcealed(uint32_t frames) {
  if (!is_in_gap_) ++counters_.gaps;
  is_in_gap_ = true;
  counters_.frames_concealed += frames;
}

}  // namespace parley
