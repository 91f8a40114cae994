#include "codecs/codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/kernels.h"

namespace parley {

namespace {

constexpr size_t BytesPerSample(layout::Codec codec) {
  switch (codec) {
    case layout::Codec::kPcmu:
    case layout::Codec::kPcma:
      return 1;
    case layout::Codec::kL16:
    case layout::Codec::kLinear16:
      return 2;
  }
  // Not one of ours: nothing is decoded from it, and nothing encoded to it.
  return 0;
}

static_assert(std::endian::native == std::endian::little,
              "linear16 is copied as it lies in memory");

}  // namespace

size_t PayloadBytes(const CodecFormat& format, size_t samples) {
  return samples * BytesPerSample(format.codec);
}

size_t PayloadSamples(const CodecFormat& format, size_t bytes) {
  const size_t sample_bytes = BytesPerSample(format.codec);
  return sample_bytes == 0 ? 0 : bytes / sample_bytes;
}

size_t DecodeFrame(const CodecFormat& format, std::span<const uint8_t> payload,
                   std::span<int16_t> out) {
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
      kernels::DecodeBigEndian(bytes, samples);
      break;
    case layout::Codec::kLinear16:
      if (count > 0) {
        std::memcpy(samples.data(), bytes.data(), bytes.size());
      }
      break;
  }
  return count;
}

size_t EncodeFrame(const CodecFormat& format, std::span<const int16_t> samples,
                   std::span<uint8_t> out) {
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
      kernels::EncodeBigEndian(taken, bytes);
      break;
    case layout::Codec::kLinear16:
      if (count > 0) {
        std::memcpy(bytes.data(), taken.data(), bytes.size());
      }
      break;
  }
  return bytes.size();
}

}  // namespace parley
