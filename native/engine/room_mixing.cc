#include "engine/room_mixing.h"

#include <algorithm>

#include "kernels/kernels.h"

namespace parley {

RoomMixing::RoomMixing(const EngineLimits& limits, LegFrames& frames, Players& players,
                       Recorders& recorders)
    : frames_(frames),
      players_(players),
      recorders_(recorders),
      mixer_(limits.legs_max),
      mix_legs_(limits.legs_max),
      own_players_(limits.legs_max),
      own_asides_(kOwnAsidesMax) {
  talkers_.reserve(limits.legs_max);
}

void RoomMixing::Mix(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                     uint64_t tick, Stats& stats) {
  Rank(room, served, legs, stats);
  MixUnranked(room, served, legs, tick, stats);
}

void RoomMixing::MixUnranked(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                             uint64_t tick, Stats& stats) {
  ++room.sound.turn;
  if (served.empty()) return;
  TakePlaces(served, legs);
  first_place_ = kept_places_;
  asides_ = {};
  rate_hz_ = room.sound.rate_hz;
  stats_ = &stats;
  DescribeAll(room, served, legs, tick);
  const uint32_t index = legs[served.front()].room;
  const Mixer::Sounds sounds = PlayToRoom(room, index, legs, tick, stats);
  const auto shared = std::span(shared_).first(FrameSamples(room.sound.rate_hz));
  const MixSummary summary =
      mixer_.Mix(MixLegs(served.size()), room.sound.mix, shared, sounds, this);
  DeliverAll(room, index, served, legs, tick, summary, sounds, stats);
}

void RoomMixing::TakePlaces(std::span<const uint32_t> served, std::span<Leg> legs) {
  for (uint32_t place = 0; place < served.size(); ++place) {
    Leg& leg = legs[served[place]];
    leg.mix_index = place;
    leg.heard_place = leg.said_place;
    if (leg.is_apart()) continue;
    leg.path.previous_class = leg.path.mix.mix_class;
    leg.due = leg.offset_ticks == 0 ? DueFrame::kNone : DueFrame::kMixed;
  }
}

void RoomMixing::DescribeAll(const Room& room, std::span<const uint32_t> served,
                             std::span<Leg> legs, uint64_t tick) {
  const std::span<MixLeg> mix_legs = MixLegs(served.size());
  for (uint32_t place = 0; place < served.size(); ++place) {
    mix_legs[place] = Describe(room, served[place], legs, tick);
    if (legs[served[place]].is_apart()) {
      mix_legs[place].state = &unheard_;
      continue;
    }
    DescribePlayers(place, legs[served[place]], mix_legs[place]);
    if (mix_legs[place].is_exception) legs[served[place]].path.private_turn = room.sound.turn;
  }
}

void RoomMixing::DeliverAll(const Room& room, uint32_t room_index, std::span<const uint32_t> served,
                            std::span<Leg> legs, uint64_t tick, const MixSummary& summary,
                            Mixer::Sounds sounds, Stats& stats) {
  stats->mixes += summary.mixes;
  stats->mixes_limited += summary.mixes_limited;
  const auto shared = std::span(shared_).first(FrameSamples(room.sound.rate_hz));
  const uint8_t shared_level =
      summary.shared_listeners > 0 ? kernels::LevelDbov(shared) : kSilenceDbov;
  uint32_t shared_place = layout::kNone;
  for (uint32_t place = 0; place < served.size(); ++place) {
    Leg& leg = legs[served[place]];
    if (leg.is_apart() || !Deliver(place, leg, shared.size(), stats)) continue;
    DeliverShared(room, leg, shared, shared_place);
    leg.output_level_dbov = shared_level;
  }
  if (!recorders_.HasRoom(room_index)) return;
  recorders_.Take({.room = room_index,
                   .rate_hz = rate_hz_,
                   .tick = tick,
                   .sum = mixer_.sum(shared.size()),
                   .legs = MixLegs(served.size()),
                   .sounds = sounds,
                   .spared_places = spared_places_},
                  legs);
}

void RoomMixing::MixWaiting(Leg& leg, std::span<const int32_t> sum, Stats& stats) {
  const auto heard = frames_.Heard(leg).first(sum.size());
  const bool is_limited =
      mixer_.MixWaiting(sum, frames_.Said(leg).first(sum.size()), leg.path.mix, heard);
  stats->mixes_limited += is_limited ? 1 : 0;
  leg.output_level_dbov = kernels::LevelDbov(heard);
}

void RoomMixing::MixAlone(Leg& leg, uint32_t rate_hz, Stats& stats) {
  rate_hz_ = rate_hz;
  stats_ = &stats;
  room_sounds_count_ = 0;
  first_place_ = kept_places_;
  asides_ = {};
  const auto shared = std::span(shared_).first(FrameSamples(rate_hz_));
  MixLeg described = {.input = {}, .output = frames_.Heard(leg).first(shared.size())};
  described.state = &leg.path.mix;
  DescribePlayers(0, leg, described);
  leg.path.previous_class = leg.path.mix.mix_class;
  if (described.is_exception) {
    RoomMix nobody_else;
    const MixSummary summary =
        mixer_.Mix(std::span(&described, 1), nobody_else, shared, Mixer::Sounds(), this);
    stats->mixes += summary.mixes;
    stats->mixes_limited += summary.mixes_limited;
  } else {
    leg.path.mix.mix_class = MixClass::kNone;
  }
  Deliver(0, leg, shared.size(), stats);
}

Mixer::Sounds RoomMixing::PlayToRoom(const Room& room, uint32_t room_index, std::span<Leg> legs,
                                     uint64_t tick, Stats& stats) {
  room_sounds_count_ = 0;
  for (const RoomPlayer& playing : std::span(room.players).first(room.players_count)) {
    if (!players_.IsSounding(playing.player)) continue;
    const auto scratch =
        std::span(room_frames_[room_sounds_count_]).first(FrameSamples(room.sound.rate_hz));
    room_sounds_[room_sounds_count_] =
        players_.Frame(playing.player.player, room.sound.rate_hz, scratch, stats);
    spared_places_[room_sounds_count_] = layout::kNone;
    if (playing.except != layout::kNone && playing.except_member == 0) {
      const Leg& spared = legs[playing.except];
      const bool is_here = spared.in_use && spared.generation == playing.except_generation &&
                           spared.room == room_index && spared.mixed_tick == tick;
      if (is_here && spared.hears == layout::Hears::kRoom) {
        spared_places_[room_sounds_count_] = spared.mix_index;
        mix_legs_[first_place_ + spared.mix_index].is_exception = true;
      }
    }
    ++room_sounds_count_;
  }
  return std::span(room_sounds_).first(room_sounds_count_);
}

// A leg that hears one player and nothing else needs no mix.
void RoomMixing::DescribePlayers(uint32_t place, Leg& leg, MixLeg& described) {
  const SoundingPlayers& own = own_players_[first_place_ + place] =
      players_.SoundingOf(leg.players);
  described.is_exception = own.count() > (described.hears_room ? 0u : 1u);
}

void RoomMixing::Apply(size_t place, std::span<int32_t> mix) PARLEY_NONBLOCKING {
  const auto scratch = std::span(own_frame_).first(mix.size());
  for (const uint32_t player : own_players_[first_place_ + place].players()) {
    kernels::AccumulateFrame(players_.Frame(player, rate_hz_, scratch, *stats_), mix);
  }
  for (uint32_t sound = 0; sound < room_sounds_count_; ++sound) {
    if (spared_places_[sound] != place) continue;
    for (size_t at = 0; at < mix.size(); ++at) mix[at] -= room_sounds_[sound][at];
  }
  for (const OwnAside& own : asides_) {
    if (own.place != place || own.aside.is_spared) continue;
    kernels::AccumulateFrame(std::span(own.aside.frame).first(mix.size()), mix);
  }
}

// Whispers have no rank: they are for one, who always hears them. The frame itself is faded, so
// that what is subtracted for the one who gave it is what was added.
void RoomMixing::Rank(Room& room, std::span<const uint32_t> served, std::span<Leg> legs,
                      Stats& stats) {
  const RankingConfig ranking = Bounded(room.ranking, ranking_max_);
  if (ranking.ranked_above == 0) return;
  talkers_.clear();
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    if (leg.sends != layout::Sends::kRoom) {
      leg.rank = {};
      continue;
    }
    talkers_.push_back({.rank = &leg.rank,
                        .level_dbov = leg.input_level_dbov,
                        .noise_dbov = static_cast<uint8_t>(leg.speech.noise_dbov())});
  }
  const auto size = static_cast<uint32_t>(served.size());
  room.was_ranked = RankTalkers(ranking, room.was_ranked, size, talkers_);
  Settle(room, served, talkers_, legs, stats);
}

