#include "engine/recorders.h"

#include <algorithm>

#include "base/serial_number.h"
#include "engine/rate_change.h"
#include "kernels/kernels.h"

namespace parley {
namespace {

using layout::RecorderMode;
using layout::RecorderSource;

constexpr std::array<int16_t, kFrameSamplesMax> kSilence{};

// Number of the first turn of a phase that is not before `tick`.
uint32_t TurnFrom(uint64_t tick, uint32_t phase) {
  return static_cast<uint32_t>(tick / kPhasesPerFrame + (tick % kPhasesPerFrame > phase ? 1 : 0));
}

bool IsMode(uint32_t mode) { return mode <= static_cast<uint32_t>(RecorderMode::kSkipping); }

}  // namespace

Recorders::Recorders(uint32_t recorders_max, uint32_t rooms_max, RingTable& rings)
    : rings_(rings), recorders_(recorders_max), first_in_room_(rooms_max, layout::kNone) {
  for (std::vector<uint32_t>& phase : phases_) phase.reserve(recorders_max);
}

Outcome Recorders::Apply(const layout::OpenRecorder& command, std::span<const Room> rooms,
                         std::span<const Leg> legs, uint64_t tick) PARLEY_NONBLOCKING {
  if (command.recorder >= recorders_.size() || recorders_[command.recorder].is_open) {
    return Outcome::kRefused;
  }
  if (command.room >= rooms.size() || !rooms[command.room].is_open) return Outcome::kRefused;
  if (command.source > static_cast<uint32_t>(RecorderSource::kBoth) || !IsMode(command.mode)) {
    return Outcome::kRefused;
  }
  const RecordingRing* const ring = rings_.Find(command.ring);
  const auto source = static_cast<RecorderSource>(command.source);
  if (ring == nullptr) return Outcome::kRefused;
  if (ring->channels() != 1 && source != RecorderSource::kBoth) return Outcome::kRefused;
  const layout::RecordHeader& header = command.header;
  if (source != RecorderSource::kMix) {
    if (header.leg >= legs.size()) return Outcome::kRefused;
    const Leg& leg = legs[header.leg];
    if (!leg.in_use || leg.generation != header.generation) return Outcome::kRefused;
  }
  Recorder& recorder = recorders_[command.recorder];
  recorder = {};
  recorder.is_open = true;
  recorder.generation = command.recorder_generation;
  recorder.ring = *ring;
  recorder.phase = rooms[command.room].phase;
  recorder.room = command.room;
  recorder.source = source;
  recorder.mode = static_cast<RecorderMode>(command.mode);
  recorder.leg = header.leg;
  recorder.leg_generation = header.generation;
  recorder.next_turn = TurnFrom(tick, recorder.phase);
  recorder.next_in_room = first_in_room_[command.room];
  first_in_room_[command.room] = command.recorder;
  std::vector<uint32_t>& phase = phases_[recorder.phase];
  recorder.place = static_cast<uint32_t>(phase.size());
  phase.push_back(command.recorder);
  ++open_;
  Tell(recorder);
  return Outcome::kDone;
}

Outcome Recorders::Apply(const layout::SetRecorder& command) PARLEY_NONBLOCKING {
  const Outcome found = Find(command.recorder, command.recorder_generation);
  if (found != Outcome::kDone) return found;
  if (!IsMode(command.mode)) return Outcome::kRefused;
  Recorder& recorder = recorders_[command.recorder];
  const auto mode = static_cast<RecorderMode>(command.mode);
  // What was said in a pause is not in the filters either.
  if (mode != recorder.mode) recorder.rate_hz = 0;
  recorder.mode = mode;
  return Outcome::kDone;
}

Outcome Recorders::Apply(const layout::CloseRecorder& command, uint64_t tick,
                         EventLog& events) PARLEY_NONBLOCKING {
  const Outcome found = Find(command.recorder, command.recorder_generation);
  if (found != Outcome::kDone) return found;
  Recorder& recorder = recorders_[command.recorder];
  PassTo(recorder, TurnFrom(tick, recorder.phase));
  Tell(recorder);
  recorder.ring->End();
  LeaveRoom(command.recorder);
  std::vector<uint32_t>& phase = phases_[recorder.phase];
  phase[recorder.place] = phase.back();
  recorders_[phase.back()].place = recorder.place;
  phase.pop_back();
  recorder.is_open = false;
  recorder.ring.reset();
  --open_;
  events.RecorderClosed(command.recorder, command.recorder_generation, recorder.frames);
  return Outcome::kDone;
}

Outcome Recorders::Find(uint32_t index, uint32_t generation) const PARLEY_NONBLOCKING {
  if (index >= recorders_.size()) return Outcome::kRefused;
  const Recorder& recorder = recorders_[index];
  if (SerialDistance32(recorder.generation, generation) < 0) return Outcome::kIgnored;
  const bool is_found = recorder.is_open && recorder.generation == generation;
  return is_found ? Outcome::kDone : Outcome::kRefused;
}

void Recorders::ForgetRoom(uint32_t room) PARLEY_NONBLOCKING {
  while (first_in_room_[room] != layout::kNone) LeaveRoom(first_in_room_[room]);
}

void Recorders::LeaveRoom(uint32_t index) PARLEY_NONBLOCKING {
  Recorder& recorder = recorders_[index];
  if (recorder.room == layout::kNone) return;
  uint32_t* link = &first_in_room_[recorder.room];
  while (*link != index) link = &recorders_[*link].next_in_room;
  *link = recorder.next_in_room;
  recorder.next_in_room = layout::kNone;
  recorder.room = layout::kNone;
}

void Recorders::Take(const MixedTurn& turn, std::span<const Leg> legs) PARLEY_NONBLOCKING {
  for (uint32_t index = first_in_room_[turn.room]; index != layout::kNone;
       index = recorders_[index].next_in_room) {
    Recorder& recorder = recorders_[index];
    if (recorder.mode != RecorderMode::kRecording) continue;
    const bool is_again = recorder.taken_tick == turn.tick;
    if (!is_again) {
      recorder.taken_tick = turn.tick;
      recorder.has_place = recorder.ring->HasPlace(recorder.write);
    }
    if (recorder.rate_hz != turn.rate_hz) {
      recorder.rate_hz = turn.rate_hz;
      for (Limiter& limiter : recorder.limiters) limiter = {};
      for (Resampler& resampler : recorder.resamplers) {
        resampler.Reset(turn.rate_hz, recorder.ring->rate_hz());
      }
    }
    if (recorder.source == RecorderSource::kMix) {
      PutMix(recorder, 0, turn.sum, is_again);
    } else {
      TakeLeg(recorder, turn, PlaceOf(recorder, turn, legs), is_again);
    }
  }
}

uint32_t Recorders::PlaceOf(const Recorder& recorder, const MixedTurn& turn,
                            std::span<const Leg> legs) PARLEY_NONBLOCKING {
  const Leg& leg = legs[recorder.leg];
  const bool is_here = leg.in_use && leg.generation == recorder.leg_generation &&
                       leg.room == turn.room && leg.mixed_tick == turn.tick;
  return is_here ? leg.mix_index : layout::kNone;
}

void Recorders::TakeLeg(Recorder& recorder, const MixedTurn& turn, uint32_t place,
                        bool is_again) PARLEY_NONBLOCKING {
  const size_t samples = turn.sum.size();
  const bool is_heard = place != layout::kNone && turn.legs[place].voice == Voice::kRoom;
  const std::span<const int16_t> voice =
      is_heard ? turn.legs[place].input : std::span(kSilence).first(samples);
  switch (recorder.source) {
    case RecorderSource::kMix:
      return;
    case RecorderSource::kInbound:
      return PutFrame(recorder, 0, voice, is_again);
    case RecorderSource::kOutbound:
      return PutMix(recorder, 0, HeardAt(turn, place), is_again);
    case RecorderSource::kBoth: {
      const std::span<int32_t> heard = HeardAt(turn, place);
      if (recorder.ring->channels() == 2) {
        PutMix(recorder, 1, heard, is_again);
        return PutFrame(recorder, 0, voice, is_again);
      }
      kernels::AccumulateFrame(voice, heard);
      return PutMix(recorder, 0, heard, is_again);
    }
  }
}

std::span<int32_t> Recorders::HeardAt(const MixedTurn& turn, uint32_t place) PARLEY_NONBLOCKING {
  const std::span<int32_t> heard = std::span(mix_).first(turn.sum.size());
  if (place == layout::kNone || !turn.legs[place].hears_room) {
    std::ranges::fill(heard, 0);
    return heard;
  }
  const MixLeg& leg = turn.legs[place];
  if (leg.voice == Voice::kRoom) {
    kernels::SubtractFrame(turn.sum, leg.input, heard);
  } else {
    std::ranges::copy(turn.sum, heard.begin());
  }
  for (size_t sound = 0; sound < turn.sounds.size(); ++sound) {
    if (turn.spared_places[sound] != place) continue;
    for (size_t at = 0; at < heard.size(); ++at) heard[at] -= turn.sounds[sound][at];
  }
  return heard;
}

// As a listener of the room would hear it: the limiter acts when it must.
void Recorders::PutMix(Recorder& recorder, uint32_t channel, std::span<const int32_t> mix,
                       bool is_again) PARLEY_NONBLOCKING {
  const std::span<int16_t> narrow = std::span(narrow_).first(mix.size());
  Limiter& limiter = recorder.limiters[channel];
  const uint32_t peak = kernels::NarrowWithPeak(mix, narrow);
  if (!limiter.IsTransparent(peak)) limiter.Process(mix, narrow);
  PutFrame(recorder, channel, narrow, is_again);
}

void Recorders::PutFrame(Recorder& recorder, uint32_t channel, std::span<const int16_t> frame,
                         bool is_again) PARLEY_NONBLOCKING {
  const RecordingRing& ring = *recorder.ring;
  const uint32_t channels = ring.channels();
  const std::span<int16_t> place = recorder.has_place
                                       ? ring.Samples(recorder.write)
                                       : std::span<int16_t>(nowhere_).first(ring.frame_samples());
  const std::span<int16_t> sound = std::span(channel_).first(place.size() / channels);
  recorder.resamplers[channel].Process(frame, sound);
  if (is_again) FadeOver(place.subspan(channel), channels, sound);
  if (channels == 1) {
    std::ranges::copy(sound, place.begin());
  } else {
    for (size_t at = 0; at < sound.size(); ++at) place[at * channels + channel] = sound[at];
  }
}

void Recorders::EndTick(uint64_t tick, uint32_t clock_turn, Stats& stats) PARLEY_NONBLOCKING {
  const auto turn = static_cast<uint32_t>(tick / kPhasesPerFrame);
  first_turn_ = clock_turn - turn;
  for (const uint32_t index : phases_[tick % kPhasesPerFrame]) {
    Recorder& recorder = recorders_[index];
    PassTo(recorder, turn);
    recorder.next_turn = turn + 1;
    if (recorder.mode != RecorderMode::kSkipping) {
      const bool is_taken = recorder.taken_tick == tick;
      const bool has_place =
          is_taken ? recorder.has_place : recorder.ring->HasPlace(recorder.write);
      if (has_place) {
        layout::RecordedFrame frame{};
        frame.at = recorder.frames;
        frame.turn = clock_turn;
        frame.lost = recorder.lost;
        frame.mode = static_cast<uint32_t>(recorder.mode);
        frame.has_sound = is_taken ? 1 : 0;
        recorder.ring->Publish(recorder.write++, frame);
        ++stats->recorded_frames;
      } else {
        ++recorder.lost;
        ++stats->recorded_frames_lost;
      }
      ++recorder.frames;
    }
    Tell(recorder);
  }
}

void Recorders::PassTo(Recorder& recorder, uint32_t turn) PARLEY_NONBLOCKING {
  if (recorder.mode != RecorderMode::kSkipping) recorder.frames += turn - recorder.next_turn;
  recorder.next_turn = turn;
}

void Recorders::Tell(const Recorder& recorder) const PARLEY_NONBLOCKING {
  recorder.ring->Tell(
      {.frames = recorder.frames, .lost = recorder.lost, .turn = recorder.next_turn + first_turn_});
}

}  // namespace parley
