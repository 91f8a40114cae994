// What a leg costs the engine in the shapes that conferences have, over loopback, with speech:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target shapes_bench
//   build/release/native/shapes_bench [SECONDS] [SHAPE]
// Turns of those that are compared alternate, without sleeping; the callers' own work is not
// counted. The first second, in which sockets connect and buffers fill, is not either. SHAPE, one
// of webinar, talk, size, span, rate and srtp, runs that alone. The checksum is of all sound heard:
// it changes only when the mix or its coding does.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/record_ring.h"
#include "base/units.h"
#include "codecs/codec.h"
#include "engine/engine.h"
#include "engine/room_span.h"
#include "net/udp_port.h"
#include "net/udp_socket.h"
#include "rtp/rtp_packet.h"
#include "rtp/srtp_table.h"
#include "testing/arena_memory.h"
#include "testing/bench_row.h"
#include "testing/coded_voice.h"
#include "testing/coder_calls.h"
#include "testing/commands.h"
#include "testing/srtp_pair.h"
#include "testing/tick_measure.h"

namespace parley {
namespace {

using layout::Codec;

constexpr CodecFormat kPcmu = {.codec = Codec::kPcmu, .rate_hz = 8000};
constexpr CodecFormat kOpus = {.codec = Codec::kOpus, .rate_hz = 48000};
constexpr uint32_t kBitrateBps = 32'000;

enum class Talking : uint8_t {
  kAll,
  kOne,       // in each room; the others send nothing
  kOneHeard,  // all, but one in each room is heard, and the others are muted
};

struct Shape {
  std::string name;
  CodecFormat format;
  uint32_t legs;
  uint32_t room_legs;
  Talking talking;
  std::optional<SrtpSuite> srtp = {};
  uint32_t shards = 1;        // more: one room spans them, and they take turns on this thread
  uint32_t pcmu_legs = 0;     // the last of each room, whatever the others are
  uint32_t room_rate_hz = 0;  // 0: that of the format
  CodecFormat FormatOf(uint32_t leg) const {
    return leg % room_legs + pcmu_legs < room_legs ? format : kPcmu;
  }
  uint32_t RoomRateHz() const { return room_rate_hz == 0 ? format.rate_hz : room_rate_hz; }
};

// The far end of a leg.
class Caller {
 public:
  Caller(uint32_t number, const Shape& shape)
      : socket_(testing::LoopbackSocket()),
        number_(number),
        voice_(testing::CodedVoiceOf(shape.FormatOf(number), number, kBitrateBps)),
        units_(FrameSamples(ClockRateHz(shape.FormatOf(number)))) {
    if (!shape.srtp) return;
    session_ = testing::MakeSrtpSession(*shape.srtp, 101, 1);
    srtp_id_ = *SrtpTable::OfProcess().Add(testing::MakeSrtpSession(*shape.srtp, 1, 101));
  }
  Caller(Caller&&) = default;

  const UdpSocket& socket() const { return socket_; }
  uint32_t srtp_id() const { return srtp_id_; }

