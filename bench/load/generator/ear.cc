#include "ear.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "g711.h"
#include "opus_coder.h"
#include "spectrum.h"

namespace parley::load {
namespace {

using Sound = std::vector<float>;

// From said to heard, in samples. An echo is back at once; the largest jitter buffer takes 400 ms.
constexpr int kDelayMin = -static_cast<int>(kEarFrameSamples);
constexpr int kDelayMax = 460 * static_cast<int>(kEarRateHz) / 1000;
// So often voices are looked for anew, once the others are known.
constexpr int kSecondLooksMax = 3;
// An Opus decoder that begins in the middle is right after a few frames.
constexpr size_t kOpusFramesSkipped = 5;
constexpr double kSoftest = -120;

// A mix without sound in it says nothing about who was heard: mean square of -65 dBov.
constexpr double kSilencePower = 340;

double Decibels(double ratio) { return ratio <= 1e-12 ? kSoftest : 10 * std::log10(ratio); }

// Eight sums side by side: as wide as the compiler can make it.
double Dot(std::span<const float> a, std::span<const float> b) {
  std::array<float, 8> sums{};
  const size_t whole = a.size() / sums.size() * sums.size();
  for (size_t i = 0; i < whole; i += sums.size()) {
    for (size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (const float part : sums) sum += part;
  for (size_t i = whole; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// A speaker's voice over the time a stretch may hold of it.
class Candidate {
 public:
  Candidate(const Speaker& speaker, size_t skipped, size_t samples)
      : samples_(samples), said_(Said(speaker, skipped, samples)), spectrum_(said_) {}

  // The voice as it would be heard `place` samples after the longest delay's.
  std::span<const float> At(size_t place) const {
    return std::span(said_).subspan(place, samples_);
  }

  struct Match {
    size_t place = 0;
    double likeness = -1;  // -1 to 1
  };
  // Where it is heard among others.
  Match LookFor(const Spectrum& heard) const {
    const std::vector<double> likeness = spectrum_.Likeness(heard);
    const auto best = std::max_element(likeness.begin(), likeness.begin() + places());
    return {.place = static_cast<size_t>(best - likeness.begin()), .likeness = *best};
  }
  // Where it leaves the least of `heard`, which nothing else is in.
  size_t PlaceAlone(const Spectrum& heard) const {
    const std::vector<double> products = spectrum_.Products(heard);
    double power = Dot(At(0), At(0));
    double most = -1;
    size_t best = 0;
    for (size_t place = 0; place < static_cast<size_t>(places()); ++place) {
      const double taken = std::max(0.0, products[place]) * products[place] / std::max(1.0, power);
      if (taken > most) best = place;
      most = std::max(most, taken);
      if (place + samples_ == said_.size()) break;
      const double next = said_[place + samples_];
      power += next * next - 1.0 * said_[place] * said_[place];
    }
    return best;
  }

 private:
  static Sound Said(const Speaker& speaker, size_t skipped, size_t samples) {
    const std::vector<int16_t>& loop = speaker.voice->sound;
    const auto size = static_cast<int64_t>(loop.size());
    int64_t at = speaker.says_at + static_cast<int64_t>(skipped) - kDelayMax;
    at = (at % size + size) % size;
    Sound said;
    for (size_t i = 0; i < samples + kDelayMax - kDelayMin; ++i) {
      said.push_back(loop[static_cast<size_t>((at + static_cast<int64_t>(i)) % size)]);
    }
    return said;
  }

  std::ptrdiff_t places() const { return static_cast<std::ptrdiff_t>(said_.size() - samples_ + 1); }

  size_t samples_;
  Sound said_;
  Spectrum spectrum_;
};

// Gains with which `voices` add up to what is nearest to `heard`: normal equations, by elimination.
std::vector<double> Fit(std::span<const std::span<const float>> voices,
                        std::span<const float> heard) {
  const size_t count = voices.size();
  std::vector<std::vector<double>> rows(count, std::vector<double>(count + 1));
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) rows[i][j] = Dot(voices[i], voices[j]);
    rows[i][i] += 1;  // Silence has the gain 0.
    rows[i][count] = Dot(voices[i], heard);
  }
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) {
      if (i == j) continue;
      const double factor = rows[j][i] / rows[i][i];
      for (size_t k = i; k <= count; ++k) rows[j][k] -= factor * rows[i][k];
    }
  }
  std::vector<double> gains;
  for (size_t i = 0; i < count; ++i) gains.push_back(rows[i][count] / rows[i][i]);
  return gains;
}

double PowerOf(std::span<const float> sound) { return Dot(sound, sound); }

// The voices of a stretch: where each is, and how loud.
class Fitting {
 public:
  Fitting(std::span<const Candidate> candidates, std::span<const float> heard)
      : candidates_(candidates), heard_(heard), rest_(heard.begin(), heard.end()) {
    Find();
    for (int look = 0; look < kSecondLooksMax && LookAgain(); ++look) {
    }
  }

  // Of those found, in the order in which they were.
  std::span<const std::span<const float>> voices() const { return voices_; }
  std::span<const double> gains() const { return gains_; }
  // What they leave of the stretch.
  const Sound& rest() const { return rest_; }

