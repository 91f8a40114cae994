#include "testing/fake_port.h"

#include <utility>

namespace parley::testing {

void FakePort::Deliver(int descriptor, const Address& source, std::span<const uint8_t> bytes,
                       int64_t arrival_ns) {
  const auto peer = connected_.find(descriptor);
  if (peer != connected_.end() && peer->second != source) return;
  waiting_[descriptor].push_back({source, {bytes.begin(), bytes.end()}, arrival_ns});
}

std::vector<FakePort::Sent> FakePort::TakeSent() { return std::exchange(sent_, {}); }

std::optional<Datagram> FakePort::Receive(int descriptor) {
  ++calls_[descriptor].receive;
  if (!Take(descriptor)) return std::nullopt;
  Waiting& taken = taken_[descriptor];
  return Datagram{taken.bytes, taken.source};
}

std::optional<std::span<uint8_t>> FakePort::ReceiveOfPeer(int descriptor) {
  ++calls_[descriptor].receive_of_peer;
  if (!Take(descriptor)) return std::nullopt;
  return taken_[descriptor].bytes;
}

int64_t FakePort::ArrivalNs(int descriptor, int64_t, int64_t) {
  ++calls_[descriptor].arrival;
  return taken_[descriptor].arrival_ns;
}

bool FakePort::Take(int descriptor) {
  std::deque<Waiting>& waiting = waiting_[descriptor];
  if (waiting.empty()) return false;
  taken_[descriptor] = std::move(waiting.front());
  waiting.pop_front();
  return true;
}

SendResult FakePort::Send(int descriptor, const Address& to, std::span<const uint8_t> bytes) {
  watch_(descriptor);
  if (send_result_ == SendResult::kSent) {
    sent_.push_back({descriptor, to, {bytes.begin(), bytes.end()}});
  }
  return send_result_;
}

void FakePort::Disconnect(int descriptor) { connected_.erase(descriptor); }

bool FakePort::Connect(int descriptor, const Address& to) {
  if (refuses_connects_) return false;
  connected_[descriptor] = to;
  return true;
}

}  // namespace parley::testing
