#include "jitter/jitter_buffer.h"

#include <algorithm>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kDelayMsMax = 200;
static_assert((kJitterSlots & (kJitterSlots - 1)) == 0);
static_assert(kPacketSamplesMax <= 0xffff && kPayloadBytesMax <= 0xffff);

// After so long without a packet the sender is taken to have stopped; so long a gap is not waited
// for.
constexpr int64_t kStoppedNs = kNsPerSecond;

}  // namespace

JitterBuffer::JitterBuffer(PacketPool* pool, const JitterConfig& config)
    : pool_(pool),
      rate_hz_(config.rate_hz),
      delay_samples_(static_cast<int32_t>(SamplesIn(config.delay_ms, config.rate_hz))),
      delay_ns_(config.delay_ms * kNsPerMs) {
  PARLEY_ASSERT(pool != nullptr);
  PARLEY_ASSERT(IsSampleRate(config.rate_hz));
  PARLEY_ASSERT(config.delay_ms <= kDelayMsMax);
}

JitterBuffer::~JitterBuffer() { Reset(); }

InsertResult JitterBuffer::Insert(const JitterPacket& packet,
                                  int64_t arrival_ns) PARLEY_NONBLOCKING {
  ++counters_.inserted;
  if (packet.samples > kPacketSamplesMax || packet.payload.size() > kPayloadBytesMax) {
    ++counters_.overflow;
    return InsertResult::kOverflow;
  }
  const int64_t sequence = extender_.Extend(packet.sequence);
  // Packets overtaken by the very first to arrive still find their place before it.
  if (state_ == State::kIdle) next_sequence_ = sequence - (kJitterSlots - 1);
  if (IsKnown(sequence)) {
    ++counters_.duplicate;
    return InsertResult::kDuplicate;
  }
  if (IsTooLate(sequence, packet.timestamp)) {
    ++counters_.late;
    return InsertResult::kLate;
  }
  MakeRoomFor(sequence);
  if (packet.samples == 0) {
    Slot& slot = SlotOf(sequence);
    slot.sequence = sequence;
    slot.state = SlotState::kDone;
    ++counters_.played;
    return InsertResult::kStored;
  }
  const uint32_t chunk = pool_->Store(packet.payload);
  if (chunk == PacketPool::kNone) {
    ++counters_.overflow;
    return InsertResult::kOverflow;
  }
  Hold(sequence, packet, chunk, arrival_ns);
  return InsertResult::kStored;
}

PullResult JitterBuffer::Pull(int64_t now_ns, uint32_t wanted_samples) PARLEY_NONBLOCKING {
  PARLEY_ASSERT(wanted_samples > 0);
  Resumed resumed = Resumed::kNo;
  bool is_jump = false;
  if (state_ != State::kPlaying) {
    if (held_ == 0 || !IsPrimed(now_ns)) return Wait(now_ns, wanted_samples);
    resumed = StartPlaying();
  } else if (HasBeenExcessive(now_ns)) {
    is_jump = SkipExcess();
  }
  Slot* oldest = Oldest();
  if (oldest == nullptr) {
    state_ = State::kStarved;
    starved_since_ns_ = now_ns;
    return Wait(now_ns, wanted_samples);
  }
  const int32_t gap = SerialDistance32(play_timestamp_, oldest->timestamp);
  if (gap > 0 && gap <= static_cast<int32_t>(rate_hz_)) {
    PullResult result;
    result.kind = IsContiguous(*oldest) ? PullKind::kSilent : PullKind::kMissing;
    result.samples = std::min(static_cast<uint32_t>(gap), wanted_samples);
    play_timestamp_ += result.samples;
    gap_begun_ = true;
    return result;
  }
  PullResult result = HandOut(*oldest);
  result.resumed = resumed;
  result.is_jump = is_jump;
  return result;
}

void JitterBuffer::Reset() PARLEY_NONBLOCKING {
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::kHeld) {
      ++counters_.skipped;
      Finish(slot);
    }
    slot.state = SlotState::kEmpty;
  }
  state_ = State::kIdle;
  extender_ = {};
  gap_begun_ = false;
  excess_since_ns_ = kNever;
}

JitterBuffer::Slot& JitterBuffer::SlotOf(int64_t sequence) {
  return slots_[static_cast<size_t>(sequence) & (kJitterSlots - 1)];
}

// Held, or handed out not long ago.
bool JitterBuffer::IsKnown(int64_t sequence) {
  const Slot& slot = SlotOf(sequence);
  return slot.state != SlotState::kEmpty && slot.sequence == sequence;
}

// Its turn has passed, or has begun: a packet is played whole or not at all.
bool JitterBuffer::IsTooLate(int64_t sequence, uint32_t timestamp) const {
  if (sequence < next_sequence_) return true;
  if (state_ != State::kPlaying || !gap_begun_) return false;
  const int32_t ahead = SerialDistance32(play_timestamp_, timestamp);
  return ahead < 0 && ahead >= -static_cast<int32_t>(rate_hz_);
}

// All that is held lies within kJitterSlots from next_sequence_: what is older than that gives way.
void JitterBuffer::MakeRoomFor(int64_t sequence) {
  const int64_t first_kept = sequence - (kJitterSlots - 1);
  if (first_kept <= next_sequence_) return;
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::kHeld && slot.sequence < first_kept) {
      ++counters_.skipped;
      Finish(slot);
    }
  }
  next_sequence_ = first_kept;
}

