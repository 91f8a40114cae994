// Puts the packets of one stream back in order and hands them out at their time. Pull-based: the
// mixer asks when it wants sound. The delay is fixed here; a delay estimator will move it later.
//
// 1. Playback begins `delay_ms` after the first packet, or as soon as that much media is held.
// 2. When it runs dry, it is primed again: a packet that comes then is played, however late, so
//    the delay may grow by what the network added; rule 3 bounds that.
// 3. When the newest packet begins more than `delay_ms` + 60 ms after the point of playback, at the
//    start or for 200 ms on end, the oldest are skipped as long as it still begins `delay_ms` after
//    it. Each is counted. (Shorter excess is a stall of ours, which the next pulls use up.)
// 4. Order is by sequence number; timestamps only say how long the gaps are. A gap with no sequence
//    number missing is a pause of the sender. A gap above one second is not waited for.
// 5. Every packet inserted is counted once: inserted = played + late + duplicate + overflow +
//    skipped + held.
//
// One thread. Real-time safe: no memory beyond the object (about 2 KiB) and the pool's chunks,
// which are given back by Reset and the destructor. The pool must outlive it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "base/serial_number.h"
#include "jitter/packet_pool.h"

namespace parley {

// Packets that one stream may have waiting; a power of two.
inline constexpr uint32_t kJitterSlots = 64;
// The delay may exceed the target by so much, and by more for so long, before packets are skipped.
inline constexpr uint32_t kJitterExcessMs = 60;
inline constexpr uint32_t kJitterExcessForMs = 200;
// Samples of the longest packet: 60 ms at 48 kHz.
inline constexpr uint32_t kPacketSamplesMax = 2880;

struct JitterConfig {
  uint32_t rate_hz = 8000;  // of the RTP timestamps, which count samples; IsSampleRate
  uint32_t delay_ms = 40;   // 0 to 200
};

enum class InsertResult : uint8_t { kStored, kDuplicate, kLate, kOverflow };

// A packet to insert. `samples` is how much sound its payload holds, at most kPacketSamplesMax. A
// packet with none for this decoder (telephone event, comfort noise) is inserted with 0, so that
// its sequence number is not taken for a loss; its payload is not kept.
struct JitterPacket {
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint8_t payload_type = 0;
  uint32_t samples = 0;
  std::span<const uint8_t> payload = {};
};

enum class PullKind : uint8_t {
  kPacket,   // payload, payload_type, timestamp and samples are set
  kMissing,  // `samples` are lost: later packets are here
  kSilent,   // `samples` of silence: nothing has begun, the sender paused, or it stopped over 1 s
             // ago
  kPriming,  // `samples` of silence: the beginning of a stream is being held for its delay
  kStarved,  // `samples` not here: late, lost or a pause, nobody knows yet; or being primed again
};

// Set with the first packet after kStarved: what the wait turned out to have been.
enum class Resumed : uint8_t { kNo, kAfterPause, kAfterLoss };

struct PullResult {
  PullKind kind = PullKind::kSilent;
  Resumed resumed = Resumed::kNo;
  bool is_jump = false;  // a packet that does not continue the sound before it: some was skipped
  uint8_t payload_type = 0;
  uint32_t timestamp = 0;
  uint32_t samples = 0;
  std::span<const uint8_t> payload;  // valid until the next call into any buffer of the same pool
};

// Packets since construction; see rule 5.
struct JitterCounters {
  uint64_t inserted = 0;
  uint64_t played = 0;  // handed out
  uint64_t late = 0;
  uint64_t duplicate = 0;
  uint64_t overflow = 0;  // no room in the pool, or a payload beyond the limits
  uint64_t skipped = 0;   // to shorten the delay, to stay within the slots, or by Reset
};

class JitterBuffer {
 public:
  // REQUIRES: config within its ranges.
  JitterBuffer(PacketPool* pool, const JitterConfig& config);
  ~JitterBuffer();
  JitterBuffer(const JitterBuffer&) = delete;
  JitterBuffer& operator=(const JitterBuffer&) = delete;

  // Takes one packet that arrived at `arrival_ns` (monotonic).
  InsertResult Insert(const JitterPacket& packet, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // The next piece of sound. kPacket gives the next packet whole; every other kind stands for
  // `samples` of it, 1 to `wanted_samples`. REQUIRES: wanted_samples > 0.
  PullResult Pull(int64_t now_ns, uint32_t wanted_samples) PARLEY_NONBLOCKING;

  // Forgets the stream, as before its first packet; what is held counts as skipped.
  void Reset() PARLEY_NONBLOCKING;

  // RTP timestamp right behind what was handed out last.
  uint32_t play_timestamp() const { return play_timestamp_; }

  const JitterCounters& counters() const { return counters_; }
  // Packets held.
  uint32_t held() const { return held_; }
  // Samples held, gaps not counted.
  uint32_t held_samples() const { return held_samples_; }

 private:
  enum class State : uint8_t { kIdle, kPriming, kPlaying, kStarved };
  enum class SlotState : uint8_t { kEmpty, kHeld, kDone };

  struct Slot {
    int64_t sequence = 0;  // extended
    uint32_t timestamp = 0;
    uint32_t chunk = PacketPool::kNone;
    uint16_t bytes = 0;
    uint16_t samples = 0;
    uint8_t payload_type = 0;
    SlotState state = SlotState::kEmpty;
  };

  Slot& SlotOf(int64_t sequence);
  bool IsKnown(int64_t sequence);
  bool IsTooLate(int64_t sequence, uint32_t timestamp) const;
  void MakeRoomFor(int64_t sequence);
  void Hold(int64_t sequence, const JitterPacket& packet, uint32_t chunk, int64_t arrival_ns);
  void Finish(Slot& slot);
  Slot* Oldest();
  Slot* OldestFrom(int64_t first);
  bool IsContiguous(const Slot& slot);
  bool IsPrimed(int64_t now_ns);
  Resumed StartPlaying();
  bool IsDelayExcessive();
  bool HasBeenExcessive(int64_t now_ns);
  bool SkipExcess();
  PullResult Wait(int64_t now_ns, uint32_t wanted_samples) const;
  PullResult HandOut(Slot& slot);

  PacketPool* pool_;
  uint32_t rate_hz_;
  int32_t delay_samples_;
  int64_t delay_ns_;
  State state_ = State::kIdle;
  SequenceExtender extender_;
  std::array<Slot, kJitterSlots> slots_;
  uint32_t held_ = 0;
  uint32_t held_samples_ = 0;
  int64_t next_sequence_ = 0;    // everything before it has been handed out or given up
  int64_t newest_sequence_ = 0;  // the highest held, while anything is
  uint32_t play_timestamp_ = 0;  // of the next sample to hand out
  bool gap_begun_ = false;       // part of the gap before the next packet has been stood in for
  int64_t priming_since_ns_ = 0;
  int64_t starved_since_ns_ = 0;
  int64_t excess_since_ns_ = kNever;
  JitterCounters counters_;

  static constexpr int64_t kNever = -1;
};

}  // namespace parley
