// Opus by libopus, in packets of 20 ms: what puts them into a file is not here.
#include <opus/opus.h>

#include <algorithm>
#include <array>

#include "encoders/encoder.h"

namespace parley::encoders {
namespace {

constexpr uint32_t kPacketsPerSecond = 50;
// RFC 6716 §3.4 has no larger one of a single frame.
constexpr size_t kPacketBytesMax = 1276;
constexpr uint32_t kClockHz = 48'000;

class FileOpusEncoder final : public Encoder {
 public:
  FileOpusEncoder(OpusEncoder* opus, const Format& format, uint32_t delay_samples)
      : opus_(opus),
        packet_samples_(size_t{format.rate_hz} / kPacketsPerSecond * format.channels),
        channels_(format.channels),
        delay_samples_(delay_samples) {}
  ~FileOpusEncoder() override { opus_encoder_destroy(opus_); }

  bool Encode(std::span<const int16_t> samples, std::vector<uint8_t>& out) override {
    waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    size_t at = 0;
    for (; waiting_.size() - at >= packet_samples_; at += packet_samples_) {
      if (!Packet(std::span(waiting_).subspan(at, packet_samples_), out)) return false;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  // Silence behind it pushes out what the encoder holds back.
  bool Finish(std::vector<uint8_t>& out) override {
    const size_t held = waiting_.size() + size_t{delay_samples_} * channels_;
    const size_t packets = (held + packet_samples_ - 1) / packet_samples_;
    waiting_.resize(packets * packet_samples_);
    return Encode({}, out);
  }

  std::vector<uint8_t> Head() override { return {}; }

  uint32_t DelaySamples() const override { return delay_samples_; }

 private:
  bool Packet(std::span<const int16_t> samples, std::vector<uint8_t>& out) {
    std::array<uint8_t, kPacketBytesMax> packet;
    const int frames = static_cast<int>(samples.size() / channels_);
    const opus_int32 bytes = opus_encode(opus_, samples.data(), frames, packet.data(),
                                         static_cast<opus_int32>(packet.size()));
    if (bytes < 0) return false;
    out.push_back(static_cast<uint8_t>(bytes & 0xff));
    out.push_back(static_cast<uint8_t>(bytes >> 8));
    out.insert(out.end(), packet.begin(), packet.begin() + bytes);
    return true;
  }

  OpusEncoder* const opus_;
  const size_t packet_samples_;
  const uint32_t channels_;
  // At 48 kHz; not less than those of the rate that is encoded.
  const uint32_t delay_samples_;
  std::vector<int16_t> waiting_;
};

}  // namespace

std::unique_ptr<Encoder> MakeOpusEncoder(const Format& format) {
  int error = OPUS_OK;
  OpusEncoder* opus =
      opus_encoder_create(static_cast<opus_int32>(format.rate_hz),
                          static_cast<int>(format.channels), OPUS_APPLICATION_AUDIO, &error);
  if (opus == nullptr) return nullptr;
  opus_encoder_ctl(opus, OPUS_SET_BITRATE(static_cast<opus_int32>(format.bitrate_bps)));
  opus_int32 lookahead = 0;
  opus_encoder_ctl(opus, OPUS_GET_LOOKAHEAD(&lookahead));
  const uint32_t delay = static_cast<uint32_t>(lookahead) * (kClockHz / format.rate_hz);
  return std::make_unique<FileOpusEncoder>(opus, format, delay);
}

}  // namespace parley::encoders
