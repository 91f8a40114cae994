#include "engine/shared_streams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <vector>

#include "testing/signals.h"

namespace parley {
namespace {

constexpr uint32_t kLegs = 6;
constexpr uint32_t kFrame = 320;
constexpr uint32_t kLoudDbov = 20;
constexpr CodecFormat kOpus = {layout::Codec::kOpus, 16'000};
constexpr CodecFormat kG722 = {layout::Codec::kG722, 16'000};

OpusEncoderConfig Config(uint32_t bitrate_bps, bool fec = false) {
  return {.rate_hz = 16'000, .bitrate_bps = bitrate_bps, .complexity = 0, .fec = fec};
}

class SharedStreamsTest : public ::testing::Test {
 protected:
  // One turn of `leg`, which hears the stream. True when it is sent what others are.
  bool Hear(SharedStream& stream, LegEncoder& leg, uint32_t level_dbov = kLoudDbov) {
    const auto frame = std::span(sound_).subspan(turn_ % 50 * kFrame, kFrame);
    const SharedStreams::Turn turn = streams_.Encode(stream, leg, turn_, frame, level_dbov);
    std::array<uint8_t, kSharedPayloadBytesMax> out;
    if (turn.group == nullptr) streams_.EncodeOwn(leg, turn.towards, frame, out);
    return turn.group != nullptr;
  }

  SharedStreams streams_{kLegs, kLegs};
  std::array<LegEncoder, kLegs + 1> legs_;
  SharedStream stream_;
  std::vector<int16_t> sound_ = testing::Speech(8'000, 1, 16'000, 1);
  uint64_t turn_ = 0;
};

TEST_F(SharedStreamsTest, LegsCodedOtherwiseShareNothing) {
  streams_.Open(legs_[0], kOpus, Config(24'000));
  streams_.Open(legs_[1], kOpus, Config(32'000));
  streams_.Open(legs_[2], kG722, {});
  for (const size_t leg : {0, 1, 2}) EXPECT_TRUE(Hear(stream_, legs_[leg]));
  EXPECT_EQ(streams_.counts().groups, 3u);
  streams_.Open(legs_[3], kOpus, Config(32'000));
  EXPECT_TRUE(Hear(stream_, legs_[3]));
  EXPECT_EQ(legs_[3].group, legs_[1].group);
}

TEST_F(SharedStreamsTest, BeyondTheBoundLegsGoOnAlone) {
  for (uint32_t leg = 0; leg < kLegs; ++leg) {
    streams_.Open(legs_[leg], kOpus, Config(10'000 + leg));
    EXPECT_EQ(Hear(stream_, legs_[leg]), leg < kLegs / 2);
  }
  EXPECT_EQ(streams_.counts().full, kLegs / 2);
  // As soon as a place is free, it is taken.
  streams_.Fork(legs_[0]);
  ++turn_;
  EXPECT_TRUE(Hear(stream_, legs_[5]));
}

// What is heard is loud. The first who comes later follows from the next frame on, whoever comes
// after that a second later.
TEST_F(SharedStreamsTest, WhoComesAtOnceIsCodedOnceUntilAllAre) {
  for (uint32_t leg = 0; leg < kLegs; ++leg) streams_.Open(legs_[leg], kOpus, Config(24'000));
  const auto run = [&](uint32_t legs) {
    for (uint32_t leg = 0; leg < legs; ++leg) EXPECT_TRUE(Hear(stream_, legs_[leg]));
    ++turn_;
  };
  run(1);
  run(1);
  run(2);
  EXPECT_NE(legs_[1].group, legs_[0].group);
  run(2);
  EXPECT_EQ(legs_[1].group, legs_[0].group);
  run(5);
  EXPECT_NE(legs_[2].group, legs_[0].group);
  EXPECT_EQ(legs_[2].group, legs_[3].group);
  EXPECT_EQ(legs_[2].group, legs_[4].group);
  EXPECT_EQ(streams_.counts().groups, 2u);
  // They are not at their beginning any more.
  run(6);
  EXPECT_NE(legs_[5].group, legs_[2].group);
  EXPECT_EQ(streams_.counts().groups, 3u);
  for (uint32_t turn = 0; turn <= SharedEncoder::kJoinFramesApart; ++turn) run(6);
  for (const LegEncoder& leg : std::span(legs_).first(kLegs)) EXPECT_EQ(leg.group, legs_[0].group);
  EXPECT_EQ(streams_.counts().groups, 1u);
}

TEST_F(SharedStreamsTest, WhoCameLaterIsComeToWhenTheFirstHaveLeft) {
  for (uint32_t leg = 0; leg < kLegs; ++leg) streams_.Open(legs_[leg], kOpus, Config(24'000));
  const auto run = [&](std::initializer_list<uint32_t> legs) {
    for (const uint32_t leg : legs) EXPECT_TRUE(Hear(stream_, legs_[leg]));
    ++turn_;
  };
  run({0});
  run({0});
  run({0, 1});
  run({0, 1});
  EXPECT_EQ(streams_.counts().groups, 1u);
  run({0, 1, 2, 3});
  run({0, 1, 2, 3, 4});
  EXPECT_EQ(streams_.counts().groups, 3u);
  SharedGroup* const later = legs_[2].group;
  for (const uint32_t leg : {0, 1}) streams_.Close(legs_[leg]);
  for (uint32_t turn = 0; turn <= SharedEncoder::kJoinFramesApart; ++turn) run({2, 3, 4});
  EXPECT_EQ(streams_.counts().groups, 1u);
  for (const uint32_t leg : {2, 3, 4}) EXPECT_EQ(legs_[leg].group, later);
}

// However legs come, share, fork and go: there is an encoder for each.
TEST_F(SharedStreamsTest, EachLegThatNeedsAnEncoderGetsOne) {
  std::array<SharedStream, 2> streams;
  uint32_t random = 1;
  const auto draw = [&random](uint32_t below) {
    random = random * 1'664'525 + 1'013'904'223;
    return (random >> 16) % below;
  };
  std::array<bool, kLegs> is_open = {};
  std::array<uint32_t, kLegs> hears = {};
  for (; turn_ < 3'000; ++turn_) {
    const uint32_t leg = draw(kLegs);
    switch (draw(40)) {
      case 0:
        streams_.Close(legs_[leg]);
        is_open[leg] = false;
        break;
      case 1:
        streams_.Open(legs_[leg], kOpus, Config(24'000 + 8'000 * draw(2)));
        is_open[leg] = true;
        break;
      case 2:
        streams_.Fork(legs_[leg]);
        hears[leg] = draw(2);
        break;
      default:
        break;
    }
    for (uint32_t each = 0; each < kLegs; ++each) {
      if (is_open[each])
        Hear(streams[hears[each]], legs_[each], turn_ % 100 < 10 ? 127 : kLoudDbov);
    }
  }
  EXPECT_GT(streams_.counts().forks, 20u);
  EXPECT_GT(streams_.counts().rejoins, 20u);
  for (LegEncoder& leg : legs_) streams_.Close(leg);
  EXPECT_EQ(streams_.counts().groups, 0u);
  EXPECT_EQ(streams[0].first, nullptr);
  EXPECT_EQ(streams[1].first, nullptr);
}

// What few lose is not paid for by all.
TEST_F(SharedStreamsTest, LegsThatLosePacketsAreCodedApart) {
  for (const size_t leg : {0, 1, 2}) streams_.Open(legs_[leg], kOpus, Config(24'000, true));
  const auto run = [&](uint32_t turns, uint32_t loss_percent) {
    for (uint32_t turn = 0; turn < turns; ++turn, ++turn_) {
      streams_.NoteLoss(legs_[2], turn_, loss_percent);
      for (const size_t leg : {0, 1, 2}) Hear(stream_, legs_[leg], 127);
    }
  };
  run(10, SharedStreams::kLossPercent - 1);
  EXPECT_EQ(legs_[2].group, legs_[0].group);
  run(1, SharedStreams::kLossPercent);
  EXPECT_EQ(legs_[2].group, nullptr);
  run(40, SharedStreams::kNoLossPercent + 1);
  ASSERT_NE(legs_[2].group, nullptr);
  EXPECT_NE(legs_[2].group, legs_[0].group);
  run(40, SharedStreams::kNoLossPercent);
  EXPECT_EQ(legs_[2].group, legs_[0].group);
}

// As of a station that another room hears first, in every turn: who loses packets is sent that
// frame, too, goes on from there to the bit, and comes to share with others like it.
TEST_F(SharedStreamsTest, WhoseLossIsToldBehindTheFrameLeavesBehindIt) {
  for (const size_t leg : {0, 1, 2}) streams_.Open(legs_[leg], kOpus, Config(24'000, true));
  const auto run = [&](uint32_t turns, uint32_t loss_percent) {
    bool is_shared = false;
    for (uint32_t turn = 0; turn < turns; ++turn, ++turn_) {
      Hear(stream_, legs_[0], 127);
      for (const size_t leg : {1, 2}) {
        streams_.NoteLoss(legs_[leg], turn_, loss_percent);
        is_shared = Hear(stream_, legs_[leg], 127);
      }
    }
    return is_shared;
  };
  EXPECT_TRUE(run(10, 0));
  EXPECT_EQ(legs_[2].group, legs_[0].group);
  EXPECT_TRUE(run(1, SharedStreams::kLossPercent));
  EXPECT_EQ(legs_[2].group, nullptr);
  const auto next_of = [&](const FrameEncoder& encoder) {
    OpusFrameEncoder opus;
    FrameEncoder fork;
    fork.Fork(encoder, &opus);
    std::array<uint8_t, kSharedPayloadBytesMax> out;
    const size_t bytes = fork.Encode(std::span(sound_).first(kFrame), out);
    return std::vector(out.begin(), out.begin() + bytes);
  };
  EXPECT_EQ(next_of(legs_[2].own), next_of(legs_[0].group->encoder.encoder()));
  EXPECT_FALSE(run(1, SharedStreams::kLossPercent));
  EXPECT_TRUE(run(40, SharedStreams::kLossPercent));
  EXPECT_NE(legs_[2].group, legs_[0].group);
  EXPECT_EQ(legs_[2].group, legs_[1].group);
}

// Those who follow an encoder, and those who have their own: what is coded is what an encoder makes
// that was opened with as much, and again with what was asked for when the bound is lifted.
TEST_F(SharedStreamsTest, OpusIsCodedWithNoMoreEffortThanTheBound) {
  constexpr uint32_t kAsked = 9;
  OpusEncoderConfig config = Config(24'000);
  config.complexity = kAsked;
  for (const bool shares : {true, false}) {
    SharedStreams streams(kLegs, kLegs);
    SharedStream stream;
    LegEncoder leg;
    streams.Open(leg, kOpus, config);
    OpusFrameEncoder expected;
    expected.Open(config);
    uint32_t alike = 0;
    for (uint64_t turn = 0; turn < 75; ++turn) {
      const uint32_t bound = turn / 25 == 1 ? 1 : kOpusComplexityMax;
      streams.LimitComplexity(bound);
      expected.SetComplexity(std::min(kAsked, bound));
      const auto frame = std::span(sound_).subspan(turn % 50 * kFrame, kFrame);
      std::array<uint8_t, kSharedPayloadBytesMax> own;
      std::span<const uint8_t> payload;
      if (shares) {
        payload = streams.Encode(stream, leg, turn, frame, kLoudDbov).group->encoder.payload();
      } else {
        payload = std::span(own).first(streams.EncodeOwn(leg, nullptr, frame, own));
      }
      std::array<uint8_t, kSharedPayloadBytesMax> made;
      const auto right = std::span(made).first(expected.Encode(frame, made));
      if (std::ranges::equal(payload, right)) ++alike;
    }
    EXPECT_EQ(alike, 75u) << shares;
    streams.Close(leg);
  }
}

}  // namespace
}  // namespace parley
