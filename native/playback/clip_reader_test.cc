#include "playback/clip_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "base/units.h"
#include "testing/allocation_trap.h"
#include "testing/clip_memory.h"

namespace parley {
namespace {

using testing::ClipMemory;
using Turn = ClipReader::Turn;

constexpr uint32_t kFrame = FrameSamples(48000);
constexpr uint32_t kAnyRate[] = {8000, 16000, 24000, 44100, 48000};

std::vector<int16_t> Noise(size_t samples, uint32_t seed = 1) {
  std::minstd_rand random(seed);
  std::vector<int16_t> noise(samples);
  for (int16_t& sample : noise) {
    sample = static_cast<int16_t>(static_cast<int>(random() % 20'001) - 10'000);
  }
  return noise;
}

std::vector<int16_t> Render(const ClipReader& reader, uint32_t rate_hz) {
  std::vector<int16_t> frame(FrameSamples(rate_hz));
  reader.Render(rate_hz, frame);
  return frame;
}

// Everything until the end, at a rate; whole frames. Nothing starves.
std::vector<int16_t> PlayOut(ClipReader reader, uint32_t rate_hz = 48000) {
  std::vector<int16_t> heard;
  while (true) {
    const Turn turn = reader.Advance();
    EXPECT_NE(turn, Turn::kStarved);
    if (turn != Turn::kSound) return heard;
    const std::vector<int16_t> frame = Render(reader, rate_hz);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
}

std::vector<int16_t> Repeated(const std::vector<int16_t>& once, uint32_t times) {
  std::vector<int16_t> all;
  for (uint32_t count = 0; count < times; ++count) all.insert(all.end(), once.begin(), once.end());
  return all;
}

std::vector<int16_t> FilledUp(std::vector<int16_t> samples) {
  samples.resize((samples.size() + kFrame - 1) / kFrame * kFrame);
  return samples;
}

TEST(ClipReader, JoinsLoopsToTheSample) {
  for (const size_t length : {1u, 7u, 959u, 960u, 961u, 1'000u, 2'880u, 10'007u}) {
    const std::vector<int16_t> sound = Noise(length);
    const ClipMemory memory(sound);
    for (const uint32_t loops : {1u, 2u, 3u, 50u}) {
      EXPECT_EQ(PlayOut(ClipReader(&memory.clip(), loops)), FilledUp(Repeated(sound, loops)))
          << length << " times " << loops;
    }
  }
}

// The reference: all of it through one filter.
std::vector<int16_t> Resampled(const std::vector<int16_t>& all, uint32_t rate_hz) {
  Resampler resampler;
  resampler.Reset(48000, rate_hz);
  std::vector<int16_t> out(all.size() / kFrame * FrameSamples(rate_hz));
  for (size_t frame = 0; frame < all.size() / kFrame; ++frame) {
    resampler.Process(std::span(all).subspan(frame * kFrame, kFrame),
                      std::span(out).subspan(frame * FrameSamples(rate_hz), FrameSamples(rate_hz)));
  }
  return out;
}

TEST(ClipReader, GivesTheBitsOfOneFilterOverAllAtEveryRate) {
  for (const size_t length : {3u, 150u, 1'000u, 4'801u}) {
    const std::vector<int16_t> sound = Noise(length);
    const ClipMemory memory(sound);
    const std::vector<int16_t> all = FilledUp(Repeated(sound, 9));
    for (const uint32_t rate_hz : kAnyRate) {
      EXPECT_EQ(PlayOut(ClipReader(&memory.clip(), 9), rate_hz), Resampled(all, rate_hz))
          << length << " at " << rate_hz;
    }
  }
}

TEST(ClipReader, RendersAFrameAnyNumberOfTimesTheSame) {
  const ClipMemory memory(Noise(10'000));
  ClipReader reader(&memory.clip(), 1);
  reader.Advance();
  reader.Advance();
  const std::vector<int16_t> first = Render(reader, 16000);
  Render(reader, 8000);
  EXPECT_EQ(Render(reader, 16000), first);
}

TEST(ClipReader, PlaysWithoutEnd) {
  const std::vector<int16_t> sound = Noise(1'234);
  const ClipMemory memory(sound);
  ClipReader reader(&memory.clip(), 0);
  for (uint32_t frame = 0; frame < 5'000; ++frame) {
    ASSERT_EQ(reader.Advance(), Turn::kSound);
    const std::vector<int16_t> heard = Render(reader, 48000);
    for (uint32_t at = 0; at < kFrame; ++at) {
      ASSERT_EQ(heard[at], sound[(size_t{frame} * kFrame + at) % sound.size()]);
    }
  }
}

TEST(ClipReader, WaitsForWhatIsStillBeingWrittenAndLosesNothing) {
  const std::vector<int16_t> sound = Noise(5 * kFrame + 300);
  ClipMemory memory(8 * kFrame);
  ClipReader reader(&memory.clip(), 2);
  EXPECT_EQ(reader.Advance(), Turn::kStarved);
  EXPECT_FALSE(reader.has_sound());
  EXPECT_EQ(Render(reader, 8000), std::vector<int16_t>(160));
  std::vector<int16_t> heard;
  uint32_t starved = 0;
  size_t written = 0;
  for (int turn = 0; turn < 100; ++turn) {
    // Never quite as fast as it is played, and then it ends.
    written += memory.Write(
        std::span(sound).subspan(written, std::min<size_t>(700, sound.size() - written)));
    if (written == sound.size()) memory.End();
    const Turn what = reader.Advance();
    if (what == Turn::kEnded) break;
    if (what == Turn::kStarved) {
      ++starved;
      continue;
    }
    const std::vector<int16_t> frame = Render(reader, 48000);
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  EXPECT_EQ(heard, FilledUp(Repeated(sound, 2)));
  EXPECT_GT(starved, 1u);
}

TEST(ClipReader, PlaysAStreamManyTimesTheSizeOfItsRing) {
  const std::vector<int16_t> sound = Noise(100 * kFrame + 17);
  for (const uint32_t rate_hz : kAnyRate) {
    ClipMemory memory(4'096, layout::ClipKind::kStream);
    // Loops mean nothing to it.
    ClipReader reader(&memory.clip(), 5);
    std::minstd_rand random(3);
    std::vector<int16_t> heard;
    size_t written = 0;
    uint32_t starved = 0;
    for (Turn what = Turn::kSound; what != Turn::kEnded; what = reader.Advance()) {
      if (what == Turn::kStarved) ++starved;
      if (reader.has_sound()) {
        const std::vector<int16_t> frame = Render(reader, rate_hz);
        heard.insert(heard.end(), frame.begin(), frame.end());
      }
      const size_t wished = random() % 4 == 0 ? 0 : random() % 4'000;
      written += memory.Write(
          std::span(sound).subspan(written, std::min<size_t>(wished, sound.size() - written)));
      if (written == sound.size()) memory.End();
    }
    EXPECT_EQ(heard, Resampled(FilledUp(sound), rate_hz)) << rate_hz;
    EXPECT_GT(starved, 2u);
  }
}

TEST(ClipReader, EndsAtOnceWithNothingToPlay) {
  EXPECT_EQ(ClipReader().Advance(), Turn::kEnded);
  EXPECT_EQ(ClipReader(nullptr, 0).Advance(), Turn::kEnded);
  ClipMemory empty(0);
  empty.End();
  EXPECT_EQ(ClipReader(&empty.clip(), 0).Advance(), Turn::kEnded);
  ClipMemory stream(4'096, layout::ClipKind::kStream);
  stream.End();
  EXPECT_EQ(ClipReader(&stream.clip(), 1).Advance(), Turn::kEnded);
}

TEST(ClipReader, EndsWhenItsClipIsWithdrawn) {
  ClipMemory memory(Noise(100'000));
  ClipReader reader(&memory.clip(), 0);
  EXPECT_EQ(reader.Advance(), Turn::kSound);
  memory.Withdraw();
  EXPECT_EQ(reader.Advance(), Turn::kEnded);
  EXPECT_FALSE(reader.has_sound());
  EXPECT_EQ(reader.Advance(), Turn::kEnded);
}

// Positions are any numbers: what matters is that nothing outside is read (under sanitizers) and
// that the tick gets its frame.
TEST(ClipReader, ReadsNothingOutsideWhateverTheOtherSideWrites) {
  std::minstd_rand engine(5);
  const auto random = [&] { return static_cast<uint32_t>(engine()); };
  for (const layout::ClipKind kind : {layout::ClipKind::kWhole, layout::ClipKind::kStream}) {
    for (int round = 0; round < 300; ++round) {
      ClipMemory memory(kind == layout::ClipKind::kWhole ? random() % 3'000 : 2'048, kind);
      ClipReader reader(&memory.clip(), random() % 4);
      for (int turn = 0; turn < 30; ++turn) {
        const uint32_t any = random() * 7u + random();
        memory.head().written = random() % 3 == 0 ? any : random() % 4'000;
        memory.head().ended = random() % 3 == 0;
        memory.head().capacity_samples = any;
        memory.head().kind = any % 3;
        memory.head().read = any;
        reader.Advance();
        for (const uint32_t rate_hz : kAnyRate) Render(reader, rate_hz);
      }
    }
  }
}

TEST(ClipReader, AllocatesNothing) {
  const ClipMemory memory(Noise(3'000));
  std::vector<int16_t> frame(kFrame);
  const testing::AllocationTrap trap;
  ClipReader reader(&memory.clip(), 2);
  for (int turn = 0; turn < 10; ++turn) {
    reader.Advance();
    for (const uint32_t rate_hz : kAnyRate) {
      reader.Render(rate_hz, std::span(frame).first(FrameSamples(rate_hz)));
    }
  }
  EXPECT_EQ(trap.allocations(), 0u);
}

}  // namespace
}  // namespace parley
