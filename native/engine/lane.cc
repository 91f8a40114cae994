#include "engine/lane.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.h"
#include "engine/arena.h"
#include "engine/shared_word.h"

namespace parley {
namespace {

constexpr uint32_t kFrames = layout::kLaneFramesMax;
static_assert((kFrames & (kFrames - 1)) == 0);
static_assert(kFrames <= std::numeric_limits<decltype(layout::LaneHead::out_voice)>::digits);

}  // namespace

void Lane::Open(std::span<uint8_t> memory, uint32_t frame_bytes, uint32_t prime_frames) {
  PARLEY_ASSERT(memory.size() == kLaneBytes);
  PARLEY_ASSERT(frame_bytes >= 1 && frame_bytes <= layout::kLaneFrameBytes);
  head_ = reinterpret_cast<layout::LaneHead*>(memory.data());
  frame_bytes_ = frame_bytes;
  prime_frames_ = std::clamp(prime_frames, 1u, kFrames);
  in_read_ = LoadRelaxed(head_->in_read);
  out_write_ = LoadRelaxed(head_->out_write);
  waiting_last_turn_ = 0;
  begun_ = false;
}

uint32_t Lane::waiting() const {
  // Acquire pairs with the writer's release of `in_write`: the frames before that position are
  // complete.
  const uint32_t waiting = LoadAcquire(head_->in_write) - in_read_;
  return waiting <= kFrames ? waiting : 0;
}

void Lane::ApplyClear() {
  const uint32_t clear_to = LoadAcquire(head_->in_clear_to);
  const uint32_t cleared = clear_to - in_read_;
  if (cleared == 0 || cleared > waiting()) return;
  in_read_ = clear_to;
  StoreRelease(head_->in_read, in_read_);
  begun_ = false;
  waiting_last_turn_ = 0;
}

Lane::Turn Lane::Next() {
  ApplyClear();
  const uint32_t now_waiting = waiting();
  if (!begun_) {
    const bool writer_stopped = now_waiting > 0 && now_waiting == waiting_last_turn_;
    begun_ = now_waiting >= prime_frames_ || writer_stopped;
    waiting_last_turn_ = now_waiting;
    if (!begun_) return {};
  }
  if (now_waiting == 0) {
    begun_ = false;
    waiting_last_turn_ = 0;
    return {.frame = {}, .starved = true};
  }
  return {.frame = {InFrame(in_read_), frame_bytes_}};
}

void Lane::Pop() {
  ++in_read_;
  // Release: the frame has been read before the writer may reuse its place.
  StoreRelease(head_->in_read, in_read_);
}

bool Lane::Push(std::span<const uint8_t> frame, bool has_voice) {
  PARLEY_ASSERT(frame.size() == frame_bytes_);
  // Acquire pairs with the reader's release of `out_read`: it has copied the frames before that
  // position.
  if (out_write_ - LoadAcquire(head_->out_read) >= kFrames) return false;
  std::memcpy(OutFrame(out_write_), frame.data(), frame.size());
  // One bit for each place, which the reader has given back.
  const uint32_t bit = uint32_t{1} << (out_write_ & (kFrames - 1));
  const uint32_t others = LoadRelaxed(head_->out_voice) & ~bit;
  StoreRelaxed(head_->out_voice, has_voice ? others | bit : others);
  ++out_write_;
  // Release: the frame is complete before the reader can see it.
  StoreRelease(head_->out_write, out_write_);
  return true;
}

uint8_t* Lane::InFrame(uint32_t position) const {
  return reinterpret_cast<uint8_t*>(head_ + 1) +
         size_t{position & (kFrames - 1)} * layout::kLaneFrameBytes;
}

uint8_t* Lane::OutFrame(uint32_t position) const {
  return InFrame(position) + size_t{kFrames} * layout::kLaneFrameBytes;
}

}  // namespace parley
