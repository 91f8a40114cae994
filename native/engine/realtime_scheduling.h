// Real-time scheduling of the calling thread (SCHED_FIFO).

#pragma once

#include <sched.h>

namespace parley {

// While alive, the calling thread runs under SCHED_FIFO, if the system permits; then it is put back
// as it was. Must be destroyed on the thread that made it. Not for use inside a tick.
class RealtimeScheduling {
 public:
  // `priority`: 1 to 99; 0 leaves the thread as it is.
  explicit RealtimeScheduling(int priority);
  ~RealtimeScheduling();
  RealtimeScheduling(const RealtimeScheduling&) = delete;
  RealtimeScheduling& operator=(const RealtimeScheduling&) = delete;

  bool active() const { return active_; }
  // Errno of the attempt; 0 when it succeeded or none was made.
  int error() const { return error_; }

 private:
  int saved_policy_ = SCHED_OTHER;
  sched_param saved_parameters_{};
  bool active_ = false;
  int error_ = 0;
};

}  // namespace parley
