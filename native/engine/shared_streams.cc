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
  const Frame whole = {.turn = turn, .samples = frame, .level_dbov = level_dbov};
  Turn result;
  const bool is_waiting = leg.group == nullptr || leg.group->is_apart;
  if (is_waiting && leg.turns_alike > kAlikeTurns) ComeTogether(stream, leg, whole, result);
  if (leg.group == nullptr) return result;
  PARLEY_ASSERT(leg.group->stream == &stream);
  result.group = leg.group;
  if (Encode(*leg.group, whole)) {
    result.is_coded_now = true;
    ++result.encodes;
  }
  const bool is_to_leave = leg.group->encoder.expects_loss() != leg.expects_loss;
  if (is_to_leave) Fork(leg);
  return result;
}

bool SharedStreams::Encode(SharedGroup& group, const Frame& frame) {
  group.encoder.encoder().LimitComplexity(complexity_max_);
  if (!group.encoder.Encode(frame.turn, frame.samples, frame.level_dbov)) return false;
  if (group.encoder.is_join_frame()) ++counts_.join_frames;
  return true;
}

void SharedStreams::ComeTogether(SharedStream& stream, LegEncoder& leg, const Frame& frame,
                                 Turn& result) {
  SharedGroup* const others = Find(stream, leg);
  if (others == nullptr) {
    if (leg.group == nullptr) {
      Found(stream, leg);
    } else if (leg.group->encoder.IsLike(leg.own, leg.expects_loss)) {
      leg.group->is_apart = false;
    }
    return;
  }
  const bool is_coded_now = Encode(*others, frame);
  result.encodes += is_coded_now ? 1 : 0;
  if (others->encoder.CanJoin(leg.is_new)) {
    if (leg.group != nullptr) Leave(leg);
    Follow(*others, leg);
    result.is_coded_now = is_coded_now;
  } else if (leg.own.format().codec == layout::Codec::kG722) {
    result.towards = others;
  } else {
    if (leg.turns_alike > kWaitTurns) others->encoder.WantJoinFrame();
    if (leg.is_new) BeginApart(stream, leg, frame.turn);
  }
}

// Of many who come at once, each would take an encoder of its own until the others' can be joined.
void SharedStreams::BeginApart(SharedStream& stream, LegEncoder& leg, uint64_t turn) {
  for (SharedGroup* group = stream.first; group != nullptr; group = group->next) {
    const SharedEncoder& encoder = group->encoder;
    if (group->is_apart && encoder.turn() == turn && encoder.CanJoin(true) &&
        encoder.IsLike(leg.own, leg.expects_loss)) {
      return Follow(*group, leg);
    }
  }
  if (SharedGroup* const group = Found(stream, leg)) group->is_apart = true;
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
  while (group != nullptr &&
         (group->is_apart || !group->encoder.IsLike(leg.own, leg.expects_loss))) {
    group = group->next;
  }
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
  group->is_apart = false;
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
