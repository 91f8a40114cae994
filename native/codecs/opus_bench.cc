// What our Opus leg costs beside bare libopus at the same settings: encoding and decoding speech,
// 20 ms a frame, as a leg does it (FrameEncoder and StreamDecoder, which looks at each packet
// before it decodes it) and as libopus alone does:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target opus_bench && build/release/native/opus_bench
// The checksum is of every packet and every sample: it must be the same for both.

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/units.h"
#include "codecs/codec.h"
#include "codecs/frame_encoder.h"
#include "codecs/stream_decoder.h"
#include "testing/bench_row.h"
#include "testing/signals.h"

namespace parley {
namespace {

constexpr uint32_t kFrames = 250;
constexpr int kRounds = 12;
constexpr uint8_t kPayloadType = 96;

using Payload = std::array<uint8_t, kOpusPayloadBytesMax>;

class Ours {
 public:
  explicit Ours(const OpusEncoderConfig& config)
      : decoder_({{{.payload_type = kPayloadType, .format = FormatOf(config)}}}, &opus_decoder_) {
    encoder_.Open(FormatOf(config), &opus_encoder_, config);
  }

  size_t Encode(std::span<const int16_t> frame, Payload& payload) {
    return encoder_.Encode(frame, payload);
  }
  void Decode(std::span<const uint8_t> payload, std::span<int16_t> frame) {
    PARLEY_ASSERT(decoder_.Samples(kPayloadType, payload) == frame.size());
    decoder_.Decode(kPayloadType, payload, frame);
  }

 private:
  static CodecFormat FormatOf(const OpusEncoderConfig& config) {
    return {.codec = layout::Codec::kOpus, .rate_hz = config.rate_hz};
  }

  OpusFrameEncoder opus_encoder_;
  OpusFrameDecoder opus_decoder_;
  FrameEncoder encoder_;
  StreamDecoder decoder_;
};

opus_int32 BandwidthFor(uint32_t playback_rate_hz) {
  if (playback_rate_hz <= 8000) return OPUS_BANDWIDTH_NARROWBAND;
  if (playback_rate_hz <= 16000) return OPUS_BANDWIDTH_WIDEBAND;
  return OPUS_BANDWIDTH_FULLBAND;
}

class Theirs {
 public:
  explicit Theirs(const OpusEncoderConfig& config) {
    const auto rate_hz = static_cast<opus_int32>(config.rate_hz);
    int error = OPUS_OK;
    encoder_ = opus_encoder_create(rate_hz, 1, OPUS_APPLICATION_VOIP, &error);
    PARLEY_ASSERT(error == OPUS_OK);
    decoder_ = opus_decoder_create(rate_hz, 1, &error);
    PARLEY_ASSERT(error == OPUS_OK);
    opus_encoder_ctl(encoder_, OPUS_SET_BITRATE(static_cast<opus_int32>(config.bitrate_bps)));
    opus_encoder_ctl(encoder_, OPUS_SET_COMPLEXITY(static_cast<opus_int32>(config.complexity)));
    opus_encoder_ctl(encoder_, OPUS_SET_MAX_BANDWIDTH(BandwidthFor(config.max_playback_rate_hz)));
    opus_encoder_ctl(encoder_, OPUS_SET_INBAND_FEC(config.fec ? 1 : 0));
    opus_encoder_ctl(
        encoder_, OPUS_SET_PACKET_LOSS_PERC(static_cast<opus_int32>(config.expected_loss_percent)));
  }
  ~Theirs() {
    opus_encoder_destroy(encoder_);
    opus_decoder_destroy(decoder_);
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;

  size_t Encode(std::span<const int16_t> frame, Payload& payload) {
    const int bytes = opus_encode(encoder_, frame.data(), static_cast<int>(frame.size()),
                                  payload.data(), static_cast<opus_int32>(payload.size()));
    PARLEY_ASSERT(bytes > 0);
    return static_cast<size_t>(bytes);
  }
  void Decode(std::span<const uint8_t> payload, std::span<int16_t> frame) {
    const int samples =
        opus_decode(decoder_, payload.data(), static_cast<opus_int32>(payload.size()), frame.data(),
                    static_cast<int>(frame.size()), 0);
    PARLEY_ASSERT(samples == static_cast<int>(frame.size()));
  }

 private:
  OpusEncoder* encoder_ = nullptr;
  OpusDecoder* decoder_ = nullptr;
};

struct Figures {
  double encode_us = std::numeric_limits<double>::max();
  double decode_us = std::numeric_limits<double>::max();
  uint64_t checksum = 0xCBF29CE484222325ULL;
};

double Microseconds(std::chrono::steady_clock::time_point from) {
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - from;
  return spent.count() / kFrames;
}

// The fastest of many rounds: what others do on this machine at the time only adds.
template <class Side>
void MeasureRound(const OpusEncoderConfig& config, std::span<const int16_t> sound,
                  Figures& figures) {
  Side side(config);
  const uint32_t samples = FrameSamples(config.rate_hz);
  std::vector<Payload> payloads(kFrames);
  std::array<size_t, kFrames> bytes = {};
  std::vector<int16_t> heard(size_t{kFrames} * samples);
  auto start = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < kFrames; ++i) {
    bytes[i] = side.Encode(sound.subspan(size_t{i} * samples, samples), payloads[i]);
  }
  figures.encode_us = std::min(figures.encode_us, Microseconds(start));
  start = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < kFrames; ++i) {
    side.Decode(std::span(payloads[i]).first(bytes[i]),
                std::span(heard).subspan(size_t{i} * samples, samples));
  }
  figures.decode_us = std::min(figures.decode_us, Microseconds(start));
  const auto add = [&](uint64_t value) {
    figures.checksum = (figures.checksum ^ value) * 0x100000001B3ULL;
  };
  for (uint32_t i = 0; i < kFrames; ++i) {
    for (const uint8_t byte : std::span(payloads[i]).first(bytes[i])) add(byte);
  }
  for (const int16_t sample : heard) add(static_cast<uint16_t>(sample));
}

void Measure(const char* name, const OpusEncoderConfig& config) {
  const double seconds = static_cast<double>(kFrames) * kFrameMs / 1000 + 1;
  const std::vector<int16_t> sound = testing::Speech(12'000, seconds, config.rate_hz, 1);
  Figures ours;
  Figures theirs;
  for (int round = 0; round < kRounds; ++round) {
    MeasureRound<Ours>(config, sound, ours);
    MeasureRound<Theirs>(config, sound, theirs);
  }
  const std::string said = std::string("opus ") + name;
  testing::PrintBenchRow(said + " encode", ours.encode_us, "us",
                         {{"libopus", ours.encode_us / theirs.encode_us}}, ours.checksum);
  testing::PrintBenchRow(said + " decode", ours.decode_us, "us",
                         {{"libopus", ours.decode_us / theirs.decode_us}}, ours.checksum);
  PARLEY_ASSERT(ours.checksum == theirs.checksum);
}

}  // namespace
}  // namespace parley

int main() {
  parley::Measure("8 kHz, 16 kbit/s",
                  {.rate_hz = 8000, .max_playback_rate_hz = 8000, .bitrate_bps = 16'000});
  parley::Measure("16 kHz, 24 kbit/s",
                  {.rate_hz = 16000, .max_playback_rate_hz = 16000, .bitrate_bps = 24'000});
  parley::Measure("48 kHz, 32 kbit/s", {});
  parley::Measure("48 kHz, 10 % loss", {.fec = true, .expected_loss_percent = 10});
}
