#include "opus_coder.h"

#include <opus/opus.h>

#include <cstdlib>

#include "voice.h"

namespace parley::load {
namespace {

constexpr opus_int32 kRateHz = 48'000;
constexpr size_t kFrameSamples = 960;
constexpr opus_int32 kBitrateBps = 32'000;
constexpr opus_int32 kComplexity = 5;
constexpr opus_int32 kPacketBytesMax = 1275;

}  // namespace

std::vector<std::vector<uint8_t>> OpusEncodeLoop(std::span<const int16_t> loop48) {
  int error = OPUS_OK;
  OpusEncoder* encoder = opus_encoder_create(kRateHz, 1, OPUS_APPLICATION_VOIP, &error);
  if (error != OPUS_OK) std::abort();
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(kBitrateBps));
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(kComplexity));
  const size_t frames = loop48.size() / kFrameSamples;
  std::vector<std::vector<uint8_t>> packets;
  for (size_t index = 0; index < 2 * frames; ++index) {
    std::vector<uint8_t> packet(kPacketBytesMax);
    const int bytes = opus_encode(encoder, loop48.data() + index % frames * kFrameSamples,
                                  kFrameSamples, packet.data(), kPacketBytesMax);
    if (bytes <= 0) std::abort();
    packet.resize(static_cast<size_t>(bytes));
    if (index >= frames) packets.push_back(std::move(packet));
  }
  opus_encoder_destroy(encoder);
  return packets;
}

std::vector<int16_t> OpusDecodeAll(std::span<const std::span<const uint8_t>> packets) {
  int error = OPUS_OK;
  OpusDecoder* decoder = opus_decoder_create(kEarRateHz, 1, &error);
  if (error != OPUS_OK) std::abort();
  std::vector<int16_t> sound(packets.size() * kEarFrameSamples);
  for (size_t index = 0; index < packets.size(); ++index) {
    const std::span<const uint8_t> packet = packets[index];
    // What is no Opus stays silence.
    [[maybe_unused]] const int samples = opus_decode(
        decoder, packet.empty() ? nullptr : packet.data(), static_cast<opus_int32>(packet.size()),
        sound.data() + index * kEarFrameSamples, kEarFrameSamples, 0);
  }
  opus_decoder_destroy(decoder);
  return sound;
}

}  // namespace parley::load
