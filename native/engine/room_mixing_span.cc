// The part of RoomMixing that mixes rooms which span shards.

#include <algorithm>

#include "engine/room_mixing.h"

namespace parley {
namespace {

constexpr uint32_t BitOf(uint32_t member) { return 1u << member; }

// Whether `says` is so for all other members that are in the turn and `among`.
template <typename Says>
bool AllOthers(const RoomSeat& seat, uint64_t turn, uint32_t among, Says says) {
  for (uint32_t member = 0; member < seat.span->members(); ++member) {
    if (member == seat.member || (among & BitOf(member)) == 0) continue;
    if (seat.span->IsIn(member, turn) && !says(member)) return false;
  }
  return true;
}

constexpr uint32_t kEverybody = UINT32_MAX;

}  // namespace

void RoomMixing::Intend(Room& room, SpanTurn& turn, std::span<Leg> legs, Stats& stats) {
  ++room.sound.turn;
  turn.first_place = kept_places_;
  kept_places_ += turn.legs.size();
  TakePlaces(turn.legs, legs);
  const RoomSeat& seat = room.seat;
  rate_hz_ = room.sound.rate_hz;
  SpanPart& part = seat.span->Begin(seat.member, turn.turn);
  part.intent = {.rate_hz = room.sound.rate_hz,
                 .rate_wanted_hz = room.rate_wanted_hz,
                 .ranking = Bounded(room.ranking, ranking_max_),
                 .was_ranked = room.was_ranked,
                 .mix = room.sound.mix};
  PutTalkers(part, *seat.span, turn, legs);
  PutAsides(room, part, turn, legs, stats);
  seat.span->PublishIntent(seat.member, turn.turn, static_cast<uint32_t>(turn.legs.size()));
}

void RoomMixing::PutTalkers(SpanPart& part, const RoomSpan& span, const SpanTurn& turn,
                            std::span<Leg> legs) {
  if (part.intent.ranking.ranked_above == 0) return;
  const auto talkers = std::span(part.talkers.get(), span.legs_max());
  for (const uint32_t index : turn.legs) {
    Leg& leg = legs[index];
    if (leg.sends != layout::Sends::kRoom) {
      leg.rank = {};
      continue;
    }
    talkers[part.intent.talkers++] = {.rank = leg.rank,
                                      .level_dbov = leg.input_level_dbov,
                                      .noise_dbov = static_cast<uint8_t>(leg.speech.noise_dbov())};
  }
}

// What is spared somebody comes first: of that there is a place for everything.
void RoomMixing::PutAsides(const Room& room, SpanPart& part, const SpanTurn& turn,
                           std::span<Leg> legs, Stats& stats) {
  const size_t samples = FrameSamples(room.sound.rate_hz);
  const auto put = [&](uint32_t member, uint32_t leg, uint32_t generation, bool is_spared) {
    if (part.intent.asides == kSpanAsidesMax) {
      ++stats->span_asides_full;
      return std::span<int16_t>();
    }
    SpanAside& aside = part.asides[part.intent.asides++];
    aside.member = member - 1;
    aside.leg = leg;
    aside.generation = generation;
    aside.is_spared = is_spared;
    return std::span(aside.frame).first(samples);
  };
  for (const RoomPlayer& playing : std::span(room.players).first(room.players_count)) {
    if (playing.except_member == 0 || !players_.IsSounding(playing.player)) continue;
    const std::span<int16_t> frame =
        put(playing.except_member, playing.except, playing.except_generation, true);
    const auto kept =
        players_.Frame(playing.player.player, room.sound.rate_hz, std::span(frame), stats);
    if (kept.data() != frame.data()) std::ranges::copy(kept, frame.begin());
  }
  for (const uint32_t index : turn.legs) {
    const Leg& leg = legs[index];
    const bool is_whisper = leg.sends == layout::Sends::kWhisper && leg.whisper_member > 0;
    if (!is_whisper || leg.input_level_dbov == kSilenceDbov) continue;
    const auto frame = put(leg.whisper_member, leg.whisper_to, leg.whisper_to_generation, false);
    std::ranges::copy(frames_.Said(leg).first(frame.size()), frame.begin());
  }
}

bool RoomMixing::HasIntents(const Room& room, const SpanTurn& turn) {
  return AllOthers(room.seat, turn.turn, kEverybody,
                   [&](uint32_t member) { return room.seat.span->HasIntent(member, turn.turn); });
}

SpanShare& RoomMixing::Share(Room& room, SpanTurn& turn, std::span<Leg> legs, uint64_t tick,
                             Stats& stats) {
  rate_hz_ = room.sound.rate_hz;
  stats_ = &stats;
  first_place_ = turn.first_place;
  TakeIntents(room, turn, legs, stats);
  DescribeAll(room, turn.legs, legs, tick);
  PlaceAsides(room, turn, legs, tick);
  const Mixer::Sounds sounds = PlayToRoom(room, turn.room, legs, tick, stats);
  const size_t samples = FrameSamples(rate_hz_);
  const MixShare share = mixer_.Share(MixLegs(turn.legs.size()), samples, sounds);
  SpanShare& said = room.seat.span->Own(room.seat.member, turn.turn).share;
  said.shared_listeners = share.shared_listeners;
  said.seed = share.seed;
  std::ranges::copy(mixer_.sum(samples), said.sum.begin());
  return said;
}

// Whoever is the first member that is here says how the room went on until now: so those who missed
// a turn, or are new, are like all others again.
void RoomMixing::TakeIntents(Room& room, SpanTurn& turn, std::span<Leg> legs, Stats& stats) {
  const RoomSeat& seat = room.seat;
  const RoomSpan& span = *seat.span;
  SpanPart& own = span.Own(seat.member, turn.turn);
  intents_[seat.member] = own.intent;
  RankingConfig ranking = own.intent.ranking;
  const std::span<Talker> talkers = span.Talkers(seat.member);
  size_t count = 0;
  size_t own_first = 0;
  auto size = static_cast<uint32_t>(turn.legs.size());
  bool is_rate_agreed = true;
  turn.first_aside = kept_asides_;
  const SpanIntent* first = nullptr;
  for (uint32_t member = 0; member < span.members(); ++member) {
    if (member == seat.member) {
      own_first = count;
      for (const uint32_t index : turn.legs) {
        Leg& leg = legs[index];
        if (leg.sends != layout::Sends::kRoom) continue;
        talkers[count++] = {.rank = &leg.rank,
                            .level_dbov = leg.input_level_dbov,
                            .noise_dbov = static_cast<uint8_t>(leg.speech.noise_dbov())};
      }
      if (first == nullptr) first = &intents_[member];
      continue;
    }
    if (!span.IsIn(member, turn.turn)) continue;
    size += span.LegsOf(member, turn.turn);
    const bool is_here = TakeIntent(room, turn, member, count, stats);
    const SpanIntent& intent = intents_[member];
    is_rate_agreed = is_rate_agreed && intent.rate_wanted_hz == room.rate_wanted_hz;
    if (!is_here) {
      ++stats->span_parts_late;
      continue;
    }
    if (first == nullptr) first = &intent;
    if (ranking.ranked_above > 0) ranking = Bounded(ranking, intent.ranking);
  }
  turn.asides = kept_asides_ - turn.first_aside;
  turn.is_rate_agreed = is_rate_agreed;
  room.sound.mix = first->mix;
  if (ranking.ranked_above == 0) return;
  room.was_ranked = RankTalkers(ranking, first->was_ranked, size, talkers.first(count));
  Settle(room, turn.legs, talkers.first(count).subspan(own_first), legs, stats);
}

// False when there is nothing of it for this turn. What it wants is noted all the same.
bool RoomMixing::TakeIntent(const Room& room, SpanTurn& turn, uint32_t member, size_t& talkers,
                            Stats& stats) {
  const RoomSeat& seat = room.seat;
  const RoomSpan& span = *seat.span;
  SpanIntent& intent = intents_[member];
  intent = {};
  if (!span.HasIntent(member, turn.turn)) return false;
  const SpanPart& part = span.Of(member, turn.turn);
  const SpanIntent copied = part.intent;
  const uint32_t asides_before = kept_asides_;
  const std::span<TalkerRank> ranks = span.Ranks(seat.member);
  const std::span<Talker> all = span.Talkers(seat.member);
  size_t count = talkers;
  for (uint32_t at = 0; at < std::min(copied.talkers, span.legs_max()); ++at) {
    const SpanTalker& talker = part.talkers[at];
    ranks[count] = talker.rank;
    all[count] = {
        .rank = &ranks[count], .level_dbov = talker.level_dbov, .noise_dbov = talker.noise_dbov};
    ++count;
  }
  for (uint32_t at = 0; at < std::min(copied.asides, kSpanAsidesMax); ++at) {
    if (part.asides[at].member != seat.member) continue;
    if (kept_asides_ == kOwnAsidesMax) {
      ++stats->span_asides_full;
      continue;
    }
    own_asides_[kept_asides_++] = {.aside = part.asides[at]};
  }
  const bool is_whole = span.IsStill(member, turn.turn);
  if (is_whole) intent = copied;
  if (!is_whole || copied.rate_hz != room.sound.rate_hz) {
    kept_asides_ = asides_before;
    return false;
  }
  talkers = count;
  turn.here |= BitOf(member);
  return true;
}

void RoomMixing::PlaceAsides(const Room& room, const SpanTurn& turn, std::span<Leg> legs,
                             uint64_t tick) {
  for (OwnAside& own : std::span(own_asides_).subspan(turn.first_aside, turn.asides)) {
    own.place = layout::kNone;
    if (own.aside.leg >= legs.size()) continue;
    Leg& leg = legs[own.aside.leg];
    const bool is_here = leg.in_use && leg.generation == own.aside.generation &&
                         leg.room == turn.room && leg.mixed_tick == tick;
    if (!is_here || leg.hears != layout::Hears::kRoom) continue;
    own.place = leg.mix_index;
    MixLegs(turn.legs.size())[own.place].is_exception = true;
    if (!own.aside.is_spared) leg.path.private_turn = room.sound.turn;
  }
}

bool RoomMixing::HasShares(const Room& room, const SpanTurn& turn) {
  return AllOthers(room.seat, turn.turn, turn.here,
                   [&](uint32_t member) { return room.seat.span->HasShare(member, turn.turn); });
}

const ContributorList& RoomMixing::MixSpan(Room& room, const SpanTurn& turn, std::span<Leg> legs,
                                           uint64_t tick, Stats& stats) {
  rate_hz_ = room.sound.rate_hz;
  stats_ = &stats;
  first_place_ = turn.first_place;
  asides_ = std::span(own_asides_).subspan(turn.first_aside, turn.asides);
  PlayToRoom(room, turn.room, legs, tick, stats);
  const size_t samples = FrameSamples(rate_hz_);
  for (const OwnAside& own : asides_) {
    if (!own.aside.is_spared || own.place == layout::kNone) continue;
    spared_places_[room_sounds_count_] = own.place;
    room_sounds_[room_sounds_count_++] = std::span(own.aside.frame).first(samples);
  }
  const MixShare all = TakeShares(room, turn, mixer_.total(samples), stats);
  const auto shared = std::span(shared_).first(samples);
  const MixSummary summary =
      mixer_.MixTotal(MixLegs(turn.legs.size()), room.sound.mix, shared, all, this);
  DeliverAll(room, turn.room, turn.legs, legs, tick, summary,
             std::span(room_sounds_).first(room_sounds_count_), stats);
  return contributors_;
}

MixShare RoomMixing::TakeShares(const Room& room, const SpanTurn& turn, std::span<int32_t> total,
                                Stats& stats) {
  const RoomSeat& seat = room.seat;
  const RoomSpan& span = *seat.span;
  MixShare all;
  contributors_ = {};
  std::ranges::fill(total, 0);
  const auto add = [&](const SpanShare& share, bool is_own) {
    for (size_t at = 0; at < total.size(); ++at) total[at] += share.sum[at];
    if (all.shared_listeners == 0 && share.shared_listeners > 0) all.seed = share.seed;
    all.shared_listeners += share.shared_listeners;
    for (Contributor contributor : share.contributors.listed()) {
      if (!is_own) contributor.index = layout::kNone;
      contributors_.Add(contributor);
    }
  };
  for (uint32_t member = 0; member < span.members(); ++member) {
    if (member == seat.member) {
      add(span.Own(member, turn.turn).share, true);
      continue;
    }
    if ((turn.here & BitOf(member)) == 0) continue;
    const bool is_there = span.HasShare(member, turn.turn);
    if (is_there) share_ = span.Of(member, turn.turn).share;
    if (!is_there || !span.IsStill(member, turn.turn)) {
      ++stats->span_parts_late;
      continue;
    }
    ++stats->span_parts;
    add(share_, false);
  }
  return all;
}

}  // namespace parley
