#include "engine/shared_streams.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace parley {

namespace {

uint32_t GroupsFor(uint32_t legs_max) { return std::max(legs_max / 2, 1U); }

}  // namespace

size_t SharedStreams::BytesFor(uint32_t legs_max, uint32_t opus_legs_max) {
  return ObjectPool<OpusFrameEncoder>::BytesFor(opus_legs_max) +
         GroupsFor(legs_max) * (sizeof(SharedGroup) + sizeof(SharedGroup*));
}

SharedStreams::SharedStreams(uint32_t legs_max, uint32_t opus_legs_max)
    : encoders_(opus_legs_max), groups_(GroupsFor(legs_max)) {
  free_.reserve(groups_.size());
  for (SharedGroup& group : groups_) free_.push_back(&group);
}

void SharedStreams::Open(LegEncoder& leg, const CodecFormat& format,
                         const OpusEncoderConfig& config) PARLEY_NONBLOCKING {
  Close(leg);
  OpusFrameEncoder* opus = nullptr;
  if (format.codec == layout::Codec::kOpus) {
    opus = encoders_.Take();
    PARLEY_ASSERT(opus != nullptr);
  }
  leg = {};
  leg.own.Open(format, opus, config);
}

void SharedStreams::Close(LegEncoder& leg) PARLEY_NONBLOCKING {
  if (leg.group != nullptr) Leave(leg);
  if (OpusFrameEncoder* const opus = leg.own.Release()) encoders_.Give(opus);
}

void SharedStreams::Fork(LegEncoder& leg) PARLEY_NONBLOCKING {
  if (!leg.is_new) leg.turns_alike = 0;
  if (leg.group == nullptr) return;
  ++counts_.forks;
  SharedGroup& group = *leg.group;
  if (group.followers == 1) {
    leg.own = group.encoder.encoder();
    group.encoder.encoder().Release();
  } else {
    OpusFrameEncoder* opus = nullptr;
    if (leg.own.format().codec == layout::Codec::kOpus) {
      opus = encoders_.Take();
      PARLEY_ASSERT(opus != nullptr);
    }
    leg.own.Fork(group.encoder.encoder(), opus);
  }
  Leave(leg);
}

void SharedStreams::NoteLoss(LegEncoder& leg, uint64_t turn, uint32_t percent) PARLEY_NONBLOCKING {
  if (leg.own.config().fec) {
    leg.expects_loss = percent >= (leg.expects_loss ? kNoLossPercent + 1 : kLossPercent);
  }
  if (leg.group == nullptr) {
    leg.own.SetExpectedLoss(percent);
    return;
  }
  SharedEncoder& shared = leg.group->encoder;
  if (shared.expects_loss() == leg.expects_loss) {
    shared.NoteLoss(turn, percent);
  } else if (shared.turn() != turn) {
    Fork(leg);
  }
}

SharedStreams::Turn SharedStreams::Encode(SharedStream& stream, LegEncoder& leg, uint64_t turn,
                                          std::span<const int16_t> frame,
                                          uint32_t level_dbov) PARLEY_NONBLOCKING {
  if (leg.turns_alike < std::numeric_limits<uint32_t>::max()) ++leg.turns_alike;
  Turn result;
  SharedGroup* group = leg.group;
  if (group == nullptr) {
    if (leg.turns_alike <= kAlikeTurns) return result;
    group = Find(stream, leg);
    if (group == nullptr) group = Found(stream, leg);
    if (group == nullptr) return result;
  }
  PARLEY_ASSERT(group->stream == &stream);
  group->encoder.encoder().LimitComplexity(complexity_max_);
  result.is_coded_now = group->encoder.Encode(turn, frame, level_dbov);
  if (result.is_coded_now && group->encoder.is_join_frame()) ++counts_.join_frames;
  if (leg.group == nullptr) {
    if (group->encoder.CanJoin(leg.is_new)) {
      Follow(*group, leg);
    } else if (leg.own.format().codec == layout::Codec::kG722) {
      result.towards = group;
    } else if (leg.turns_alike > kWaitTurns) {
      group->encoder.WantJoinFrame();
    }
  }
  result.group = leg.group;
  return result;
}

size_t SharedStreams::EncodeOwn(LegEncoder& leg, SharedGroup* towards,
                                std::span<const int16_t> frame,
                                std::span<uint8_t> out) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(leg.group == nullptr);
  leg.is_new = false;
  leg.own.LimitComplexity(complexity_max_);
  if (towards == nullptr) return leg.own.Encode(frame, out);
  const size_t bytes = towards->encoder.EncodeTowards(leg.own, out);
  if (towards->encoder.IsReachedBy(leg.own)) Follow(*towards, leg);
  return bytes;
}

SharedGroup* SharedStreams::Find(const SharedStream& stream, const LegEncoder& leg) const {
  SharedGroup* group = stream.first;
  while (group != nullptr && !group->encoder.IsLike(leg.own, leg.expects_loss)) group = group->next;
  return group;
}

// The first to follow gives its own encoder, so that there is no seam.
SharedGroup* SharedStreams::Found(SharedStream& stream, LegEncoder& leg) {
  if (free_.empty()) {
    ++counts_.full;
    return nullptr;
  }
  SharedGroup* const group = free_.back();
  free_.pop_back();
  ++counts_.groups;
  group->encoder.Open(leg.own, leg.is_new, leg.expects_loss);
  leg.own.Release();
  group->stream = &stream;
  group->next = stream.first;
  stream.first = group;
  group->followers = 1;
  group->piece = 0;
  leg.group = group;
  leg.is_new = false;
  return group;
}

void SharedStreams::Follow(SharedGroup& group, LegEncoder& leg) {
  if (OpusFrameEncoder* const opus = leg.own.Release()) encoders_.Give(opus);
  ++group.followers;
  ++counts_.rejoins;
  leg.group = &group;
  leg.is_new = false;
}

void SharedStreams::Leave(LegEncoder& leg) {
  SharedGroup& group = *leg.group;
  leg.group = nullptr;
  if (--group.followers > 0) return;
  if (OpusFrameEncoder* const opus = group.encoder.encoder().Release()) encoders_.Give(opus);
  SharedGroup** link = &group.stream->first;
  while (*link != &group) link = &(*link)->next;
  *link = group.next;
  group.stream = nullptr;
  free_.push_back(&group);
  --counts_.groups;
}

}  // namespace parley
