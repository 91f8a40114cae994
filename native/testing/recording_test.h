// Test support: a room of callers who each say something of their own, and recorders of it.

#pragma once

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "testing/listening_test.h"
#include "testing/recording_memory.h"

namespace parley::testing {

using Samples = std::vector<int16_t>;

// Sample by sample; the longer one counts.
inline Samples Sum(Samples a, const Samples& b) {
  a.resize(std::max(a.size(), b.size()));
  for (size_t at = 0; at < b.size(); ++at) a[at] = static_cast<int16_t>(a[at] + b[at]);
  return a;
}

// Frames of it at 16 kHz.
inline Samples SilentFrames(uint32_t frames) { return Samples(size_t{frames} * 320); }

class RecordingTest : public ListeningTest {
 protected:
  void OpenRoom(uint32_t phase = 0) { shard_.Command({testing::OpenRoom(0, 16000, phase)}); }

  // Everybody says something of their own for so many frames, each sample another; kept in said_.
  void Talk(uint32_t frames) {
    said_.resize(callers_.size());
    for (uint32_t frame = 0; frame < frames; ++frame) {
      for (size_t at = 0; at < callers_.size(); ++at) {
        Samples sound(callers_[at]->frame_samples());
        for (int16_t& sample : sound) sample = static_cast<int16_t>(random_() % 4'000) - 2'000;
        callers_[at]->Send(shard_, sound);
        said_[at].insert(said_[at].end(), sound.begin(), sound.end());
      }
      Turn();
    }
  }
  Samples TakeSaid(size_t caller) { return std::exchange(said_[caller], {}); }

  Tap Leg(uint32_t slot, layout::RecorderSource source) {
    return {.source = source, .leg = {.slot = slot}};
  }

  std::minstd_rand random_{3};
  std::vector<Samples> said_;
};

}  // namespace parley::testing
