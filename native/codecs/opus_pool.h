// The Opus decoders and encoders of a shard: taken by a leg when it is opened, given back when it
// is closed. One thread; all memory, about 72 KiB for each leg, is taken at construction.

#pragma once

#include <cstdint>
#include <vector>

#include "base/realtime.h"
#include "codecs/opus_codec.h"

namespace parley {

// What one leg needs.
struct OpusCodec {
  OpusFrameDecoder decoder;
  OpusFrameEncoder encoder;
};

class OpusPool {
 public:
  explicit OpusPool(uint32_t legs_max);
  OpusPool(const OpusPool&) = delete;
  OpusPool& operator=(const OpusPool&) = delete;

  // Null when all are taken. The state is that of whoever had it last: Open both.
  OpusCodec* Take() PARLEY_NONBLOCKING;

  // REQUIRES: `codec` was taken from here, and is given back once.
  void Give(OpusCodec* codec) PARLEY_NONBLOCKING;

  uint32_t free() const { return static_cast<uint32_t>(free_.size()); }

 private:
  std::vector<OpusCodec> codecs_;
  std::vector<OpusCodec*> free_;
};

}  // namespace parley
