#include "net/udp_port.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr int kReceiveFlags = MSG_DONTWAIT | MSG_TRUNC;

// Further from now than this is a clock that was set, not a wait or a tick that took long.
constexpr int64_t kWaitNsMax = kNsPerSecond;

// Behind what is too large and behind errors there may be more; a bounded number of looks.
constexpr uint32_t kLooksMax = 16;

// As recvfrom and sendto, but for what these do around the call: in a process of several threads
// the C library's let the thread be cancelled meanwhile, which is four locked instructions.
ssize_t ReceiveFrom(int descriptor, std::span<uint8_t> bytes, sockaddr* source,
                    socklen_t* source_bytes) {
  return syscall(SYS_recvfrom, descriptor, bytes.data(), bytes.size(), kReceiveFlags, source,
                 source_bytes);
}

ssize_t SendTo(int descriptor, std::span<const uint8_t> bytes, const sockaddr* to,
               socklen_t to_bytes) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  return syscall(SYS_sendto, descriptor, bytes.data(), bytes.size(), kFlags, to, to_bytes);
}

}  // namespace

// The kernel has cut what is too large, and tells how large it was.
template <typename Ask>
std::optional<std::span<uint8_t>> UdpPort::Take(Ask ask) {
  for (uint32_t look = 0; look < kLooksMax; ++look) {
    const ssize_t received = ask();
    if (received < 0 && errno == EAGAIN) return std::nullopt;
    if (received < 0) continue;
    const auto bytes = static_cast<size_t>(received);
    if (bytes <= bytes_.size()) return std::span(bytes_).first(bytes);
    ++oversized_;
  }
  return std::nullopt;
}

std::optional<Datagram> UdpPort::Receive(int descriptor) PARLEY_NONBLOCKING {
  sockaddr_storage source;
  const auto bytes = Take([&] {
    socklen_t source_bytes = sizeof(source);
    return ReceiveFrom(descriptor, bytes_, reinterpret_cast<sockaddr*>(&source), &source_bytes);
  });
  if (!bytes) return std::nullopt;
  return Datagram{.bytes = *bytes, .source = FromSockaddr(source)};
}

// As recv: of all calls that receive it costs least, a third less than recvmsg.
std::optional<std::span<uint8_t>> UdpPort::ReceiveOfPeer(int descriptor) PARLEY_NONBLOCKING {
  return Take([&] { return ReceiveFrom(descriptor, bytes_, nullptr, nullptr); });
}

int64_t UdpPort::ArrivalNs(int descriptor, int64_t now_ns, int64_t now_wall_ns) PARLEY_NONBLOCKING {
  timespec time;
  if (ioctl(descriptor, SIOCGSTAMPNS, &time) != 0) return now_ns;
  const int64_t wait_ns = now_wall_ns - (time.tv_sec * kNsPerSecond + time.tv_nsec);
  return std::abs(wait_ns) > kWaitNsMax ? now_ns : now_ns - wait_ns;
}

SendResult UdpPort::Send(int descriptor, const Address& to,
                         std::span<const uint8_t> bytes) PARLEY_NONBLOCKING {
  ssize_t sent;
  if (to.is_set()) {
    sockaddr_storage address;
    const socklen_t address_bytes = ToSockaddr(to, &address);
    sent = SendTo(descriptor, bytes, reinterpret_cast<sockaddr*>(&address), address_bytes);
  } else {
    sent = SendTo(descriptor, bytes, nullptr, 0);
  }
  if (sent >= 0) return SendResult::kSent;
  return errno == EAGAIN || errno == ENOBUFS ? SendResult::kBusy : SendResult::kRefused;
}

bool UdpPort::Connect(int descriptor, const Address& to) PARLEY_NONBLOCKING {
  sockaddr_storage address;
  socklen_t local_bytes = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &local_bytes) != 0)
    return false;
  // The kernel would tie a socket bound to every address of the host to one of them, perhaps not
  // the one that the peer sends to.
  if (FromSockaddr(address).bytes == Address{}.bytes) return false;
  const socklen_t bytes = ToSockaddr(to, &address);
  return connect(descriptor, reinterpret_cast<sockaddr*>(&address), bytes) == 0;
}

void UdpPort::Disconnect(int descriptor) PARLEY_NONBLOCKING {
  sockaddr_storage address;
  socklen_t bytes = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) return;
  const Address local = FromSockaddr(address);
  // It cannot fail for a socket that exists.
  const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};
  static_cast<void>(connect(descriptor, &nobody, sizeof(nobody)));
  // A port that the kernel chose is given up with the peer; in the moment before it is taken back
  // nobody but the kernel's own choosing could have it. One that was asked for stays.
  bytes = ToSockaddr(local, &address);
  static_cast<void>(bind(descriptor, reinterpret_cast<sockaddr*>(&address), bytes));
}

}  // namespace parley
