// Preloaded into a daemon, makes its disk a slow one: whatever SQLite writes takes milliseconds,
// and to sync it more. So there is time to be killed between what is said and what is written.
#include <dlfcn.h>
#include <sys/types.h>
#include <time.h>

namespace {

constexpr long kWriteNs = 2'000'000;
constexpr long kSyncNs = 10'000'000;

void Pause(long ns) {
  const timespec pause{.tv_sec = 0, .tv_nsec = ns};
  nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  using Write = ssize_t (*)(int, const void*, size_t, off64_t);
  static const auto write = reinterpret_cast<Write>(dlsym(RTLD_NEXT, "pwrite64"));
  Pause(kWriteNs);
  return write(file, bytes, count, at);
}

extern "C" int fsync(int file) {
  static const auto sync = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fsync"));
  Pause(kSyncNs);
  return sync(file);
}
