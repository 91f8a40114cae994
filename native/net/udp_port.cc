#include "net/udp_port.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/assert.h"
#include "base/units.h"

namespace parley {
namespace {

constexpr size_t kControlBytes = CMSG_SPACE(sizeof(timespec));

// Further from now than this is a clock that was set, not a wait or a tick that took long.
constexpr int64_t kWaitNsMax = kNsPerSecond;

// How long ago the kernel took the datagram; less than 0 when that was after now, and 0 when it is
// not known.
int64_t WaitNs(msghdr& header, int64_t now_wall_ns) {
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(&header, message)) {
    if (message->cmsg_level != SOL_SOCKET || message->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    std::memcpy(&time, CMSG_DATA(message), sizeof(time));
    const int64_t wait_ns = now_wall_ns - (time.tv_sec * kNsPerSecond + time.tv_nsec);
    return std::abs(wait_ns) > kWaitNsMax ? 0 : wait_ns;
  }
  return 0;
}

}  // namespace

struct UdpPort::Batch {
  mmsghdr headers[kReceiveBatchMax];
  iovec vectors[kReceiveBatchMax];
  sockaddr_storage sources[kReceiveBatchMax];
  alignas(cmsghdr) uint8_t controls[kReceiveBatchMax][kControlBytes];
  uint8_t bytes[kReceiveBatchMax][kDatagramBytesMax];
  Datagram datagrams[kReceiveBatchMax];

  // Of ReceiveOne, into the first of the places.
  msghdr alone;

  // The kernel shortens these lengths to what it wrote.
  void Rearm(uint32_t index) {
    headers[index].msg_hdr.msg_namelen = sizeof(sources[index]);
    headers[index].msg_hdr.msg_controllen = kControlBytes;
  }
};

size_t UdpPort::Bytes() { return sizeof(Batch); }

UdpPort::UdpPort() : batch_(std::make_unique<Batch>()) {
  for (uint32_t i = 0; i < kReceiveBatchMax; ++i) {
    batch_->vectors[i] = {.iov_base = batch_->bytes[i], .iov_len = kDatagramBytesMax};
    msghdr& header = batch_->headers[i].msg_hdr;
    header.msg_name = &batch_->sources[i];
    header.msg_iov = &batch_->vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = batch_->controls[i];
    batch_->Rearm(i);
  }
  batch_->alone = {.msg_name = nullptr,
                   .msg_namelen = 0,
                   .msg_iov = batch_->vectors,
                   .msg_iovlen = 1,
                   .msg_control = batch_->controls,
                   .msg_controllen = kControlBytes,
                   .msg_flags = 0};
}

UdpPort::~UdpPort() = default;

std::span<const Datagram> UdpPort::Receive(int descriptor, int64_t now_ns,
                                           int64_t now_wall_ns) PARLEY_NONBLOCKING {
  Batch& batch = *batch_;
  int received = recvmmsg(descriptor, batch.headers, kReceiveBatchMax, MSG_DONTWAIT, nullptr);
  // An error about a datagram sent earlier hides what waits; reading it clears it.
  if (received < 0 && errno != EAGAIN) {
    received = recvmmsg(descriptor, batch.headers, kReceiveBatchMax, MSG_DONTWAIT, nullptr);
  }
  uint32_t taken = 0;
  for (uint32_t i = 0; received > 0 && i < static_cast<uint32_t>(received); ++i) {
    msghdr& header = batch.headers[i].msg_hdr;
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++oversized_;
    } else {
      batch.datagrams[taken++] = {.bytes = {batch.bytes[i], batch.headers[i].msg_len},
                                  .source = FromSockaddr(batch.sources[i]),
                                  .arrival_ns = now_ns - WaitNs(header, now_wall_ns)};
    }
    batch.Rearm(i);
  }
  return {batch.datagrams, taken};
}

std::span<const Datagram> UdpPort::ReceiveOne(int descriptor, const Address& peer, int64_t now_ns,
                                              int64_t now_wall_ns) PARLEY_NONBLOCKING {
  Batch& batch = *batch_;
  msghdr& header = batch.alone;
  // Behind what is too large and behind errors, which are about datagrams sent earlier.
  for (uint32_t look = 0; look < kReceiveBatchMax; ++look) {
    header.msg_controllen = kControlBytes;
    const ssize_t received = recvmsg(descriptor, &header, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return {};
    if (received < 0) continue;
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++oversized_;
      continue;
    }
    batch.datagrams[0] = {.bytes = {batch.bytes[0], static_cast<size_t>(received)},
                          .source = peer,
                          .arrival_ns = now_ns - WaitNs(header, now_wall_ns)};
    return {batch.datagrams, 1};
  }
  return {};
}

SendResult UdpPort::Send(int descriptor, const Address& to,
                         std::span<const uint8_t> bytes) PARLEY_NONBLOCKING {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  ssize_t sent;
  if (to.is_set()) {
    sockaddr_storage address;
    const socklen_t address_bytes = ToSockaddr(to, &address);
    sent = sendto(descriptor, bytes.data(), bytes.size(), kFlags,
                  reinterpret_cast<sockaddr*>(&address), address_bytes);
  } else {
    sent = send(descriptor, bytes.data(), bytes.size(), kFlags);
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
