// Checks of what cannot happen. What the outside world can cause is a value, never an assert.

#pragma once

namespace parley {

// Prints the failed condition and its place to standard error, then aborts the process.
[[noreturn]] void AssertFailed(const char* condition, const char* file, int line);

}  // namespace parley

// On in every build: better to stop than to write out of bounds.
#define PARLEY_ASSERT(condition)                       \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::parley::AssertFailed(#condition, __FILE__, __LINE__))

// For checks too dear for the tick: on unless NDEBUG is defined.
#ifdef NDEBUG
#define PARLEY_DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#else
#define PARLEY_DCHECK(condition) PARLEY_ASSERT(condition)
#endif
