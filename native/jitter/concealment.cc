#include "jitter/concealment.h"

#include <algorithm>

#include "base/assert.h"

namespace parley {

Concealment::Concealment(uint32_t rate_hz)
    : history_max_(FrameSamples(rate_hz)),
      fade_samples_(SamplesIn(kConcealFadeMs, rate_hz)),
      recover_samples_(SamplesIn(kRecoverMs, rate_hz)) {
  PARLEY_ASSERT(IsSampleRate(rate_hz));
}

bool Concealment::Fill(std::span<int16_t> out) PARLEY_NONBLOCKING {
  const bool is_audible = history_samples_ > 0 && faded_samples_ < fade_samples_;
  if (is_audible) {
    for (int16_t& sample : out) sample = NextFaded();
  } else {
    std::ranges::fill(out, int16_t{0});
  }
  Jump();
  return is_audible;
}

void Concealment::Pass(std::span<int16_t> sound) PARLEY_NONBLOCKING {
  if (recover_left_ > 0) Blend(sound);
  // Until the blend is through, the end of the history still sounds.
  if (recover_left_ > 0) return;
  faded_samples_ = 0;
  Remember(sound);
}

void Concealment::Jump() PARLEY_NONBLOCKING {
  if (history_samples_ > 0) recover_left_ = recover_samples_;
}

// From the last sample backwards, and forth again: no step where the sound ends or turns.
int16_t Concealment::NextFaded() {
  if (faded_samples_ >= fade_samples_) return 0;
  const uint32_t last = history_samples_ - 1;
  const uint32_t turn = last == 0 ? 0 : (faded_samples_ + 1) % (2 * last);
  const int32_t sample = history_[turn <= last ? last - turn : turn - last];
  const auto left = static_cast<int32_t>(fade_samples_ - faded_samples_);
  ++faded_samples_;
  return static_cast<int16_t>(sample * left / static_cast<int32_t>(fade_samples_));
}

void Concealment::Blend(std::span<int16_t> sound) {
  const auto whole = static_cast<int32_t>(recover_samples_);
  for (int16_t& sample : sound.first(std::min<size_t>(sound.size(), recover_left_))) {
    const auto old_share = static_cast<int32_t>(recover_left_--);
    sample = static_cast<int16_t>((NextFaded() * old_share + sample * (whole - old_share)) / whole);
  }
}

void Concealment::Remember(std::span<const int16_t> sound) {
  const auto kept = static_cast<uint32_t>(std::min<size_t>(sound.size(), history_max_));
  const uint32_t stays = std::min(history_samples_, history_max_ - kept);
  std::copy_n(history_.begin() + (history_samples_ - stays), stays, history_.begin());
  std::ranges::copy(sound.last(kept), history_.begin() + stays);
  history_samples_ = stays + kept;
}

}  // namespace parley
