// Any Opus packets through one decoder, among losses that are concealed or restored. Every sample
// is filled, whatever the packets hold.
//
// Input: one byte for the rate, then packets: a byte of length, a byte of what happens before (odd:
// a loss; its other bits: how long), and the packet.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/units.h"
#include "codecs/opus_codec.h"

namespace parley {
namespace {

constexpr std::array<uint32_t, 5> kRatesHz = {8000, 12000, 16000, 24000, 48000};
constexpr uint32_t kLossSteps = 24;  // of 2.5 ms each

void Lose(OpusFrameDecoder& decoder, std::span<const uint8_t> next, size_t samples) {
  std::vector<int16_t> out(samples);
  if (!decoder.Restore(next, out)) decoder.Conceal(out);
}

void Hear(OpusFrameDecoder& decoder, std::span<const uint8_t> packet, uint32_t rate_hz) {
  const uint32_t samples = decoder.Samples(packet);
  PARLEY_ASSERT(samples <= SamplesIn(kOpusPacketMsMax, rate_hz));
  std::vector<int16_t> out(samples);
  decoder.Decode(packet, out);
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static parley::OpusFrameDecoder decoder;
  const uint32_t rate_hz = parley::kRatesHz[data[0] % parley::kRatesHz.size()];
  decoder.Open(rate_hz);
  std::span<const uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= 2) {
    const uint8_t before = rest[1];
    const size_t bytes = std::min<size_t>(rest[0], rest.size() - 2);
    const std::span<const uint8_t> packet = rest.subspan(2, bytes);
    rest = rest.subspan(2 + bytes);
    if ((before & 1) != 0) {
      const uint32_t losses = 1 + (before >> 1) % parley::kLossSteps;
      parley::Lose(decoder, packet, losses * (rate_hz / 400));
    }
    parley::Hear(decoder, packet, rate_hz);
  }
  return 0;
}
