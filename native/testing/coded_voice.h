// Speech as a telephone sends it.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "base/units.h"
#include "codecs/codec.h"
#include "codecs/frame_encoder.h"
#include "testing/signals.h"

namespace parley::testing {

// One payload each 20 ms.
using CodedVoice = std::vector<std::vector<uint8_t>>;

// One of five voices, five seconds of it; coded once. REQUIRES: PCMU or Opus, of one rate each.
inline const CodedVoice& CodedVoiceOf(const CodecFormat& format, uint32_t number,
                                      uint32_t bitrate_bps) {
  constexpr uint32_t kVoices = 5;
  constexpr double kSeconds = 5;
  static std::map<std::tuple<layout::Codec, uint32_t, uint32_t>, CodedVoice> all;
  CodedVoice& coded = all[{format.codec, number % kVoices, bitrate_bps}];
  if (!coded.empty()) return coded;
  const auto sound = Speech(8'000, kSeconds, format.rate_hz, number % kVoices);
  OpusFrameEncoder opus;
  FrameEncoder encoder;
  encoder.Open(format, format.codec == layout::Codec::kOpus ? &opus : nullptr,
               {.rate_hz = format.rate_hz, .bitrate_bps = bitrate_bps});
  const size_t samples = FrameSamples(format.rate_hz);
  for (size_t at = 0; at + samples <= sound.size(); at += samples) {
    std::vector<uint8_t> payload(PayloadBytes(format, samples));
    payload.resize(encoder.Encode(std::span(sound).subspan(at, samples), payload));
    coded.push_back(std::move(payload));
  }
  return coded;
}

}  // namespace parley::testing
