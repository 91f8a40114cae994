#include "testing/sine_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <span>

namespace parley::testing {
namespace {

// Odd, so that no sample of it is taken for silence.
int16_t SineAt(int64_t sample, uint32_t rate_hz) {
  const double turns = 440.0 * static_cast<double>(sample) / rate_hz;
  return static_cast<int16_t>(std::lround(12'000 * std::sin(2 * std::numbers::pi * turns)) | 1);
}

uint32_t SamplesOf(void*, uint8_t, std::span<const uint8_t> payload) {
  return static_cast<uint32_t>(payload.size() / sizeof(int16_t));
}

void Decode(void*, uint8_t, std::span<const uint8_t> payload, std::span<int16_t> out) {
  std::memcpy(out.data(), payload.data(), out.size_bytes());
}

}  // namespace

PayloadDecoder RawDecoder() { return {.samples = SamplesOf, .decode = Decode, .context = nullptr}; }

SineLine::SineLine(const LineConfig& line_config)
    : config(line_config),
      receiver(config.rate_hz),
      playout(&pool,
              {.clock_rate_hz = config.rate_hz,
               .sample_rate_hz = config.rate_hz,
               .delay = {.target_ms_min = config.delay_ms, .target_ms_max = 400}},
              RawDecoder(), &wide) {}

std::vector<Flight> SineLine::Ideal(int64_t first, int64_t end) const {
  std::vector<Flight> flights;
  for (int64_t number = first; number < end; ++number) flights.push_back({number, SentAt(number)});
  return flights;
}

void SineLine::Run(std::vector<Flight> flights, int64_t until_ns) {
  std::ranges::stable_sort(flights, {}, &Flight::arrival_ns);
  auto next = flights.begin();
  for (; now_ns < until_ns; now_ns += kFrameNs) {
    for (; next != flights.end() && next->arrival_ns <= now_ns; ++next) Land(*next);
    PullFrame(now_ns);
  }
}

void SineLine::Land(const Flight& flight) {
  const uint32_t samples = SamplesIn(config.ptime_ms, config.rate_hz);
  std::vector<int16_t> sound(samples);
  const int64_t first = flight.number * samples + media_shift;
  for (uint32_t i = 0; i < samples; ++i) sound[i] = SineAt(first + i, config.rate_hz);
  RtpPacketView packet;
  packet.header.sequence = static_cast<uint16_t>(config.first_sequence + flight.number);
  packet.header.timestamp = config.first_timestamp + static_cast<uint32_t>(first);
  packet.header.ssrc = ssrc;
  packet.payload = {reinterpret_cast<const uint8_t*>(sound.data()), 2 * sound.size()};
  const RtpVerdict verdict = receiver.OnPacket(packet.header, flight.arrival_ns);
  if (verdict == RtpVerdict::kAcceptFresh) playout.Reset();
  if (verdict == RtpVerdict::kAccept || verdict == RtpVerdict::kAcceptFresh) {
    playout.Insert(packet, flight.arrival_ns);
  }
}

void SineLine::PullFrame(int64_t at_ns) {
  std::vector<int16_t> frame(FrameSamples(config.rate_hz), 99);
  kinds.push_back(playout.PullFrame(at_ns, frame));
  played.insert(played.end(), frame.begin(), frame.end());
  delay_us_max = std::max(delay_us_max, playout.waiting_us());
  const bool is_zero = std::ranges::all_of(frame, [](int16_t sample) { return sample == 0; });
  EXPECT_EQ(kinds.back() == FrameKind::kSilent, is_zero);
  const PacketCounters& packets = playout.packets();
  EXPECT_EQ(packets.inserted, packets.taken + packets.late + packets.duplicate + packets.overflow +
                                  packets.skipped + playout.packets_held());
}

size_t SineLine::Start() const {
  const auto start = std::ranges::find_if(played, [](int16_t sample) { return sample != 0; });
  return static_cast<size_t>(start - played.begin());
}

bool SineLine::IsSine(size_t at, int64_t media, size_t count) const {
  if (at + count > played.size()) return false;
  for (size_t i = 0; i < count; ++i) {
    if (played[at + i] != SineAt(media + static_cast<int64_t>(i), config.rate_hz)) return false;
  }
  return true;
}

int64_t SineLine::CountKind(FrameKind kind) const { return std::ranges::count(kinds, kind); }

}  // namespace parley::testing
