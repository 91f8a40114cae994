#include "codecs/opus_codec.h"

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr int kChannels = 1;
// Decoders that begin in the middle of a stream are right after so long (RFC 7845 4.6).
constexpr uint32_t kWakeMs = 80;
constexpr size_t kFramesMax = 48;  // in a packet: 120 ms of 2.5 ms each
// The configurations of the first five bits from here on are CELT alone (RFC 6716 3.1).
constexpr uint8_t kFirstCeltConfig = 16;
// What libopus makes of a frame that need not be sent.
constexpr opus_int32 kDtxBytesMax = 2;

::OpusDecoder* Decoder(const std::unique_ptr<std::byte[]>& state) {
  return reinterpret_cast<::OpusDecoder*>(state.get());
}

::OpusEncoder* Encoder(const std::unique_ptr<std::byte[]>& state) {
  return reinterpret_cast<::OpusEncoder*>(state.get());
}

opus_int32 Size(std::span<const uint8_t> payload) {
  return static_cast<opus_int32>(payload.size());
}

bool IsCelt(std::span<const uint8_t> payload) { return payload[0] >> 3 >= kFirstCeltConfig; }

// Samples that the FEC of `payload` holds, 0 when it has none. A flag behind the voice activity
// flags of each SILK channel says whether the frame before is there again (RFC 6716 4.2.3, 4.2.4).
// Asking libopus for FEC that is not there sounds worse than concealment.
uint32_t SamplesOfFec(std::span<const uint8_t> payload, uint32_t rate_hz) {
  std::array<const uint8_t*, kFramesMax> frames;
  std::array<opus_int16, kFramesMax> bytes;
  if (payload.empty() || IsCelt(payload)) return 0;
  const int count = opus_packet_parse(payload.data(), Size(payload), nullptr, frames.data(),
                                      bytes.data(), nullptr);
  if (count <= 0 || bytes[0] == 0) return 0;
  const auto samples = static_cast<uint32_t>(
      opus_packet_get_samples_per_frame(payload.data(), static_cast<opus_int32>(rate_hz)));
  // A frame of SILK has one flag for each 20 ms, and at least one.
  const uint32_t silk_frames = std::max(1U, samples / FrameSamples(rate_hz));
  const uint32_t flags = frames[0][0];
  bool has_fec = (flags >> (7 - silk_frames) & 1) != 0;
  if (opus_packet_get_nb_channels(payload.data()) == 2) {
    has_fec = has_fec || (flags >> (6 - 2 * silk_frames) & 1) != 0;
  }
  return has_fec ? samples : 0;
}

// Of the most that a receiver plays (RFC 7587 6.1, maxplaybackrate).
opus_int32 Bandwidth(uint32_t max_playback_rate_hz) {
  if (max_playback_rate_hz >= 48000) return OPUS_BANDWIDTH_FULLBAND;
  if (max_playback_rate_hz >= 24000) return OPUS_BANDWIDTH_SUPERWIDEBAND;
  if (max_playback_rate_hz >= 16000) return OPUS_BANDWIDTH_WIDEBAND;
  if (max_playback_rate_hz >= 12000) return OPUS_BANDWIDTH_MEDIUMBAND;
  return OPUS_BANDWIDTH_NARROWBAND;
}

}  // namespace

size_t OpusFrameDecoder::StateBytes() {
  return static_cast<size_t>(opus_decoder_get_size(kChannels));
}

OpusFrameDecoder::OpusFrameDecoder() : state_(std::make_unique<std::byte[]>(StateBytes())) {
  Open(rate_hz_);
}

void OpusFrameDecoder::Open(uint32_t rate_hz) PARLEY_NONBLOCKING {
  const int error = opus_decoder_init(Decoder(state_), static_cast<opus_int32>(rate_hz), kChannels);
  PARLEY_ASSERT(error == OPUS_OK);
  rate_hz_ = rate_hz;
  last_was_celt_ = false;
  is_unheard_ = false;
  is_resting_ = false;
}

void OpusFrameDecoder::Rest() PARLEY_NONBLOCKING {
  is_unheard_ = true;
  recent_.Clear();
}

void OpusFrameDecoder::Wake() PARLEY_NONBLOCKING {
  PARLEY_ASSERT(is_unheard_);
  is_unheard_ = false;
  if (!is_resting_) return;
  Open(rate_hz_);
  std::array<int16_t, SamplesIn(kOpusPacketMsMax, kOpusClockRateHz)> sound;
  recent_.Each([&](std::span<const uint8_t> payload) {
    Decode(payload, std::span(sound).first(Samples(payload)));
  });
}

// Decodes, or conceals where `payload` is empty; what is left open is silence. False when nothing
// was decoded.
bool OpusFrameDecoder::DecodeInto(std::span<const uint8_t> payload, std::span<int16_t> out,
                                  bool fec) {
  if (out.empty()) return false;
  if (is_resting_) {
    std::ranges::fill(out, int16_t{0});
    return true;
  }
  const int decoded = opus_decode(Decoder(state_), payload.empty() ? nullptr : payload.data(),
                                  Size(payload), out.data(), static_cast<int>(out.size()), fec);
  const auto samples = static_cast<size_t>(std::max(decoded, 0));
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(samples), out.end(), int16_t{0});
  return samples > 0;
}

