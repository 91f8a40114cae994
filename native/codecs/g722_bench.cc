// What our G.722 leg costs beside bare libspandsp: encoding and decoding speech, 20 ms a frame:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target g722_bench && build/release/native/g722_bench
// Packets must be the same to the byte. What is decoded need not be: the bands are joined by our
// own filter (g722_codec.cc), so its checksum is of our samples.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/units.h"
#include "codecs/g722_codec.h"
#include "testing/bench_row.h"
#include "testing/signals.h"

// Each of its headers needs those before it, and the first breaks <cmath> for what comes after.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
// clang-format on

namespace parley {
namespace {

constexpr uint32_t kFrames = 250;
constexpr int kRounds = 40;
constexpr size_t kSamples = FrameSamples(kG722RateHz);
constexpr int kBitsPerSecond = 64'000;

using Payload = std::array<uint8_t, kSamples / 2>;
using Frame = std::array<int16_t, kSamples>;

class Ours {
 public:
  void Encode(const Frame& frame, Payload& payload) {
    PARLEY_ASSERT(encoder_.Encode(frame, payload) == payload.size());
  }
  void Decode(const Payload& payload, Frame& frame) {
    PARLEY_ASSERT(decoder_.Decode(payload, frame) == frame.size());
  }

 private:
  G722Encoder encoder_;
  G722Decoder decoder_;
};

class Theirs {
 public:
  Theirs()
      : encoder_(g722_encode_init(nullptr, kBitsPerSecond, 0)),
        decoder_(g722_decode_init(nullptr, kBitsPerSecond, 0)) {}
  ~Theirs() {
    g722_encode_free(encoder_);
    g722_decode_free(decoder_);
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;

  void Encode(const Frame& frame, Payload& payload) {
    g722_encode(encoder_, payload.data(), frame.data(), static_cast<int>(frame.size()));
  }
  void Decode(const Payload& payload, Frame& frame) {
    g722_decode(decoder_, frame.data(), payload.data(), static_cast<int>(payload.size()));
  }

 private:
  g722_encode_state_t* encoder_;
  g722_decode_state_t* decoder_;
};

struct Figures {
  double encode_us = std::numeric_limits<double>::max();
  double decode_us = std::numeric_limits<double>::max();
  std::vector<Payload> payloads = std::vector<Payload>(kFrames);
  std::vector<Frame> heard = std::vector<Frame>(kFrames);
};

double Microseconds(std::chrono::steady_clock::time_point from) {
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - from;
  return spent.count() / kFrames;
}

// The fastest of many rounds: what others do on this machine at the time only adds.
template <class Side>
void MeasureRound(std::span<const Frame> said, Figures& figures) {
  Side side;
  auto start = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < kFrames; ++i) side.Encode(said[i], figures.payloads[i]);
  figures.encode_us = std::min(figures.encode_us, Microseconds(start));
  start = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < kFrames; ++i) side.Decode(figures.payloads[i], figures.heard[i]);
  figures.decode_us = std::min(figures.decode_us, Microseconds(start));
}

template <class Block>
uint64_t Checksum(const std::vector<Block>& blocks) {
  uint64_t checksum = 0xCBF29CE484222325ULL;
  for (const Block& block : blocks) {
    for (const auto value : block) {
      checksum = (checksum ^ static_cast<uint16_t>(value)) * 0x100000001B3ULL;
    }
  }
  return checksum;
}

void Measure() {
  const double seconds = static_cast<double>(kFrames) * kFrameMs / 1000 + 1;
  const std::vector<int16_t> sound = testing::Speech(12'000, seconds, kG722RateHz, 1);
  std::vector<Frame> said(kFrames);
  for (uint32_t i = 0; i < kFrames; ++i) {
    std::ranges::copy(std::span(sound).subspan(i * kSamples, kSamples), said[i].begin());
  }
  Figures ours;
  Figures theirs;
  for (int round = 0; round < kRounds; ++round) {
    MeasureRound<Ours>(said, ours);
    MeasureRound<Theirs>(said, theirs);
  }
  PARLEY_ASSERT(ours.payloads == theirs.payloads);
  testing::PrintBenchRow("g722 encode", ours.encode_us, "us",
                         {{"libspandsp", ours.encode_us / theirs.encode_us}},
                         Checksum(ours.payloads));
  testing::PrintBenchRow("g722 decode", ours.decode_us, "us",
                         {{"libspandsp", ours.decode_us / theirs.decode_us}}, Checksum(ours.heard));
}

}  // namespace
}  // namespace parley

int main() { parley::Measure(); }
