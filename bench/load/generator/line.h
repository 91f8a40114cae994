// One telephone: what it says, and what it has heard.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lateness.h"
#include "srtp_box.h"
#include "voice.h"

namespace parley::load {

// Frames of one stretch that is kept to be judged afterwards.
inline constexpr size_t kStretchFrames = 25;

// Half a second of what came in, packet by packet.
struct Stretch {
  // Of its first packet, when that came, StampNs.
  int64_t began_ns = 0;
  // Payloads by place in media time; empty where none came.
  std::vector<std::vector<uint8_t>> payloads;
};

// What is counted while it is measured.
struct Tally {
  uint64_t sent = 0;
  uint64_t received = 0;
  // Of telephones that hear loops of one frame: packets whose every sample is what it must be, and
  // all the others.
  uint64_t right = 0;
  uint64_t wrong = 0;
  // Of the wrong: the packet before again, and as loud as it must be. All are heard, but lie
  // elsewhere in the frame, as they do for good once a jitter buffer has adapted.
  uint64_t moved = 0;
  TimeHistogram lateness;
  // How late this program sends.
  TimeHistogram sending;
};

class Line {
 public:
  explicit Line(uint32_t number);

  struct Call {
    uint32_t host = 0;  // IPv4, host byte order
    uint16_t port = 0;
    const Voice* voice = nullptr;
    uint8_t payload_type = 0;
    uint32_t clock_rate_hz = 0;
    std::unique_ptr<SrtpBox> srtp;
  };
  // A call begins; from now on it sends.
  void Answer(Call call);
  void HangUp();

  // Of its call: whom it sends to, and hears alone.
  uint32_t host() const { return call_.host; }
  uint16_t port() const { return call_.port; }
  bool is_up() const { return call_.voice != nullptr; }
  const Voice* voice() const { return call_.voice; }
  int64_t answered_ns() const { return answered_ns_; }
  std::vector<Stretch> TakeStretches();

  // Which sample of its voice's loop it says at `at_ns`, StampNs, if it were never late.
  int64_t SaysAt(int64_t at_ns) const;

  // Loops of one frame only: what it hears, sample by sample.
  void Expects(std::vector<int> frame);
  bool expects_frames() const { return !expected_.empty(); }

  // Writes its next packet; how many bytes. REQUIRES: is_up(), room for kDatagramBytesMax.
  size_t WriteNext(std::span<uint8_t> packet);
  // Takes one packet that has come at `stamp_ns`, StampNs; counts it in `tally` unless that is
  // null.
  void Receive(std::span<uint8_t> packet, int64_t stamp_ns, Tally* tally);
  void CloseTransits(Tally& tally) { transits_.Close(tally.lateness); }

  // Begins to keep a stretch with the next packet.
  void KeepStretch() { keeps_next_ = true; }
  void ForgetStretches();

 private:
  void Keep(std::span<uint8_t> packet, uint32_t timestamp, int64_t stamp_ns);
  void Judge(std::span<const uint8_t> payload, Tally& tally);

  uint32_t ssrc_;
  size_t first_frame_;
  Call call_;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
  size_t frame_ = 0;
  int64_t answered_ns_ = 0;
  // Where in its loop it was, and when: anew whenever this program has lost its pace.
  struct Pace {
    int64_t sent_ns;
    size_t frame;
  };
  std::vector<Pace> paces_;
  // Of received packets: media time as it was first, which transits are relative to.
  bool has_heard_ = false;
  uint32_t first_timestamp_ = 0;
  TransitBlock transits_;
  std::vector<int> expected_;
  double expected_power_ = 0;
  // The payload before.
  std::vector<uint8_t> heard_;
  // The newest payload that was as expected.
  std::vector<uint8_t> right_payload_;
  bool keeps_next_ = false;
  bool is_keeping_ = false;
  uint32_t stretch_timestamp_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace parley::load
