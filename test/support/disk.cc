// Preloaded into a daemon, makes its disk a bad one.
//
// DISK_IS_SLOW: before SQLite writes the first page of a transaction to its log, milliseconds pass.
// So there is time to be killed between what is said and what is written.
//
// DISK_FAULT names a file: while it is there, whatever is written fails with the error number it
// holds.
//
// DISK_STALL names a file: while it is there, whoever writes or syncs waits.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

constexpr long kPauseNs = 20'000'000;

// Each page that a transaction changed is a frame of the write-ahead log. Moving them into the
// database, which a start after a crash does with all of them, is not slow.
constexpr size_t kFrameHeaderBytes = 24;

// What is written next is the first frame of a transaction.
std::atomic<bool> is_first{true};

void Pause() {
  static const bool is_slow = getenv("DISK_IS_SLOW") != nullptr;
  const timespec pause{.tv_sec = 0, .tv_nsec = kPauseNs};
  if (is_slow) nanosleep(&pause, nullptr);
}

// 0: there is none.
int Fault() {
  static const char* const path = getenv("DISK_FAULT");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY);
  if (file < 0) return 0;
  char digits[8] = {};
  const ssize_t count = read(file, digits, sizeof(digits) - 1);
  close(file);
  return count > 0 ? atoi(digits) : EIO;
}

// The disk is there, and does not answer.
void Stall() {
  static const char* const path = getenv("DISK_STALL");
  const timespec pause{.tv_sec = 0, .tv_nsec = kPauseNs};
  while (path != nullptr && access(path, F_OK) == 0) nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  using Write = ssize_t (*)(int, const void*, size_t, off64_t);
  static const auto write = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "pwrite64"));
  Stall();
  if (const int fault = Fault(); fault != 0) {
    errno = fault;
    return -1;
  }
  if (count == kFrameHeaderBytes && is_first.exchange(false)) Pause();
  return write(file, bytes, count, at);
}

extern "C" int fsync(int file) {
  static const auto sync = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fsync"));
  if (const int fault = Fault(); fault != 0) {
    errno = fault;
    return -1;
  }
  is_first = true;
  return sync(file);
}

extern "C" int fdatasync(int file) {
  static const auto sync = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  Stall();
  if (const int fault = Fault(); fault != 0) {
    errno = fault;
    return -1;
  }
  return sync(file);
}

extern "C" int ftruncate64(int file, off64_t bytes) {
  using Resize = int (*)(int, off64_t);
  static const auto resize = reinterpret_cast<Resize>(dlsym(RTLD_NEXT, "ftruncate64"));
  Stall();
  return resize(file, bytes);
}
