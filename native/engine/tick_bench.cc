// CPU of the engine for one leg and one 20 ms frame, in rooms of three with PCMU over loopback,
// beside a bare UDP echo of the same packets on the same kind of sockets in the same run:
//   cmake -S . -B build/bench -DPARLEY_BENCH=ON -DPARLEY_ADDON=OFF
//   cmake --build build/bench --target tick_bench && build/bench/native/tick_bench [LEGS] [SECONDS]
// With `tick_bench stations [LEGS] [SECONDS]`: of legs that wait and hear one player, all the same,
// beside legs that hear silence.
// Turns of echo and engine alternate, without sleeping; the callers' own work is not counted. The
// checksum is of all sound heard: it changes only when the mix does.

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
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

namespace parley {
namespace {

constexpr uint32_t kRoomLegs = 3;
constexpr CodecFormat kPcmu = {.codec = layout::Codec::kPcmu, .rate_hz = 8000};
constexpr size_t kFrameSamplesPcmu = FrameSamples(kPcmu.rate_hz);

int64_t ThreadCpuNs() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

UdpSocket OpenSocket() {
  UdpSocket::OpenResult opened = UdpSocket::Open(*Address::Parse("127.0.0.1", 0), {});
  PARLEY_ASSERT(opened.error == 0);
  return std::move(opened.socket);
}

// The far end of a socket of the engine or of the echo: a tone in PCMU.
class Caller {
 public:
  explicit Caller(uint32_t number)
      : socket_(OpenSocket()),
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
  void Hear(UdpPort& port, uint64_t& checksum) {
    for (const Datagram& datagram : port.Receive(socket_.descriptor(), 0, 0)) {
      for (const uint8_t byte : datagram.bytes.subspan(kRtpHeaderBytes)) {
        checksum = (checksum ^ byte) * 0x100000001B3ULL;
      }
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
    const int64_t start_ns = ThreadCpuNs();
    Turn();
    spent_ns_.push_back(static_cast<double>(ThreadCpuNs() - start_ns));
    for (Caller& caller : callers_) caller.Hear(callers_port_, checksum_);
  }

  // `of`: what it is beside.
  void Print(const std::string& shape, const Subject& of) const {
    const auto legs = static_cast<double>(callers_.size());
    testing::PrintBenchRow(shape + " " + name(), MedianNs() / legs / 1'000, "us/leg-frame",
                           {{of.name(), MedianNs() / of.MedianNs()}}, checksum_);
  }

  double MedianNs() const {
    std::vector<double> spent(spent_ns_.begin() + 60, spent_ns_.end());
    std::ranges::nth_element(spent, spent.begin() + static_cast<std::ptrdiff_t>(spent.size() / 2));
    return spent[spent.size() / 2];
  }

 protected:
  explicit Subject(uint32_t legs) {
    for (uint32_t leg = 0; leg < legs; ++leg) {
      callers_.emplace_back(leg);
      sockets_.push_back(OpenSocket());
      locals_.push_back(sockets_.back().local());
    }
  }

  std::vector<Caller> callers_;
  std::vector<UdpSocket> sockets_;
  std::vector<Address> locals_;

 private:
  UdpPort callers_port_;
  std::vector<double> spent_ns_;
  uint64_t checksum_ = 0xCBF29CE484222325ULL;
};

// The floor: one connected socket for each leg, drained and answered. In the order in which the
// engine serves its own, a quarter of the rooms at a time: sockets that were opened one after the
// other are cheaper to go through in that order.
class Echo final : public Subject {
 public:
  explicit Echo(uint32_t legs) : Subject(legs) {
    for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
      for (uint32_t leg = 0; leg < legs; ++leg) {
        if (leg / kRoomLegs % kPhasesPerFrame != phase) continue;
        sockets_[leg].Connect(callers_[leg].socket().local());
        descriptors_.push_back(sockets_[leg].descriptor());
      }
    }
  }
  const char* name() const override { return "echo"; }
  void Turn() override {
    for (const int descriptor : descriptors_) {
      for (const Datagram& datagram : port_.Receive(descriptor, 0, 0)) {
        port_.Send(descriptor, {}, datagram.bytes);
      }
    }
  }

 private:
  std::vector<int> descriptors_;
  UdpPort port_;
};

// What the legs of an engine hear, and whether they are heard.
enum class Hearing : uint8_t { kRoom, kSilence, kStation };

class Mixed final : public Subject {
 public:
  Mixed(uint32_t legs, Hearing hearing)
      : Subject(legs),
        hearing_(hearing),
        music_(Music()),
        memory_({.legs_max = legs,
                 .rooms_max = legs / kRoomLegs + 1,
                 .lanes_max = 0,
                 .players_max = 1,
                 .command_records = 65'536,
                 .event_records = 65'536}),
        engine_(memory_.Open(), port_, SteadyNowNs) {
    std::vector<Record> batch = {testing::OpenPlayer({}, music_.id(), 0)};
    testing::Route route;
    if (hearing != Hearing::kRoom) {
      route.sends = layout::Sends::kNobody;
      route.hears = layout::Hears::kSilence;
    }
    if (hearing == Hearing::kStation) route.player = 0;
    for (uint32_t leg = 0; leg < legs; ++leg) {
      const uint32_t room = leg / kRoomLegs;
      if (leg % kRoomLegs == 0) {
        batch.push_back(testing::OpenRoom(room, 8000, room % kPhasesPerFrame));
      }
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

void Run(uint32_t legs, uint32_t seconds) {
  Echo echo(legs);
  Mixed engine(legs, Hearing::kRoom);
  for (uint32_t turn = 0; turn < 60 + seconds * 50; ++turn) {
    echo.Measure();
    engine.Measure();
  }
  const std::string shape = std::to_string(legs) + " legs in rooms of 3, PCMU:";
  echo.Print(shape, echo);
  engine.Print(shape, echo);
}

void RunStations(uint32_t legs, uint32_t seconds) {
  Mixed silence(legs, Hearing::kSilence);
  Mixed station(legs, Hearing::kStation);
  for (uint32_t turn = 0; turn < 60 + seconds * 50; ++turn) {
    silence.Measure();
    station.Measure();
  }
  const std::string shape = std::to_string(legs) + " legs that wait, PCMU:";
  silence.Print(shape, silence);
  station.Print(shape, silence);
}

}  // namespace
}  // namespace parley

int main(int count, char** arguments) {
  const bool is_stations = count > 1 && std::string_view(arguments[1]) == "stations";
  if (is_stations) {
    --count;
    ++arguments;
  }
  const auto number = [&](int index, uint32_t otherwise) {
    return count > index ? static_cast<uint32_t>(std::strtoul(arguments[index], nullptr, 10))
                         : otherwise;
  };
  // Two subjects, two sockets a leg each.
  rlimit descriptors;
  getrlimit(RLIMIT_NOFILE, &descriptors);
  const auto legs_max =
      static_cast<uint32_t>(std::min<rlim_t>(descriptors.rlim_cur, 20'100) - 100) / 4;
  const uint32_t legs = std::clamp(number(1, 300), 3u, std::max(3u, legs_max));
  const uint32_t seconds = std::clamp(number(2, 4), 1u, 60u);
  if (is_stations) {
    parley::RunStations(legs, seconds);
  } else {
    parley::Run(legs, seconds);
  }
  return 0;
}
