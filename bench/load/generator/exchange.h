// All telephones of the load and who of them hears whom; keeps their pace, counts and judges.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "judgement.h"
#include "line.h"
#include "orders.h"
#include "trunk.h"
#include "voice.h"

namespace parley::load {

// Whether telephones that send in the same slot share a socket, or each has one of its own, as
// those of the world do.
enum class Sockets : uint8_t { kShared, kOwn };

class Exchange {
 public:
  Exchange(uint32_t lines, Coding coding, Sockets sockets, Voices voices);

  uint32_t lines() const { return static_cast<uint32_t>(lines_.size()); }
  // Where a telephone is sent to.
  uint16_t PortOf(uint32_t line) const { return trunks_[line % trunks_.size()].local_port(); }

  // False, and nothing done, for an order that makes no sense.
  bool Carry(const AnswerOrder& order);
  bool Carry(const HangUpOrder& order);

  // One slot of 1 ms: the telephones whose turn it is send, and everybody takes what has come.
  // `late_ns` is how long after its time.
  void Slot(int64_t slot, int64_t late_ns);

  void BeginMeasuring(uint32_t seconds);
  // Ends it. Voices outlive what is returned.
  Measurement EndMeasuring();

 private:
  // Of a frame: telephones send in turn.
  static constexpr size_t kSlots = 20;

  struct Hears {
    std::vector<uint32_t> lines;
    bool in_crowd = false;
  };

  void SendSlot(size_t slot, int64_t late_ns);
  void ReceiveSlot(size_t slot);
  void Take(const Trunk::Arrival& arrival);
  void ExpectFrames(uint32_t number);
  void KeepStretches(int64_t slot);
  HeardStretch HeardBy(uint32_t number, Stretch stretch) const;
  uint32_t Checksum() const;

  Coding coding_;
  Voices voices_;
  std::vector<Line> lines_;
  std::vector<Hears> hears_;
  Sockets sockets_;
  TrunkBatches batches_;
  std::vector<Trunk> trunks_;  // one a slot, or one a line
  // Which telephone talks to a port, whatever the host: a daemon has one for each.
  std::vector<uint32_t> lines_by_port_;
  std::unique_ptr<Tally> tally_;
  uint32_t seconds_ = 0;
  int64_t first_slot_ = -1;
  int64_t cpu_ns_before_ = 0;
};

}  // namespace parley::load