void JitterBuffer::Hold(int64_t sequence, const JitterPacket& packet, uint32_t chunk,
                        int64_t arrival_ns) {
  Slot& slot = SlotOf(sequence);
  PARLEY_ASSERT(slot.state != SlotState::kHeld);
  slot = {.sequence = sequence,
          .timestamp = packet.timestamp,
          .chunk = chunk,
          .bytes = static_cast<uint16_t>(packet.payload.size()),
          .samples = static_cast<uint16_t>(packet.samples),
          .payload_type = packet.payload_type,
          .state = SlotState::kHeld};
  if (state_ == State::kIdle) state_ = State::kPriming;
  if (held_ == 0) priming_since_ns_ = arrival_ns;
  newest_sequence_ = held_ == 0 ? sequence : std::max(newest_sequence_, sequence);
  ++held_;
  held_samples_ += slot.samples;
}

// Lets go of a held slot's payload; its sequence number stays known.
void JitterBuffer::Finish(Slot& slot) {
  pool_->Release(slot.chunk);
  slot.chunk = PacketPool::kNone;
  slot.state = SlotState::kDone;
  --held_;
  held_samples_ -= slot.samples;
}

JitterBuffer::Slot* JitterBuffer::Oldest() {
  return held_ == 0 ? nullptr : OldestFrom(next_sequence_);
}

JitterBuffer::Slot* JitterBuffer::OldestFrom(int64_t first) {
  for (int64_t sequence = first; sequence <= newest_sequence_; ++sequence) {
    Slot& slot = SlotOf(sequence);
    if (slot.state == SlotState::kHeld) return &slot;
  }
  return nullptr;
}

// No packet with sound is missing between the one handed out last and `slot`.
bool JitterBuffer::IsContiguous(const Slot& slot) {
  for (int64_t sequence = next_sequence_; sequence < slot.sequence; ++sequence) {
    if (!IsKnown(sequence)) return false;
  }
  return true;
}

// Rule 1. REQUIRES: held_ > 0.
bool JitterBuffer::IsPrimed(int64_t now_ns) {
  if (now_ns - priming_since_ns_ >= delay_ns_) return true;
  const uint32_t newest = SlotOf(newest_sequence_).timestamp;
  return SerialDistance32(Oldest()->timestamp, newest) >= delay_samples_;
}

Resumed JitterBuffer::StartPlaying() {
  const Slot& first = *Oldest();
  Resumed resumed = Resumed::kNo;
  if (state_ == State::kStarved) {
    const bool is_pause =
        IsContiguous(first) && SerialDistance32(play_timestamp_, first.timestamp) > 0;
    resumed = is_pause ? Resumed::kAfterPause : Resumed::kAfterLoss;
  }
  state_ = State::kPlaying;
  play_timestamp_ = first.timestamp;
  gap_begun_ = false;
  excess_since_ns_ = kNever;
  if (IsDelayExcessive()) SkipExcess();
  return resumed;
}

bool JitterBuffer::IsDelayExcessive() {
  if (held_ == 0) return false;
  const int32_t excess = static_cast<int32_t>(SamplesIn(kJitterExcessMs, rate_hz_));
  const int32_t waiting = SerialDistance32(play_timestamp_, SlotOf(newest_sequence_).timestamp);
  return waiting > delay_samples_ + excess;
}

// Rule 3's "for so long".
bool JitterBuffer::HasBeenExcessive(int64_t now_ns) {
  if (!IsDelayExcessive()) {
    excess_since_ns_ = kNever;
    return false;
  }
  if (excess_since_ns_ == kNever) excess_since_ns_ = now_ns;
  return now_ns - excess_since_ns_ >= kJitterExcessForMs * kNsPerMs;
}

// Rule 3: first the gap before the oldest packet goes, then packets. True when packets went.
// The oldest left is to be handed out next. REQUIRES: held_ > 0.
bool JitterBuffer::SkipExcess() {
  excess_since_ns_ = kNever;
  play_timestamp_ = Oldest()->timestamp;
  if (!IsDelayExcessive()) return false;
  const uint32_t newest = SlotOf(newest_sequence_).timestamp;
  bool has_skipped = false;
  while (held_ > 1) {
    Slot& oldest = *Oldest();
    const Slot& second = *OldestFrom(oldest.sequence + 1);
    if (SerialDistance32(second.timestamp, newest) < delay_samples_) break;
    play_timestamp_ = second.timestamp;
    ++counters_.skipped;
    Finish(oldest);
    has_skipped = true;
  }
  return has_skipped;
}

PullResult JitterBuffer::Wait(int64_t now_ns, uint32_t wanted_samples) const {
  PullResult result;
  result.samples = wanted_samples;
  if (state_ == State::kPriming) {
    result.kind = PullKind::kPriming;
  } else if (state_ == State::kStarved && now_ns - starved_since_ns_ < kStoppedNs) {
    result.kind = PullKind::kStarved;
  } else {
    result.kind = PullKind::kSilent;
  }
  return result;
}

PullResult JitterBuffer::HandOut(Slot& slot) {
  PullResult result;
  result.kind = PullKind::kPacket;
  result.payload_type = slot.payload_type;
  result.timestamp = slot.timestamp;
  result.samples = slot.samples;
  result.payload = pool_->View(slot.chunk, slot.bytes);
  play_timestamp_ = slot.timestamp + slot.samples;
  next_sequence_ = slot.sequence + 1;
  gap_begun_ = false;
  ++counters_.played;
  Finish(slot);
  return result;
}

}  // namespace parley
