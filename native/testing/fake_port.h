// Test support: a datagram port without sockets. Tests deliver what the engine receives and look at
// what it sent.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
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

  // Calls of Receive and ReceiveOne by descriptor, and of ReceiveOne alone.
  const std::map<int, int>& receives() const { return receives_; }
  const std::map<int, int>& receives_of_one() const { return receives_of_one_; }

  std::span<const Datagram> Receive(int descriptor, int64_t now_ns, int64_t now_wall_ns) override;
  std::span<const Datagram> ReceiveOne(int descriptor, const Address& peer, int64_t now_ns,
                                       int64_t now_wall_ns) override;
  SendResult Send(int descriptor, const Address& to, std::span<const uint8_t> bytes) override;
  bool Connect(int descriptor, const Address& to) override;
  void Disconnect(int descriptor) override;

 private:
  struct Waiting {
    Address source;
    std::vector<uint8_t> bytes;
    int64_t arrival_ns;
  };

  std::span<const Datagram> Take(int descriptor, size_t count_max);

  std::map<int, std::deque<Waiting>> waiting_;
  std::map<int, Address> connected_;
  std::map<int, int> receives_;
  std::map<int, int> receives_of_one_;
  bool refuses_connects_ = false;
  std::vector<Waiting> received_;
  std::vector<Datagram> batch_;
  std::vector<Sent> sent_;
  std::function<void(int)> watch_ = [](int) {};
  SendResult send_result_ = SendResult::kSent;
};

}  // namespace parley::testing
