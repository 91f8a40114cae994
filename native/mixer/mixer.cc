#include "mixer/mixer.h"

#include <algorithm>

#include "base/assert.h"
#include "base/units.h"
#include "kernels/kernels.h"

namespace parley {

namespace {

constexpr uint32_t kNoLeg = UINT32_MAX;

// Narrows `mix`, whose saturated form is already in `out`, by the limiter if it must act; true if
// so.
bool Limit(Limiter& limiter, uint32_t peak, std::span<const int32_t> mix, std::span<int16_t> out) {
  if (limiter.IsTransparent(peak)) {
    return false;
  }
  limiter.Process(mix, out);
  return true;
}

}  // namespace

Mixer::Mixer(size_t legs_max)
    : sum_(kFrameSamplesMax),
      own_(kFrameSamplesMax),
      first_whisper_(legs_max, kNoLeg),
      next_whisper_(legs_max, kNoLeg) {
  PARLEY_ASSERT(legs_max <= kLegsMax);
}

size_t Mixer::BytesFor(size_t legs_max) {
  return 2 * kFrameSamplesMax * sizeof(int32_t) + 2 * legs_max * sizeof(uint32_t);
}

MixSummary Mixer::Mix(std::span<const MixLeg> legs, RoomMix& room, std::span<int16_t> shared_output,
                      Sounds sounds, MixExceptions* exceptions) {
  const MixShare all = Share(legs, shared_output.size(), sounds);
  return MixClasses(legs, room, shared_output, all, exceptions);
}

MixShare Mixer::Share(std::span<const MixLeg> legs, size_t frame_samples, Sounds sounds) {
  PARLEY_ASSERT(legs.size() <= first_whisper_.size());
  PARLEY_ASSERT(frame_samples <= sum_.size());
  const uint32_t contributors = Sum(legs, sounds, frame_samples);
  LinkWhispers(legs);
  MixShare share = ShareOf(legs);
  share.contributors = contributors;
  return share;
}

MixSummary Mixer::MixTotal(std::span<const MixLeg> legs, RoomMix& room,
                           std::span<int16_t> shared_output, const MixShare& all,
                           MixExceptions* exceptions) {
  PARLEY_ASSERT(legs.size() <= first_whisper_.size());
  PARLEY_ASSERT(shared_output.size() <= sum_.size());
  LinkWhispers(legs);
  return MixClasses(legs, room, shared_output, all, exceptions);
}

bool Mixer::HearsShared(std::span<const MixLeg> legs, size_t listener) const {
  const MixLeg& leg = legs[listener];
  return leg.hears_room && !leg.is_exception && leg.voice != Voice::kRoom &&
         first_whisper_[listener] == kNoLeg;
}

// By far the most common of those with a mix of their own: it is T - own.
bool Mixer::IsPlain(std::span<const MixLeg> legs, size_t listener) const {
  return first_whisper_[listener] == kNoLeg && !legs[listener].is_exception;
}

MixShare Mixer::ShareOf(std::span<const MixLeg> legs) const {
  MixShare share;
  for (size_t i = 0; i < legs.size(); ++i) {
    if (!HearsShared(legs, i)) continue;
    const LegMix& state = *legs[i].state;
    if (share.shared_listeners == 0 && state.mix_class == MixClass::kOwn) {
      share.seed = state.limiter;
    }
    ++share.shared_listeners;
  }
  return share;
}

MixSummary Mixer::MixClasses(std::span<const MixLeg> legs, RoomMix& room,
                             std::span<int16_t> shared_output, const MixShare& all,
                             MixExceptions* exceptions) {
  MixSummary summary = {.contributors = all.contributors, .shared_listeners = all.shared_listeners};
  // A limiter to begin with for a class that comes to life: that of what its listener heard last.
  const Limiter shared_before = room.shared_heard ? room.limiter : Limiter();
  if (!room.shared_heard) room.limiter = all.seed.value_or(Limiter());
  for (size_t i = 0; i < legs.size(); ++i) {
    const MixLeg& leg = legs[i];
    LegMix& state = *leg.state;
    state.is_waiting = false;
    if (!leg.hears_room && !leg.is_exception) {
      state.mix_class = MixClass::kNone;
      continue;
    }
    if (HearsShared(legs, i)) {
      state.mix_class = MixClass::kShared;
      continue;
    }
    if (state.mix_class != MixClass::kOwn) {
      state.limiter = leg.hears_room ? shared_before : Limiter();
      state.mix_class = MixClass::kOwn;
    }
    ++summary.mixes;
    state.is_waiting = leg.may_wait && IsPlain(legs, i);
    if (state.is_waiting) continue;
    summary.mixes_limited += MixOwn(legs, i, shared_output.size(), exceptions) ? 1 : 0;
  }

  room.shared_heard = all.shared_listeners > 0;
  if (room.shared_heard) {
    const std::span<const int32_t> sum = std::span(sum_).first(shared_output.size());
    const uint32_t peak = kernels::NarrowWithPeak(sum, shared_output);
    ++summary.mixes;
    summary.mixes_limited += Limit(room.limiter, peak, sum, shared_output) ? 1 : 0;
  }
  return summary;
}

uint32_t Mixer::Sum(std::span<const MixLeg> legs, Sounds sounds, size_t frame_samples) {
  const std::span<int32_t> sum = std::span(sum_).first(frame_samples);
  std::fill(sum.begin(), sum.end(), 0);
  uint32_t contributors = 0;
  for (const MixLeg& leg : legs) {
    if (leg.voice == Voice::kRoom) {
      kernels::AccumulateFrame(leg.input, sum);
      ++contributors;
    }
  }
  for (const std::span<const int16_t> sound : sounds) kernels::AccumulateFrame(sound, sum);
  return contributors;
}

void Mixer::LinkWhispers(std::span<const MixLeg> legs) {
  std::fill_n(first_whisper_.begin(), legs.size(), kNoLeg);
  for (size_t i = 0; i < legs.size(); ++i) {
    const uint32_t target = legs[i].whisper_to;
    if (legs[i].voice == Voice::kWhisper && target < legs.size() && target != i) {
      next_whisper_[i] = first_whisper_[target];
      first_whisper_[target] = static_cast<uint32_t>(i);
    }
  }
}

bool Mixer::MixWaiting(std::span<const int32_t> sum, std::span<const int16_t> input, LegMix& state,
                       std::span<int16_t> output) {
  PARLEY_ASSERT(state.is_waiting);
  state.is_waiting = false;
  return MixMinus(sum, input, state.limiter, output);
}

// One pass where the limiter is at rest and may stay so.
bool Mixer::MixMinus(std::span<const int32_t> sum, std::span<const int16_t> input, Limiter& limiter,
                     std::span<int16_t> output) {
  if (limiter.is_at_rest()) {
    const uint32_t peak = kernels::MixMinusWithPeak(sum, input, output);
    if (limiter.IsTransparent(peak)) return false;
  }
  const std::span<int32_t> own = std::span(own_).first(sum.size());
  kernels::SubtractFrame(sum, input, own);
  limiter.Process(own, output);
  return true;
}

bool Mixer::MixOwn(std::span<const MixLeg> legs, size_t listener, size_t frame_samples,
                   MixExceptions* exceptions) {
  const MixLeg& leg = legs[listener];
  PARLEY_ASSERT(leg.output.size() == frame_samples);
  const std::span<const int32_t> sum = std::span(sum_).first(frame_samples);
  const std::span<int32_t> own = std::span(own_).first(frame_samples);
  if (IsPlain(legs, listener)) return MixMinus(sum, leg.input, leg.state->limiter, leg.output);
  if (!leg.hears_room) {
    std::fill(own.begin(), own.end(), 0);
  } else if (leg.voice == Voice::kRoom) {
    kernels::SubtractFrame(sum, leg.input, own);
  } else {
    std::copy(sum.begin(), sum.end(), own.begin());
  }
  for (uint32_t i = first_whisper_[listener]; leg.hears_room && i != kNoLeg; i = next_whisper_[i]) {
    kernels::AccumulateFrame(legs[i].input, own);
  }
  if (leg.is_exception) {
    PARLEY_ASSERT(exceptions != nullptr);
    exceptions->Apply(listener, own);
  }
  const uint32_t peak = kernels::NarrowWithPeak(own, leg.output);
  return Limit(leg.state->limiter, peak, own, leg.output);
}

}  // namespace parley
