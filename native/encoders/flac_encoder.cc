// FLAC by libFLAC. Its head is written anew at the end, with the checksum of the samples and the
// sizes of frames.
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <array>

#include "encoders/encoder.h"

namespace parley::encoders {
namespace {

constexpr unsigned kCompression = 5;
constexpr unsigned kBitsPerSample = 16;
constexpr size_t kStreamInfoOffset = 8;

// STREAMINFO as it stands in a file (RFC 9639 §8.2).
std::array<uint8_t, FLAC__STREAM_METADATA_STREAMINFO_LENGTH> Packed(
    const FLAC__StreamMetadata_StreamInfo& info) {
  std::array<uint8_t, FLAC__STREAM_METADATA_STREAMINFO_LENGTH> bytes{};
  size_t at = 0;
  const auto put = [&](uint64_t value, int count) {
    for (int index = count - 1; index >= 0; --index)
      bytes[at++] = static_cast<uint8_t>(value >> (8 * index));
  };
  put(info.min_blocksize, 2);
  put(info.max_blocksize, 2);
  put(info.min_framesize, 3);
  put(info.max_framesize, 3);
  const uint64_t rate = info.sample_rate;
  put((rate << 44) | (uint64_t{info.channels - 1} << 41) |
          (uint64_t{info.bits_per_sample - 1} << 36) | (info.total_samples & 0xfffffffffULL),
      8);
  std::copy(std::begin(info.md5sum), std::end(info.md5sum),
            bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

class FlacEncoder final : public Encoder {
 public:
  explicit FlacEncoder(FLAC__StreamEncoder* flac, uint32_t channels)
      : flac_(flac), channels_(channels) {}
  ~FlacEncoder() override { FLAC__stream_encoder_delete(flac_); }

  bool Begin() {
    return FLAC__stream_encoder_init_stream(flac_, &FlacEncoder::Write, nullptr, nullptr,
                                            &FlacEncoder::Metadata,
                                            this) == FLAC__STREAM_ENCODER_INIT_STATUS_OK;
  }

  bool Encode(std::span<const int16_t> samples, std::vector<uint8_t>& out) override {
    wide_.assign(samples.begin(), samples.end());
    const auto frames = static_cast<unsigned>(samples.size() / channels_);
    const bool done = FLAC__stream_encoder_process_interleaved(flac_, wide_.data(), frames) != 0;
    Take(out);
    return done;
  }

  bool Finish(std::vector<uint8_t>& out) override {
    const bool done = FLAC__stream_encoder_finish(flac_) != 0;
    Take(out);
    return done;
  }

  std::vector<uint8_t> Head() override { return head_; }

  uint32_t DelaySamples() const override { return 0; }

 private:
  static FLAC__StreamEncoderWriteStatus Write(const FLAC__StreamEncoder*, const FLAC__byte buffer[],
                                              size_t bytes, unsigned, unsigned, void* self) {
    auto& written = static_cast<FlacEncoder*>(self)->written_;
    written.insert(written.end(), buffer, buffer + bytes);
    auto& start = static_cast<FlacEncoder*>(self)->start_;
    for (size_t index = 0; index < bytes && start.size() < kStreamInfoOffset; ++index)
      start.push_back(buffer[index]);
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  }

  static void Metadata(const FLAC__StreamEncoder*, const FLAC__StreamMetadata* metadata,
                       void* self) {
    auto& encoder = *static_cast<FlacEncoder*>(self);
    encoder.head_ = encoder.start_;
    const auto packed = Packed(metadata->data.stream_info);
    encoder.head_.insert(encoder.head_.end(), packed.begin(), packed.end());
  }

  void Take(std::vector<uint8_t>& out) {
    out.insert(out.end(), written_.begin(), written_.end());
    written_.clear();
  }

  FLAC__StreamEncoder* const flac_;
  const uint32_t channels_;
  std::vector<FLAC__int32> wide_;
  std::vector<uint8_t> written_;
  std::vector<uint8_t> start_;
  std::vector<uint8_t> head_;
};

}  // namespace

std::unique_ptr<Encoder> MakeFlacEncoder(const Format& format) {
  FLAC__StreamEncoder* flac = FLAC__stream_encoder_new();
  if (flac == nullptr) return nullptr;
  FLAC__stream_encoder_set_channels(flac, format.channels);
  FLAC__stream_encoder_set_bits_per_sample(flac, kBitsPerSample);
  FLAC__stream_encoder_set_sample_rate(flac, format.rate_hz);
  FLAC__stream_encoder_set_compression_level(flac, kCompression);
  FLAC__stream_encoder_set_total_samples_estimate(flac, format.samples);
  auto encoder = std::make_unique<FlacEncoder>(flac, format.channels);
  return encoder->Begin() ? std::move(encoder) : nullptr;
}

}  // namespace parley::encoders
