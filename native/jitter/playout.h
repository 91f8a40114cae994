// One leg's received sound as the mixer wants it: exactly one 20 ms frame at each call, whatever
// the packets hold and however the network and the sender's clock behave.
//
// Time model. A sample of media time m should be played at base + m + target, where base is the
// smallest (arrival - media time) of the last seconds and target follows the jitter (see
// DelayEstimator). The playout delay is where playing really stands; the excess is how far beyond
// the target that is. The excess is corrected
//   at the start of a talk spurt: to the sample, for free;
//   in quiet audio: by leaving out or repeating some of it;
//   in speech: a pitch period at a time;
//   when small (clock drift): by playing up to 0.05 % faster or slower.
//
// What is missing: when later packets are here, the gap is filled from both sides; when nothing is
// here, the last sound is continued while it fades, and playing stands still, so that packets that
// were only late are still played. A gap with no sequence number missing is a pause of the sender.
//
// One thread. Real-time safe: no memory beyond the object (about 20 KiB) and the pool's chunks. The
// pool must outlive it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/realtime.h"
#include "base/units.h"
#include "jitter/concealment.h"
#include "jitter/delay_estimator.h"
#include "jitter/packet_pool.h"
#include "jitter/packet_ring.h"
#include "jitter/sample_queue.h"
#include "rtp/rtp_packet.h"

namespace parley {

struct PlayoutConfig {
  uint32_t clock_rate_hz = 8000;   // of the RTP timestamps
  uint32_t sample_rate_hz = 8000;  // of the decoder; a multiple of 8000
  DelayLimits delay{40, 400};
};

// A codec as seen from here. Functions of one leg's decoder, called in playing order.
struct PayloadDecoder {
  // Samples that `payload` holds; 0 when it holds none or is malformed. Called at arrival.
  uint32_t (*samples)(void* context, std::span<const uint8_t> payload) = nullptr;
  // Decodes into `out`, whose size is samples(payload).
  void (*decode)(void* context, std::span<const uint8_t> payload, std::span<int16_t> out) = nullptr;
  // Makes up `out` for lost sound; null when the codec cannot do better than the playout itself.
  void (*conceal)(void* context, std::span<int16_t> out) = nullptr;
  // Restores the lost `out` right before `next` from what `next` carries of it; false when nothing.
  bool (*restore)(void* context, std::span<const uint8_t> next, std::span<int16_t> out) = nullptr;
  void* context = nullptr;
};

enum class FrameKind : uint8_t {
  kPlayed,     // all of it came from packets
  kConcealed,  // some of it stands in for what is missing
  kSilent,     // nothing is sent, or a gap has faded out
};

// Since construction. Frames played while nobody knew whether the sender paused (silent) or sound
// was late or lost (concealed) are counted when it is known, at the latest after a second.
struct PlayoutCounters {
  uint64_t frames_played = 0;
  uint64_t frames_concealed = 0;
  uint64_t frames_silent = 0;
  uint64_t gaps_filled = 0;         // from both sides
  uint64_t gaps_restored = 0;       // from redundancy in the next packet
  uint64_t starvations = 0;         // nothing was here in time
  uint64_t spurts_anchored = 0;     // talk spurts started at their time
  uint64_t samples_shortened = 0;   // taken out to reduce the delay
  uint64_t samples_lengthened = 0;  // put in to increase it
  uint64_t restarts = 0;            // media time jumped
};

class Playout {
 public:
  // `decoder` is copied; its context must outlive this. REQUIRES: samples and decode set.
  Playout(PacketPool* pool, const PlayoutConfig& config, const PayloadDecoder& decoder);

  // Takes one packet of the leg's payload type that arrived at `arrival_ns`. Payloads that the
  // decoder finds no sound in keep their place in the sequence and play nothing.
  InsertResult Insert(const RtpPacketView& packet, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // Takes a packet whose payload is not for the decoder (telephone event, comfort noise), so that
  // its sequence number is not taken for a loss.
  InsertResult InsertOther(const RtpHeader& header, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // Fills `frame` with the next 20 ms. REQUIRES: frame.size() == FrameSamples(sample_rate_hz).
  FrameKind PullFrame(int64_t now_ns, std::span<int16_t> frame) PARLEY_NONBLOCKING;

  // The stream begins anew (RtpVerdict::kAcceptFresh): what is held is dropped.
  void Reset() PARLEY_NONBLOCKING;

  const PlayoutCounters& counters() const { return counters_; }
  const PacketCounters& packets() const { return ring_.counters(); }
  uint32_t packets_held() const { return ring_.held(); }
  // Sound now waiting to be played.
  uint32_t waiting_us() const;
  // What the delay should be now, and how fast the sender's clock seems to run against ours.
  int64_t target_ns() const { return estimator_.target_ns(); }
  int32_t drift_ppm() const { return ppm_; }
  // Playout delay over the fastest packet, at the last PullFrame; 0 while nothing plays.
  int64_t delay_ns() const { return delay_ns_; }

 private:
  uint32_t SamplesOf(int64_t units) const;
  int64_t UnitsOf(uint32_t samples) const;
  int64_t MediaNs(int64_t media_time) const;
  // When a sample of this media time should be played.
  int64_t DueNs(int64_t media_time) const;

  bool Begin(int64_t now_ns, uint32_t frame_samples);
  // Moves packets into the queue until `wanted` samples wait, or no packet is here.
  void Refill(int64_t now_ns, uint32_t wanted);
  void AppendPause(int64_t now_ns, uint32_t wanted, const WaitingPacket& next);
  void AppendGap(uint32_t wanted, const WaitingPacket& next);
  void FillGap(uint32_t samples);
  bool RestoreGap(uint32_t samples, const WaitingPacket& next);
  bool DecodeFront();
  bool AppendGuess(uint32_t samples);
  void LeaveGuess(std::span<int16_t> decoded);
  bool Starve(uint32_t wanted);
  void Stop();
  void Settle(bool paused);

  void Steer(int64_t now_ns, uint32_t frame_samples);
  void SkipPackets(int64_t excess_ns);
  void Shorten(int64_t now_ns, uint32_t excess, uint32_t frame_samples, bool tones_too);
  void Lengthen(int64_t now_ns, uint32_t shortfall, uint32_t frame_samples);
  void FollowDrift(int64_t excess_ns);
  bool IsQuiet(std::span<const int16_t> audio);

  PlayoutConfig config_;
  PayloadDecoder decoder_;
  PacketRing ring_;
  DelayEstimator estimator_;
  SampleQueue queue_;
  Concealment concealment_;
  bool playing_ = false;
  // Media time just behind the newest sample in the queue.
  int64_t end_media_time_ = 0;
  // Stood in for since the queue ran dry; media time stood still meanwhile.
  uint32_t starved_samples_ = 0;
  uint32_t undecided_frames_ = 0;
  // Of the frame being made.
  bool frame_is_guess_ = false;
  bool frame_is_pause_ = false;
  uint32_t frames_since_stretch_ = 0;
  float noise_energy_ = 0;
  int64_t delay_ns_ = 0;
  bool drifting_ = false;
  float drift_ppm_ = 0;
  int32_t ppm_ = 0;
  PlayoutCounters counters_;
};

}  // namespace parley