uint32_t OpusFrameDecoder::Samples(std::span<const uint8_t> payload) const PARLEY_NONBLOCKING {
  if (payload.empty()) return 0;
  const auto rate = static_cast<opus_int32>(rate_hz_);
  const int samples = opus_packet_get_nb_samples(payload.data(), Size(payload), rate);
  return static_cast<uint32_t>(std::max(samples, 0));
}

void OpusFrameDecoder::Decode(std::span<const uint8_t> payload,
                              std::span<int16_t> out) PARLEY_NONBLOCKING {
  if (is_unheard_) Keep(payload, out.size());
  if (DecodeInto(payload, out, false) && !payload.empty()) {
    last_was_celt_ = IsCelt(payload);
  }
}

void OpusFrameDecoder::Keep(std::span<const uint8_t> payload, size_t samples) {
  const uint32_t wanted = SamplesIn(kWakeMs, rate_hz_);
  if (recent_.samples() >= wanted) is_resting_ = true;
  recent_.Add(payload, static_cast<uint32_t>(samples), wanted);
}

void OpusFrameDecoder::Conceal(std::span<int16_t> out) PARLEY_NONBLOCKING {
  DecodeInto({}, out, false);
}

uint32_t OpusFrameDecoder::FecSamples(std::span<const uint8_t> next) const PARLEY_NONBLOCKING {
  // After CELT, libopus has no use for the FEC of SILK.
  return last_was_celt_ ? 0 : SamplesOfFec(next, rate_hz_);
}

bool OpusFrameDecoder::Restore(std::span<const uint8_t> next,
                               std::span<int16_t> out) PARLEY_NONBLOCKING {
  const uint32_t samples = FecSamples(next);
  if (samples == 0 || samples > out.size()) return false;
  DecodeInto(next, out, true);
  return true;
}

size_t OpusFrameEncoder::StateBytes() {
  return static_cast<size_t>(opus_encoder_get_size(kChannels));
}

OpusFrameEncoder::OpusFrameEncoder() : state_(std::make_unique<std::byte[]>(StateBytes())) {
  Open({});
}

void OpusFrameEncoder::Open(const OpusEncoderConfig& config) PARLEY_NONBLOCKING {
  ::OpusEncoder* const encoder = Encoder(state_);
  const int error = opus_encoder_init(encoder, static_cast<opus_int32>(config.rate_hz), kChannels,
                                      OPUS_APPLICATION_VOIP);
  PARLEY_ASSERT(error == OPUS_OK);
  opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(Bandwidth(config.max_playback_rate_hz)));
  opus_encoder_ctl(encoder, OPUS_SET_VBR(config.cbr ? 0 : 1));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(config.fec ? 1 : 0));
  opus_encoder_ctl(encoder, OPUS_SET_DTX(config.dtx ? 1 : 0));
  SetBitrate(config.bitrate_bps);
  SetComplexity(config.complexity);
  SetExpectedLoss(config.expected_loss_percent);
}

void OpusFrameEncoder::Fork(const OpusFrameEncoder& other) PARLEY_NONBLOCKING {
  // One flat block without a pointer into itself.
  std::memcpy(state_.get(), other.state_.get(), StateBytes());
}

size_t OpusFrameEncoder::Encode(std::span<const int16_t> frame,
                                std::span<uint8_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(out.size() >= kOpusPayloadBytesMax);
  const opus_int32 bytes =
      opus_encode(Encoder(state_), frame.data(), static_cast<int>(frame.size()), out.data(),
                  static_cast<opus_int32>(kOpusPayloadBytesMax));
  return bytes <= kDtxBytesMax ? 0 : static_cast<size_t>(bytes);
}

size_t OpusFrameEncoder::EncodeUnpredicted(std::span<const int16_t> frame,
                                           std::span<uint8_t> out) PARLEY_NONBLOCKING {
  opus_encoder_ctl(Encoder(state_), OPUS_SET_PREDICTION_DISABLED(1));
  const size_t bytes = Encode(frame, out);
  opus_encoder_ctl(Encoder(state_), OPUS_SET_PREDICTION_DISABLED(0));
  return bytes;
}

void OpusFrameEncoder::SetBitrate(uint32_t bitrate_bps) PARLEY_NONBLOCKING {
  const auto bitrate = static_cast<opus_int32>(std::clamp(bitrate_bps, 6000U, 510'000U));
  opus_encoder_ctl(Encoder(state_), OPUS_SET_BITRATE(bitrate));
}

void OpusFrameEncoder::SetComplexity(uint32_t complexity) PARLEY_NONBLOCKING {
  const auto level = static_cast<opus_int32>(std::min(complexity, kOpusComplexityMax));
  opus_encoder_ctl(Encoder(state_), OPUS_SET_COMPLEXITY(level));
}

void OpusFrameEncoder::SetExpectedLoss(uint32_t percent) PARLEY_NONBLOCKING {
  const auto loss = static_cast<opus_int32>(std::min(percent, 100U));
  opus_encoder_ctl(Encoder(state_), OPUS_SET_PACKET_LOSS_PERC(loss));
}

}  // namespace parley
