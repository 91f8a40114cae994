// What the jitter buffer costs one leg and one 20 ms frame of PCMU: a packet put in and a frame
// pulled, on several networks, beside decoding the same packet alone:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target playout_bench && build/release/native/playout_bench
// Virtual time. The checksum is of every sample played: the same at every run.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "jitter/packet_pool.h"
#include "jitter/playout.h"
#include "kernels/kernels.h"
#include "testing/bench_row.h"
#include "testing/signals.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 8000;
constexpr size_t kSamples = FrameSamples(kRateHz);
constexpr uint32_t kFrames = 1500;
constexpr int kRounds = 20;
constexpr uint32_t kChunks = 512;
constexpr DelayLimits kDelay = {60, 400};

using Payload = std::array<uint8_t, kSamples>;

struct Arrival {
  uint32_t number;
  int64_t at_ns;
};

struct Network {
  const char* name;
  uint32_t jitter_ms;
  uint32_t lost_percent;
};

uint32_t SamplesOf(void*, uint8_t, std::span<const uint8_t> payload) {
  return static_cast<uint32_t>(payload.size());
}
void Decode(void*, uint8_t, std::span<const uint8_t> payload, std::span<int16_t> out) {
  kernels::PcmuDecode(payload, out);
}

std::vector<Payload> Packets() {
  const std::vector<int16_t> sound =
      testing::Speech(12'000, kFrames * kFrameMs / 1000.0, kRateHz, 1);
  std::vector<Payload> packets(kFrames);
  for (size_t i = 0; i < packets.size(); ++i) {
    kernels::PcmuEncode(std::span(sound).subspan(i * kSamples, kSamples), packets[i]);
  }
  return packets;
}

std::vector<Arrival> ArrivalsOn(const Network& network) {
  std::mt19937 random(1);
  std::vector<Arrival> arrivals;
  for (uint32_t number = 0; number < kFrames; ++number) {
    const int64_t delay_ns = static_cast<int64_t>(random() % (network.jitter_ms + 1)) * kNsPerMs;
    if (random() % 100 < network.lost_percent) continue;
    arrivals.push_back({number, number * kFrameNs + delay_ns});
  }
  std::ranges::stable_sort(arrivals, {}, &Arrival::at_ns);
  return arrivals;
}

struct Figures {
  double us = std::numeric_limits<double>::max();
  uint64_t checksum = 0;
};

// The fastest of many rounds: what others do on this machine at the time only adds.
template <class Round>
Figures Fastest(const Round& round) {
  Figures figures;
  for (int i = 0; i < kRounds; ++i) {
    figures.checksum = 0xCBF29CE484222325ULL;
    const auto start = std::chrono::steady_clock::now();
    round(figures.checksum);
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - start;
    figures.us = std::min(figures.us, spent.count() / kFrames);
  }
  return figures;
}

void Fold(std::span<const int16_t> frame, uint64_t& checksum) {
  for (size_t i = 0; i < frame.size(); i += 16) {
    checksum = (checksum ^ static_cast<uint16_t>(frame[i])) * 0x100000001B3ULL;
  }
}

void Measure(const Network& network, const std::vector<Payload>& packets, double decode_us) {
  const std::vector<Arrival> arrivals = ArrivalsOn(network);
  const Figures figures = Fastest([&](uint64_t& checksum) {
    PacketPool pool(kChunks);
    Playout playout(&pool, {.clock_rate_hz = kRateHz, .sample_rate_hz = kRateHz, .delay = kDelay},
                    {.samples = SamplesOf, .decode = Decode});
    std::array<int16_t, kSamples> frame;
    auto next = arrivals.begin();
    for (uint32_t turn = 0; turn < kFrames; ++turn) {
      const int64_t now_ns = turn * kFrameNs + 3 * kNsPerMs;
      for (; next != arrivals.end() && next->at_ns <= now_ns; ++next) {
        const RtpHeader header = {.payload_type = 0,
                                  .sequence = static_cast<uint16_t>(next->number),
                                  .timestamp = next->number * static_cast<uint32_t>(kSamples),
                                  .ssrc = 1};
        RtpPacketView packet;
        packet.header = header;
        packet.payload = packets[next->number];
        playout.Insert(packet, next->at_ns);
      }
      playout.PullFrame(now_ns, frame);
      Fold(frame, checksum);
    }
  });
  testing::PrintBenchRow(network.name, figures.us, "us/frame",
                         {{"decoding alone", figures.us / decode_us}}, figures.checksum);
}

void Run() {
  const std::vector<Payload> packets = Packets();
  const Figures decoding = Fastest([&](uint64_t& checksum) {
    std::array<int16_t, kSamples> frame;
    for (const Payload& packet : packets) {
      kernels::PcmuDecode(packet, frame);
      Fold(frame, checksum);
    }
  });
  testing::PrintBenchRow("decoding alone", decoding.us, "us/frame", {{"itself", 1}},
                         decoding.checksum);
  for (const Network& network : {Network{"no jitter", 0, 0}, Network{"jitter of 60 ms", 60, 0},
                                 Network{"5 % lost", 0, 5}, Network{"both", 60, 5}}) {
    Measure(network, packets, decoding.us);
  }
}

}  // namespace
}  // namespace parley

int main() {
  parley::Run();
  return 0;
}
