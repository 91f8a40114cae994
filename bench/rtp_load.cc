// Many telephones in one process: sends PCMU to every leg, 50 packets a second, and judges what
// comes back.
//
//   rtp_load echo|rooms-of-3 LEGS WARM_UP_SECONDS MEASURED_SECONDS
//
// Prints its own ports on one line, reads the ports to send to from one line of standard input, and
// then runs. Prints `measuring` when the warm-up is over and one line of JSON at the end.
//
// Each leg says one 20 ms frame over and over, so what every leg must hear is known to the bit,
// whatever the delay of the jitter buffer: its own frame from an echo, the sum of the two others in
// its room from a mixer. Legs 3k, 3k+1 and 3k+2 share a room. Send instants are spread over the 20
// ms.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

constexpr int kFrameSamples = 160;
constexpr int kHeaderBytes = 12;
constexpr int kSlots = 20;
constexpr int64_t kSlotNs = 1'000'000;
constexpr int kReceiveBufferBytes = 64 * 1024;
constexpr size_t kLatenessBlockFrames = 250;  // The smallest transit is taken anew every 5 s.
constexpr int kHistogramMs = 500;

using Frame = std::array<uint8_t, kFrameSamples>;

// G.711 table 2, independent of the engine's.
int Expand(uint8_t code) {
  const int bits = ~code & 0xff;
  const int magnitude = ((((bits & 15) << 1) + 33) << ((bits >> 4) & 7)) - 33;
  return (bits & 0x80 ? -magnitude : magnitude) * 4;
}

uint8_t Compress(int sample) {
  int best = 0;
  for (int code = 1; code < 256; ++code) {
    if (std::abs(Expand(static_cast<uint8_t>(code)) - sample) <
        std::abs(Expand(static_cast<uint8_t>(best)) - sample)) {
      best = code;
    }
  }
  return static_cast<uint8_t>(best);
}

// Three harmonics of 50 Hz, so that the end of the frame meets its beginning; another chord for
// each leg of a room.
Frame FrameOf(int leg) {
  Frame frame{};
  for (int index = 0; index < kFrameSamples; ++index) {
    double sample = 0;
    for (int harmonic = 1; harmonic <= 3; ++harmonic) {
      const double hz = 50.0 * ((5 + leg % 3 * 2) * harmonic + leg % 7);
      sample += 2500.0 * std::sin(2 * M_PI * hz * index / 8000.0 + leg);
    }
    frame[static_cast<size_t>(index)] = Compress(static_cast<int>(sample));
  }
  return frame;
}

struct Leg {
  int fd = -1;
  Frame says{};
  std::array<int, kFrameSamples> hears{};
  uint16_t sequence = 0;
  // Measured:
  uint64_t received = 0;
  uint64_t right = 0;
  int64_t smallest_transit_ns = 0;
  std::vector<int64_t> transits_ns;
};

struct Lateness {
  std::array<uint64_t, kHistogramMs + 1> by_ms{};

  void CloseBlock(Leg& leg) {
    for (const int64_t transit_ns : leg.transits_ns) {
      const int64_t late_ms = (transit_ns - leg.smallest_transit_ns) / 1'000'000;
      ++by_ms[static_cast<size_t>(std::min<int64_t>(late_ms, kHistogramMs))];
    }
    leg.transits_ns.clear();
  }

  // The smallest whole ms that at least `share` of the packets are not later than.
  int Quantile(double share) const {
    uint64_t total = 0;
    for (const uint64_t count : by_ms) total += count;
    uint64_t below = 0;
    for (int ms = 0; ms <= kHistogramMs; ++ms) {
      below += by_ms[static_cast<size_t>(ms)];
      if (static_cast<double>(below) >= share * static_cast<double>(total)) return ms;
    }
    return kHistogramMs;
  }

  uint64_t LaterThan(int limit_ms) const {
    uint64_t count = 0;
    for (int ms = limit_ms + 1; ms <= kHistogramMs; ++ms) count += by_ms[static_cast<size_t>(ms)];
    return count;
  }
};

int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

int OpenSocket(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    std::perror("rtp_load");
    std::exit(1);
  }
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  *port = ntohs(address.sin_port);
  return fd;
}

void Connect(int fd, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (port < 1 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("rtp_load: connect");
    std::exit(1);
  }
}

void Send(Leg& leg, uint32_t ssrc) {
  uint8_t packet[kHeaderBytes + kFrameSamples] = {0x80, 0};
  const uint16_t sequence = htons(leg.sequence);
  const uint32_t timestamp = htonl(leg.sequence * uint32_t{kFrameSamples});
  const uint32_t source = htonl(ssrc);
  std::memcpy(packet + 2, &sequence, 2);
  std::memcpy(packet + 4, &timestamp, 4);
  std::memcpy(packet + 8, &source, 4);
  std::memcpy(packet + kHeaderBytes, leg.says.data(), kFrameSamples);
  ++leg.sequence;
  send(leg.fd, packet, sizeof packet, 0);
}

// Is every sample as near to what must be heard as µ-law allows (half a step of its segment)?
bool IsRight(const Leg& leg, const uint8_t* payload) {
  for (size_t index = 0; index < kFrameSamples; ++index) {
    const int wanted = leg.hears[index];
    const int error = std::abs(Expand(payload[index]) - wanted);
    if (error > (std::abs(wanted) + 132) / 32 + 4) return false;
  }
  return true;
}

