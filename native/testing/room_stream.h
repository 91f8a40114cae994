// Test support: a sender, a network, a leg, its room and a listener, in virtual time.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "codecs/codec.h"
#include "codecs/opus_codec.h"
#include "engine/layout.generated.h"
#include "testing/stream.h"

namespace parley::testing {

struct RoomScenario {
  // One is given: sound to be sent in `format`, or what was coded of it, a packet each `ptime_ms`.
  std::vector<int16_t> sound = {};
  std::vector<std::vector<uint8_t>> payloads = {};
  // Of the sender; the room mixes at this rate.
  CodecFormat format = {layout::Codec::kL16, 8000};
  uint32_t ptime_ms = 20;
  // How much faster the sender's clock runs.
  double drift_ppm = 0;
  uint32_t jitter_ms = 60;
  double first_packet_ms = 103.3;
  // Fate of the packet sent at this second; by default it arrives at once.
  std::function<PacketFate(double sent_s)> network = {};
  // False while the sender is silent (DTX): timestamps go on, sequence numbers do not.
  std::function<bool(double sent_s)> talking = {};
};

struct RoomReport {
  // What a listener without a codec hears: sample n is sent by the room n samples after its first
  // turn, which is time 0 of the scenario.
  std::vector<int16_t> heard;
  // Each 20 ms, of the sender's leg.
  std::vector<double> delay_ms;
  std::vector<double> target_ms;
  std::vector<uint64_t> frames_concealed;
  // Of the sender's leg, at the end; and of the shard.
  layout::LegSlot slot;
  layout::StatsBlock stats;
};

// Sends all of it and listens for a second longer.
RoomReport RunRoom(const RoomScenario& scenario);

// How long after it was sent the `count` samples of sound from `at` on are heard, in ms; below 0
// when they are not heard to the bit within a second.
double MouthToEarMs(const RoomReport& report, const RoomScenario& scenario, size_t at,
                    size_t count);

// Gilbert's two states: true for the packets that are lost, `loss` of all, in bursts of `burst`
// packets on average; 1 is at random. The first `spared` come through.
std::vector<bool> GilbertLosses(size_t packets, double loss, double burst, uint32_t seed,
                                size_t spared);

}  // namespace parley::testing
