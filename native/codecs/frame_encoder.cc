#include "codecs/frame_encoder.h"

#include <algorithm>

#include "base/assert.h"

namespace parley {

void FrameEncoder::Open(const CodecFormat& format, OpusFrameEncoder* opus,
                        const OpusEncoderConfig& config) PARLEY_NONBLOCKING {
  PARLEY_ASSERT((opus != nullptr) == (format.codec == layout::Codec::kOpus));
  format_ = format;
  config_ = config;
  opus_ = opus;
  expected_loss_percent_ = config.expected_loss_percent;
  complexity_ = config.complexity;
  g722_.Open();
  if (opus_ != nullptr) opus_->Open(config);
}

void FrameEncoder::Fork(const FrameEncoder& other, OpusFrameEncoder* opus) PARLEY_NONBLOCKING {
  PARLEY_ASSERT((opus != nullptr) == (other.opus_ != nullptr));
  *this = other;
  opus_ = opus;
  if (opus_ != nullptr) opus_->Fork(*other.opus_);
}

size_t FrameEncoder::Encode(std::span<const int16_t> frame,
                            std::span<uint8_t> out) PARLEY_NONBLOCKING {
  switch (format_.codec) {
    case layout::Codec::kG722:
      return g722_.Encode(frame, out);
    case layout::Codec::kOpus:
      return opus_->Encode(frame, out);
    case layout::Codec::kPcmu:
    case layout::Codec::kPcma:
    case layout::Codec::kL16:
    case layout::Codec::kLinear16:
      break;
  }
  return EncodeFrame(format_, frame, out);
}

size_t FrameEncoder::EncodeUnpredicted(std::span<const int16_t> frame,
                                       std::span<uint8_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(opus_ != nullptr);
  return opus_->EncodeUnpredicted(frame, out);
}

void FrameEncoder::LimitComplexity(uint32_t most) PARLEY_NONBLOCKING {
  const uint32_t complexity = std::min(config_.complexity, most);
  if (opus_ == nullptr || complexity == complexity_) return;
  complexity_ = complexity;
  opus_->SetComplexity(complexity);
}

void FrameEncoder::SetExpectedLoss(uint32_t percent) PARLEY_NONBLOCKING {
  if (opus_ == nullptr || percent == expected_loss_percent_) return;
  expected_loss_percent_ = percent;
  opus_->SetExpectedLoss(percent);
}

}  // namespace parley
