#include "testing/room_stream.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>

#include "base/units.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley::testing {
namespace {

constexpr uint8_t kPayloadType = 96;

struct Flight {
  int64_t at_ns;
  std::vector<uint8_t> packet;
};

// One leg talks, one listens.
class Room {
 public:
  explicit Room(const RoomScenario& scenario)
      : scenario_(scenario),
        talker_({.slot = 0}, scenario.format, kPayloadType),
        listener_({.slot = 1}, {layout::Codec::kLinear16, scenario.format.rate_hz}) {
    layout::OpenLeg open = talker_.OpenLeg();
    open.jitter_ms = scenario.jitter_ms;
    shard_.Command({OpenRoom(0, scenario.format.rate_hz), Record::From(open),
                    RouteLeg(talker_.leg(), {.room = 0}), Record::From(listener_.OpenLeg()),
                    RouteLeg(listener_.leg(), {.room = 0})});
    begin_ns_ = shard_.now_ns() + kTickNs;
    Send();
  }

  RoomReport Run() {
    RoomReport report;
    const auto frames = static_cast<size_t>((SoundSeconds() + 1) * 50);
    auto next = flights_.begin();
    for (size_t frame = 0; frame < frames; ++frame) {
      for (uint32_t tick = 0; tick < kFrameMs / kTickMs; ++tick) {
        const int64_t tick_ns = shard_.now_ns() + kTickNs;
        for (; next != flights_.end() && next->at_ns <= tick_ns; ++next) {
          shard_.port().Deliver(talker_.descriptor(), talker_.address(), next->packet, next->at_ns);
        }
        shard_.Tick();
      }
      listener_.Hear(shard_, {});
      shard_.port().TakeSent();
      const layout::LegSlot& slot = shard_.arena().leg(0);
      report.delay_ms.push_back(slot.playout_delay_us / 1000.0);
      report.target_ms.push_back(slot.playout_target_us / 1000.0);
      report.frames_concealed.push_back(slot.frames_concealed);
    }
    report.heard = std::move(listener_.heard());
    report.slot = shard_.arena().leg(0);
    report.stats = *shard_.engine().stats().operator->();
    return report;
  }

 private:
  double SoundSeconds() const {
    return scenario_.payloads.empty()
               ? static_cast<double>(scenario_.sound.size()) / scenario_.format.rate_hz
               : static_cast<double>(scenario_.payloads.size()) * scenario_.ptime_ms / 1000;
  }

  void Send() {
    const uint32_t samples = SamplesIn(scenario_.ptime_ms, scenario_.format.rate_hz);
    const uint32_t units = SamplesIn(scenario_.ptime_ms, ClockRateHz(scenario_.format));
    const size_t packets =
        scenario_.payloads.empty() ? scenario_.sound.size() / samples : scenario_.payloads.size();
    for (size_t number = 0; number < packets; ++number) {
      const double sent_s = static_cast<double>(number) * scenario_.ptime_ms / 1000;
      if (scenario_.talking && !scenario_.talking(sent_s)) {
        talker_.Pause(units);
        continue;
      }
      const std::vector<uint8_t> packet = Packet(number, samples, units);
      const PacketFate fate = scenario_.network ? scenario_.network(sent_s) : PacketFate{};
      if (fate.lost) continue;
      const double at_ms = scenario_.first_packet_ms +
                           sent_s * 1000 / (1 + scenario_.drift_ppm * 1e-6) + fate.delay_ms;
      flights_.push_back({begin_ns_ + static_cast<int64_t>(at_ms * 1e6), packet});
      if (fate.twice) flights_.push_back(flights_.back());
    }
    std::ranges::stable_sort(flights_, {}, &Flight::at_ns);
  }

  std::vector<uint8_t> Packet(size_t number, uint32_t samples, uint32_t units) {
    if (scenario_.payloads.empty()) {
      return talker_.NextPacket(std::span(scenario_.sound).subspan(number * samples, samples));
    }
    std::vector<uint8_t> packet =
        talker_.NextOther(kPayloadType, talker_.timestamp(), scenario_.payloads[number]);
    talker_.Pause(units);
    return packet;
  }

  const RoomScenario& scenario_;
  TestShard shard_;
  RtpCaller talker_;
  LaneCaller listener_;
  int64_t begin_ns_;
  std::vector<Flight> flights_;
};

}  // namespace

RoomReport RunRoom(const RoomScenario& scenario) { return Room(scenario).Run(); }

double MouthToEarMs(const RoomReport& report, const RoomScenario& scenario, size_t at,
                    size_t count) {
  const double rate = scenario.format.rate_hz;
  const auto said = std::span(scenario.sound).subspan(at, count);
  const double sent_ms = scenario.first_packet_ms + static_cast<double>(at) * 1000 / rate;
  const auto first = static_cast<size_t>(sent_ms * rate / 1000);
  const size_t end = std::min(report.heard.size(), first + scenario.format.rate_hz + count);
  const auto heard = std::span(report.heard).first(end).subspan(std::min(first, end));
  const auto found = std::ranges::search(heard, said);
  if (found.empty()) return -1;
  const auto after = static_cast<size_t>(found.begin() - heard.begin());
  return static_cast<double>(first + after) * 1000 / rate - sent_ms;
}

std::vector<bool> GilbertLosses(size_t packets, double loss, double burst, uint32_t seed,
                                size_t spared) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  const double leave = 1 / burst;
  const double enter = leave * loss / (1 - loss);
  std::vector<bool> lost(packets, false);
  bool is_lost = false;
  for (size_t i = spared; i < packets; ++i) {
    // At random, one loss says nothing of the next.
    is_lost = uniform(random) < (burst <= 1 ? loss : is_lost ? 1 - leave : enter);
    lost[i] = is_lost;
  }
  return lost;
}

}  // namespace parley::testing
