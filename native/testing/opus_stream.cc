#include "testing/opus_stream.h"

#include "base/units.h"

namespace parley::testing {

std::vector<Bytes> OpusEncodeAll(const OpusEncoderConfig& config, std::span<const int16_t> sound,
                                 size_t frame_samples) {
  OpusFrameEncoder encoder;
  encoder.Open(config);
  if (frame_samples == 0) frame_samples = FrameSamples(config.rate_hz);
  std::vector<Bytes> packets;
  for (size_t at = 0; at + frame_samples <= sound.size(); at += frame_samples) {
    Bytes packet(kOpusPayloadBytesMax);
    packet.resize(encoder.Encode(sound.subspan(at, frame_samples), packet));
    packets.push_back(packet);
  }
  return packets;
}

Samples OpusDecodeAll(const std::vector<Bytes>& packets, uint32_t rate_hz) {
  OpusFrameDecoder decoder;
  decoder.Open(rate_hz);
  Samples heard;
  for (const Bytes& packet : packets) {
    Samples frame(decoder.Samples(packet));
    decoder.Decode(packet, frame);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  return heard;
}

}  // namespace parley::testing
