#include "trunk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "now.h"

namespace parley::load {
namespace {

constexpr size_t kBatchMax = 64;
// Telephones are not looked at while the daemon's engine has the core; what comes meanwhile waits.
constexpr int kReceiveBufferBytes = 4 << 20;

// When the kernel took the datagram; now when it did not note it.
int64_t StampOf(msghdr& header) {
  const cmsghdr* head = CMSG_FIRSTHDR(&header);
  if (head == nullptr || head->cmsg_type != SCM_TIMESTAMPNS) return StampNs();
  timespec stamp;
  std::memcpy(&stamp, CMSG_DATA(head), sizeof stamp);
  return stamp.tv_sec * kNsPerSecond + stamp.tv_nsec;
}

}  // namespace

struct PacketBatch {
  std::array<mmsghdr, kBatchMax> headers{};
  std::array<iovec, kBatchMax> parts{};
  std::array<sockaddr_in, kBatchMax> peers{};
  struct Control {
    alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(timespec))> bytes;
  };
  std::array<Control, kBatchMax> controls;
  std::array<std::array<uint8_t, kDatagramBytesMax>, kBatchMax> bytes;

  PacketBatch() {
    for (size_t at = 0; at < kBatchMax; ++at) {
      parts[at] = {.iov_base = bytes[at].data(), .iov_len = kDatagramBytesMax};
      msghdr& header = headers[at].msg_hdr;
      header.msg_iov = &parts[at];
      header.msg_iovlen = 1;
      header.msg_name = &peers[at];
      header.msg_namelen = sizeof peers[at];
    }
  }

  // The kernel shortens these lengths to what it wrote.
  void Rearm(size_t at) {
    headers[at].msg_hdr.msg_namelen = sizeof peers[at];
    headers[at].msg_hdr.msg_control = controls[at].bytes.data();
    headers[at].msg_hdr.msg_controllen = controls[at].bytes.size();
  }
};

TrunkBatches::TrunkBatches()
    : outbound(std::make_unique<PacketBatch>()), inbound(std::make_unique<PacketBatch>()) {}

TrunkBatches::~TrunkBatches() = default;

Trunk::Trunk(TrunkBatches& batches) : batches_(&batches) {
  descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t length = sizeof address;
  const int on = 1;
  const int buffer_bytes = kReceiveBufferBytes;
  // Without a privilege the system permits less (net.core.rmem_max).
  if (setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0)
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (descriptor_ < 0 ||
      bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    std::perror("rtp_load: a socket");
    std::exit(1);
  }
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
  local_port_ = ntohs(address.sin_port);
}

Trunk::Trunk(Trunk&& other) noexcept
    : batches_(other.batches_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      local_port_(other.local_port_),
      posted_(other.posted_) {}

Trunk::~Trunk() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::span<uint8_t> Trunk::Room() { return batches_->outbound->bytes[posted_]; }

void Trunk::Post(uint32_t host, uint16_t port, size_t bytes) {
  sockaddr_in& peer = batches_->outbound->peers[posted_];
  peer = {};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(host);
  peer.sin_port = htons(port);
  batches_->outbound->parts[posted_].iov_len = bytes;
  if (++posted_ == kBatchMax) Flush();
}

void Trunk::Flush() {
  for (size_t at = 0; at < posted_;) {
    const int sent = sendmmsg(descriptor_, &batches_->outbound->headers[at],
                              static_cast<unsigned>(posted_ - at), MSG_DONTWAIT);
    // One that cannot be sent is lost; those behind it are not.
    at += static_cast<size_t>(std::max(1, sent));
  }
  posted_ = 0;
}

void Trunk::Receive(size_t most, const std::function<void(const Arrival&)>& tell) {
  PacketBatch& batch = *batches_->inbound;
  for (size_t taken = 0; taken < most;) {
    for (size_t at = 0; at < kBatchMax; ++at) batch.Rearm(at);
    const int received =
        recvmmsg(descriptor_, batch.headers.data(), kBatchMax, MSG_DONTWAIT, nullptr);
    if (received <= 0) return;
    const auto count = static_cast<size_t>(received);
    for (size_t at = 0; at < count; ++at) {
      tell({.bytes = std::span(batch.bytes[at]).first(batch.headers[at].msg_len),
            .host = ntohl(batch.peers[at].sin_addr.s_addr),
            .port = ntohs(batch.peers[at].sin_port),
            .stamp_ns = StampOf(batch.headers[at].msg_hdr)});
    }
    taken += count;
    if (count < kBatchMax) return;
  }
}

}  // namespace parley::load
