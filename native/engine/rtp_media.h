// The media of an RTP leg: its sockets, its peer, both streams and their reports.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/prefetch.h"
#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/stream_decoder.h"
#include "engine/codec_loans.h"
#include "engine/comfort_noise_in.h"
#include "engine/digits_in.h"
#include "engine/latch.h"
#include "engine/layout.generated.h"
#include "engine/media_watch.h"
#include "engine/mixer_sources.h"
#include "engine/packet_guard.h"
#include "engine/packetizer.h"
#include "engine/playout_report.h"
#include "engine/redundancy_in.h"
#include "engine/ssrc_conflicts.h"
#include "engine/stats.h"
#include "engine/tick_time.h"
#include "jitter/playout.h"
#include "net/datagram_port.h"
#include "rtp/audio_level.h"
#include "rtp/rtcp_session.h"
#include "rtp/rtp_receiver.h"
#include "rtp/rtp_sender.h"
#include "rtp/telephone_event.h"

namespace parley {

struct RtpMediaConfig {
  uint8_t telephone_event_payload_type = 0;  // above 127 when not negotiated
  uint8_t redundancy_payload_type = 255;     // likewise
  uint8_t comfort_noise_payload_type = 255;  // likewise
  uint8_t client_level_id = 0;               // 0 when not negotiated
  uint8_t mixer_levels_id = 0;               // likewise
  bool is_parked = false;                    // the peer wants to be sent nothing at all
  layout::Direction direction = layout::Direction::kSendrecv;
  int rtp_descriptor = -1;   // owned by the control thread
  int rtcp_descriptor = -1;  // -1 when RTCP shares the RTP socket
  // The first is what the leg is sent, too.
  PayloadFormats formats;
  uint32_t telephone_event_clock_hz = 0;  // of durations; 0: that of the codec
  uint32_t ptime_ms = 20;                 // of the packets sent
  uint32_t jitter_ms = 0;                 // 0 to 200
  Address remote_rtp;                     // none: learnt from the first valid packet
  Address remote_rtcp;
  int64_t relatch_after_ns = 0;  // 0: the peer stays where it is
  RtpSenderConfig sender;
  RtcpSession::Cname cname = {};
  SrtpKeying srtp;  // not read from a record: its session is to be taken first

  // The part of an open_leg or update_leg record that is about RTP.
  // REQUIRES: the record was found valid (IsValidOpenLeg).
  static RtpMediaConfig From(const layout::OpenLeg& command);

  // What the leg's playout is to be, and what takes its keys.
  PlayoutConfig playout() const;
  DigitsIn digits_in() const;
};

// One thread; real-time safe but for the system calls of the port in Receive, Send and SendBye. The
// pool must outlive it. Neither copied nor moved. About 18 KiB.
class RtpMedia {
 public:
  // `loans`: what its codec needs; must outlive it too.
  RtpMedia(const RtpMediaConfig& config, PacketPool* pool, const CodecLoans& loans,
           const TickTime& time);
  RtpMedia(const RtpMedia&) = delete;
  RtpMedia& operator=(const RtpMedia&) = delete;

  // The media was agreed on anew; the stream sent goes on. What is received is kept, too, unless it
  // is coded otherwise now. `config.srtp.session`: null to go on with the session in use; sockets,
  // sender and CNAME are as they were, whatever `config` says. Without a remote address the
  // peer stays where it is.
  // `loans`: as at construction.
  void Update(const RtpMediaConfig& config, const CodecLoans& loans,
              int64_t now_ns) PARLEY_NONBLOCKING;

  // Takes what waits on the sockets and sorts it into the jitter buffer and the RTCP session. One
  // system call when all is as expected; the RTCP socket is looked at once a second.
  void Receive(DatagramPort& port, const TickTime& time, Stats& stats) PARLEY_NONBLOCKING;