void Receive(Leg& leg, bool measuring, Lateness& lateness) {
  uint8_t packet[2048];
  for (;;) {
    const ssize_t bytes = recv(leg.fd, packet, sizeof packet, 0);
    if (bytes < 0) return;
    if (!measuring || bytes != kHeaderBytes + kFrameSamples || (packet[1] & 0x7f) != 0) continue;
    uint32_t timestamp = 0;
    std::memcpy(&timestamp, packet + 4, 4);
    const int64_t transit_ns = NowNs() - int64_t{ntohl(timestamp)} * 125'000;
    if (leg.transits_ns.empty() || transit_ns < leg.smallest_transit_ns) {
      leg.smallest_transit_ns = transit_ns;
    }
    leg.transits_ns.push_back(transit_ns);
    if (leg.transits_ns.size() >= kLatenessBlockFrames) lateness.CloseBlock(leg);
    ++leg.received;
    leg.right += IsRight(leg, packet + kHeaderBytes) ? 1 : 0;
  }
}

// FNV-1a over what was judged right: the same on every run of the same load, or the audio has
// changed.
uint32_t Checksum(const std::vector<Leg>& legs) {
  uint32_t hash = 0x811c9dc5;
  for (const Leg& leg : legs) {
    if (leg.right * 1000 < leg.received * 999 || leg.received == 0) continue;
    for (const int sample : leg.hears) {
      hash = (hash ^ static_cast<uint32_t>(sample & 0xffff)) * 0x01000193;
    }
  }
  return hash;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc == 5 ? argv[1] : "";
  const int count = argc == 5 ? std::atoi(argv[2]) : 0;
  if ((mode != "echo" && mode != "rooms-of-3") || count < 3 || count % 3 != 0) {
    std::fprintf(stderr, "usage: rtp_load echo|rooms-of-3 LEGS WARM_UP_SECONDS MEASURED_SECONDS\n");
    return 2;
  }
  const int warm_frames = std::atoi(argv[3]) * 50;
  const int measured_frames = std::atoi(argv[4]) * 50;

  std::vector<Leg> legs(static_cast<size_t>(count));
  const int poll_fd = epoll_create1(EPOLL_CLOEXEC);
  for (int index = 0; index < count; ++index) {
    Leg& leg = legs[static_cast<size_t>(index)];
    uint16_t port = 0;
    leg.fd = OpenSocket(&port);
    leg.says = FrameOf(index);
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.u32 = static_cast<uint32_t>(index);
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, leg.fd, &interest);
    std::printf("%s%d", index == 0 ? "" : " ", port);
  }
  std::printf("\n");
  std::fflush(stdout);

  for (size_t index = 0; index < legs.size(); ++index) {
    const size_t room = index - index % 3;
    for (size_t other = room; other < room + 3; ++other) {
      if ((other == index) != (mode == "echo")) continue;
      for (size_t sample = 0; sample < kFrameSamples; ++sample) {
        legs[index].hears[sample] += Expand(legs[other].says[sample]);
      }
    }
    int port = 0;
    if (std::scanf("%d", &port) != 1) return 1;
    Connect(legs[index].fd, port);
  }

  Lateness lateness;
  std::vector<epoll_event> ready(legs.size());
  const int64_t started_ns = NowNs();
  const int64_t slots = int64_t{warm_frames + measured_frames} * kSlots;
  for (int64_t slot = 0; slot < slots; ++slot) {
    const int64_t deadline_ns = started_ns + slot * kSlotNs;
    const timespec deadline{deadline_ns / 1'000'000'000, deadline_ns % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
    if (slot == int64_t{warm_frames} * kSlots) {
      std::printf("measuring\n");
      std::fflush(stdout);
    }
    for (size_t index = static_cast<size_t>(slot % kSlots); index < legs.size(); index += kSlots) {
      Send(legs[index], static_cast<uint32_t>(index + 1));
    }
    const bool measuring = slot >= int64_t{warm_frames} * kSlots;
    const int events = epoll_wait(poll_fd, ready.data(), static_cast<int>(ready.size()), 0);
    for (int event = 0; event < events; ++event) {
      Receive(legs[ready[static_cast<size_t>(event)].data.u32], measuring, lateness);
    }
  }

  uint64_t received = 0;
  uint64_t right = 0;
  for (Leg& leg : legs) {
    lateness.CloseBlock(leg);
    received += leg.received;
    right += leg.right;
  }
  std::printf(
      "{\"sent\":%llu,\"received\":%llu,\"right\":%llu,\"checksum\":\"%08x\",\"lateMsP50\":%d,"
      "\"lateMsP99\":%d,\"lateMsP999\":%d,\"lateMsMax\":%d,\"laterThan20Ms\":%llu,"
      "\"laterThan60Ms\":%llu}\n",
      static_cast<unsigned long long>(measured_frames) * legs.size(),
      static_cast<unsigned long long>(received), static_cast<unsigned long long>(right),
      Checksum(legs), lateness.Quantile(0.5), lateness.Quantile(0.99), lateness.Quantile(0.999),
      lateness.Quantile(1), static_cast<unsigned long long>(lateness.LaterThan(20)),
      static_cast<unsigned long long>(lateness.LaterThan(60)));
  return 0;
}
