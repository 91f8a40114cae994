// What comes with sound in RTP, from any bytes: header extensions with levels (RFC 8285, 6464), and
// payloads of redundancy (RFC 2198) and comfort noise (RFC 3389).
//
// Input: the profile of a header extension (2), an identifier, the length of the extension, the
// extension, and a payload read both ways.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/assert.h"
#include "base/byte_order.h"
#include "rtp/audio_level.h"
#include "rtp/comfort_noise.h"
#include "rtp/redundancy.h"

namespace parley {
namespace {

using Bytes = std::span<const uint8_t>;

bool IsWithin(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void ReadExtension(uint16_t profile, uint8_t id, Bytes extension) {
  const auto data = FindHeaderExtension(profile, extension, id);
  if (data) PARLEY_ASSERT(IsWithin(*data, extension));
  RtpPacketView packet;
  packet.extension_profile = profile;
  packet.extension = extension;
  const auto level = ReadClientLevel(packet, id);
  PARLEY_ASSERT(level.has_value() == (data && !data->empty()));
  if (!data || id == 0) return;

  std::array<uint8_t, kRtpCsrcsMax> levels;
  const size_t count = std::min(data->size(), levels.size());
  for (size_t i = 0; i < count; ++i) levels[i] = (*data)[i] & 0x7f;
  std::array<uint8_t, kMixerLevelsBytesMax> out;
  const size_t bytes = WriteMixerLevels(id, Bytes(levels).first(count), out);
  if (bytes == 0) return;
  PARLEY_ASSERT(ReadBe16(&out[2]) * 4U + 4 == bytes);
  const auto again = FindHeaderExtension(ReadBe16(&out[0]), Bytes(out).first(bytes).subspan(4), id);
  PARLEY_ASSERT(again && std::ranges::equal(*again, Bytes(levels).first(count)));
}

void ReadRedundancy(Bytes payload) {
  const auto view = ParseRedundancy(0, payload);
  if (!view) return;
  PARLEY_ASSERT(view->redundant_count <= kRedundantBlocksMax);
  PARLEY_ASSERT(IsWithin(view->primary.payload, payload));
  for (size_t i = 0; i < view->redundant_count; ++i) {
    const RedundancyBlock& block = view->redundant[i];
    PARLEY_ASSERT(IsWithin(block.payload, payload));
    PARLEY_ASSERT(!block.payload.empty() && block.payload.size() <= 1023);
    PARLEY_ASSERT(0 - block.timestamp <= 16383);
  }
}

void ReadComfortNoise(ComfortNoiseGenerator& generator, Bytes payload) {
  const auto noise = ParseComfortNoise(payload);
  PARLEY_ASSERT(noise.has_value() == !payload.empty());
  if (!noise) return;
  generator.Set(*noise);
  std::array<int16_t, 160> out;
  generator.Fill(out);
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const parley::Bytes rest(data + 4, size - 4);
  const parley::Bytes extension = rest.first(std::min<size_t>(data[3], rest.size()));
  const parley::Bytes payload = rest.subspan(extension.size());
  parley::ReadExtension(parley::ReadBe16(data), data[2], extension);
  parley::ReadRedundancy(payload);
  parley::ComfortNoiseGenerator generator(8000, 1);
  parley::ReadComfortNoise(generator, payload);
  parley::ReadComfortNoise(generator, extension);
  return 0;
}
