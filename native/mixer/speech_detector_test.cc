#include "mixer/speech_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "testing/allocation_trap.h"
#include "testing/signals.h"

namespace parley {
namespace {

constexpr uint32_t kSilence = 127;

// Tells a detector of frames and keeps what it says.
class Leg {
 public:
  explicit Leg(const SpeechConfig& config = {}) : detector_(config) {}

  void Hear(uint32_t level_dbov, uint32_t duration_ms) {
    for (uint32_t ms = 0; ms < duration_ms; ms += kFrameMs) Note(detector_.OnFrame(level_dbov));
  }

  // Levels of real noise around `level_dbov`.
  void HearNoise(uint32_t level_dbov, uint32_t duration_ms) {
    for (uint32_t ms = 0; ms < duration_ms; ms += kFrameMs) {
      Note(detector_.OnFrame(level_dbov - 1 + static_cast<uint32_t>(random_() % 3)));
    }
  }

  void Miss(uint32_t duration_ms) {
    for (uint32_t ms = 0; ms < duration_ms; ms += kFrameMs) Note(detector_.OnMissing());
  }

  void Stop() {
    if (detector_.Stop() == SpeechChange::kStopped) changes_.push_back("stop " + At());
    was_speaking_ = false;
  }

  // "start MS" and "stop MS" since the last call.
  std::vector<std::string> TakeChanges() { return std::exchange(changes_, {}); }

  const SpeechDetector& detector() const { return detector_; }

 private:
  std::string At() const { return std::to_string(frames_ * kFrameMs); }

  void Note(SpeechChange change) {
    ++frames_;
    if (change == SpeechChange::kStarted) changes_.push_back("start " + At());
    if (change == SpeechChange::kStopped) changes_.push_back("stop " + At());
    EXPECT_EQ(change == SpeechChange::kNone, detector_.speaking() == was_speaking_);
    was_speaking_ = detector_.speaking();
  }

