#include "ear.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "g711.h"
#include "opus_coder.h"

namespace parley::load {
namespace {

using Sound = std::vector<float>;

// From said to heard, in samples. An echo is back at once; the largest jitter buffer takes 400 ms.
constexpr int kDelayMin = -static_cast<int>(kEarFrameSamples);
constexpr int kDelayMax = 460 * static_cast<int>(kEarRateHz) / 1000;
// The search is done at half the rate first, where speech has most of its energy.
constexpr int kCoarse = 2;
constexpr size_t kPlacesLookedAt = 32;
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

// At half the rate, and differentiated: speech has its peaks where it is like itself, and
// not a period beside.
Sound Coarse(std::span<const float> sound) {
  Sound coarse(sound.size() / kCoarse);
  float before = 0;
  for (size_t i = 0; i < coarse.size(); ++i) {
    float sum = 0;
    for (size_t j = 0; j < kCoarse; ++j) sum += sound[i * kCoarse + j];
    coarse[i] = sum - 0.5F * before;
    before = sum;
  }
  return coarse;
}

// A speaker's voice over the time a stretch may hold of it.
class Candidate {
 public:
  Candidate(const Speaker& speaker, size_t skipped, size_t samples) : samples_(samples) {
    const std::vector<int16_t>& loop = speaker.voice->sound;
    const auto size = static_cast<int64_t>(loop.size());
    int64_t at = speaker.says_at + static_cast<int64_t>(skipped) - kDelayMax;
    at = (at % size + size) % size;
    for (size_t i = 0; i < samples + kDelayMax - kDelayMin; ++i) {
      said_.push_back(loop[static_cast<size_t>((at + static_cast<int64_t>(i)) % size)]);
    }
    coarse_ = Coarse(said_);
  }

  // The voice as it would be heard `place` samples after the longest delay's.
  std::span<const float> At(int place) const {
    return std::span(said_).subspan(static_cast<size_t>(place), samples_);
  }

  struct Match {
    int place = 0;
    double likeness = -1;  // -1 to 1
  };
  // Voices are like themselves a pitch period apart: the best few places of the coarse search are
  // looked at closely.
  Match LookFor(std::span<const float> heard) const {
    const Sound heard_coarse = Coarse(heard);
    const std::vector<double> likeness = Likeness(heard_coarse, coarse_);
    std::vector<int> places;
    for (size_t i = 0; i < likeness.size(); ++i) {
      const bool is_peak = (i == 0 || likeness[i] >= likeness[i - 1]) &&
                           (i + 1 == likeness.size() || likeness[i] > likeness[i + 1]);
      if (is_peak) places.push_back(static_cast<int>(i));
    }
    const size_t few = std::min(kPlacesLookedAt, places.size());
    std::ranges::partial_sort(places, places.begin() + static_cast<std::ptrdiff_t>(few),
                              std::ranges::greater(),
                              [&](int place) { return likeness[static_cast<size_t>(place)]; });
    const double heard_power = Dot(heard, heard);
    const int last = static_cast<int>(said_.size() - samples_);
    Match best;
    for (const int coarse : std::span(places).first(few)) {
      for (int place = (coarse - 1) * kCoarse; place <= (coarse + 1) * kCoarse; ++place) {
        if (place < 0 || place > last) continue;
        const double power = Dot(At(place), At(place)) * heard_power;
        const double alike = power <= 0 ? 0 : Dot(At(place), heard) / std::sqrt(power);
        if (alike > best.likeness) best = {.place = place, .likeness = alike};
      }
    }
    return best;
  }

 private:
  // At each place of `said`, -1 to 1.
  static std::vector<double> Likeness(std::span<const float> heard, std::span<const float> said) {
    const double heard_power = Dot(heard, heard);
    double power = Dot(said.first(heard.size()), said.first(heard.size()));
    std::vector<double> likeness;
    for (size_t place = 0; place + heard.size() <= said.size(); ++place) {
      const double both = std::max(1.0, power) * heard_power;
      likeness.push_back(
          both <= 0 ? 0 : Dot(said.subspan(place, heard.size()), heard) / std::sqrt(both));
      if (place + heard.size() == said.size()) break;
      const float next = said[place + heard.size()];
      power += 1.0 * next * next - 1.0 * said[place] * said[place];
    }
    return likeness;
  }

  size_t samples_;
  Sound said_;
  Sound coarse_;
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
  if (crowd) return {.gain_db_max = 6, .rest_db_max = 20, .own_db_max = -6};
  if (coding == Coding::kOpus) return {.gain_db_max = 4, .rest_db_max = -3, .own_db_max = -12};
  return {.gain_db_max = 1.5, .rest_db_max = -15, .own_db_max = -20};
}

Verdict Ear::Judge(const Stretch& stretch, std::span<const Speaker> speakers, const Speaker* own,
                   const Tolerance& tolerance) const {
  const Sound heard = Decoded(stretch, coding_);
  const size_t skipped = stretch.payloads.size() * kEarFrameSamples - heard.size();
  Sound rest = heard;
  std::vector<Candidate> candidates;
  for (const Speaker& speaker : speakers) candidates.emplace_back(speaker, skipped, heard.size());

  // One after the other, the plainest of those left first; each makes the next ones plainer.
  std::vector<bool> found(candidates.size());
  std::vector<std::span<const float>> voices;
  std::vector<double> gains;
  for (size_t turn = 0; turn < candidates.size(); ++turn) {
    std::optional<size_t> plainest;
    Candidate::Match best{.likeness = -2};
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (found[i]) continue;
      const Candidate::Match match = candidates[i].LookFor(rest);
      if (match.likeness <= best.likeness) continue;
      best = match;
      plainest = i;
    }
    found[*plainest] = true;
    voices.push_back(candidates[*plainest].At(best.place));
    gains = Fit(voices, heard);
    rest = heard;
    for (size_t i = 0; i < voices.size(); ++i) {
      for (size_t at = 0; at < rest.size(); ++at)
        rest[at] -= static_cast<float>(gains[i]) * voices[i][at];
    }
  }

  Verdict verdict;
  const auto samples = static_cast<double>(heard.size());
  for (size_t i = 0; i < voices.size(); ++i) {
    // Who is silent in this stretch cannot be missed in it.
    if (Dot(voices[i], voices[i]) < kSilencePower * samples) continue;
    const double gain_db = 2 * Decibels(std::max(0.0, gains[i]));
    if (std::abs(gain_db) > std::abs(verdict.gain_db)) verdict.gain_db = gain_db;
  }
  const double rest_power = Dot(rest, rest);
  const double explained = std::max(kSilencePower * samples, Dot(heard, heard) - rest_power);
  verdict.rest_db = Decibels(rest_power / explained);
  verdict.own_db = kSoftest;
  if (own != nullptr) {
    const Candidate candidate(*own, skipped, heard.size());
    const Candidate::Match match = candidate.LookFor(rest);
    const std::span<const float> voice = candidate.At(match.place);
    const double power = Dot(voice, voice);
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
