// CPU of the engine for one leg and one 20 ms frame, in rooms of three with PCMU over loopback,
// beside a bare UDP echo of the same packets on the same kind of sockets in the same run:
//   cmake -S . -B build/release -G Ninja -DPARLEY_BENCH=ON
//   cmake --build build/release --target tick_bench
//   build/release/native/tick_bench [LEGS] [SECONDS]
// With `tick_bench room [LEGS] [SECONDS]`: in one room of all, mixed as the daemon does it when it
// is told nothing else, and with everybody in the mix, beside the echo. With `tick_bench stations
// [LEGS] [SECONDS]`: of legs that wait and hear one player, all the same, beside legs that hear
// silence. Turns of echo and engine alternate, without sleeping; the callers' own work is not
// counted. The checksum is of all sound heard: it changes only when the mix does.

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/record_ring.h"
#include "base/units.h"
#include "codecs/codec.h"
#include "engine/engine.h"
#include "net/udp_port.h"
#include "net/udp_socket.h"
#include "rtp/rtp_packet.h"
#include "testing/arena_memory.h"
#include "testing/bench_row.h"
#include "testing/clip_memory.h"
#include "testing/commands.h"
#include "testing/tick_measure.h"

namespace parley {
namespace {

constexpr uint32_t kSmallRoomLegs = 3;
// What `rankedAbove` and `talkersMax` of the configuration are when they are not given.
constexpr uint32_t kRankedAbove = 64;
constexpr uint32_t kTalkersMax = 6;
constexpr CodecFormat kPcmu = {.codec = layout::Codec::kPcmu, .rate_hz = 8000};
constexpr size_t kFrameSamplesPcmu = FrameSamples(kPcmu.rate_hz);

// The far end of a socket of the engine or of the echo: a tone in PCMU.
class Caller {
 public:
  explicit Caller(uint32_t number)
      : socket_(testing::LoopbackSocket()),
        ssrc_(1'000 + number),
        step_(2 * std::numbers::pi * (300 + 7.3 * (number % 300)) / kPcmu.rate_hz) {}

  const UdpSocket& socket() const { return socket_; }

  void Send(UdpPort& port, const Address& to) {
    std::array<int16_t, kFrameSamplesPcmu> samples;
    for (int16_t& sample : samples) {
      sample = static_cast<int16_t>(std::lround(6'000 * std::sin(phase_)));
      phase_ = std::fmod(phase_ + step_, 2 * std::numbers::pi);
    }
    std::array<uint8_t, kRtpHeaderBytes + kFrameSamplesPcmu> packet;
    const auto payload = std::span(packet).subspan(kRtpHeaderBytes);
    EncodeFrame(kPcmu, samples, payload);
    WriteRtpPacket({.marker = false,
                    .payload_type = 0,
                    .sequence = sequence_++,
                    .timestamp = timestamp_,
                    .ssrc = ssrc_},
                   {}, payload, packet);
    timestamp_ += kFrameSamplesPcmu;
    port.Send(socket_.descriptor(), to, packet);
  }

  // Takes what has come and folds it into `checksum`.
  void Hear(UdpPort& port, testing::SoundChecksum& checksum) {
    while (const auto datagram = port.Receive(socket_.descriptor())) {
      checksum.Add(datagram->bytes.subspan(kRtpHeaderBytes));
    }
  }

 private:
  UdpSocket socket_;
  uint32_t ssrc_;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
  double step_;
  double phase_ = 0;
};

// What is measured: one turn of 20 ms after all packets have come.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual const char* name() const = 0;
  virtual void Turn() = 0;

  void Measure() {
    for (size_t leg = 0; leg < callers_.size(); ++leg)
      callers_[leg].Send(callers_port_, locals_[leg]);
    const int64_t start_ns = testing::ThreadCpuNs();
    Turn();
    spent_ns_.push_back(static_cast<double>(testing::ThreadCpuNs() - start_ns));
    for (Caller& caller : callers_) caller.Hear(callers_port_, checksum_);
  }

  // `of`: what it is beside.
  void Print(const std::string& shape, const Subject& of) const {
    const auto legs = static_cast<double>(callers_.size());
    testing::PrintBenchRow(shape + " " + name(), MedianNs() / legs / 1'000, "us/leg-frame",
                           {{of.name(), MedianNs() / of.MedianNs()}}, checksum_.value());
  }

  double MedianNs() const { return testing::MedianTurn(spent_ns_); }

 protected:
  explicit Subject(uint32_t legs) {
    for (uint32_t leg = 0; leg < legs; ++leg) {
      callers_.emplace_back(leg);
      sockets_.push_back(testing::LoopbackSocket());
      locals_.push_back(sockets_.back().local());
    }
  }

  std::vector<Caller> callers_;
  std::vector<UdpSocket> sockets_;
  std::vector<Address> locals_;

 private:
  UdpPort callers_port_;
  std::vector<double> spent_ns_;
  testing::SoundChecksum checksum_;
};

// The floor: one connected socket for each leg, drained and answered. In the order in which the
// engine serves its own, a quarter of the rooms at a time, or of the legs of one that is spread:
// sockets that were opened one after the other are cheaper to go through in that order.
class Echo final : public Subject {
 public:
  Echo(uint32_t legs, uint32_t room_legs) : Subject(legs) {
    const uint32_t served_together = room_legs == legs ? 1 : room_legs;
    for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
      for (uint32_t leg = 0; leg < legs; ++leg) {
        if (leg / served_together % kPhasesPerFrame != phase) continue;
        sockets_[leg].Connect(callers_[leg].socket().local());
        descriptors_.push_back(sockets_[leg].descriptor());
      }
    }
  }
  const char* name() const override { return "echo"; }
  void Turn() override {
    for (const int descriptor : descriptors_) {
      while (const auto bytes = port_.ReceiveOfPeer(descriptor)) port_.Send(descriptor, {}, *bytes);
    }
  }

 private:
  std::vector<int> descriptors_;
  UdpPort port_;
};

// What the legs of an engine hear, and whether they are heard.
enum class Hearing : uint8_t { kRoom, kRankedRoom, kSilence, kStation };

class Mixed final : public Subject {
 public:
  Mixed(uint32_t legs, uint32_t room_legs, Hearing hearing)
      : Subject(legs),
        hearing_(hearing),
        music_(Music()),
        memory_({.legs_max = legs,
                 .rooms_max = legs / room_legs + 1,
                 .lanes_max = 0,
                 .players_max = 1,
                 .command_records = 65'536,
                 .event_records = 65'536}),
        engine_(memory_.Open(), port_, SteadyNowNs) {
    std::vector<Record> batch = {testing::OpenPlayer({}, music_.id(), 0)};
    testing::Route route;
    if (hearing == Hearing::kSilence || hearing == Hearing::kStation) {
      route.sends = layout::Sends::kNobody;
      route.hears = layout::Hears::kSilence;
    }
    if (hearing == Hearing::kStation) route.player = 0;
    for (uint32_t leg = 0; leg < legs; ++leg) {
      const uint32_t room = leg / room_legs;
      if (leg % room_legs == 0) batch.push_back(OpenRoom(room));
      const testing::LegRef ref = {.slot = leg, .generation = 1};
      batch.push_back(Record::From(testing::RtpLeg(ref, kPcmu.codec, kPcmu.rate_hz, 0,
                                                   sockets_[leg].descriptor(),
                                                   callers_[leg].socket().local())));
      route.room = room;
      batch.push_back(testing::RouteLeg(ref, route));
    }
    PARLEY_ASSERT(RecordWriter(memory_.Open().command_ring()).Write(batch));
  }
  const char* name() const override {
    switch (hearing_) {
      case Hearing::kRoom:
        return "engine";
      case Hearing::kRankedRoom:
        return "engine, loudest mixed";
      case Hearing::kSilence:
        return "silence";
      case Hearing::kStation:
        return "station";
    }
    return "";
  }
  void Turn() override {
    for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
      time_.Advance(kTickNs);
      engine_.Tick(time_);
    }
  }

 private:
  Record OpenRoom(uint32_t room) const {
    const Record open = testing::OpenRoom(room, kPcmu.rate_hz, room % kPhasesPerFrame);
    if (hearing_ != Hearing::kRankedRoom) return open;
    auto ranked = open.As<layout::OpenRoom>();
    ranked.ranked_above = kRankedAbove;
    ranked.talkers_max = kTalkersMax;
    return Record::From(ranked);
  }

  // Ten seconds of a tone, whose seams do not matter here.
  static std::vector<int16_t> Music() {
    std::vector<int16_t> samples(10 * layout::kClipRateHz);
    for (size_t at = 0; at < samples.size(); ++at) {
      samples[at] = static_cast<int16_t>(6'000 * std::sin(0.05 * static_cast<double>(at)));
    }
    return samples;
  }

  Hearing hearing_;
  testing::ClipMemory music_;
  testing::ArenaMemory memory_;
  UdpPort port_;
  Engine engine_;
  TickTime time_ = {.now_ns = kNsPerSecond, .wall_ns = kNsPerSecond, .deadline_ns = kNsPerSecond};
};

// Turns of all alternate; each is printed beside the first.
void Run(const std::string& shape, const std::vector<Subject*>& subjects, uint32_t seconds) {
  for (uint32_t turn = 0; turn < testing::kWarmUpTurns + seconds * 50; ++turn) {
    for (Subject* const subject : subjects) subject->Measure();
  }
  for (const Subject* const subject : subjects) subject->Print(shape, *subjects.front());
}

void RunSmallRooms(uint32_t legs, uint32_t seconds) {
  Echo echo(legs, kSmallRoomLegs);
  Mixed engine(legs, kSmallRoomLegs, Hearing::kRoom);
  Run(std::to_string(legs) + " legs in rooms of 3, PCMU:", {&echo, &engine}, seconds);
}

void RunRoom(uint32_t legs, uint32_t seconds) {
  Echo echo(legs, legs);
  Mixed ranked(legs, legs, Hearing::kRankedRoom);
  Mixed everybody(legs, legs, Hearing::kRoom);
  Run(std::to_string(legs) + " legs in one room, PCMU:", {&echo, &ranked, &everybody}, seconds);
}

void RunStations(uint32_t legs, uint32_t seconds) {
  Mixed silence(legs, kSmallRoomLegs, Hearing::kSilence);
  Mixed station(legs, kSmallRoomLegs, Hearing::kStation);
  Run(std::to_string(legs) + " legs that wait, PCMU:", {&silence, &station}, seconds);
}

// How many legs there may be: each has two sockets in each subject.
uint32_t LegsMax(uint32_t subjects) {
  rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  const auto usable = static_cast<uint32_t>(std::min<rlim_t>(descriptors.rlim_cur, 20'100));
  return std::max(kSmallRoomLegs, (usable - 100) / (2 * subjects));
}

}  // namespace
}  // namespace parley

int main(int count, char** arguments) {
  std::vector<std::string_view> rest(arguments + 1, arguments + count);
  const auto take = [&](std::string_view word) {
    const bool is_there = !rest.empty() && rest.front() == word;
    if (is_there) rest.erase(rest.begin());
    return is_there;
  };
  const bool is_room = take("room");
  const bool is_stations = !is_room && take("stations");
  const auto number = [&](size_t index, uint32_t otherwise) {
    return rest.size() > index
               ? static_cast<uint32_t>(std::strtoul(rest[index].data(), nullptr, 10))
               : otherwise;
  };
  const uint32_t legs =
      std::clamp(number(0, 300), parley::kSmallRoomLegs, parley::LegsMax(is_room ? 3 : 2));
  const uint32_t seconds = std::clamp(number(1, 4), 1u, 60u);
  if (is_stations) {
    parley::RunStations(legs, seconds);
  } else if (is_room) {
    parley::RunRoom(legs, seconds);
  } else {
    parley::RunSmallRooms(legs, seconds);
  }
  return 0;
}
