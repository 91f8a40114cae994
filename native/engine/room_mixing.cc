#include "engine/room_mixing.h"

#include <algorithm>

#include "kernels/kernels.h"

namespace parley {

RoomMixing::RoomMixing(const Arena& arena)
    : arena_(arena), mixer_(arena.limits().legs_max), mix_legs_(arena.limits().legs_max) {
  talkers_.reserve(arena.limits().legs_max);
}

void RoomMixing::Mix(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                     uint64_t tick, Stats& stats) {
  ++room.sound.turn;
  for (uint32_t place = 0; place < served.size(); ++place) {
    Leg& leg = legs[served[place]];
    leg.mix_index = place;
    leg.path.previous_class = leg.path.mix.mix_class;
  }
  Rank(room, served, legs, stats);
  for (uint32_t place = 0; place < served.size(); ++place) {
    mix_legs_[place] = Describe(room, served[place], legs, tick);
  }
  const auto shared = std::span(shared_).first(FrameSamples(room.sound.rate_hz));
  const MixSummary summary =
      mixer_.Mix(std::span(mix_legs_).first(served.size()), room.sound.mix, shared);
  stats->mixes += summary.mixes;
  stats->mixes_limited += summary.mixes_limited;

  const uint8_t shared_level =
      summary.shared_listeners > 0 ? kernels::LevelDbov(shared) : kSilenceDbov;
  for (const uint32_t index : served) Deliver(index, legs[index], shared, shared_level);
}

// Whispers have no rank: they are for one, who always hears them. The frame itself is faded, so
// that what is subtracted for the one who gave it is what was added.
void RoomMixing::Rank(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                      Stats& stats) {
  if (room.ranking.ranked_above == 0) return;
  talkers_.clear();
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    if (leg.sends != layout::Sends::kRoom) {
      leg.rank = {};
      continue;
    }
    talkers_.push_back({.rank = &leg.rank,
                        .level_dbov = leg.input_level_dbov,
                        .noise_dbov = leg.speech.noise_dbov()});
  }
  const auto size = static_cast<uint32_t>(served.size());
  room.was_ranked = RankTalkers(room.ranking, room.was_ranked, size, talkers_);
  auto talker = talkers_.begin();
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    leg.presence = Presence::kMixed;
    if (leg.sends != layout::Sends::kRoom) continue;
    leg.presence = talker->presence;
    ++talker;
    FadeFrame(leg.presence, arena_.input_frame(index).first(FrameSamples(room.sound.rate_hz)));
    const bool is_left_out = leg.presence == Presence::kLeftOut && !leg.input_is_zero;
    if (is_left_out && leg.input_level_dbov < kSilenceDbov) {
      ++stats->frames_left_out;
      leg.record.NoteLeftOut();
    }
  }
}

MixLeg RoomMixing::Describe(const Room& room, uint32_t index, std::span<Leg> legs, uint64_t tick) {
  Leg& leg = legs[index];
  const size_t samples = FrameSamples(room.sound.rate_hz);
  MixLeg described = {.input = arena_.input_frame(index).first(samples),
                      .hears_room = leg.hears == layout::Hears::kRoom,
                      .output = arena_.output_frame(index).first(samples),
                      .state = &leg.path.mix};
  leg.contributes = false;
  if (leg.input_level_dbov == kSilenceDbov) return described;
  switch (leg.sends) {
    case layout::Sends::kNobody:
      break;
    case layout::Sends::kRoom:
      if (leg.presence == Presence::kLeftOut) break;
      described.voice = Voice::kRoom;
      leg.contributes = true;
      break;
    case layout::Sends::kWhisper: {
      if (leg.whisper_to == layout::kNone) break;
      Leg& target = legs[leg.whisper_to];
      const bool is_here = target.in_use && target.generation == leg.whisper_to_generation &&
                           target.room == leg.room && target.served_tick == tick &&
                           target.hears == layout::Hears::kRoom;
      if (!is_here) break;
      described.voice = Voice::kWhisper;
      described.whisper_to = target.mix_index;
      leg.contributes = true;
      target.path.whispered_turn = room.sound.turn;
      break;
    }
  }
  return described;
}

void RoomMixing::Deliver(uint32_t index, Leg& leg, std::span<const int16_t> shared,
                         uint8_t shared_level) const {
  const auto heard = arena_.output_frame(index).first(shared.size());
  switch (leg.path.mix.mix_class) {
    case MixClass::kNone:
      Silence(index, leg);
      return;
    case MixClass::kShared:
      std::ranges::copy(shared, heard.begin());
      leg.output_level_dbov = shared_level;
      break;
    case MixClass::kOwn:
      leg.output_level_dbov = kernels::LevelDbov(heard);
      break;
  }
  leg.output_is_zero = false;
}

void RoomMixing::Silence(uint32_t index, Leg& leg) const {
  leg.output_level_dbov = kSilenceDbov;
  if (leg.output_is_zero) return;
  std::ranges::fill(arena_.output_frame(index), int16_t{0});
  leg.output_is_zero = true;
}

}  // namespace parley
