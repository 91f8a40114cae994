// Durations, frame sizes and their relations. Times are nanoseconds in int64_t: monotonic unless
// the name says wall (nanoseconds since 1970).

#pragma once

#include <cstdint>

#include "engine/layout.generated.h"

namespace parley {

inline constexpr int64_t kNsPerUs = 1'000;
inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kNsPerSecond = 1'000'000'000;

// Every leg is asked for, and given, one frame of this length at a time.
inline constexpr uint32_t kFrameMs = 20;
inline constexpr int64_t kFrameNs = kFrameMs * kNsPerMs;

// A shard wakes four times in a frame, and mixes a quarter of its rooms at each.
inline constexpr uint32_t kTickMs = 5;
inline constexpr int64_t kTickNs = kTickMs * kNsPerMs;
inline constexpr uint32_t kPhasesPerFrame = kFrameMs / kTickMs;
static_assert(kPhasesPerFrame * kTickMs == kFrameMs);

// Samples in `duration_ms` at `rate_hz`, towards zero; exact for every rate that is a multiple of
// 1000, and for multiples of 10 ms at 44100 Hz.
constexpr uint32_t SamplesIn(uint32_t duration_ms, uint32_t rate_hz) {
  return static_cast<uint32_t>(uint64_t{rate_hz} * duration_ms / 1000);
}

// Samples of one 20 ms frame.
constexpr uint32_t FrameSamples(uint32_t rate_hz) { return SamplesIn(kFrameMs, rate_hz); }

// Duration of `samples` at `rate_hz`, towards zero; good for two days. REQUIRES: rate_hz > 0.
constexpr int64_t SamplesToNs(int64_t samples, uint32_t rate_hz) {
  return samples * kNsPerSecond / rate_hz;
}

// Samples in the whole microseconds of `duration_ns` at `rate_hz`, towards zero; good for six
// years.
constexpr int64_t NsToSamples(int64_t duration_ns, uint32_t rate_hz) {
  return duration_ns / kNsPerUs * rate_hz / (kNsPerSecond / kNsPerUs);
}

// The rates a codec may have; those of rooms are among them.
constexpr bool IsSampleRate(uint32_t rate_hz) {
  return rate_hz == 8000 || rate_hz == 16000 || rate_hz == 24000 || rate_hz == 44100 ||
         rate_hz == 48000;
}

// The rate at which what a leg outside a room hears is mixed: a frame at 44100 Hz has no whole
// number of the limiter's blocks. REQUIRES: IsSampleRate(codec_hz).
constexpr uint32_t MixRateHz(uint32_t codec_hz) { return codec_hz == 44100 ? 48000 : codec_hz; }

inline constexpr uint32_t kFrameSamplesMax = layout::kFrameSamplesMax;
static_assert(FrameSamples(8000) == 160);
static_assert(FrameSamples(16000) == 320);
static_assert(FrameSamples(24000) == 480);
static_assert(FrameSamples(44100) == 882);
static_assert(FrameSamples(48000) == kFrameSamplesMax);

}  // namespace parley
