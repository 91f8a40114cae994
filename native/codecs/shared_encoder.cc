#include "codecs/shared_encoder.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace parley {
namespace {

void Count(uint32_t& count) {
  if (count < std::numeric_limits<uint32_t>::max()) ++count;
}

}  // namespace

void SharedEncoder::Open(const FrameEncoder& encoder, bool is_new,
                         bool expects_loss) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(!encoder.is_stateless());
  encoder_ = encoder;
  // What a few lose is theirs: they are coded apart.
  if (!expects_loss) encoder_.SetExpectedLoss(0);
  expects_loss_ = expects_loss;
  is_beginning_ = is_new;
  is_join_wanted_ = false;
  is_join_frame_ = false;
  turn_ = kNoTurn;
  loss_turn_ = kNoTurn;
  loss_percent_ = 0;
  frames_ = 0;
  frames_since_join_ = kJoinFramesApart;
  quiet_frames_ = 0;
  payload_bytes_ = 0;
}

bool SharedEncoder::IsLike(const FrameEncoder& other, bool expects_loss) const PARLEY_NONBLOCKING {
  return expects_loss == expects_loss_ && other.format() == encoder_.format() &&
         (other.format().codec != layout::Codec::kOpus || other.config() == encoder_.config());
}

bool SharedEncoder::Encode(uint64_t turn, std::span<const int16_t> frame,
                           uint32_t level_dbov) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(turn != kNoTurn);
  if (turn_ == turn) return false;
  turn_ = turn;
  if (level_dbov >= kQuietDbov) {
    Count(quiet_frames_);
  } else {
    quiet_frames_ = 0;
  }
  is_join_frame_ =
      is_join_wanted_ && frames_since_join_ >= kJoinFramesApart && quiet_frames_ <= kQuietFrames;
  Count(frames_since_join_);
  if (is_join_frame_) {
    is_join_wanted_ = false;
    frames_since_join_ = 0;
  }
  if (encoder_.format().codec == layout::Codec::kG722) g722_before_ = encoder_.g722();
  payload_bytes_ = is_join_frame_ ? encoder_.EncodeUnpredicted(frame, payload_)
                                  : encoder_.Encode(frame, payload_);
  is_beginning_ = is_beginning_ && frames_ == 0;
  Count(frames_);
  return true;
}

bool SharedEncoder::CanJoin(bool has_heard_nothing) const PARLEY_NONBLOCKING {
  if (has_heard_nothing && is_beginning_) return true;
  return encoder_.format().codec == layout::Codec::kOpus &&
         (is_join_frame_ || quiet_frames_ > kQuietFrames);
}

bool SharedEncoder::IsReachedBy(const FrameEncoder& own) const PARLEY_NONBLOCKING {
  return encoder_.format().codec == layout::Codec::kG722 &&
         own.g722().IsFollowedAs(encoder_.g722());
}

size_t SharedEncoder::EncodeTowards(FrameEncoder& own,
                                    std::span<uint8_t> out) const PARLEY_NONBLOCKING {
  PARLEY_ASSERT(encoder_.format().codec == layout::Codec::kG722);
  return own.g722().EncodeTowards(g722_before_, encoder_.g722(), payload(), out);
}

void SharedEncoder::NoteLoss(uint64_t turn, uint32_t percent) PARLEY_NONBLOCKING {
  if (loss_turn_ != turn) {
    if (expects_loss_) encoder_.SetExpectedLoss(loss_percent_);
    loss_turn_ = turn;
    loss_percent_ = 0;
  }
  loss_percent_ = std::max(loss_percent_, percent);
}

}  // namespace parley
