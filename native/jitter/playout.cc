#include "jitter/playout.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/assert.h"

namespace parley {
namespace {

// A stream that has been dry for so long has stopped; what comes next begins anew.
constexpr uint32_t kStopMs = 1000;
// A packet further off than this belongs to another time line: the sender's clock jumped.
constexpr int64_t kRestartNs = 2 * kNsPerSecond;

}  // namespace

Playout::Playout(PacketPool* pool, const PlayoutConfig& config, const PayloadDecoder& decoder,
                 WideMemory* wide)
    : config_(config),
      decoder_(decoder),
      unit_ns_(kNsPerSecond % config.clock_rate_hz == 0 ? kNsPerSecond / config.clock_rate_hz : 0),
      grid_samples_(FrameSamples(config.sample_rate_hz)),
      concealment_(wide),
      ring_(pool),
      noise_(config.sample_rate_hz, config.noise_seed),
      queue_(wide) {
  PARLEY_ASSERT(decoder.samples != nullptr);
  PARLEY_ASSERT(decoder.decode != nullptr);
  queue_.Reset(config.sample_rate_hz);
}

uint32_t Playout::SamplesOf(int64_t units) const {
  return static_cast<uint32_t>(units * config_.sample_rate_hz / config_.clock_rate_hz);
}

int64_t Playout::UnitsOf(uint32_t samples) const {
  return int64_t{samples} * config_.clock_rate_hz / config_.sample_rate_hz;
}

int64_t Playout::MediaNs(int64_t media_time) const {
  if (unit_ns_ != 0) return media_time * unit_ns_;
  const int64_t rate = config_.clock_rate_hz;
  return media_time / rate * kNsPerSecond + media_time % rate * kNsPerSecond / rate;
}

int64_t Playout::DueNs(int64_t media_time) const {
  return estimator_.base_ns() + MediaNs(media_time) + target_ns();
}

int64_t Playout::DelayNs(int64_t now_ns, uint32_t samples) const {
  const int64_t end_ns = now_ns + SamplesToNs(samples, config_.sample_rate_hz);
  return end_ns - MediaNs(end_media_time_) - estimator_.base_ns();
}

uint32_t Playout::frame_timestamp() const {
  const uint32_t ahead = queue_.waiting() + FrameSamples(config_.sample_rate_hz);
  return static_cast<uint32_t>(end_media_time_ - UnitsOf(ahead));
}

uint32_t Playout::waiting_us() const {
  const int64_t queued_ns = SamplesToNs(queue_.waiting(), config_.sample_rate_hz);
  const int64_t held_ns = SamplesToNs(ring_.held_units(), config_.clock_rate_hz);
  return playing_ ? static_cast<uint32_t>((queued_ns + held_ns) / kNsPerUs)
                  : static_cast<uint32_t>(held_ns / kNsPerUs);
}

bool Playout::IsAhead() const {
  const uint32_t needed = queue_.NeededFor(2 * FrameSamples(config_.sample_rate_hz), ppm_);
  const auto missing = static_cast<int64_t>(needed) - queue_.waiting();
  const int64_t held = ring_.held_units();
  return missing * config_.clock_rate_hz <= held * config_.sample_rate_hz && ring_.FrontFollows();
}

InsertResult Playout::Insert(const RtpPacketView& packet, std::optional<int64_t> arrival_ns) {
  inserted_samples_ =
      decoder_.samples(decoder_.context, packet.header.payload_type, packet.payload);
  const bool is_kept = inserted_samples_ <= queue_.packet_samples_max();
  const uint32_t samples = is_kept ? inserted_samples_ : 0;
  const auto units = static_cast<uint32_t>(UnitsOf(samples));
  const PacketRing::Inserted inserted =
      ring_.Insert(packet.header.sequence, packet.header.timestamp, packet.header.payload_type,
                   units, packet.payload);
  if (inserted.result != InsertResult::kDuplicate && units > 0) {
    grid_samples_ = std::gcd(samples, FrameSamples(config_.sample_rate_hz));
    if (arrival_ns) {
      NoteArrival(*arrival_ns, MediaNs(inserted.media_time));
    } else {
      estimator_.OnPacketInStep();
    }
  }
  return inserted.result;
}

void Playout::NoteArrival(int64_t arrival_ns, int64_t media_ns) {
  if (estimator_.has_packets() &&
      std::abs(arrival_ns - media_ns - estimator_.base_ns()) > kRestartNs) {
    estimator_.Reset();
    ++Count().playout_restarts;
  }
  estimator_.OnPacket(arrival_ns, media_ns);
}

InsertResult Playout::InsertOther(const RtpHeader& header, int64_t) {
  return ring_.InsertSilent(header.sequence, header.timestamp, header.payload_type, false).result;
}

InsertResult Playout::InsertPause(const RtpHeader& header, int64_t) {
  return ring_.InsertSilent(header.sequence, header.timestamp, header.payload_type, true).result;
}

void Playout::Reset() {
  ring_.Reset();
  estimator_.Reset();
  Stop();
}

void Playout::Stop() {
  Settle(true);
  playing_ = false;
  EndStarvation();
  is_in_gap_ = false;
  is_paused_ = false;
  is_noise_on_ = false;
  gap_samples_ = 0;
  concealment_.End();
  queue_.Reset(config_.sample_rate_hz);
  delay_ns_ = 0;
  Anchor();
}

// Playing is where it should be, and in step with the packets.
void Playout::Anchor() {
  anchor_delay_ns_ = kNoDelay;
  outrun_media_time_ = INT64_MIN;
  tone_phase_ = {};
  drifting_ = false;
  drift_ppm_ = 0;
  ppm_ = 0;
}

FrameKind Playout::PullFrame(int64_t now_ns, std::span<int16_t> frame) {
  const auto count = static_cast<uint32_t>(frame.size());
  PARLEY_ASSERT(count == FrameSamples(config_.sample_rate_hz));
  if (!playing_ && !Begin(now_ns)) {
    std::fill(frame.begin(), frame.end(), int16_t{0});
    is_in_gap_ = false;
    ++Count().frames_silent;
    return FrameKind::kSilent;
  }
  frame_is_guess_ = false;
  frame_is_pause_ = false;
  Refill(now_ns, queue_.NeededFor(count, ppm_));
  Steer(now_ns, count);
  const uint32_t needed = queue_.NeededFor(count, ppm_);
  Refill(now_ns, needed);
  bool audible = true;
  bool starved = false;
  if (queue_.waiting() < needed) {
    starved = true;
    const bool has_sound = queue_.waiting() > 0;
    audible = Starve(needed) || has_sound;
  }
  queue_.Read(frame, ppm_);
  if (starved) {
    if (is_paused_) {
      ++Count().frames_silent;
    } else {
      ++undecided_frames_;
    }
    if (starved_samples_ >= SamplesIn(kStopMs, config_.sample_rate_hz)) Stop();
    return audible ? FrameKind::kConcealed : FrameKind::kSilent;
  }
  delay_ns_ = DelayNs(now_ns, queue_.waiting() + count);
  if (anchor_delay_ns_ == kNoDelay) anchor_delay_ns_ = delay_ns_;
  if (frame_is_guess_) {
    CountConcealed(1);
    return FrameKind::kConcealed;
  }
  is_in_gap_ = false;
  if (frame_is_pause_) {
    ++Count().frames_silent;
    return FrameKind::kSilent;
  }
  ++counters_.frames_played;
  return FrameKind::kPlayed;
}

// At the first turn that is no more than half a frame early.
bool Playout::Begin(int64_t now_ns) {
  while (!ring_.empty() && ring_.Front().units == 0) ring_.PopFront();
  if (ring_.empty()) return false;
  const WaitingPacket first = ring_.Front();
  if (DueNs(first.media_time) - now_ns > kFrameNs / 2) return false;
  queue_.Reset(config_.sample_rate_hz);
  Anchor();
  end_media_time_ = first.media_time;
  playing_ = true;
  return true;
}

void Playout::Refill(int64_t now_ns, uint32_t wanted) {
  // Every round takes a packet, or ends it.
  while (queue_.waiting() < wanted && !ring_.empty()) {
    const WaitingPacket next = ring_.Front();
    if (next.units == 0) {
      if (next.is_pause) is_paused_ = true;
      ring_.PopFront();
      continue;
    }
    const int64_t gap = next.media_time - end_media_time_;
    if (next.media_time < outrun_media_time_ && DropOutrun(next)) continue;
    if (gap < 0) {
      if (next.media_time >= outrun_media_time_) end_media_time_ = next.media_time;
    } else if (gap > 0) {
      const bool lost = !ring_.FrontFollows() && gap < config_.clock_rate_hz;
      if (lost) {
        AppendGap(wanted, next);
      } else {
        AppendPause(now_ns, wanted, next);
      }
      if (end_media_time_ != next.media_time) return;
      continue;
    }
    if (!DecodeFront()) return;
  }
}

// The sender paused: what comes next is played at its time, whatever the delay was before, and
// begins with a frame.
void Playout::AppendPause(int64_t now_ns, uint32_t wanted, const WaitingPacket& next) {
  Settle(true);
  const int64_t end_ns = now_ns + SamplesToNs(queue_.waiting(), config_.sample_rate_hz);
  const int64_t early_ns = DueNs(next.media_time) - kFrameNs / 2 - end_ns;
  const uint32_t frame = FrameSamples(config_.sample_rate_hz);
  const int64_t least =
      queue_.waiting() + NsToSamples(std::max<int64_t>(early_ns, 0), config_.sample_rate_hz);
  const int64_t silence = (least + frame - 1) / frame * frame - queue_.waiting();
  const auto piece = static_cast<uint32_t>(std::min<int64_t>(silence, wanted - queue_.waiting()));
  const bool all = queue_.waiting() == 0 && piece == wanted;
  if (is_paused_) {
    AppendSilence(piece);
    frame_is_pause_ = all;
  } else {
    frame_is_pause_ = !AppendGuess(piece) && all;
  }
  end_media_time_ = next.media_time - UnitsOf(static_cast<uint32_t>(silence) - piece);
  if (silence > piece) return;
  ++Count().spurts_anchored;
  queue_.DropFraction();
  Anchor();
}

// Decodes the oldest packet behind the queue, but for what of it has been stood in for. False when
// there is no room for it.
bool Playout::DecodeFront() {
  const WaitingPacket packet = ring_.Front();
  const uint32_t samples = SamplesOf(packet.units);
  const std::span<int16_t> room = queue_.Room(samples);
  if (room.empty()) return false;
  decoder_.decode(decoder_.context, packet.payload_type, packet.payload, room);
  const uint32_t outrun =
      outrun_media_time_ <= packet.media_time
          ? 0
          : std::min(samples, SamplesOf(outrun_media_time_ - packet.media_time));
  if (outrun > 0) std::copy(room.begin() + outrun, room.end(), room.begin());
  queue_.Append(samples - outrun);
  ring_.PopFront();
  end_media_time_ = packet.media_time + packet.units;
  if (undecided_frames_ > 0) Settle(false);
  EndStarvation();
  is_paused_ = false;
  EndGuess(room.first(samples - outrun));
  return true;
}

}  // namespace parley
