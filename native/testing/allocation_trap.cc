#include "testing/allocation_trap.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "base/assert.h"

namespace parley::testing {
namespace {

// Constant-initialised thread locals: reading them allocates nothing, even in a thread's first
// call.
thread_local bool armed = false;
thread_local uint64_t allocation_count = 0;
thread_local uint64_t free_count = 0;
thread_local uint64_t allocated_bytes = 0;

void CountAllocation(size_t bytes) {
  if (!armed) return;
  ++allocation_count;
  allocated_bytes += bytes;
}

void CountFree() {
  if (armed) ++free_count;
}

}  // namespace

AllocationTrap::AllocationTrap() {
  PARLEY_ASSERT(!armed);
  allocation_count = 0;
  free_count = 0;
  allocated_bytes = 0;
  armed = true;
}

AllocationTrap::~AllocationTrap() { armed = false; }

uint64_t AllocationTrap::allocations() const { return allocation_count; }
uint64_t AllocationTrap::frees() const { return free_count; }
uint64_t AllocationTrap::bytes() const { return allocated_bytes; }

}  // namespace parley::testing

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PARLEY_SANITIZER_ALLOCATOR
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PARLEY_SANITIZER_ALLOCATOR
#endif

#ifdef PARLEY_SANITIZER_ALLOCATOR

// The sanitizer's allocator calls these weak functions when somebody defines them.
extern "C" void __sanitizer_malloc_hook(const volatile void*, size_t bytes) {
  parley::testing::CountAllocation(bytes);
}
extern "C" void __sanitizer_free_hook(const volatile void*) { parley::testing::CountFree(); }

#else

// glibc lets a program bring its own malloc; these are its own under another name.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* block);

void* malloc(size_t bytes) {
  parley::testing::CountAllocation(bytes);
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  parley::testing::CountAllocation(count * bytes);
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, size_t bytes) {
  parley::testing::CountAllocation(bytes);
  return __libc_realloc(block, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  parley::testing::CountAllocation(bytes);
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  parley::testing::CountAllocation(bytes);
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  parley::testing::CountAllocation(bytes);
  *block = __libc_memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  parley::testing::CountFree();
  __libc_free(block);
}
}

#endif