  // What every turn needs, soon; once that is here, where the next packet will be kept, and the
  // next sound.
  void PrefetchParts() const {
    PrefetchUpTo(receiver_.often(), latch_.seldom());
    PrefetchUpTo(rtcp_.often(), &config_.formats);
    PrefetchUpTo(comfort_noise_.often(), digits_in_.seldom());
    PrefetchUpTo(packetizer_.often(), decoder_.seldom());
  }
  void PrefetchPlayout() const { playout_.Prefetch(); }
  void PrefetchPlaces() const { playout_.PrefetchPlaces(); }

  // Fills `frame` with the next 20 ms received. `is_heard`: somebody is given it; of what nobody is
  // given Opus and G.722 are not decoded, and all else is as if they were. `noise_dbov`: the peer's
  // background as far as it is known, 127 when it is not.
  // REQUIRES: frame.size() == FrameSamples(rate of the codec).
  FrameKind PullFrame(int64_t deadline_ns, std::span<int16_t> frame, bool is_heard,
                      uint32_t noise_dbov, Stats& stats) PARLEY_NONBLOCKING;

  // The next frame that is heard costs more than others (StreamDecoder).
  bool wakes_dearly() const { return decoder_.wakes_dearly(); }

  // Sends a frame, and an RTCP report when one is due. `packet` begins with kRtpHeaderBytes of
  // room, which is written; the coded frame follows, as it is afterwards. When it is empty, and
  // while the peer is unknown, time passes without a packet.
  // `sources`: who is heard in it, listed where that was negotiated.
  void Send(DatagramPort& port, std::span<uint8_t> packet, const MixerSources& sources,
            const TickTime& time, Stats& stats) PARLEY_NONBLOCKING;

  // Whether packets list who is heard in them (RFC 6465).
  bool lists_sources() const { return config_.mixer_levels_id != 0; }

  // The next key the peer pressed and let go, if there is one; to be called every turn.
  std::optional<DigitPress> TakeDigit(int64_t now_ns, Stats& stats) PARLEY_NONBLOCKING {
    return digits_in_.Take(now_ns, stats);
  }

  // Whether the flow of the peer's packets has stopped or resumed; to be called every turn.
  std::optional<MediaChange> TakeMediaChange(int64_t now_ns) PARLEY_NONBLOCKING {
    return watch_.Take(now_ns);
  }

  // Queues telephone keys and waits to be sent in place of sound. False, and none is queued, when
  // telephone events were not negotiated, one is no key, or there is no room for all.
  bool QueueDigits(std::span<const uint8_t> digits) PARLEY_NONBLOCKING;

  // Lets `frames` of time pass without a packet.
  void SkipFrames(uint32_t frames) PARLEY_NONBLOCKING;

  // Says goodbye to the peer.
  void SendBye(DatagramPort& port, const TickTime& time, Stats& stats) PARLEY_NONBLOCKING;

  // True from the first packet of the peer on.
  bool has_started() const { return packets_received_ > 0; }
  uint32_t remote_ssrc() const { return receiver_.ssrc(); }
  // Id of the SRTP session in use; 0 when packets are plain.
  uint32_t srtp_session_id() const { return guard_.session_id(); }
  // What the peer's last report says of the stream sent, 0 to 100.
  uint32_t remote_loss_percent() const { return rtcp_.remote_report().fraction_lost * 100u / 256; }

  // Writes the fields of the leg's slot that are about its network.
  void Publish(layout::LegSlot& slot) PARLEY_NONBLOCKING;