void RoomMixing::Settle(Room& room, std::span<const uint32_t> served,
                        std::span<const Talker> talkers, std::span<Leg> legs, Stats& stats) {
  auto talker = talkers.begin();
  for (const uint32_t index : served) {
    Leg& leg = legs[index];
    leg.presence = Presence::kMixed;
    if (leg.sends != layout::Sends::kRoom) continue;
    leg.presence = talker->presence;
    ++talker;
    if (leg.input_is_zero) continue;
    FadeFrame(leg.presence, frames_.Said(leg).first(FrameSamples(room.sound.rate_hz)));
    if (leg.presence == Presence::kLeftOut && leg.input_level_dbov < kSilenceDbov) {
      ++stats->frames_left_out;
      leg.record.NoteLeftOut();
    }
  }
}

MixLeg RoomMixing::Describe(const Room& room, uint32_t index, std::span<Leg> legs, uint64_t tick) {
  Leg& leg = legs[index];
  const size_t samples = FrameSamples(room.sound.rate_hz);
  MixLeg described = {.input = frames_.Said(leg).first(samples),
                      .hears_room = leg.hears == layout::Hears::kRoom,
                      .may_wait = room.is_spread(),
                      .output = frames_.Heard(leg).first(samples),
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
      if (leg.whisper_member > 0) {
        // Its target mixes it, on its shard (PutAsides).
        leg.contributes = room.seat.span != nullptr;
        break;
      }
      Leg& target = legs[leg.whisper_to];
      const bool is_here = target.in_use && target.generation == leg.whisper_to_generation &&
                           target.room == leg.room && target.mixed_tick == tick &&
                           target.hears == layout::Hears::kRoom;
      if (!is_here) break;
      described.voice = Voice::kWhisper;
      described.whisper_to = target.mix_index;
      leg.contributes = true;
      target.path.private_turn = room.sound.turn;
      break;
    }
  }
  return described;
}