 private:
  // One after the other, the plainest of those left first; each makes the next ones plainer.
  void Find() {
    std::vector<bool> is_found(candidates_.size());
    for (size_t turn = 0; turn < candidates_.size(); ++turn) {
      const Spectrum rest(rest_);
      size_t plainest = 0;
      Candidate::Match best{.likeness = -2};
      for (size_t i = 0; i < candidates_.size(); ++i) {
        if (is_found[i]) continue;
        const Candidate::Match match = candidates_[i].LookFor(rest);
        if (match.likeness <= best.likeness) continue;
        best = match;
        plainest = i;
      }
      is_found[plainest] = true;
      found_.push_back(plainest);
      voices_.push_back(candidates_[plainest].At(best.place));
      Solve();
    }
  }

  // The first ones were looked for among all the others. True when one was found elsewhere.
  bool LookAgain() {
    bool has_moved = false;
    for (size_t i = 0; i < voices_.size(); ++i) {
      Sound alone = rest_;
      const auto gain = static_cast<float>(gains_[i]);
      for (size_t at = 0; at < alone.size(); ++at) alone[at] += gain * voices_[i][at];
      const Spectrum spectrum(alone);
      const Candidate& candidate = candidates_[found_[i]];
      for (const size_t place :
           {candidate.LookFor(spectrum).place, candidate.PlaceAlone(spectrum)}) {
        has_moved |= Move(i, candidate.At(place));
      }
    }
    return has_moved;
  }

  // Unless more is left then.
  bool Move(size_t i, std::span<const float> voice) {
    const std::span<const float> before = voices_[i];
    if (voice.data() == before.data()) return false;
    const double rest_before = PowerOf(rest_);
    voices_[i] = voice;
    Solve();
    if (PowerOf(rest_) < rest_before) return true;
    voices_[i] = before;
    Solve();
    return false;
  }

  void Solve() {
    gains_ = Fit(voices_, heard_);
    rest_.assign(heard_.begin(), heard_.end());
    for (size_t i = 0; i < voices_.size(); ++i) {
      const auto gain = static_cast<float>(gains_[i]);
      for (size_t at = 0; at < rest_.size(); ++at) rest_[at] -= gain * voices_[i][at];
    }
  }

  std::span<const Candidate> candidates_;
  std::span<const float> heard_;
  std::vector<size_t> found_;
  std::vector<std::span<const float>> voices_;
  std::vector<double> gains_;
  Sound rest_;
};

Sound Decoded(const Stretch& stretch, Coding coding) {
  Sound sound;
  if (coding == Coding::kOpus) {
    const std::vector<std::span<const uint8_t>> packets(stretch.payloads.begin(),
                                                        stretch.payloads.end());
    const std::vector<int16_t> heard = OpusDecodeAll(packets);
    sound.assign(heard.begin() + kOpusFramesSkipped * kEarFrameSamples, heard.end());
    return sound;
  }
  for (const std::vector<uint8_t>& payload : stretch.payloads) {
    for (size_t i = 0; i < kEarFrameSamples; ++i) {
      sound.push_back(i < payload.size() ? static_cast<float>(ExpandMuLaw(payload[i])) : 0.0F);
    }
  }
  return sound;
}

}  // namespace

Tolerance ToleranceFor(Coding coding, bool crowd) {
  if (coding == Coding::kOpus) return {.gain_db_max = 4, .rest_db_max = -3, .own_db_max = -12};
  if (crowd) return {.gain_db_max = 3, .rest_db_max = -10, .own_db_max = -12};
  return {.gain_db_max = 1.5, .rest_db_max = -15, .own_db_max = -20};
}

Verdict Ear::Judge(const Stretch& stretch, std::span<const Speaker> speakers, const Speaker* own,
                   const Tolerance& tolerance) const {
  const Sound heard = Decoded(stretch, coding_);
  const size_t skipped = stretch.payloads.size() * kEarFrameSamples - heard.size();
  std::vector<Candidate> candidates;
  for (const Speaker& speaker : speakers) candidates.emplace_back(speaker, skipped, heard.size());
  const Fitting fitting(candidates, heard);
  const std::span<const std::span<const float>> voices = fitting.voices();
  const Sound& rest = fitting.rest();

  Verdict verdict;
  const auto samples = static_cast<double>(heard.size());
  for (size_t i = 0; i < voices.size(); ++i) {
    // Who is silent in this stretch cannot be missed in it.
    if (PowerOf(voices[i]) < kSilencePower * samples) continue;
    const double gain_db = 2 * Decibels(std::max(0.0, fitting.gains()[i]));
    if (std::abs(gain_db) > std::abs(verdict.gain_db)) verdict.gain_db = gain_db;
  }
  const double rest_power = PowerOf(rest);
  const double explained = std::max(kSilencePower * samples, PowerOf(heard) - rest_power);
  verdict.rest_db = Decibels(rest_power / explained);
  verdict.own_db = kSoftest;
  if (own != nullptr) {
    const Candidate candidate(*own, skipped, heard.size());
    const Candidate::Match match = candidate.LookFor(Spectrum(rest));
    const std::span<const float> voice = candidate.At(match.place);
    const double power = PowerOf(voice);
    if (power > kSilencePower * samples) {
      verdict.own_db = 2 * Decibels(std::max(0.0, Dot(voice, rest) / power));
    }
  }
  verdict.is_right = std::abs(verdict.gain_db) <= tolerance.gain_db_max &&
                     verdict.rest_db <= tolerance.rest_db_max &&
                     verdict.own_db <= tolerance.own_db_max;
  return verdict;
}

}  // namespace parley::load
