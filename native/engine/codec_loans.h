// What a leg has of a shard's pools while its codec needs it: not every leg can have it at once.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/object_pool.h"
#include "base/realtime.h"
#include "codecs/codec.h"
#include "codecs/opus_codec.h"
#include "jitter/wide_memory.h"

namespace parley {

// Null where the codec does not need it.
struct CodecLoans {
  OpusFrameDecoder* opus = nullptr;
  WideMemory* wide = nullptr;  // of the jitter buffer
};

// One thread. Allocates in the constructor only; real-time safe afterwards. About 47 KiB for each
// leg that may be lent to.
class CodecLender {
 public:
  // `loans_max`: RTP legs that are Opus, or above 16 kHz in another codec, at once.
  explicit CodecLender(uint32_t loans_max) : opus_(loans_max), wide_(loans_max) {}
  CodecLender(const CodecLender&) = delete;
  CodecLender& operator=(const CodecLender&) = delete;

  static size_t BytesFor(uint32_t loans_max) {
    return ObjectPool<OpusFrameDecoder>::BytesFor(loans_max) +
           ObjectPool<WideMemory>::BytesFor(loans_max);
  }

  // Lends what an RTP leg of `format` needs beside what it has. False, with nothing changed, when
  // there is no more of it. What it needs no more is not taken back by this.
  bool Lend(const CodecFormat& format, CodecLoans& loans) PARLEY_NONBLOCKING {
    const bool lacks_opus = NeedsOpus(format) && loans.opus == nullptr;
    const bool lacks_wide = NeedsWide(format) && loans.wide == nullptr;
    if ((lacks_opus && opus_.free() == 0) || (lacks_wide && wide_.free() == 0)) return false;
    if (lacks_opus) loans.opus = opus_.Take();
    if (lacks_wide) loans.wide = wide_.Take();
    return true;
  }

  // Of `loans`, what a leg of `format` needs.
  static CodecLoans PartFor(const CodecFormat& format, const CodecLoans& loans) {
    return {.opus = NeedsOpus(format) ? loans.opus : nullptr,
            .wide = NeedsWide(format) ? loans.wide : nullptr};
  }

  // Takes back what a leg of `format` does not need. REQUIRES: nothing uses it any more.
  void TakeBackBeyond(const CodecFormat& format, CodecLoans& loans) PARLEY_NONBLOCKING {
    if (!NeedsOpus(format)) TakeBack(opus_, loans.opus);
    if (!NeedsWide(format)) TakeBack(wide_, loans.wide);
  }

  // Takes everything back. REQUIRES: nothing uses it any more.
  void TakeBackAll(CodecLoans& loans) PARLEY_NONBLOCKING {
    TakeBack(opus_, loans.opus);
    TakeBack(wide_, loans.wide);
  }

 private:
  static bool NeedsOpus(const CodecFormat& format) { return format.codec == layout::Codec::kOpus; }
  static bool NeedsWide(const CodecFormat& format) { return format.rate_hz > kNarrowRateHzMax; }

  template <typename T>
  static void TakeBack(ObjectPool<T>& pool, T*& lent) {
    if (lent != nullptr) pool.Give(lent);
    lent = nullptr;
  }

  ObjectPool<OpusFrameDecoder> opus_;
  ObjectPool<WideMemory> wide_;
};

}  // namespace parley
