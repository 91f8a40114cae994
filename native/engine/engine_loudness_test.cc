// Two to eight callers talk at -3 dBFS at once, through the whole engine: nothing wraps, nothing
// splatters, and what fits is left as it is. Prints what it measures.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "base/units.h"
#include "mixer/limiter.h"
#include "testing/loudness.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using layout::Codec;
using testing::TestCaller;
using testing::TestShard;

constexpr uint32_t kTalkersFirst = 2;
constexpr uint32_t kTalkersLast = 8;
constexpr uint32_t kStages = kTalkersLast - kTalkersFirst + 1;
constexpr uint32_t kStageSeconds = 2;
constexpr uint32_t kSeed = 1;
// The limiter is at rest so long after what did not fit: hold, and the release to -80 dB.
constexpr uint32_t kRestFrames = 12;

struct Path {
  const char* name;
  CodecFormat format;
  bool is_rtp;
  // A codec's own noise lies outside the band too: what is judged there is the wrap alone.
  bool is_exact;
};

constexpr Path kPaths[] = {
    {"RTP L16 16 kHz", {Codec::kL16, 16000}, true, true},
    {"gRPC L16 16 kHz", {Codec::kLinear16, 16000}, false, true},
    {"gRPC L16 48 kHz", {Codec::kLinear16, 48000}, false, true},
    {"RTP PCMU 8 kHz", {Codec::kPcmu, 8000}, true, false},
};

std::unique_ptr<TestCaller> MakeCaller(const Path& path, uint32_t slot) {
  const testing::LegRef leg = {.slot = slot};
  if (!path.is_rtp) return std::make_unique<testing::LaneCaller>(leg, path.format);
  const uint8_t payload_type = path.format.codec == Codec::kPcmu ? 0 : 96;
  return std::make_unique<testing::RtpCaller>(leg, path.format, payload_type);
}

// A voice that comes in so late that it ends at `loud`; from there on its beginning again, softly.
int16_t Say(const std::vector<double>& voice, size_t loud, size_t at) {
  if (at >= loud) return static_cast<int16_t>(std::lround(voice[at - loud] * 0.9 / kTalkersLast));
  const size_t begin = loud - voice.size();
  return at < begin ? int16_t{0} : static_cast<int16_t>(std::lround(voice[at - begin]));
}

// What a silent listener hears, and the exact sum of what was said.
struct Heard {
  std::vector<int16_t> heard;
  std::vector<int32_t> sum;
};

// Two talk for `kStageSeconds`, then one more, and so on to eight; at last all talk softly.
Heard Listen(const Path& path, uint32_t seed) {
  const uint32_t rate_hz = path.format.rate_hz;
  std::mt19937 random(seed);
  TestShard shard;
  std::vector<Record> batch = {testing::OpenRoom(1, rate_hz)};
  std::vector<std::unique_ptr<TestCaller>> callers;
  std::vector<std::vector<double>> voices;
  for (uint32_t slot = 0; slot <= kTalkersLast; ++slot) {
    callers.push_back(MakeCaller(path, slot));
    layout::OpenLeg open = callers.back()->OpenLeg();
    open.jitter_ms = 0;
    batch.push_back(Record::From(open));
    batch.push_back(testing::RouteLeg({.slot = slot}, {.room = 1}));
    // Who comes in later begins later, so that nobody is cut into.
    const uint32_t stages = slot < kTalkersFirst ? kStages : kStages - (slot + 1 - kTalkersFirst);
    if (slot == kTalkersLast) continue;
    voices.push_back(testing::LoudTalker(rate_hz, kStageSeconds * stages, random));
  }
  shard.Command(batch);
  Heard result;
  const uint32_t samples = FrameSamples(rate_hz);
  const size_t loud = voices[0].size();
  for (size_t from = 0; from < loud + rate_hz; from += samples) {
    std::vector<int32_t> sum(samples);
    for (uint32_t slot = 0; slot <= kTalkersLast; ++slot) {
      std::vector<int16_t> frame(samples);
      for (uint32_t i = 0; i < samples && slot < kTalkersLast; ++i) {
        frame[i] = Say(voices[slot], loud, from + i);
        sum[i] += frame[i];
      }
      callers[slot]->Send(shard, frame);
    }
    shard.Tick(4);
    const auto sent = shard.port().TakeSent();
    for (auto& caller : callers) caller->Hear(shard, sent);
    result.sum.insert(result.sum.end(), sum.begin(), sum.end());
  }
  result.heard = callers[kTalkersLast]->heard();
  return result;
}

// Samples on the wrong side of zero though the sum is far from it.
size_t Wrapped(const Heard& result) {
  size_t wrapped = 0;
  for (size_t i = 0; i < result.heard.size(); ++i) {
    if (std::abs(result.sum[i]) > 8000 && (result.sum[i] > 0) != (result.heard[i] > 0)) ++wrapped;
  }
  return wrapped;
}

// Frames whose sum fits, the limiter being at rest, and how many of these were changed.
std::pair<size_t, size_t> Fitting(const Heard& result, uint32_t samples) {
  size_t fitting = 0;
  size_t changed = 0;
  uint32_t fits_for = kRestFrames;
  for (size_t from = 0; from + samples <= result.heard.size(); from += samples) {
    bool fits = true;
    bool is_same = true;
    for (size_t i = from; i < from + samples; ++i) {
      fits = fits && static_cast<uint32_t>(std::abs(result.sum[i])) <= kLimiterCeiling;
      is_same = is_same && result.sum[i] == result.heard[i];
    }
    fits_for = fits ? fits_for + 1 : 0;
    if (fits_for <= kRestFrames) continue;
    ++fitting;
    changed += is_same ? 0 : 1;
  }
  return {fitting, changed};
}

class LoudEngine : public ::testing::TestWithParam<Path> {};

TEST_P(LoudEngine, TalkersNeitherWrapNorSplatterAndWhatFitsIsLeftAsItIs) {
  const Path& path = GetParam();
  const uint32_t rate_hz = path.format.rate_hz;
  const Heard result = Listen(path, kSeed);
  ASSERT_EQ(result.heard.size(), result.sum.size());
  const std::vector<double> sound(result.heard.begin(), result.heard.end());
  const size_t stage = size_t{rate_hz} * kStageSeconds;
  for (uint32_t talkers = kTalkersFirst; talkers <= kTalkersLast; ++talkers) {
    const auto part = std::span(sound).subspan((talkers - kTalkersFirst) * stage, stage);
    std::printf("%-16s %u talkers: outside the band %6.1f dB\n", path.name, talkers,
                testing::OutOfBandDb(part, rate_hz));
  }
  const double outside_db = testing::OutOfBandDb(std::span(sound).first(kStages * stage), rate_hz);
  const size_t wrapped = Wrapped(result);
  const auto [fitting, changed] = Fitting(result, FrameSamples(rate_hz));
  std::printf(
      "%-16s all: outside the band %6.1f dB, samples wrapped %zu, changed %zu of %zu frames that "
      "fit\n",
      path.name, outside_db, wrapped, changed, fitting);
  EXPECT_EQ(wrapped, 0u);
  EXPECT_GE(fitting, 50u);
  if (!path.is_exact) return;
  EXPECT_LE(outside_db, -65.0);
  EXPECT_EQ(changed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Paths, LoudEngine, ::testing::ValuesIn(kPaths));

}  // namespace
}  // namespace parley