  void Send(UdpPort& port, const Address& to) {
    const auto& payload = voice_[(turn_ + 17 * number_) % voice_.size()];
    std::vector<uint8_t> packet(kRtpHeaderBytes + payload.size());
    WriteRtpPacket({.marker = false,
                    .payload_type = 0,
                    .sequence = static_cast<uint16_t>(turn_),
                    .timestamp = turn_ * units_,
                    .ssrc = 1'000 + number_},
                   {}, payload, packet);
    ++turn_;
    if (session_ != nullptr) packet = testing::ProtectedRtp(*session_, std::move(packet));
    port.Send(socket_.descriptor(), to, packet);
  }

  // Takes the sound that has come and folds it into `checksum`; returns the packets.
  uint32_t Hear(UdpPort& port, testing::SoundChecksum& checksum) {
    uint32_t heard = 0;
    while (const auto datagram = port.Receive(socket_.descriptor())) {
      std::span<uint8_t> bytes = datagram->bytes;
      if (ClassifyDatagram(bytes) != DatagramKind::kRtp) continue;
      if (session_ != nullptr) bytes = bytes.first(session_->UnprotectRtp(bytes).bytes);
      const auto packet = ParseRtpPacket(bytes);
      PARLEY_ASSERT(packet.has_value());
      checksum.Add(packet->payload);
      ++heard;
    }
    return heard;
  }

 private:
  UdpSocket socket_;
  uint32_t number_;
  const testing::CodedVoice& voice_;
  uint32_t units_;
  uint32_t turn_ = 0;
  std::unique_ptr<SrtpSession> session_;
  uint32_t srtp_id_ = 0;
};

// One engine, which has every so-manieth leg of a shape.
struct BenchShard {
  explicit BenchShard(const Shape& shape)
      : memory({.legs_max = shape.legs,
                .rooms_max = shape.legs / shape.room_legs + 1,
                .lanes_max = 0,
                .opus_legs_max = shape.format.codec == Codec::kOpus ? shape.legs : 0,
                .command_records = 65'536,
                .event_records = 65'536}),
        engine(memory.Open(), port, SteadyNowNs) {}

  testing::ArenaMemory memory;
  UdpPort port;
  Engine engine;
};

class Subject {
 public:
  explicit Subject(const Shape& shape) : shape_(shape) {
    for (uint32_t shard = 0; shard < shape.shards; ++shard) {
      shards_.emplace_back(shape);
      OpenLegs(shard);
    }
  }

  void Turn() {
    for (uint32_t leg = 0; leg < shape_.legs; ++leg) {
      if (shape_.talking != Talking::kOne || leg % shape_.room_legs == 0)
        callers_[leg].Send(callers_port_, locals_[leg]);
    }
    const int64_t opus_start_ns = testing::OpusNs();
    const int64_t start_ns = testing::ThreadCpuNs();
    int64_t longest_ns = 0;
    int64_t tick_ns = start_ns;
    for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
      time_.Advance(kTickNs);
      uint32_t waiting = 0;
      for (BenchShard& shard : shards_) waiting += shard.engine.Tick(time_) ? 0 : 1;
      // Those who were first wait for the last; after one look of each all have what they need.
      for (uint32_t round = 0; waiting > 0 && round < 2; ++round) {
        for (BenchShard& shard : shards_) shard.engine.Resume(Patience::kWait);
      }
      const int64_t end_ns = testing::ThreadCpuNs();
      longest_ns = std::max(longest_ns, end_ns - std::exchange(tick_ns, end_ns));
    }
    spent_ns_.push_back(static_cast<double>(tick_ns - start_ns));
    longest_ns_.push_back(static_cast<double>(longest_ns));
    opus_spent_ns_.push_back(static_cast<double>(testing::OpusNs() - opus_start_ns));
    Hear();
  }

  // Of a turn, in ns, without the first second.
  double MedianNs() const { return testing::MedianTurn(spent_ns_); }
  double MedianOpusNs() const { return testing::MedianTurn(opus_spent_ns_); }
  double MedianLongestNs() const { return testing::MedianTurn(longest_ns_); }
  double LegUs() const { return MedianNs() / shape_.legs / 1'000; }
  uint64_t checksum() const { return checksum_.value(); }

  void Print(std::initializer_list<testing::BenchRatio> ratios) const {
    testing::PrintBenchRow(shape_.name, LegUs(), "us/leg-frame", ratios, checksum());
  }
  // A leg beside one of another, which is called `baseline`.
  void PrintBeside(const char* baseline, const Subject& other) const {
    Print({{baseline, LegUs() / other.LegUs()}});
  }

 private:
  // Everybody is sent a packet in each turn.
  void Hear() {
    testing::SoundChecksum of_warm_up;
    const bool counts = spent_ns_.size() > testing::kWarmUpTurns;
    uint32_t heard = 0;
    for (Caller& caller : callers_) {
      heard += caller.Hear(callers_port_, counts ? checksum_ : of_warm_up);
    }
    PARLEY_ASSERT(!counts || heard == shape_.legs);
    // Late in the first turn alone, in which one shard has not heard yet that the other is there.
    for (BenchShard& shard : shards_) PARLEY_ASSERT(shard.engine.stats()->span_parts_late <= 1);
  }

  // Those of one shard: all, or one piece of the legs.
  void OpenLegs(uint32_t shard) {
    const Shape& shape = shape_;
    std::vector<Record> batch;
    for (uint32_t leg = shard * shape.legs / shape.shards;
         leg < (shard + 1) * shape.legs / shape.shards; ++leg) {
      callers_.emplace_back(leg, shape);
      sockets_.push_back(testing::LoopbackSocket());
      locals_.push_back(sockets_.back().local());
      const uint32_t room = leg / shape.room_legs;
      const bool is_first_here = leg == shard * shape.legs / shape.shards;
      if (leg % shape.room_legs == 0 || is_first_here) {
        batch.push_back(testing::OpenRoom(room, shape.RoomRateHz(), room % kPhasesPerFrame));
      }
      if (shape.shards > 1 && is_first_here) {
        batch.push_back(testing::SpanRoom(room, SpanId(), shard));
      }
      const testing::LegRef ref = {.slot = leg, .generation = 1};
      const CodecFormat format = shape.FormatOf(leg);
      layout::OpenLeg open =
          testing::RtpLeg(ref, format.codec, format.rate_hz, 0, sockets_[leg].descriptor(),
                          callers_[leg].socket().local());
      open.opus_bitrate_bps = kBitrateBps;
      open.opus_complexity = 5;
      open.opus_playback_rate_hz = 48'000;
      open.srtp_session = callers_[leg].srtp_id();
      batch.push_back(Record::From(open));
      const bool is_muted = shape.talking == Talking::kOneHeard && leg % shape.room_legs != 0;
      batch.push_back(testing::RouteLeg(
          ref, {.room = room, .sends = is_muted ? layout::Sends::kNobody : layout::Sends::kRoom}));
    }
    PARLEY_ASSERT(RecordWriter(shards_[shard].memory.Open().command_ring()).Write(batch));
  }

  uint32_t SpanId() {
    if (span_ == nullptr) {
      span_ = std::make_unique<RoomSpan>(shape_.shards, shape_.legs);
      span_id_ = *SpanTable::OfProcess().Add(span_.get());
    }
    return span_id_;
  }

  Shape shape_;
  std::deque<Caller> callers_;
  std::vector<UdpSocket> sockets_;
  std::vector<Address> locals_;
  UdpPort callers_port_;
  std::unique_ptr<RoomSpan> span_;
  uint32_t span_id_ = 0;
  std::deque<BenchShard> shards_;
  TickTime time_ = {.now_ns = kNsPerSecond, .wall_ns = kNsPerSecond, .deadline_ns = kNsPerSecond};
  std::vector<double> spent_ns_;
  std::vector<double> opus_spent_ns_;
  std::vector<double> longest_ns_;  // the longest tick of each turn
  testing::SoundChecksum checksum_;
};

// Runs all, a turn of each in turn.
std::deque<Subject> Run(const std::vector<Shape>& shapes, uint32_t seconds) {
  std::deque<Subject> subjects;
  for (const Shape& shape : shapes) subjects.emplace_back(shape);
  for (uint32_t turn = 0; turn < testing::kWarmUpTurns + seconds * 50; ++turn) {
    for (Subject& subject : subjects) subject.Turn();
  }
  return subjects;
}

// A listener costs what all cost but one talker and one listener. What all hear is the same whether
// the listeners send, muted, or nothing comes of them.
void Webinar(uint32_t seconds) {
  constexpr uint32_t kLegs = 501;
  const auto subjects =
      Run({{"501 legs, one talks, PCMU", kPcmu, kLegs, kLegs, Talking::kOne},
           {"2 legs, one talks, PCMU", kPcmu, 2, 2, Talking::kOne},
           {"501 legs, one talks, Opus", kOpus, kLegs, kLegs, Talking::kOne},
           {"2 legs, one talks, Opus", kOpus, 2, 2, Talking::kOne},
           {"501 legs send, all but one muted, PCMU", kPcmu, kLegs, kLegs, Talking::kOneHeard},
           {"501 legs send, all but one muted, Opus", kOpus, kLegs, kLegs, Talking::kOneHeard}},
          seconds);
  for (size_t at = 0; at < 4; ++at) subjects[at].PrintBeside("PCMU", subjects[at % 2]);
  for (const size_t at : {4, 5}) {
    const Subject& silent = subjects[2 * (at - 4)];
    PARLEY_ASSERT(subjects[at].checksum() == silent.checksum());
    subjects[at].Print(
        {{"PCMU", subjects[at].LegUs() / subjects[4].LegUs()},
         {"one whose listeners send nothing", subjects[at].LegUs() / silent.LegUs()}});
  }
  const auto listener_us = [&](size_t first) {
    return (subjects[first].MedianNs() - subjects[first + 1].MedianNs()) / (kLegs - 2) / 1'000;
  };
  testing::PrintBenchRow("one of 500 listeners, Opus", listener_us(2), "us/leg-frame",
                         {{"one in PCMU", listener_us(2) / listener_us(0)}},
                         subjects[2].checksum());
}

void Talk(uint32_t seconds) {
  const auto subjects =
      Run({{"60 legs in rooms of 3, Opus", kOpus, 60, 3, Talking::kAll}}, seconds);
  subjects[0].Print({{"libopus", subjects[0].MedianNs() / subjects[0].MedianOpusNs()}});
}

void Size(uint32_t seconds) {
  const auto subjects = Run({{"1500 legs in rooms of 50, PCMU", kPcmu, 1'500, 50, Talking::kAll},
                             {"50 legs in one room, PCMU", kPcmu, 50, 50, Talking::kAll},
                             {"1500 legs in one room, PCMU", kPcmu, 1'500, 1'500, Talking::kAll}},
                            seconds);
  for (const Subject& subject : subjects) {
    subject.Print({{"rooms of 50", subject.LegUs() / subjects[0].LegUs()},
                   {"50", subject.LegUs() / subjects[1].LegUs()}});
  }
  const double longest_ns = subjects[2].MedianLongestNs();
  testing::PrintBenchRow("1500 legs in one room, longest tick of a frame", longest_ns / 1e6, "ms",
                         {{"a tick", longest_ns / static_cast<double>(kTickNs)}},
                         subjects[2].checksum());
}

void Span(uint32_t seconds) {
  const auto subjects =
      Run({{"1500 legs in one room, on one shard", kPcmu, 1'500, 1'500, Talking::kAll},
           {"1500 legs in one room, on two", kPcmu, 1'500, 1'500, Talking::kAll, std::nullopt, 2}},
          seconds);
  for (const Subject& subject : subjects) subject.PrintBeside("one shard", subjects[0]);
}

// A step of brown-out: rooms where few legs have fullband, and some where all have.
void Rate(uint32_t seconds) {
  const auto run = [&](uint32_t legs, uint32_t room_legs, uint32_t opus_legs, Talking talking) {
    const std::string name = "rooms of " + std::to_string(room_legs) + ", " +
                             std::to_string(opus_legs) + " in Opus, " +
                             (talking == Talking::kAll ? "all talk" : "one talks");
    Shape shape = {name + ", 48 kHz", kOpus, legs, room_legs, talking};
    shape.pcmu_legs = room_legs - opus_legs;
    Shape saved = shape;
    saved.name = name + ", 16 kHz";
    saved.room_rate_hz = 16'000;
    const auto subjects = Run({shape, saved}, seconds);
    const auto rest_ns = [](const Subject& subject) {
      return subject.MedianNs() - subject.MedianOpusNs();
    };
    for (const Subject& subject : subjects) {
      subject.Print({{"48 kHz", subject.LegUs() / subjects[0].LegUs()},
                     {"it but for libopus", rest_ns(subject) / rest_ns(subjects[0])}});
    }
  };
  for (const Talking talking : {Talking::kAll, Talking::kOne}) {
    for (const uint32_t room_legs : {50, 10, 6})
      run(192 / room_legs * room_legs, room_legs, 2, talking);
  }
  run(60, 3, 3, Talking::kAll);
  run(100, 100, 100, Talking::kOne);
}

void Srtp(uint32_t seconds) {
  const auto subjects =
      Run({{"300 legs in rooms of 3, plain RTP", kPcmu, 300, 3, Talking::kAll},
           {"the same, AEAD-AES-128-GCM", kPcmu, 300, 3, Talking::kAll, SrtpSuite::kAeadAes128Gcm},
           {"the same, AES-CM-128-HMAC-SHA1-80", kPcmu, 300, 3, Talking::kAll,
            SrtpSuite::kAesCm128HmacSha1Tag80}},
          seconds);
  for (const Subject& subject : subjects) {
    PARLEY_ASSERT(subject.checksum() == subjects[0].checksum());
    subject.PrintBeside("plain RTP", subjects[0]);
  }
}

}  // namespace
}  // namespace parley

int main(int count, char** arguments) {
  const unsigned long given = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 8;
  const auto seconds = static_cast<uint32_t>(std::clamp(given, 1UL, 600UL));
  const std::string_view only = count > 2 ? arguments[2] : "";
  const auto runs = [&](std::string_view shape) { return only.empty() || only == shape; };
  if (runs("webinar")) parley::Webinar(seconds);
  if (runs("talk")) parley::Talk(seconds);
  if (runs("size")) parley::Size(seconds);
  if (runs("span")) parley::Span(seconds);
  if (runs("rate")) parley::Rate(seconds);
  if (runs("srtp")) parley::Srtp(seconds);
  return 0;
}
