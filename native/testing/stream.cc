#include "testing/stream.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace parley::testing {
namespace {

// Where the sender's first packet leaves, between two pulls.
constexpr double kFirstPacketMs = 103.3;

uint32_t L16Samples(void*, uint8_t, std::span<const uint8_t> payload) {
  return static_cast<uint32_t>(payload.size() / 2);
}

void L16Decode(void*, uint8_t, std::span<const uint8_t> payload, std::span<int16_t> out) {
  std::memcpy(out.data(), payload.data(), out.size_bytes());
}

struct Arrival {
  double at_ms;
  uint32_t index;
  uint16_t sequence;
};

std::vector<Arrival> Send(const StreamScenario& scenario) {
  const uint32_t samples = scenario.rate_hz / 1000 * scenario.ptime_ms;
  const auto count = static_cast<uint32_t>(scenario.sound.size() / samples);
  uint16_t sequence = scenario.first_sequence;
  std::vector<Arrival> arrivals;
  for (uint32_t index = 0; index < count; ++index) {
    const double sent_s = index * scenario.ptime_ms / 1000.0;
    if (scenario.talking && !scenario.talking(sent_s)) continue;
    const PacketFate fate = scenario.network ? scenario.network(sent_s) : PacketFate{};
    const uint16_t number = sequence++;
    if (fate.lost) continue;
    const double at_ms =
        kFirstPacketMs + sent_s * 1000 / (1 + scenario.drift_ppm * 1e-6) + fate.delay_ms;
    arrivals.push_back({at_ms, index, number});
    if (fate.twice) arrivals.push_back({at_ms + 1, index, number});
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.at_ms < b.at_ms; });
  return arrivals;
}

}  // namespace

StreamReport RunStream(const StreamScenario& scenario) {
  PacketPool pool(64 * kChunksPerPayloadMax);
  WideMemory wide;
  Playout playout(&pool,
                  {.clock_rate_hz = scenario.rate_hz,
                   .sample_rate_hz = scenario.rate_hz,
                   .delay = scenario.delay},
                  {.samples = L16Samples, .decode = L16Decode}, &wide);
  const std::vector<Arrival> arrivals = Send(scenario);
  const uint32_t samples = scenario.rate_hz / 1000 * scenario.ptime_ms;
  const double seconds = static_cast<double>(scenario.sound.size()) / scenario.rate_hz;
  const auto pulls = static_cast<uint32_t>((seconds + 2) * 50);
  StreamReport report;
  std::vector<int16_t> frame(FrameSamples(scenario.rate_hz));
  size_t arrived = 0;
  for (uint32_t pull = 0; pull < pulls; ++pull) {
    const double now_ms = pull * 20.0;
    for (; arrived < arrivals.size() && arrivals[arrived].at_ms <= now_ms; ++arrived) {
      const Arrival& arrival = arrivals[arrived];
      RtpPacketView packet;
      packet.header.sequence = arrival.sequence;
      packet.header.timestamp = scenario.first_timestamp + arrival.index * samples;
      packet.payload = {
          reinterpret_cast<const uint8_t*>(scenario.sound.data() + size_t{arrival.index} * samples),
          size_t{samples} * 2};
      playout.Insert(packet, static_cast<int64_t>(arrival.at_ms * 1e6));
    }
    report.kinds.push_back(playout.PullFrame(static_cast<int64_t>(now_ms * 1e6), frame));
    report.heard.insert(report.heard.end(), frame.begin(), frame.end());
    report.delay_ms.push_back(static_cast<double>(playout.delay_ns()) / 1e6);
    report.target_ms.push_back(static_cast<double>(playout.target_ns()) / 1e6);
  }
  report.counters = playout.counters();
  report.packets = playout.packets();
  report.packets_held = playout.packets_held();
  return report;
}

}  // namespace parley::testing
