#include "base/realtime.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace parley {
namespace {

#if defined(__SSE__)

// Flush-to-zero for results, denormals-are-zero for operands.
constexpr uint64_t kFlushBits = 0x8040;

uint64_t FloatMode() { return _mm_getcsr(); }
void SetFloatMode(uint64_t mode) { _mm_setcsr(static_cast<uint32_t>(mode)); }

#elif defined(__aarch64__)

// FPCR.FZ
constexpr uint64_t kFlushBits = uint64_t{1} << 24;

uint64_t FloatMode() {
  uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void SetFloatMode(uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }

#else

constexpr uint64_t kFlushBits = 0;

uint64_t FloatMode() { return 0; }
void SetFloatMode(uint64_t) {}

#endif

}  // namespace

FlushDenormals::FlushDenormals() : saved_mode_(FloatMode()) {
  SetFloatMode(saved_mode_ | kFlushBits);
}

FlushDenormals::~FlushDenormals() { SetFloatMode(saved_mode_); }

}  // namespace parley
