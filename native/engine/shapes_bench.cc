// What a leg costs the engine in the shapes that conferences have, over loopback, with speech:
//   cmake -S . -B build/bench -DPARLEY_BENCH=ON -DPARLEY_ADDON=OFF
//   cmake --build build/bench --target shapes_bench
//   build/bench/native/shapes_bench [SECONDS] [SHAPE]
// Turns of the two that are compared alternate, without sleeping; the callers' own work is not
// counted. The first second, in which sockets connect and buffers fill, is not either. SHAPE, one
// of webinar, talk, size, span, rate and srtp, runs that alone.

#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
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
#include "testing/coded_voice.h"
#include "testing/commands.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

int64_t ThreadCpuNs() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

// Spent in libopus by whoever called it on this thread.
int64_t opus_ns = 0;

}  // namespace
}  // namespace parley

// The linker sends the calls of the engine here (--wrap).
extern "C" {
opus_int32 __real_opus_encode(OpusEncoder*, const opus_int16*, int, unsigned char*, opus_int32);
int __real_opus_decode(OpusDecoder*, const unsigned char*, opus_int32, opus_int16*, int, int);

opus_int32 __wrap_opus_encode(OpusEncoder* encoder, const opus_int16* samples, int count,
                              unsigned char* out, opus_int32 bytes_max) {
  const int64_t start_ns = parley::ThreadCpuNs();
  const opus_int32 bytes = __real_opus_encode(encoder, samples, count, out, bytes_max);
  parley::opus_ns += parley::ThreadCpuNs() - start_ns;
  return bytes;
}

int __wrap_opus_decode(OpusDecoder* decoder, const unsigned char* payload, opus_int32 bytes,
                       opus_int16* out, int count, int fec) {
  const int64_t start_ns = parley::ThreadCpuNs();
  const int samples = __real_opus_decode(decoder, payload, bytes, out, count, fec);
  parley::opus_ns += parley::ThreadCpuNs() - start_ns;
  return samples;
}
}

namespace parley {
namespace {

using layout::Codec;

constexpr CodecFormat kPcmu = {.codec = Codec::kPcmu, .rate_hz = 8000};
constexpr CodecFormat kOpus = {.codec = Codec::kOpus, .rate_hz = 48000};
constexpr uint32_t kWarmUpTurns = 60;
constexpr uint32_t kBitrateBps = 32'000;

UdpSocket OpenSocket() {
  UdpSocket::OpenResult opened = UdpSocket::Open(*Address::Parse("127.0.0.1", 0), {});
  PARLEY_ASSERT(opened.error == 0);
  return std::move(opened.socket);
}

struct Shape {
  const char* name;
  CodecFormat format;
  uint32_t legs;
  uint32_t room_legs;
  bool all_talk;  // else one in each room does; the others send nothing
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
      : socket_(OpenSocket()),
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

