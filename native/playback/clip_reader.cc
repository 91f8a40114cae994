#include "playback/clip_reader.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kFrame = FrameSamples(layout::kClipRateHz);
static_assert(kFrame == kFrameSamplesMax);

}  // namespace

ClipReader::ClipReader(const Clip* clip, uint32_t loops)
    : clip_(clip), is_endless_(loops == 0), loops_left_(loops == 0 ? 0 : loops - 1) {}

ClipReader::Turn ClipReader::Advance() PARLEY_NONBLOCKING {
  history_ = std::min(history_ + frame_samples_, kHistory);
  frame_samples_ = 0;
  if (clip_ == nullptr || clip_->is_withdrawn()) return End();
  return clip_->is_stream() ? AdvanceStream() : AdvanceWhole();
}

ClipReader::Turn ClipReader::AdvanceWhole() PARLEY_NONBLOCKING {
  const auto [length, has_ended] = clip_->extent();
  // Only a writer that takes back what it wrote makes the place lie beyond.
  const uint32_t left = length - std::min(position_, length);
  if (!has_ended) {
    if (left < kFrame) return Turn::kStarved;
    Begin(kFrame, length);
    position_ += kFrame;
    return Turn::kSound;
  }
  uint32_t samples = std::min(left, kFrame);
  uint32_t next = std::min(position_, length) + samples;
  while (length > 0 && samples < kFrame && (is_endless_ || loops_left_ > 0)) {
    if (!is_endless_) --loops_left_;
    next = std::min(kFrame - samples, length);
    samples += next;
  }
  if (samples == 0) return End();
  Begin(samples, length);
  position_ = next;
  return Turn::kSound;
}

ClipReader::Turn ClipReader::AdvanceStream() PARLEY_NONBLOCKING {
  const auto [written, has_ended] = clip_->extent();
  const auto capacity = static_cast<uint32_t>(clip_->samples().size());
  // An impossible position of the writer is taken for an empty ring.
  const uint32_t ahead = written - position_ <= capacity ? written - position_ : 0;
  const uint32_t samples = std::min(ahead, kFrame);
  if (samples < kFrame && !has_ended) return Turn::kStarved;
  if (samples == 0) return End();
  Begin(samples, capacity);
  position_ += samples;
  clip_->Release(frame_begin_ - history_);
  return Turn::kSound;
}

ClipReader::Turn ClipReader::End() PARLEY_NONBLOCKING {
  clip_ = nullptr;
  return Turn::kEnded;
}

void ClipReader::Begin(uint32_t samples, uint32_t period) PARLEY_NONBLOCKING {
  frame_begin_ = position_;
  frame_samples_ = samples;
  period_ = period;
}

void ClipReader::Render(uint32_t rate_hz, std::span<int16_t> frame) const PARLEY_NONBLOCKING {
  PARLEY_ASSERT(frame.size() == FrameSamples(rate_hz));
  if (!has_sound()) {
    std::ranges::fill(frame, int16_t{0});
    return;
  }
  if (rate_hz == layout::kClipRateHz) {
    Copy(0, frame.first(frame_samples_));
    std::ranges::fill(frame.subspan(frame_samples_), int16_t{0});
    return;
  }
  std::array<int16_t, kHistory + kFrame> sound;
  const std::span<int16_t> before = std::span(sound).first(kHistory);
  const std::span<int16_t> now = std::span(sound).subspan(kHistory);
  std::ranges::fill(before.first(kHistory - history_), int16_t{0});
  Copy(history_, std::span(sound).subspan(kHistory - history_, history_ + frame_samples_));
  std::ranges::fill(now.subspan(frame_samples_), int16_t{0});
  Resampler resampler;
  resampler.Reset(layout::kClipRateHz, rate_hz);
  resampler.Prime(before.first<kHistory>());
  resampler.Process(now, frame);
}

// Samples from `back` before the frame's first on. REQUIRES: those are of this playing.
void ClipReader::Copy(uint32_t back, std::span<int16_t> to) const PARLEY_NONBLOCKING {
  const std::span<const int16_t> samples = clip_->samples();
  // The period of a stream divides 2^32, so that its positions may wrap.
  uint32_t at = back <= frame_begin_ || clip_->is_stream()
                    ? (frame_begin_ - back) % period_
                    : period_ - 1 - (back - frame_begin_ - 1) % period_;
  while (!to.empty()) {
    const size_t count = std::min<size_t>(to.size(), period_ - at);
    std::ranges::copy(samples.subspan(at, count), to.begin());
    to = to.subspan(count);
    at = 0;
  }
}

}  // namespace parley
