#include "engine/event_bell.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "testing/arena_memory.h"

namespace parley {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK), 0); }
  ~Pipe() {
    for (const int end : ends) close(end);
  }

  int ends[2] = {-1, -1};
};

class EventBellTest : public ::testing::Test {
 protected:
  // How often it has rung since the last time.
  ssize_t Rung() {
    char rings[8];
    const ssize_t count = read(pipe_.ends[0], rings, sizeof(rings));
    return count < 0 ? 0 : count;
  }
  void Publish() { ++arena_.event_ring().indices->write; }
  void Take() { arena_.event_ring().indices->read = arena_.event_ring().indices->write; }
  void FallAsleep() { ++arena_.control().asleep; }

  testing::ArenaMemory memory_{
      {.legs_max = 1, .rooms_max = 1, .players_max = 1, .command_records = 2, .event_records = 2}};
  Arena arena_ = memory_.Open();
  Pipe pipe_;
  EventBell bell_{arena_, pipe_.ends[1]};
};

TEST_F(EventBellTest, RingsOnceForEachSleepThatAnEventComesInto) {
  Publish();
  bell_.Look();
  EXPECT_EQ(Rung(), 0) << "nobody has ever slept";
  Take();
  FallAsleep();
  bell_.Look();
  EXPECT_EQ(Rung(), 0) << "nothing is there";
  Publish();
  bell_.Look();
  Publish();
  bell_.Look();
  EXPECT_EQ(Rung(), 1);
  Take();
  Publish();
  bell_.Look();
  EXPECT_EQ(Rung(), 0) << "it is awake, and looks by itself";
}

TEST_F(EventBellTest, RingsForWhatWasPublishedWhileTheOtherFellAsleep) {
  Publish();
  FallAsleep();
  bell_.Look();
  EXPECT_EQ(Rung(), 1);
}

TEST_F(EventBellTest, HasNobodyToWakeWithoutADescriptor) {
  EventBell silent(arena_, -1);
  FallAsleep();
  Publish();
  silent.Look();
  EXPECT_EQ(Rung(), 0);
}

}  // namespace
}  // namespace parley
