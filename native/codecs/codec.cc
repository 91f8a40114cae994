#include "codecs/codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/units.h"
#include "codecs/g722_codec.h"
#include "codecs/opus_codec.h"
#include "kernels/kernels.h"

namespace parley {

namespace {

constexpr size_t kChannelsMax = 2;
static_assert(kFrameBytesMax == kFrameSamplesMax * sizeof(int16_t) * kChannelsMax);

// 0 for a codec with state, and for what is none of ours.
constexpr size_t BytesPerSample(const CodecFormat& format) {
  switch (format.codec) {
    case layout::Codec::kPcmu:
    case layout::Codec::kPcma:
      return 1;
    case layout::Codec::kL16:
      return sizeof(int16_t) * format.channels;
    case layout::Codec::kLinear16:
      return sizeof(int16_t);
    case layout::Codec::kG722:
    case layout::Codec::kOpus:
      break;
  }
  return 0;
}

static_assert(std::endian::native == std::endian::little,
              "linear16 is copied as it lies in memory");

// Stereo, a few samples at a time.
using Pairs = std::array<int16_t, 128>;

void DecodeStereo(std::span<const uint8_t> bytes, std::span<int16_t> samples) {
  while (!samples.empty()) {
    Pairs pairs;
    const size_t count = std::min(samples.size(), pairs.size() / kChannelsMax);
    const size_t byte_count = count * kChannelsMax * sizeof(int16_t);
    kernels::DecodeBigEndian(bytes.first(byte_count), std::span(pairs).first(count * kChannelsMax));
    for (size_t i = 0; i < count; ++i) {
      samples[i] = static_cast<int16_t>((pairs[2 * i] + pairs[2 * i + 1]) >> 1);
    }
    bytes = bytes.subspan(byte_count);
    samples = samples.subspan(count);
  }
}

void EncodeStereo(std::span<const int16_t> samples, std::span<uint8_t> bytes) {
  while (!samples.empty()) {
    Pairs pairs;
    const size_t count = std::min(samples.size(), pairs.size() / kChannelsMax);
    const size_t byte_count = count * kChannelsMax * sizeof(int16_t);
    for (size_t i = 0; i < count; ++i) pairs[2 * i] = pairs[2 * i + 1] = samples[i];
    kernels::EncodeBigEndian(std::span(pairs).first(count * kChannelsMax), bytes.first(byte_count));
    bytes = bytes.subspan(byte_count);
    samples = samples.subspan(count);
  }
}

}  // namespace

bool IsStateless(layout::Codec codec) {
  return codec != layout::Codec::kG722 && codec != layout::Codec::kOpus;
}

uint32_t ClockRateHz(const CodecFormat& format) {
  if (format.codec == layout::Codec::kG722) return kG722ClockRateHz;
  return format.codec == layout::Codec::kOpus ? kOpusClockRateHz : format.rate_hz;
}

size_t PayloadBytes(const CodecFormat& format, size_t samples) {
  if (format.codec == layout::Codec::kOpus) return kOpusPayloadBytesMax;
  if (format.codec == layout::Codec::kG722) return samples / 2;
  return samples * BytesPerSample(format);
}

size_t PayloadSamples(const CodecFormat& format, size_t bytes) {
  if (format.codec == layout::Codec::kG722) return bytes * 2;
  const size_t sample_bytes = BytesPerSample(format);
  return sample_bytes == 0 ? 0 : bytes / sample_bytes;
}

size_t DecodeFrame(const CodecFormat& format, std::span<const uint8_t> payload,
                   std::span<int16_t> out) {
  if (!IsStateless(format.codec)) return 0;
  const size_t count = std::min(PayloadSamples(format, payload.size()), out.size());
  const std::span<const uint8_t> bytes = payload.first(PayloadBytes(format, count));
  const std::span<int16_t> samples = out.first(count);
  switch (format.codec) {
    case layout::Codec::kPcmu:
      kernels::PcmuDecode(bytes, samples);
      break;
    case layout::Codec::kPcma:
      kernels::PcmaDecode(bytes, samples);
      break;
    case layout::Codec::kL16:
      if (format.channels == kChannelsMax) {
        DecodeStereo(bytes, samples);
      } else {
        kernels::DecodeBigEndian(bytes, samples);
      }
      break;
    case layout::Codec::kLinear16:
      if (count > 0) std::memcpy(samples.data(), bytes.data(), bytes.size());
      break;
    case layout::Codec::kG722:
    case layout::Codec::kOpus:
      break;
  }
  return count;
}

size_t EncodeFrame(const CodecFormat& format, std::span<const int16_t> samples,
                   std::span<uint8_t> out) {
  if (!IsStateless(format.codec)) return 0;
  const size_t count = std::min(PayloadSamples(format, out.size()), samples.size());
  const std::span<const int16_t> taken = samples.first(count);
  const std::span<uint8_t> bytes = out.first(PayloadBytes(format, count));
  switch (format.codec) {
    case layout::Codec::kPcmu:
      kernels::PcmuEncode(taken, bytes);
      break;
    case layout::Codec::kPcma:
      kernels::PcmaEncode(taken, bytes);
      break;
    case layout::Codec::kL16:
      if (format.channels == kChannelsMax) {
        EncodeStereo(taken, bytes);
      } else {
        kernels::EncodeBigEndian(taken, bytes);
      }
      break;
    case layout::Codec::kLinear16:
      if (count > 0) std::memcpy(bytes.data(), taken.data(), bytes.size());
      break;
    case layout::Codec::kG722:
    case layout::Codec::kOpus:
      break;
  }
  return bytes.size();
}

}  // namespace parley
