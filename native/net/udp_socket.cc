#include "net/udp_socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "base/assert.h"

namespace parley {
namespace {

// The six bits of a DSCP sit above the two of congestion notification.
constexpr int kDscpShift = 2;

bool SetOption(int descriptor, int level, int name, int value) {
  return setsockopt(descriptor, level, name, &value, sizeof(value)) == 0;
}

// The first that asks is told that nothing came, and from then on the kernel notes it.
void NoteArrivals(int descriptor) {
  timespec none;
  static_cast<void>(ioctl(descriptor, SIOCGSTAMPNS, &none));
}

void SetOptions(int descriptor, uint8_t family, const UdpSocketOptions& options) {
  if (options.receive_buffer_bytes > 0) {
    SetOption(descriptor, SOL_SOCKET, SO_RCVBUF, static_cast<int>(options.receive_buffer_bytes));
  }
  NoteArrivals(descriptor);
  const int traffic_class = options.dscp << kDscpShift;
  if (family == 4) {
    SetOption(descriptor, IPPROTO_IP, IP_TOS, traffic_class);
  } else {
    SetOption(descriptor, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
  }
}

// errno or 0.
int Bind(int descriptor, const Address& local) {
  // Without this, an IPv6 socket on "any" would also take the IPv4 port of the same number.
  if (local.family == 6 && !SetOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return errno;
  sockaddr_storage address;
  const socklen_t bytes = ToSockaddr(local, &address);
  return bind(descriptor, reinterpret_cast<sockaddr*>(&address), bytes) == 0 ? 0 : errno;
}

}  // namespace

UdpSocket::~UdpSocket() { Close(); }

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : descriptor_(other.Release()) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    Close();
    descriptor_ = other.Release();
  }
  return *this;
}

UdpSocket::OpenResult UdpSocket::Open(const Address& local, const UdpSocketOptions& options) {
  PARLEY_ASSERT(local.is_set());
  const int family = local.family == 4 ? AF_INET : AF_INET6;
  OpenResult result;
  result.socket = UdpSocket(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!result.socket.is_open()) {
    result.error = errno;
    return result;
  }
  SetOptions(result.socket.descriptor_, local.family, options);
  result.error = Bind(result.socket.descriptor_, local);
  if (result.error != 0) result.socket.Close();
  return result;
}

int UdpSocket::Connect(const Address& remote) {
  PARLEY_ASSERT(is_open());
  sockaddr_storage address;
  const socklen_t bytes = ToSockaddr(remote, &address);
  return connect(descriptor_, reinterpret_cast<sockaddr*>(&address), bytes) == 0 ? 0 : errno;
}

void UdpSocket::Close() {
  if (is_open()) close(Release());
}

int UdpSocket::Release() { return std::exchange(descriptor_, -1); }

Address UdpSocket::local() const {
  if (!is_open()) return {};
  sockaddr_storage address = {};
  socklen_t bytes = sizeof(address);
  if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) return {};
  return FromSockaddr(address);
}

}  // namespace parley
