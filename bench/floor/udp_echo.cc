// The floor under any RTP mixer: sends every datagram back where it came from, and does nothing
// else.
//
//   udp_echo LEGS TOGETHER
//
// One connected socket per leg, drained every 20 ms by one thread: a quarter of them every 5 ms, as
// an engine does, TOGETHER that were opened one after the other in the same. Prints the ports on
// one line, then runs until standard input ends.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/realtime_scheduling.h"

namespace {

// As an engine has it.
constexpr int kRealtimePriority = 20;

constexpr int64_t kTickNs = 5'000'000;
constexpr size_t kPhases = 4;
constexpr int kReceiveBufferBytes = 64 * 1024;
constexpr size_t kDatagramBytesMax = 2048;

struct Leg {
  int fd;
  bool connected;
};

int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void SleepUntil(int64_t deadline_ns) {
  const timespec deadline{deadline_ns / 1'000'000'000, deadline_ns % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
}

Leg OpenLeg() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("udp_echo");
    std::exit(1);
  }
  return {fd, false};
}

uint16_t PortOf(const Leg& leg) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(leg.fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

// The first datagram tells whom the leg belongs to; from then on the socket is connected to it.
void Drain(Leg& leg) {
  uint8_t bytes[kDatagramBytesMax];
  for (;;) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t received = leg.connected ? recv(leg.fd, bytes, sizeof bytes, 0)
                                           : recvfrom(leg.fd, bytes, sizeof bytes, 0,
                                                      reinterpret_cast<sockaddr*>(&from), &length);
    if (received < 0) return;
    if (!leg.connected) {
      leg.connected = connect(leg.fd, reinterpret_cast<const sockaddr*>(&from), length) == 0;
    }
    send(leg.fd, bytes, static_cast<size_t>(received), 0);
  }
}

bool InputEnded() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char ignored[64];
  return poll(&input, 1, 0) == 1 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc == 3 ? std::atoi(argv[1]) : 0;
  const int together = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count < 1 || together < 1) {
    std::fprintf(stderr, "usage: udp_echo LEGS TOGETHER\n");
    return 2;
  }
  std::vector<Leg> legs;
  for (int index = 0; index < count; ++index) {
    legs.push_back(OpenLeg());
    std::printf("%s%d", index == 0 ? "" : " ", PortOf(legs.back()));
  }
  std::printf("\n");
  std::fflush(stdout);

  const parley::RealtimeScheduling pace(kRealtimePriority);
  std::array<std::vector<Leg*>, kPhases> phases;
  for (size_t leg = 0; leg < legs.size(); ++leg) {
    phases[leg / static_cast<size_t>(together) % kPhases].push_back(&legs[leg]);
  }
  int64_t deadline_ns = NowNs();
  for (size_t phase = 0; !InputEnded(); phase = (phase + 1) % kPhases) {
    SleepUntil(deadline_ns);
    for (Leg* leg : phases[phase]) Drain(*leg);
    deadline_ns += kTickNs;
  }
  return 0;
}