  SpeechDetector detector_;
  std::mt19937 random_{1};
  std::vector<std::string> changes_;
  uint32_t frames_ = 0;
  bool was_speaking_ = false;
};

using Changes = std::vector<std::string>;

TEST(SpeechDetector, StartsAfter200MsAndStopsAfter500) {
  Leg leg;
  leg.HearNoise(60, 3000);
  leg.Hear(25, 1000);
  leg.HearNoise(60, 1000);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 3200", "stop 4500"}));
}

TEST(SpeechDetector, TimesAreConfigured) {
  Leg leg({.start_ms = 60, .stop_ms = 1000});
  leg.HearNoise(60, 3000);
  leg.Hear(25, 1000);
  leg.HearNoise(60, 2000);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 3060", "stop 5000"}));
}

TEST(SpeechDetector, TimesBeyondTheirRangeCountAsItsEnd) {
  Leg quick({.start_ms = 0, .stop_ms = 0});
  quick.Hear(25, 20);
  quick.Hear(kSilence, 20);
  EXPECT_EQ(quick.TakeChanges(), (Changes{"start 20", "stop 40"}));
  Leg slow({.start_ms = 100'000, .stop_ms = 500});
  slow.Hear(25, 2000);
  EXPECT_EQ(slow.TakeChanges(), (Changes{"start 840"}));
}

TEST(SpeechDetector, SpeechMayHaveHolesOfAThird) {
  Leg leg;
  leg.HearNoise(60, 3000);
  for (int i = 0; i < 5; ++i) {
    leg.Hear(25, 40);
    leg.Hear(60, 20);
  }
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 3280"}));
}

TEST(SpeechDetector, AKnockIsNoSpeech) {
  Leg leg;
  leg.HearNoise(60, 3000);
  for (int i = 0; i < 20; ++i) {
    leg.Hear(10, 100);
    leg.HearNoise(60, 300);
  }
  EXPECT_EQ(leg.TakeChanges(), Changes{});
}

TEST(SpeechDetector, PausesWithinSpeechDoNotStopIt) {
  Leg leg;
  leg.HearNoise(60, 3000);
  for (int i = 0; i < 30; ++i) {
    leg.Hear(25, 300);
    leg.HearNoise(60, 480);
  }
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 3200"}));
}

TEST(SpeechDetector, HearsBurstsAtMinus45Dbov) {
  for (const uint32_t background : {56U, 70U, kSilence}) {
    Leg leg;
    leg.Hear(background, 5000);
    for (int i = 0; i < 3; ++i) {
      leg.Hear(45, 400);
      leg.Hear(background, 2600);
    }
    EXPECT_EQ(leg.TakeChanges(), (Changes{"start 5200", "stop 5900", "start 8200", "stop 8900",
                                          "start 11200", "stop 11900"}))
        << background;
  }
}

TEST(SpeechDetector, SoundFainterThanMinus50DbovIsNoSpeech) {
  Leg leg;
  leg.Hear(kSilence, 3000);
  leg.Hear(51, 3000);
  EXPECT_EQ(leg.TakeChanges(), Changes{});
}

TEST(SpeechDetector, SteadyNoiseIsNoSpeechOnceItsFloorIsLearnt) {
  Leg leg;
  leg.HearNoise(40, 3500);
  leg.TakeChanges();
  EXPECT_FALSE(leg.detector().speaking());
  EXPECT_EQ(leg.detector().noise_dbov(), 41U);
  leg.HearNoise(40, 60'000);
  EXPECT_EQ(leg.TakeChanges(), Changes{});
  // Somebody speaks above it.
  leg.Hear(25, 400);
  leg.HearNoise(40, 600);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 63700", "stop 64400"}));
}

TEST(SpeechDetector, ForgetsANoiseThatHasEnded) {
  Leg leg;
  leg.HearNoise(35, 5000);
  leg.HearNoise(70, 3000);
  leg.TakeChanges();
  EXPECT_GE(leg.detector().noise_dbov(), 69U);
  leg.Hear(45, 400);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 8200"}));
}

TEST(SpeechDetector, SpeechStaysUntilItIsWithin6DbOfTheNoise) {
  Leg leg;
  leg.Hear(52, 3000);
  leg.Hear(43, 2000);  // 9 dB above: not enough to start
  EXPECT_EQ(leg.TakeChanges(), Changes{});
  leg.Hear(42, 300);
  leg.Hear(52, 200);  // so that the floor stays
  leg.Hear(46, 1500);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 5200"}));
  leg.Hear(47, 500);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"stop 7500"}));
}

TEST(SpeechDetector, ALoudTalkerWithoutPausesStaysOne) {
  for (const uint32_t level : {5U, 15U, 20U}) {
    Leg leg;
    leg.HearNoise(60, 3000);
    leg.Hear(level, 60'000);
    EXPECT_EQ(leg.TakeChanges(), (Changes{"start 3200"})) << level;
    EXPECT_EQ(leg.detector().noise_dbov(), 30U);
  }
}

TEST(SpeechDetector, MissingFramesAreNoVoiceAndNoNoise) {
  Leg leg;
  leg.HearNoise(40, 5000);
  leg.TakeChanges();
  // Silence here would teach that the noise has ended.
  leg.Miss(10'000);
  leg.HearNoise(40, 2000);
  EXPECT_EQ(leg.TakeChanges(), Changes{});
  leg.Hear(20, 300);
  leg.Miss(600);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 17200", "stop 17800"}));
}

TEST(SpeechDetector, StopsAtOnceFromOutside) {
  Leg leg;
  leg.Hear(20, 400);
  leg.Stop();
  leg.Stop();
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 200", "stop 400"}));
  // Voice from before counts no more.
  leg.Hear(20, 180);
  EXPECT_EQ(leg.TakeChanges(), Changes{});
  leg.Hear(20, 20);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 600"}));
}

TEST(SpeechDetector, HearsRealSpeechAboveRealNoise) {
  std::vector<int16_t> sound = testing::Speech(8000, 20, 8000, 3);
  std::mt19937 random(2);
  for (int16_t& sample : sound) {
    sample = static_cast<int16_t>(sample + static_cast<int>(random() % 121) - 60);
  }
  SpeechDetector detector({});
  uint32_t speaking = 0;
  const uint32_t frames = static_cast<uint32_t>(sound.size()) / 160;
  for (uint32_t i = 0; i < frames; ++i) {
    detector.OnFrame(kernels::LevelDbov(std::span(sound).subspan(size_t{i} * 160, 160)));
    speaking += detector.speaking() ? 1U : 0U;
  }
  EXPECT_GT(speaking, frames * 9 / 10);
}

// How many changes fell into the busiest ten seconds.
class Busiest {
 public:
  void Note(uint32_t frame) {
    recent_.push_back(frame);
    while (frame - recent_.front() >= kSpeechChangesMs / kFrameMs) recent_.pop_front();
    most_ = std::max(most_, recent_.size());
  }
  size_t most() const { return most_; }

 private:
  std::deque<uint32_t> recent_;
  size_t most_ = 0;
};

TEST(SpeechDetector, ChangesNeverComeMoreThanTenInTenSeconds) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    SpeechDetector detector({.start_ms = 20, .stop_ms = 20});
    Busiest busiest;
    bool voice = false;
    for (uint32_t frame = 0; frame < 20'000; ++frame) {
      if (random() % (2 + seed * 2) == 0) voice = !voice;
      if (detector.OnFrame(voice ? 20 : kSilence) != SpeechChange::kNone) busiest.Note(frame);
    }
    EXPECT_EQ(busiest.most(), kSpeechChangesMax) << seed;
  }
}

TEST(SpeechDetector, NoStartWaitsForTheLimit) {
  SpeechDetector detector({.start_ms = 20, .stop_ms = 20});
  std::mt19937 random(6);
  for (uint32_t frame = 0; frame < 20'000; ++frame) {
    const bool voice = random() % 3 == 0;
    detector.OnFrame(voice ? 20 : kSilence);
    if (voice) {
      ASSERT_TRUE(detector.speaking()) << frame;
    }
  }
}

TEST(SpeechDetector, StartsWaitAfterStopsFromOutside) {
  Leg leg({.start_ms = 20, .stop_ms = 500});
  for (int i = 0; i < 10; ++i) {
    leg.Hear(20, 100);
    leg.Stop();
  }
  EXPECT_EQ(leg.TakeChanges().size(), kSpeechChangesMax);
  leg.Hear(20, 9000);
  EXPECT_EQ(leg.TakeChanges(), Changes{});
  leg.Hear(20, 100);
  EXPECT_EQ(leg.TakeChanges(), (Changes{"start 10020"}));
}

TEST(SpeechDetector, AllocatesNothing) {
  const testing::AllocationTrap trap;
  SpeechDetector detector({});
  for (uint32_t frame = 0; frame < 1000; ++frame) detector.OnFrame(frame / 50 % 2 == 0 ? 20 : 70);
  detector.OnMissing();
  detector.Stop();
  EXPECT_EQ(trap.allocations(), 0U);
}

}  // namespace
}  // namespace parley
