// The part of Playout that stands in for what is missing.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

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
// What it makes up is kept whole for this long, and gone at the end of the fade.
constexpr uint32_t kCodecHoldMs = 20;
constexpr uint32_t kCodecFadeMs = 60;
// Of a gap: the talker's background comes up while the guess fades, stands alone, and goes.
constexpr uint32_t kNoiseFromMs = 20;
constexpr uint32_t kNoiseFadeMs = 180;
constexpr uint32_t kNoiseEndMs = 240;
// Made at once.
constexpr size_t kNoisePiece = 256;

int16_t Sum(int16_t one, int16_t other) {
  constexpr int32_t kMin = std::numeric_limits<int16_t>::min();
  constexpr int32_t kMax = std::numeric_limits<int16_t>::max();
  return static_cast<int16_t>(std::clamp(int32_t{one} + other, kMin, kMax));
}

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
  ++Count().packets_outrun;
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
  const bool later = decoder_.recovers_at_once && missing > wanted - queue_.waiting() &&
                     SamplesOf(ring_.held_units()) < PitchWindowSamples(config_.sample_rate_hz);
  if (missing > two_sided_max || later) {
    const uint32_t piece =
        std::min(later ? missing : missing - two_sided_max, wanted - queue_.waiting());
    frame_is_guess_ = true;
    if (!AppendGuess(piece)) ++Count().guesses_faded;
    end_media_time_ += UnitsOf(piece);
    return;
  }
  end_media_time_ = next.media_time;
  if (missing == 0) return;
  frame_is_guess_ = true;
  if (RestoreGap(missing, next)) return;
  if (CodecConceals() || !decoder_.recovers_at_once) {
    AppendGuess(missing);
  } else {
    FillGap(missing);
  }
}

// From redundancy in `next`, which holds the end of what is lost; what it has not is made up. False
// when it has none.
bool Playout::RestoreGap(uint32_t samples, const WaitingPacket& next) {
  if (decoder_.restore == nullptr) return false;
  const uint32_t step = config_.sample_rate_hz / kConcealStepsPerSecond;
  const uint32_t carried = std::min(samples, SamplesOf(next.units)) / step * step;
  int16_t memory[SamplesIn(kTwoSidedMsMax, 48000)];
  const std::span<int16_t> restored = std::span(memory).first(carried);
  if (carried == 0 ||
      !decoder_.restore(decoder_.context, next.payload_type, next.payload, restored)) {
    return false;
  }
  AppendGuess(samples - carried);
  const std::span<int16_t> room = queue_.Room(carried);
  if (room.empty()) return true;
  std::ranges::copy(restored, room.begin());
  queue_.Append(carried);
  EndGuess(room);
  ++Count().gaps_restored;
  return true;
}

bool Playout::CodecConceals() const {
  return decoder_.conceals != nullptr && decoder_.conceals(decoder_.context);
}

// The codec's guess comes in steps; what is more than asked for is left.
bool Playout::AppendByCodec(uint32_t samples) {
  const uint32_t step = config_.sample_rate_hz / kConcealStepsPerSecond;
  const std::span<int16_t> room = queue_.Room((samples + step - 1) / step * step);
  if (room.empty()) return false;
  decoder_.conceal(decoder_.context, room);
  queue_.Append(samples);
  ++Count().guesses_by_codec;
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
  is_noise_on_ = false;
  concealment_.End();
  const uint32_t before_decoding = queue_.waiting();
  while (queue_.waiting() - before_decoding < window && !ring_.empty()) {
    const WaitingPacket next = ring_.Front();
    if (next.units == 0 || next.media_time != end_media_time_ || !DecodeFront()) break;
  }
  const uint32_t after = queue_.waiting() - before_decoding;
  const std::span<int16_t> newest = queue_.Newest(samples + after);
  concealment_.Resume();
  if (after >= PitchWindowSamplesMin(config_.sample_rate_hz)) {
    concealment_.Fill(newest.subspan(samples), newest.first(samples));
    concealment_.End();
    ++Count().gaps_filled;
  } else {
    concealment_.Fill({}, newest.first(samples));
    ++Count().guesses_by_pitch;
    if (after > 0) LeaveGuess(newest.subspan(samples));
  }
}

