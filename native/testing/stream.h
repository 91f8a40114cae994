// A sender, a network and a Playout in virtual time.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "jitter/playout.h"

namespace parley::testing {

// What one packet meets on its way.
struct PacketFate {
  bool lost = false;
  bool twice = false;
  double delay_ms = 0;
};

struct StreamScenario {
  std::vector<int16_t> sound;
  uint32_t rate_hz = 8000;
  uint32_t ptime_ms = 20;
  // How much faster the sender's clock runs.
  double drift_ppm = 0;
  DelayLimits delay{40, 400};
  uint16_t first_sequence = 65500;
  uint32_t first_timestamp = 4'294'000'000U;
  // Fate of the packet sent at this second; by default it arrives at once.
  std::function<PacketFate(double sent_s)> network = {};
  // False while the sender is silent (DTX): timestamps go on, sequence numbers do not.
  std::function<bool(double sent_s)> talking = {};
};

struct StreamReport {
  std::vector<int16_t> heard;     // from the first pull on, 20 ms each
  std::vector<double> delay_ms;   // at each pull
  std::vector<double> target_ms;  // at each pull
  std::vector<FrameKind> kinds;
  PlayoutCounters counters;
  PacketCounters packets;
  uint32_t packets_held;
};

// Sends all of the sound as L16 in packets and pulls until it is over.
StreamReport RunStream(const StreamScenario& scenario);

}  // namespace parley::testing
