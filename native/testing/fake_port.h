// Test support: a datagram port without sockets. Tests deliver what the engine receives and look at
// what it sent.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "net/datagram_port.h"

namespace parley::testing {

class FakePort final : public DatagramPort {
 public:
  struct Sent {
    int descriptor = -1;
    Address to;  // none when sent to the connected peer
    std::vector<uint8_t> bytes;
  };

  // Lays a datagram ready for `descriptor`; a connected one takes them from its peer alone.
  void Deliver(int descriptor, const Address& source, std::span<const uint8_t> bytes,
               int64_t arrival_ns);

  // What was sent since the last call.
  std::vector<Sent> TakeSent();

  // Calls `watch` with the descriptor in every Send.
  void WatchSends(std::function<void(int)> watch) { watch_ = std::move(watch); }

  // Makes every Send fail with `result`, or succeed again.
  void SetSendResult(SendResult result) { send_result_ = result; }

  // Peers of connected descriptors.
  const std::map<int, Address>& connected() const { return connected_; }
  // Makes every Connect fail.
  void RefuseConnects() { refuses_connects_ = true; }

  // Calls of Receive, ReceiveOfPeer and ArrivalNs for a descriptor.
  struct Calls {
    int receive = 0;
    int receive_of_peer = 0;
    int arrival = 0;
    bool operator==(const Calls&) const = default;
  };
  const std::map<int, Calls>& calls() const { return calls_; }

  std::optional<Datagram> Receive(int descriptor) override;
  std::optional<std::span<uint8_t>> ReceiveOfPeer(int descriptor) override;
  int64_t ArrivalNs(int descriptor, int64_t now_ns, int64_t now_wall_ns) override;
  SendResult Send(int descriptor, const Address& to, std::span<const uint8_t> bytes) override;
  bool Connect(int descriptor, const Address& to) override;
  void Disconnect(int descriptor) override;

 private:
  struct Waiting {
    Address source;
    std::vector<uint8_t> bytes;
    int64_t arrival_ns;
  };

  bool Take(int descriptor);

  std::map<int, std::deque<Waiting>> waiting_;
  std::map<int, Address> connected_;
  std::map<int, Calls> calls_;
  bool refuses_connects_ = false;
  std::map<int, Waiting> taken_;  // the last of each descriptor
  std::vector<Sent> sent_;
  std::function<void(int)> watch_ = [](int) {};
  SendResult send_result_ = SendResult::kSent;
};

}  // namespace parley::testing