// Sound comes after a guess.
void Playout::EndGuess(std::span<int16_t> sound) {
  gap_samples_ = 0;
  if (concealment_.open()) LeaveGuess(sound);
  if (is_noise_on_) LeaveNoise(sound);
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

// Continues the last sound, fading, and then the background. Returns false when nothing of either
// can be heard.
bool Playout::AppendGuess(uint32_t samples) {
  if (samples == 0) return false;
  const uint32_t waiting = queue_.waiting();
  bool is_audible = false;
  if (!concealment_.open() && CodecConceals()) {
    is_audible = AppendCodecGuess(samples);
  } else {
    const uint32_t rate = config_.sample_rate_hz;
    if (!concealment_.open()) {
      concealment_.Begin(queue_.Newest(PitchWindowSamples(rate)), rate);
    }
    const std::span<int16_t> room = queue_.Room(samples);
    if (!room.empty()) is_audible = concealment_.Fill({}, room);
    if (is_audible) ++Count().guesses_by_pitch;
    queue_.Append(static_cast<uint32_t>(room.size()));
  }
  if (queue_.waiting() - waiting < samples) return false;
  const bool is_noisy = AddNoise(queue_.Newest(samples));
  gap_samples_ += samples;
  if (is_noisy && !is_audible) ++Count().guesses_of_noise;
  return is_audible || is_noisy;
}

// As the codec would go on, but for no longer than anybody could guess.
bool Playout::AppendCodecGuess(uint32_t samples) {
  const uint32_t hold = SamplesIn(kCodecHoldMs, config_.sample_rate_hz);
  const uint32_t fade = SamplesIn(kCodecFadeMs, config_.sample_rate_hz);
  if (gap_samples_ < hold + fade && AppendByCodec(samples)) {
    uint32_t age = gap_samples_;
    for (int16_t& sample : queue_.Newest(samples)) {
      const uint32_t faded = std::clamp(age++, hold, hold + fade) - hold;
      sample = static_cast<int16_t>(int32_t{sample} * static_cast<int32_t>(fade - faded) /
                                    static_cast<int32_t>(fade));
    }
    return true;
  }
  AppendSilence(samples);
  return false;
}

void Playout::AppendSilence(uint32_t samples) {
  const std::span<int16_t> room = queue_.Room(samples);
  std::ranges::fill(room, int16_t{0});
  queue_.Append(static_cast<uint32_t>(room.size()));
}

// The talker's background, from the gap's 20th to its 240th millisecond: silence would sound as if
// the line were dead. False when nothing was added.
bool Playout::AddNoise(std::span<int16_t> guess) {
  const uint32_t rate = config_.sample_rate_hz;
  if (!is_noise_on_ && gap_samples_ >= SamplesIn(kNoiseFromMs, rate) &&
      gap_samples_ < SamplesIn(kNoiseFadeMs, rate) && noise_dbov_ < kNoNoiseDbov) {
    is_noise_on_ = true;
    noise_ =
        ComfortNoiseGenerator(rate, config_.noise_seed + static_cast<uint32_t>(counters_.gaps));
    noise_.Set({.level_dbov = noise_dbov_});
  }
  if (!is_noise_on_) return false;
  if (gap_samples_ >= SamplesIn(kNoiseFadeMs, rate)) noise_.Fade();
  is_noise_on_ = gap_samples_ < SamplesIn(kNoiseEndMs, rate);
  std::array<int16_t, kNoisePiece> noise;
  while (is_noise_on_ && !guess.empty()) {
    const std::span<int16_t> piece = guess.first(std::min(guess.size(), noise.size()));
    noise_.Fill(std::span(noise).first(piece.size()));
    std::ranges::transform(piece, noise, piece.begin(), Sum);
    guess = guess.subspan(piece.size());
  }
  return is_noise_on_;
}

// It goes as sound comes.
void Playout::LeaveNoise(std::span<int16_t> decoded) {
  is_noise_on_ = false;
  int16_t noise[SamplesIn(kLeaveGuessMs, 48000)];
  const auto count = static_cast<uint32_t>(
      std::min<size_t>(decoded.size(), SamplesIn(kLeaveGuessMs, config_.sample_rate_hz)));
  noise_.Fill(std::span(noise, count));
  for (uint32_t i = 0; i < count; ++i) {
    const int32_t left = noise[i] * static_cast<int32_t>(count - i);
    decoded[i] = Sum(decoded[i], static_cast<int16_t>(left / static_cast<int32_t>(count + 1)));
  }
}

// Nothing is here in time: the last sound goes on. Media time does not, but for a tone's. A sender
// that has said that it is silent gets silence.
bool Playout::Starve(uint32_t wanted) {
  const uint32_t rate = config_.sample_rate_hz;
  const uint32_t samples = wanted - queue_.waiting();
  if (is_paused_) {
    AppendSilence(samples);
    starved_samples_ += samples;
    return false;
  }
  if (starved_samples_ == 0) {
    starvation_lately_ += kStarvationFrames;
    starved_of_tone_ = IsTonal(queue_.Newest(StretchWindowSamples(rate)), rate);
  }
  const bool audible = AppendGuess(samples);
  if (!audible) ++Count().guesses_faded;
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
    Count().frames_silent += undecided_frames_;
    EndStarvation();
  } else if (undecided_frames_ > 0) {
    ++Count().starvations;
    CountConcealed(undecided_frames_);
  }
  undecided_frames_ = 0;
}

void Playout::CountConcealed(uint32_t frames) {
  if (!is_in_gap_) ++Count().gaps;
  is_in_gap_ = true;
  Count().frames_concealed += frames;
}

}  // namespace parley
