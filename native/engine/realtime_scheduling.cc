#include "engine/realtime_scheduling.h"

#include <pthread.h>

namespace parley {

RealtimeScheduling::RealtimeScheduling(int priority) {
  if (priority == 0) return;
  error_ = pthread_getschedparam(pthread_self(), &saved_policy_, &saved_parameters_);
  if (error_ != 0) return;
  const sched_param parameters = {.sched_priority = priority};
  error_ = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
  active_ = error_ == 0;
}

RealtimeScheduling::~RealtimeScheduling() {
  if (active_) pthread_setschedparam(pthread_self(), saved_policy_, &saved_parameters_);
}

}  // namespace parley
