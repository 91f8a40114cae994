// One leg's received sound as the mixer wants it: exactly one 20 ms frame at each call, whatever
// the packets hold and however the network and the sender's clock behave.
//
// Time model. A sample of media time m should be played at base + m + target, where base is the
// smallest (arrival - media time) of the last seconds and target follows the jitter (see
// DelayEstimator). The playout delay is where playing really stands; the excess is how far beyond
// the target that is.
//
// Playing begins at a packet's first sample, with a frame: frames of the sender stay frames, and
// while nothing is wrong they are passed on to the bit. So the delay is the target give or take
// half a frame, and inside that nothing is done. Beyond, the excess is corrected
//   at the start of a talk spurt: for free;
//   in quiet audio: by leaving out or repeating whole frames;
//   in speech: a pitch period at a time, made up to whole frames in the next quiet;
//   when it is the sender's clock: by playing up to 0.05 % faster or slower.
//
// What is missing: when later packets are here, the gap is filled from both sides; when nothing is
// here, the last sound is continued while it fades, and playing stands still, so that packets that
// were only late are still played. A steady tone alone is taken on in time, so that it goes on in
// phase: of what was late then, what has been stood in for is dropped. A gap with no sequence
// number missing is a pause of the sender.
//
// One thread. Real-time safe: no memory beyond the object (about 14 KiB), the pool's chunks, and 18
// KiB at rates above 16 kHz (WideMemory). The pool must outlive it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "base/units.h"
#include "jitter/concealment.h"
#include "jitter/delay_estimator.h"
#include "jitter/packet_pool.h"
#include "jitter/packet_ring.h"
#include "jitter/sample_queue.h"
#include "jitter/tone_step.h"
#include "rtp/comfort_noise.h"
#include "rtp/rtp_packet.h"

namespace parley {

// What the target stays within. Below half a frame there is no such thing as a delay.
struct DelayLimits {
  uint32_t target_ms_min;
  uint32_t target_ms_max;
};

struct PlayoutConfig {
  uint32_t clock_rate_hz = 8000;   // of the RTP timestamps
  uint32_t sample_rate_hz = 8000;  // of the decoder; a multiple of 8000
  DelayLimits delay{40, 400};
  uint32_t noise_seed = 1;  // another for each leg: equal noises add up
};

// A codec as seen from here. Functions of one leg's decoder, called in playing order.
struct PayloadDecoder {
  // Samples that `payload` holds; 0 when it holds none or is malformed. Called at arrival.
  uint32_t (*samples)(void* context, uint8_t payload_type,
                      std::span<const uint8_t> payload) = nullptr;
  // Decodes into `out`, whose size is samples(payload).
  void (*decode)(void* context, uint8_t payload_type, std::span<const uint8_t> payload,
                 std::span<int16_t> out) = nullptr;
  // Whether `conceal` makes up better sound than the playout would, after what was decoded last;
  // null when it never does.
  bool (*conceals)(void* context) = nullptr;
  // Makes up `out`, a multiple of 2.5 ms, for lost sound.
  void (*conceal)(void* context, std::span<int16_t> out) = nullptr;
  // Restores the lost `out`, a multiple of 2.5 ms, right before `next` from what `next` carries of
  // it; false, with nothing changed, when nothing. Null when there is no such thing.
  bool (*restore)(void* context, uint8_t payload_type, std::span<const uint8_t> next,
                  std::span<int16_t> out) = nullptr;
  void* context = nullptr;
  // What follows a loss is decoded as it was said: nothing of it hangs on what was lost.
  bool recovers_at_once = true;
};

enum class FrameKind : uint8_t {
  kPlayed,     // all of it came from packets
  kConcealed,  // some of it stands in for what is missing
  kSilent,     // nothing is sent, or a gap has faded out
};

// Since construction. Frames played while nobody knew whether the sender paused (silent) or sound
// was late or lost (concealed) are counted when it is known, at the latest after a second. What a
// guess was made of is counted at once, in pieces of a frame at most.
struct PlayoutCounters {
  uint64_t frames_concealed = 0;
  uint64_t frames_silent = 0;
  uint64_t gaps = 0;                  // runs of frames concealed
  uint64_t gaps_restored = 0;         // lost, and restored from redundancy in the next packet
  uint64_t gaps_filled = 0;           // lost, and filled from both sides
  uint64_t guesses_by_codec = 0;      // the codec made it up from what came before
  uint64_t guesses_by_pitch = 0;      // the last pitch period went on
  uint64_t guesses_of_noise = 0;      // comfort noise alone, because a guess had faded out
  uint64_t guesses_faded = 0;         // silence, because that had, too
  uint64_t starvations = 0;           // nothing was here in time, and it was no pause
  uint64_t spurts_anchored = 0;       // talk spurts started at their time
  uint64_t speech_shortened_us = 0;   // taken out of speech to reduce the delay
  uint64_t quiet_shortened_us = 0;    // taken out of quiet
  uint64_t speech_lengthened_us = 0;  // put in to increase it
  uint64_t quiet_lengthened_us = 0;
  uint64_t clocks_followed = 0;   // the rate of playing began to follow the sender's clock
  uint64_t packets_outrun = 0;    // late, after a tone was taken on without them
  uint64_t packets_left_out = 0;  // to reduce a delay nobody wants to wait for
  uint64_t playout_restarts = 0;  // media time jumped
  uint64_t frames_played = 0;

