#include "mixer/talker_ranking.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kDb = 64;  // a score counts in these
constexpr int32_t kAverageTurns = 400 / kFrameMs;
constexpr uint8_t kHoldTurns = 500 / kFrameMs;
constexpr uint32_t kAheadScore = 3 * kDb;
// Speech has lulls that last longer than the average does. In a crowd somebody is always ahead of
// that, and whoever lost a place in a lull would not be heard for the half second of the other.
constexpr uint32_t kStandingScore = kDb / 4;
// Who has been below this on average does not talk now.
constexpr uint32_t kQuietScore = 3 * kDb;
// A frame so far above the noise is voice.
constexpr uint32_t kVoiceAboveNoiseDb = 10;
// Noise below this is not looked for: a soft talker in a silent room is one all the same.
constexpr uint32_t kFaintestNoiseDbov = 60;

constexpr uint32_t kSilentDbov = 127;

uint32_t AboveNoiseDb(const Talker& talker) {
  const uint32_t noise_dbov = std::min<uint32_t>(talker.noise_dbov, kFaintestNoiseDbov);
  return noise_dbov > talker.level_dbov ? noise_dbov - talker.level_dbov : 0;
}

bool HasSound(const Talker& talker) { return talker.level_dbov < kSilentDbov; }
bool HasVoice(const Talker& talker) { return AboveNoiseDb(talker) >= kVoiceAboveNoiseDb; }

void Score(Talker& talker) {
  const auto now = static_cast<int32_t>(AboveNoiseDb(talker) * kDb);
  const int32_t score = talker.rank->score;
  TalkerRank& rank = *talker.rank;
  rank.score = static_cast<uint16_t>(score + (now - score) / kAverageTurns);
  const int standing = rank.standing - 1;
  rank.standing =
      static_cast<uint8_t>(std::max(standing, static_cast<int>(rank.score / kStandingScore)));
}

// What it has said of late.
uint32_t ScoreLately(const Talker& talker) {
  return std::max(uint32_t{talker.rank->score}, talker.rank->standing * kStandingScore);
}

// By what newcomers are compared: who has just begun counts as what it says now.
uint32_t Strength(const Talker& talker) {
  return std::max(uint32_t{talker.rank->score}, AboveNoiseDb(talker) * kDb);
}

// By what those with a place are compared.
uint32_t Weight(const Talker& talker) { return std::max(ScoreLately(talker), Strength(talker)); }

bool IsQuiet(const Talker& talker) { return Strength(talker) < kQuietScore; }

// May `newcomer` have the place of `holder`?
bool MayTake(const Talker& newcomer, const Talker& holder) {
  const bool is_ahead = newcomer.rank->score > ScoreLately(holder) + kAheadScore;
  if (IsQuiet(holder)) return HasVoice(newcomer) || is_ahead;
  return is_ahead && holder.rank->turns_in >= kHoldTurns;
}

// The places of one room in one turn.
class Places {
 public:
  Places(std::span<Talker> talkers, uint32_t places) : talkers_(talkers), places_(places) {
    for (uint32_t index = 0; index < talkers.size(); ++index) {
      if (talkers[index].rank->is_in) Admit(index);
    }
  }

  // When there is no free place, the holder with the least weight loses its own.
  void Admit(uint32_t index) {
    talkers_[index].rank->is_in = true;
    if (taken_ < places_) {
      holders_[taken_++] = index;
      return;
    }
    const uint32_t weakest = Weakest();
    if (Weight(talkers_[index]) <= Weight(talkers_[holders_[weakest]])) {
      talkers_[index].rank->is_in = false;
      return;
    }
    talkers_[holders_[weakest]].rank->is_in = false;
    holders_[weakest] = index;
  }

  // The strongest first: legs are in the order of their coming, which is nobody's merit.
  void ConsiderAll() {
    std::array<uint32_t, kTalkersMax> strongest;
    uint32_t count = 0;
    for (uint32_t index = 0; index < talkers_.size(); ++index) {
      if (!MayCome(talkers_[index])) continue;
      const uint32_t strength = Strength(talkers_[index]);
      if (count == places_ && strength <= Strength(talkers_[strongest[count - 1]])) continue;
      uint32_t at = count == places_ ? count - 1 : count++;
      for (; at > 0 && strength > Strength(talkers_[strongest[at - 1]]); --at) {
        strongest[at] = strongest[at - 1];
      }
      strongest[at] = index;
    }
    for (const uint32_t index : std::span(strongest).first(count)) Consider(index);
  }

