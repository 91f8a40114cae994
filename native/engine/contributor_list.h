// The loudest of those who are in a mix. A plain value.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/layout.generated.h"
#include "rtp/rtp_packet.h"

namespace parley {

struct Contributor {
  uint32_t index = layout::kNone;  // of its leg; none for one of another shard
  uint32_t ssrc = 0;
  uint8_t level_dbov = 0;
  bool is_voice = false;  // above its background
};

class ContributorList {
 public:
  // Keeps the loudest, loudest first.
  void Add(const Contributor& contributor) {
    size_t place = count_;
    while (place > 0 && listed_[place - 1].level_dbov > contributor.level_dbov) --place;
    if (place == listed_.size()) return;
    const size_t kept = std::min(count_, listed_.size() - 1);
    std::copy_backward(listed_.begin() + place, listed_.begin() + kept, listed_.begin() + kept + 1);
    listed_[place] = contributor;
    count_ = kept + 1;
  }

  std::span<const Contributor> listed() const { return std::span(listed_).first(count_); }

 private:
  // One more than a packet lists, for a listener that is among them.
  std::array<Contributor, kRtpCsrcsMax + 1> listed_{};
  size_t count_ = 0;
};

}  // namespace parley