  size_t Hear(UdpPort& port) { return port.Receive(socket_.descriptor(), 0, 0).size(); }

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
      if (shape_.all_talk || leg % shape_.room_legs == 0)
        callers_[leg].Send(callers_port_, locals_[leg]);
    }
    opus_ns = 0;
    const int64_t start_ns = ThreadCpuNs();
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
      const int64_t end_ns = ThreadCpuNs();
      longest_ns = std::max(longest_ns, end_ns - std::exchange(tick_ns, end_ns));
    }
    spent_ns_.push_back(static_cast<double>(tick_ns - start_ns));
    longest_ns_.push_back(static_cast<double>(longest_ns));
    opus_spent_ns_.push_back(static_cast<double>(opus_ns));
    for (Caller& caller : callers_) heard_ += caller.Hear(callers_port_);
  }

  // Of a turn, in ns, without the first second.
  double MedianNs() const { return Median(spent_ns_); }
  double MedianOpusNs() const { return Median(opus_spent_ns_); }
  double LegUs() const { return MedianNs() / shape_.legs / 1'000; }

  void Print() {
    uint64_t encodes = 0;
    uint64_t late = 0;
    for (BenchShard& shard : shards_) {
      encodes += shard.engine.stats()->encodes;
      late += shard.engine.stats()->span_parts_late;
    }
    // The first turn, in which one shard has not heard yet that the other is there.
    PARLEY_ASSERT(late <= shape_.shards);
    std::printf(
        "  %-34s %5u legs %7.2f us per leg-frame  %.3f encodes and %.3f packets per leg-frame, "
        "longest tick %.2f ms\n",
        shape_.name, shape_.legs, LegUs(),
        static_cast<double>(encodes) / static_cast<double>(spent_ns_.size()) / shape_.legs,
        static_cast<double>(heard_) / static_cast<double>(spent_ns_.size()) / shape_.legs,
        Median(longest_ns_) / 1e6);
  }

 private:
  // Those of one shard: all, or one piece of the legs.
  void OpenLegs(uint32_t shard) {
    const Shape& shape = shape_;
    std::vector<Record> batch;
    for (uint32_t leg = shard * shape.legs / shape.shards;
         leg < (shard + 1) * shape.legs / shape.shards; ++leg) {
      callers_.emplace_back(leg, shape);
      sockets_.push_back(OpenSocket());
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
      batch.push_back(testing::RouteLeg(ref, {.room = room}));
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

  static double Median(const std::vector<double>& turns) {
    std::vector<double> sorted(turns.begin() + kWarmUpTurns, turns.end());
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
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
  size_t heard_ = 0;
};

// Runs all, a turn of each in turn.
std::deque<Subject> Run(const std::vector<Shape>& shapes, uint32_t seconds) {
  std::deque<Subject> subjects;
  for (const Shape& shape : shapes) subjects.emplace_back(shape);
  for (uint32_t turn = 0; turn < kWarmUpTurns + seconds * 50; ++turn) {
    for (Subject& subject : subjects) subject.Turn();
  }
  for (Subject& subject : subjects) subject.Print();
  return subjects;
}

void Webinar(uint32_t seconds) {
  constexpr uint32_t kListeners = 500;
  std::printf("webinar: one talks, %u listen\n", kListeners);
  const auto subjects = Run({{"Opus, 48 kHz", kOpus, kListeners + 1, kListeners + 1, false},
                             {"Opus, its talker and one listener", kOpus, 2, 2, false},
                             {"PCMU", kPcmu, kListeners + 1, kListeners + 1, false},
                             {"PCMU, its talker and one listener", kPcmu, 2, 2, false}},
                            seconds);
  const auto listener_us = [&](size_t first) {
    return (subjects[first].MedianNs() - subjects[first + 1].MedianNs()) / (kListeners - 1) / 1'000;
  };
  std::printf("  a listener: Opus %.2f us, PCMU %.2f us, ratio %.2f (goal: at most 1.6)\n",
              listener_us(0), listener_us(2), listener_us(0) / listener_us(2));
}

void Talk(uint32_t seconds) {
  std::printf("talk: rooms of 3 in Opus at 48 kHz, all talk\n");
  const auto subjects = Run({{"Opus, 48 kHz", kOpus, 60, 3, true}}, seconds);
  std::printf("  in libopus: %.1f %% (goal: at least 90)\n",
              100 * subjects[0].MedianOpusNs() / subjects[0].MedianNs());
}

void Size(uint32_t seconds) {
  std::printf("size: one room of PCMU, all talk\n");
  const auto subjects = Run({{"one room", kPcmu, 1'500, 1'500, true},
                             {"one room", kPcmu, 50, 50, true},
                             {"thirty rooms of 50", kPcmu, 1'500, 50, true}},
                            seconds);
  std::printf(
      "  a leg in 1500 beside one in 50: %.2f (goal: at most 1.2); beside as many in rooms of 50: "
      "%.2f\n",
      subjects[0].LegUs() / subjects[1].LegUs(), subjects[0].LegUs() / subjects[2].LegUs());
}

void Span(uint32_t seconds) {
  std::printf("span: one room of PCMU, all talk, on two shards beside one\n");
  const auto subjects = Run({{"on one shard", kPcmu, 1'500, 1'500, true},
                             {"on two shards", kPcmu, 1'500, 1'500, true, std::nullopt, 2}},
                            seconds);
  std::printf("  a leg on two shards beside one on one: %.2f\n",
              subjects[1].LegUs() / subjects[0].LegUs());
}

// A step of brown-out: rooms where few legs have fullband, and some where all have.
void Rate(uint32_t seconds) {
  std::printf("rate: rooms at 16 kHz beside 48 kHz, some in Opus and the rest in PCMU\n");
  const auto run = [&](uint32_t legs, uint32_t room_legs, uint32_t opus_legs, bool all_talk) {
    Shape shape = {"at 48 kHz", kOpus, legs, room_legs, all_talk};
    shape.pcmu_legs = room_legs - opus_legs;
    Shape saved = shape;
    saved.name = "at 16 kHz";
    saved.room_rate_hz = 16'000;
    const auto subjects = Run({shape, saved}, seconds);
    const double more_ns = subjects[1].MedianNs() - subjects[0].MedianNs();
    const double of_ns = subjects[0].MedianNs() - subjects[0].MedianOpusNs();
    std::printf("  %u of %u in Opus, %s: %+.2f us a leg, %+.1f %% of all but libopus\n", opus_legs,
                room_legs, all_talk ? "all talk" : "one talks", more_ns / legs / 1'000,
                100 * more_ns / of_ns);
  };
  for (const bool all_talk : {true, false}) {
    for (const uint32_t room_legs : {50, 10, 6})
      run(192 / room_legs * room_legs, room_legs, 2, all_talk);
  }
  run(60, 3, 3, true);
  run(100, 100, 100, false);
}

void Srtp(uint32_t seconds) {
  std::printf("srtp: rooms of 3 in PCMU, all talk\n");
  const auto subjects =
      Run({{"plain", kPcmu, 300, 3, true},
           {"AEAD-AES-128-GCM", kPcmu, 300, 3, true, SrtpSuite::kAeadAes128Gcm},
           {"AES-CM-128-HMAC-SHA1-80", kPcmu, 300, 3, true, SrtpSuite::kAesCm128HmacSha1Tag80}},
          seconds);
  std::printf(
      "  AEAD-AES-128-GCM adds %.2f us to a leg-frame (goal: at most 2), AES-CM with HMAC-SHA1 "
      "%.2f\n",
      subjects[1].LegUs() - subjects[0].LegUs(), subjects[2].LegUs() - subjects[0].LegUs());
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