 private:
  bool MayCome(const Talker& talker) const {
    if (talker.rank->is_in || !HasSound(talker)) return false;
    if (taken_ < places_) return true;
    return std::ranges::any_of(std::span(holders_).first(taken_),
                               [&](uint32_t holder) { return MayTake(talker, talkers_[holder]); });
  }

  void Consider(uint32_t index) {
    const Talker& talker = talkers_[index];
    if (taken_ < places_) {
      Admit(index);
      return;
    }
    // Whoever may be asked to leave, the weakest is; those within their half second are passed
    // over.
    uint32_t place = taken_;
    for (uint32_t candidate = 0; candidate < taken_; ++candidate) {
      const Talker& holder = talkers_[holders_[candidate]];
      if (!MayTake(talker, holder)) continue;
      if (place == taken_ || Weight(holder) < Weight(talkers_[holders_[place]])) place = candidate;
    }
    if (place == taken_) return;
    talkers_[holders_[place]].rank->is_in = false;
    talkers_[index].rank->is_in = true;
    talkers_[index].rank->turns_in = 0;
    holders_[place] = index;
  }

  uint32_t Weakest() const {
    uint32_t weakest = 0;
    for (uint32_t place = 1; place < taken_; ++place) {
      if (Weight(talkers_[holders_[place]]) < Weight(talkers_[holders_[weakest]])) weakest = place;
    }
    return weakest;
  }

  std::span<Talker> talkers_;
  uint32_t places_;
  std::array<uint32_t, kTalkersMax> holders_ = {};  // places of talkers_
  uint32_t taken_ = 0;
};

Presence PresenceOf(const Talker& talker, bool was_in) {
  const TalkerRank& rank = *talker.rank;
  if (rank.is_in) return was_in || !rank.had_sound ? Presence::kMixed : Presence::kFadesIn;
  return was_in && HasSound(talker) ? Presence::kFadesOut : Presence::kLeftOut;
}

void EndTurn(Talker& talker, bool was_in) {
  TalkerRank& rank = *talker.rank;
  talker.presence = PresenceOf(talker, was_in);
  rank.had_sound = HasSound(talker);
  const bool talks = rank.is_in && !IsQuiet(talker);
  rank.turns_in =
      talks ? std::min(kHoldTurns, static_cast<uint8_t>(rank.turns_in + 1)) : uint8_t{0};
}

}  // namespace

bool RankTalkers(const RankingConfig& config, bool was_ranked, uint32_t legs,
                 std::span<Talker> talkers) PARLEY_NONBLOCKING {
  const bool is_ranked = config.ranked_above > 0 && legs > config.ranked_above;
  if (!is_ranked) {
    if (!was_ranked) return false;
    for (Talker& talker : talkers) {
      const bool was_in = talker.rank->is_in;
      talker.rank->is_in = true;
      EndTurn(talker, was_in);
    }
    return false;
  }
  PARLEY_ASSERT(config.talkers_max >= 1 && config.talkers_max <= kTalkersMax);
  for (Talker& talker : talkers) {
    // In the turn before everybody was mixed.
    if (!was_ranked) *talker.rank = {.is_in = true, .had_sound = true};
    Score(talker);
    talker.presence = talker.rank->is_in ? Presence::kMixed : Presence::kLeftOut;
  }
  Places places(talkers, config.talkers_max);
  places.ConsiderAll();
  // Until here, `presence` says who was in.
  for (Talker& talker : talkers) EndTurn(talker, talker.presence == Presence::kMixed);
  return true;
}

void FadeFrame(Presence presence, std::span<int16_t> frame) PARLEY_NONBLOCKING {
  if (presence != Presence::kFadesIn && presence != Presence::kFadesOut) return;
  const auto fade = static_cast<int32_t>(frame.size() / 2);
  for (int32_t i = 0; i < fade; ++i) {
    const int32_t share = presence == Presence::kFadesIn ? i : fade - i;
    int16_t& sample = frame[static_cast<size_t>(i)];
    sample = static_cast<int16_t>(sample * share / fade);
  }
  if (presence == Presence::kFadesOut) {
    std::ranges::fill(frame.subspan(static_cast<size_t>(fade)), int16_t{0});
  }
}

}  // namespace parley
