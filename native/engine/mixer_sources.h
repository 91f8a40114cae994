// The sources in a mix and how loud they are, as a packet lists them. A plain value.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rtp/rtp_packet.h"

namespace parley {

class MixerSources {
 public:
  // REQUIRES: fewer than kRtpCsrcsMax yet; level_dbov <= 127.
  void Add(uint32_t ssrc, uint8_t level_dbov) {
    ssrcs_[count_] = ssrc;
    levels_dbov_[count_] = level_dbov;
    ++count_;
  }

  size_t size() const { return count_; }
  std::span<const uint32_t> ssrcs() const { return std::span(ssrcs_).first(count_); }
  std::span<const uint8_t> levels_dbov() const { return std::span(levels_dbov_).first(count_); }

 private:
  std::array<uint32_t, kRtpCsrcsMax> ssrcs_{};
  std::array<uint8_t, kRtpCsrcsMax> levels_dbov_{};
  size_t count_ = 0;
};

}  // namespace parley