bool RoomMixing::Deliver(uint32_t place, Leg& leg, size_t samples, Stats& stats) {
  switch (leg.path.mix.mix_class) {
    case MixClass::kNone:
    case MixClass::kStation: {
      const std::span<const uint32_t> own = own_players_[first_place_ + place].players();
      leg.output_level_dbov = kSilenceDbov;
      if (!own.empty()) DeliverStation(own.front(), leg, samples, stats);
      return false;
    }
    case MixClass::kShared:
      return true;
    case MixClass::kOwn:
      if (!leg.path.mix.is_waiting) {
        leg.output_level_dbov = kernels::LevelDbov(frames_.Heard(leg).first(samples));
      }
      return false;
  }
  return false;
}

// It lies in one place for all: of the first, unless that may be gone before the last is sent it.
void RoomMixing::DeliverShared(const Room& room, Leg& leg, std::span<const int16_t> shared,
                               uint32_t& place) {
  const bool is_first = place == layout::kNone;
  if (is_first) place = room.is_spread() ? frames_.KeptPlace(room.kept) : leg.heard_place;
  leg.heard_place = place;
  if (is_first) std::ranges::copy(shared, frames_.Heard(leg).begin());
}

void RoomMixing::DeliverStation(uint32_t player, Leg& leg, size_t samples, Stats& stats) {
  const auto heard = frames_.Heard(leg).first(samples);
  const std::span<const int16_t> frame = players_.Frame(player, rate_hz_, heard, stats);
  if (frame.data() != heard.data()) std::ranges::copy(frame, heard.begin());
  leg.path.mix.mix_class = MixClass::kStation;
  leg.output_level_dbov = players_.LevelDbov(player, rate_hz_, heard);
}

}  // namespace parley
