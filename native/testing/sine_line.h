// Test support: a sender of a sine, a network, and a leg's playout at its end, in virtual time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "jitter/playout.h"
#include "rtp/rtp_receiver.h"

namespace parley::testing {

// A decoder of samples as they are in memory, so that what is played can be compared bit for bit.
PayloadDecoder RawDecoder();

// A packet on its way: the `number`-th of the stream.
struct Flight {
  int64_t number;
  int64_t arrival_ns;
};

struct LineConfig {
  uint32_t rate_hz = 8000;
  uint32_t ptime_ms = 20;
  uint32_t delay_ms = 40;
  uint16_t first_sequence = 1000;
  uint32_t first_timestamp = 5000;
};

// The sender's side (config, ssrc, media_shift) may be changed between two runs. Every frame pulled
// is checked: silent if and only if it is all zero, and no packet counted twice or not at all.
struct SineLine {
  explicit SineLine(const LineConfig& line_config);

  // When the `number`-th packet is sent.
  int64_t SentAt(int64_t number) const { return number * config.ptime_ms * kNsPerMs; }

  // Packets `first` to `end` - 1, each there as soon as it is sent.
  std::vector<Flight> Ideal(int64_t first, int64_t end) const;

  // Lands all `flights` at their time and pulls a frame every 20 ms, from `now_ns` to `until_ns`.
  void Run(std::vector<Flight> flights, int64_t until_ns);

  void Land(const Flight& flight);
  void PullFrame(int64_t at_ns);

  // Index of the first sample played that is not zero; the sine has no zero in it.
  size_t Start() const;

  // True when `count` samples from `at` in what was played are the sine from `media` on.
  bool IsSine(size_t at, int64_t media, size_t count) const;

  int64_t CountKind(FrameKind kind) const;

  LineConfig config;
  uint32_t ssrc = 1;
  int64_t media_shift = 0;  // samples the sender's clock has leapt
  int64_t now_ns = 3 * kNsPerMs;
  PacketPool pool{512};
  WideMemory wide;
  RtpReceiver receiver;
  Playout playout;
  std::vector<int16_t> played;
  std::vector<FrameKind> kinds;
  uint32_t delay_us_max = 0;
};

}  // namespace parley::testing