 private:
  void ReceiveRtp(DatagramPort& port, const TickTime& time, Stats& stats);
  void Take(const Datagram& datagram, DatagramPort& port, const TickTime& time, Stats& stats);
  void TakeRtp(const Datagram& datagram, DatagramPort& port, const TickTime& time, Stats& stats);
  void TakeRtcp(const Datagram& datagram, int64_t arrival_ns, const TickTime& time, Stats& stats);
  bool IsNextOfSteady(const RtpHeader& header, int64_t now_ns) const;
  // True when a key that is to be sent takes the place of this turn's frame.
  bool SendDigit(DatagramPort& port, const TickTime& time, Stats& stats);
  void SendFrame(DatagramPort& port, std::span<uint8_t> packet, const MixerSources& sources,
                 const TickTime& time, Stats& stats);
  void SendPacket(DatagramPort& port, std::span<uint8_t> packet, uint32_t units,
                  const MixerSources& sources, const TickTime& time, Stats& stats);
  bool IsPeerHost(const Address& source) const;
  bool IsHeard() const;
  bool IsSending() const;
  void FollowRemote(const RtpMediaConfig& config);
  void FollowDirection(layout::Direction direction);
  void FollowCoding(const RtpMediaConfig& config, const CodecLoans& loans);
  void TendConnection(DatagramPort& port, int64_t now_ns);
  bool IsLooped(uint32_t ssrc, const Address& source, int64_t arrival_ns, Stats& stats);
  void TakeAnotherSsrc(DatagramPort& port, const TickTime& time, Stats& stats);
  Address RtcpDestination() const;
  void SendRtp(DatagramPort& port, std::span<const uint8_t> packet, const TickTime& time,
               Stats& stats);
  void SendRtcp(DatagramPort& port, std::span<const uint8_t> report, const TickTime& time,
                Stats& stats);
  // Room for a packet that lists sources: its header is longer than those of others.
  static constexpr size_t kListedPacketBytes = kRtpHeaderBytes + 4 * kRtpCsrcsMax +
                                               kMixerLevelsBytesMax +
                                               kFrameSamplesMax * sizeof(int16_t);
  using ListedPacket = std::array<uint8_t, kListedPacketBytes>;

  std::span<const uint8_t> WriteListed(std::span<const uint8_t> payload, uint32_t units,
                                       const MixerSources& sources, ListedPacket& out);
  // Takes the payload of an accepted packet, whatever type it is of.
  void TakePayload(const RtpPacketView& packet, int64_t arrival_ns, Stats& stats);
  void TakeSound(const RtpPacketView& packet, std::optional<int64_t> arrival_ns, Stats& stats);
  void TakeRedundant(const RtpPacketView& packet, int64_t arrival_ns, Stats& stats);
  uint32_t UnitsOf(uint8_t payload_type, std::span<const uint8_t> payload);
  void RestartPlayout(WideMemory* wide);
  void PublishNews(layout::LegSlot& slot) const;

  // In an order that has what every turn needs on few cache lines: a part that is needed at its
  // beginning stands behind one that is needed at its end.
  RtpReceiver receiver_;
  PacketGuard guard_;
  uint32_t frame_units_;  // of the RTP timestamp
  uint32_t turns_to_rtcp_;
  bool is_connected_ = false;
  bool may_connect_ = true;
  bool is_disconnect_due_ = false;
  bool is_ssrc_taken_ = false;   // by the peer, too
  bool has_digits_out_ = false;  // or had, a turn ago
  bool has_news_ = true;         // for the slot, of what most turns leave as it was
  bool asks_for_one_ = false;    // packet in a turn
  bool is_in_step_ = false;      // in this turn came one frame at most, as was expected
  bool is_steady_ = false;       // in step for so long that it is seldom asked when a packet came
  bool is_next_sound_ = false;   // the newest packet: a frame or more, in sequence, of this turn
  uint16_t next_sequence_ = 0;
  uint32_t next_timestamp_ = 0;             // if it was a frame
  std::optional<int64_t> first_packet_ns_;  // of the peer, where it is now
  uint64_t packets_received_ = 0;
  uint64_t packets_sent_ = 0;
  MediaWatch watch_;
  RtpSender sender_;
  Latch latch_;

  RtcpSession rtcp_;
  RtpMediaConfig config_;

  ComfortNoiseIn comfort_noise_;
  DigitsIn digits_in_;

  Packetizer packetizer_;
  StreamDecoder decoder_;

  Playout playout_;

  PacketPool* pool_;
  TelephoneEventSender digits_out_;
  PlayoutReport report_;
  SsrcConflicts conflicts_;
  Address rtcp_source_;  // of the last report received on the RTCP socket
  RedundancyIn redundancy_;
  std::optional<ClientLevel> client_level_;  // as the newest packet says
  uint64_t packets_recovered_ = 0;
  uint32_t digits_given_ = 0;  // to send, wrapping
};

}  // namespace parley