  uint64_t shortened_us() const { return speech_shortened_us + quiet_shortened_us; }
  uint64_t lengthened_us() const { return speech_lengthened_us + quiet_lengthened_us; }
};

class Playout {
 public:
  // `decoder` is copied; its context must outlive this. `wide`: needed at rates above
  // kNarrowRateHzMax; must outlive this and serve nobody else.
  // REQUIRES: samples and decode set.
  Playout(PacketPool* pool, const PlayoutConfig& config, const PayloadDecoder& decoder,
          WideMemory* wide = nullptr);

  // Takes one packet of the leg's payload type that arrived at `arrival_ns`; none when it came in
  // its turn, the next in time, and nobody asked when. Payloads that the decoder finds no sound in,
  // or more than there can be room for (200 ms; of Opus no packet is too long), keep their place in
  // the sequence and play nothing.
  InsertResult Insert(const RtpPacketView& packet,
                      std::optional<int64_t> arrival_ns) PARLEY_NONBLOCKING;

  // What the decoder found in the payload of the last.
  uint32_t inserted_samples() const { return inserted_samples_; }

  // Takes a packet whose payload is not for the decoder (telephone event, comfort noise), so that
  // its sequence number is not taken for a loss.
  InsertResult InsertOther(const RtpHeader& header, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // Likewise one that says that the sender falls silent (comfort noise): nothing is made up then.
  InsertResult InsertPause(const RtpHeader& header, int64_t arrival_ns) PARLEY_NONBLOCKING;

  // The talker's background, 0 (loudest) to 127: -dBov, as far as it is known: what stands in a gap
  // that is too long to guess. 127 is none.
  void SetNoise(uint32_t noise_dbov) { noise_dbov_ = static_cast<uint8_t>(noise_dbov); }

  // Fills `frame` with the next 20 ms. REQUIRES: frame.size() == FrameSamples(sample_rate_hz).
  FrameKind PullFrame(int64_t now_ns, std::span<int16_t> frame) PARLEY_NONBLOCKING;

  // The stream begins anew (RtpVerdict::kAcceptFresh): what is held is dropped.
  void Reset() PARLEY_NONBLOCKING;

  // RTP timestamp of the first sample of the newest frame; of use only when it was played.
  uint32_t frame_timestamp() const;

  const PlayoutCounters& counters() const { return counters_; }
  const PacketCounters& packets() const { return ring_.counters(); }
  // Whether anything was counted since the last call, frames played and packets inserted and taken
  // aside.
  bool TakeNews() PARLEY_NONBLOCKING {
    const bool has_news = has_news_ || ring_.has_news();
    has_news_ = false;
    ring_.ForgetNews();
    return has_news;
  }
  uint32_t packets_held() const { return ring_.held(); }
  // Sound now waiting to be played.
  uint32_t waiting_us() const;
  // Whether what is here lasts for the next frame and one more, with nothing missing before.
  bool IsAhead() const;
  // Whether packets have come so evenly for so long that of most it need not be known when.
  bool is_steady() const { return playing_ && estimator_.is_steady(); }
  // Of the next it must be known all the same.
  bool is_arrival_due(int64_t now_ns) const { return estimator_.is_window_over(now_ns); }
  // What the delay should be now, and how fast the sender's clock seems to run against ours.
  int64_t target_ns() const PARLEY_NONBLOCKING;
  int32_t drift_ppm() const PARLEY_NONBLOCKING;
  // Playout delay over the fastest packet, at the last PullFrame; 0 while nothing plays.
  int64_t delay_ns() const { return delay_ns_; }

  // What every turn needs, soon.
  void Prefetch() const {
    // Of the counters the last alone counts in every turn.
    PrefetchUpTo(&counters_.frames_played, &concealment_);
    concealment_.Prefetch();
    ring_.Prefetch();
    estimator_.Prefetch();
    queue_.Prefetch();
  }
  // Once that is here: where the next packet will be kept, and the next sound.
  void PrefetchPlaces() const {
    ring_.PrefetchPlaces();
    queue_.PrefetchWaiting();
  }
  // Once that is here: the packet that is to be decoded next.
  void PrefetchFront() const { ring_.PrefetchFront(); }

 private:
  static constexpr int64_t kNoDelay = INT64_MIN;
  static constexpr uint8_t kNoNoiseDbov = 127;
  // A starvation is held against the delay for 3 s.
  static constexpr uint32_t kStarvationFrames = 150;

  uint32_t SamplesOf(int64_t units) const;
  int64_t UnitsOf(uint32_t samples) const;
  int64_t MediaNs(int64_t media_time) const;
  // When a sample of this media time should be played.
  int64_t DueNs(int64_t media_time) const;
  // The playout delay when the newest sample is played `samples` from now.
  int64_t DelayNs(int64_t now_ns, uint32_t samples) const;

  void NoteArrival(int64_t arrival_ns, int64_t media_ns);
  bool Begin(int64_t now_ns);
  // Moves packets into the queue until `wanted` samples wait, or no packet is here.
  void Refill(int64_t now_ns, uint32_t wanted);
  void AppendPause(int64_t now_ns, uint32_t wanted, const WaitingPacket& next);
  bool DropOutrun(const WaitingPacket& next);
  void AppendGap(uint32_t wanted, const WaitingPacket& next);
  void FillGap(uint32_t samples);
  bool RestoreGap(uint32_t samples, const WaitingPacket& next);
  bool CodecConceals() const;
  bool DecodeFront();
  bool AppendByCodec(uint32_t samples);
  bool AppendGuess(uint32_t samples);
  bool AppendCodecGuess(uint32_t samples);
  bool AddNoise(std::span<int16_t> guess);
  void LeaveNoise(std::span<int16_t> decoded);
  void EndGuess(std::span<int16_t> sound);
  void LeaveGuess(std::span<int16_t> decoded);
  bool Starve(uint32_t wanted);
  void AppendSilence(uint32_t samples);
  void Stop();
  void Settle(bool paused);
  void CountConcealed(uint32_t frames);
  void EndStarvation();
  void Anchor();

  uint32_t OffGrid() const;
  int64_t MarginNs() const;
  void Steer(int64_t now_ns, uint32_t frame_samples);
  void LeaveOut(int64_t excess_ns);
  void Shorten(int64_t now_ns, int64_t excess_ns, uint32_t frame_samples);
  void Lengthen(int64_t now_ns, uint32_t frame_samples);
  void Realign(int64_t now_ns, int64_t excess_ns, uint32_t frame_samples);
  uint32_t WholeSteps(uint32_t samples) const;
  uint64_t UsOf(uint32_t samples) const;
  void FollowDrift(int64_t delay_ns, int64_t excess_ns);
  bool IsQuiet(std::span<const int16_t> audio);

  // Counts what is not of every turn.
  PlayoutCounters& Count() {
    has_news_ = true;
    return counters_;
  }

  // In an order that has what every turn needs on few cache lines: from the last of the counters
  // on.
  TonePhase tone_phase_;
  PlayoutCounters counters_;
  PlayoutConfig config_;
  PayloadDecoder decoder_;
  // Of the RTP clock; 0 where it is no whole number, so that a division is needed.
  int64_t unit_ns_;
  uint32_t inserted_samples_ = 0;
  bool playing_ = false;
  // Media time just behind the newest sample in the queue.
  int64_t end_media_time_ = 0;
  // Made up since the last true sound.
  uint32_t gap_samples_ = 0;
  // The sender has said that it is silent.
  bool is_paused_ = false;
  // Stood in for since the queue ran dry, and how much of that media time moved on by.
  uint32_t starved_samples_ = 0;
  uint32_t outrun_samples_ = 0;
  bool starved_of_tone_ = false;
  // What comes for a time before this one has been stood in for.
  int64_t outrun_media_time_ = INT64_MIN;
  // Packets begin every so many samples of a frame, when playing is in step with them.
  uint32_t grid_samples_;
  uint32_t undecided_frames_ = 0;
  bool is_in_gap_ = false;  // the newest frame that is decided was concealed
  // Of the frame being made.
  bool frame_is_guess_ = false;
  bool frame_is_pause_ = false;
  uint32_t frames_since_stretch_ = 0;
  // Rises with each starvation, falls with each frame.
  uint32_t starvation_lately_ = 0;
  bool shortening_ = false;
  float noise_energy_ = 0;
  uint8_t noise_dbov_ = kNoNoiseDbov;
  bool is_noise_on_ = false;
  int64_t delay_ns_ = 0;
  // The delay when playing began, or was last corrected; none yet while it is kNoDelay.
  int64_t anchor_delay_ns_ = kNoDelay;
  bool drifting_ = false;
  float drift_ppm_ = 0;
  int32_t ppm_ = 0;
  // Since TakeNews.
  bool has_news_ = false;
  Concealment concealment_;
  PacketRing ring_;
  DelayEstimator estimator_;
  ComfortNoiseGenerator noise_;
  // Last: of its samples a turn touches few.
  SampleQueue queue_;
};

}  // namespace parley
