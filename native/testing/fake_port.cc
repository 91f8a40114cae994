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

std::span<const Datagram> FakePort::Receive(int descriptor, int64_t, int64_t) {
  return Take(descriptor, kReceiveBatchMax);
}

// From whom it came is not told, whoever it was.
std::span<const Datagram> FakePort::ReceiveOne(int descriptor, const Address& peer, int64_t,
                                               int64_t) {
  ++receives_of_one_[descriptor];
  Take(descriptor, 1);
  for (Datagram& datagram : batch_) datagram.source = peer;
  return batch_;
}

std::span<const Datagram> FakePort::Take(int descriptor, size_t count_max) {
  ++receives_[descriptor];
  received_.clear();
  batch_.clear();
  std::deque<Waiting>& waiting = waiting_[descriptor];
  while (!waiting.empty() && received_.size() < count_max) {
    received_.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  for (Waiting& datagram : received_) {
    batch_.push_back({datagram.bytes, datagram.source, datagram.arrival_ns});
  }
  return batch_;
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
