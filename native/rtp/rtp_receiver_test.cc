#include "rtp/rtp_receiver.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace parley {
namespace {

constexpr uint32_t kRateHz = 8000;
constexpr uint32_t kSsrc = 0x1111;
constexpr uint32_t kOtherSsrc = 0x2222;

// A stream of 20 ms packets, and the clock it arrives by.
class Stream {
 public:
  // Sends `sequence` of `ssrc` with the timestamp that belongs to it, `delay_ns` after its time.
  RtpVerdict Send(int64_t sequence, uint32_t ssrc = kSsrc, int64_t delay_ns = 0) {
    const RtpHeader header{.marker = false,
                           .payload_type = 0,
                           .sequence = static_cast<uint16_t>(sequence),
                           .timestamp = static_cast<uint32_t>(sequence * 160),
                           .ssrc = ssrc};
    return receiver.OnPacket(header, (sequence + 1000) * kFrameNs + delay_ns);
  }

  void SendRange(int64_t first, int64_t end) {
    for (int64_t sequence = first; sequence < end; ++sequence) {
      EXPECT_NE(Send(sequence), RtpVerdict::kDiscardJump);
    }
  }

  RtpReceiver receiver{kRateHz};
};

TEST(RtpReceiver, MeasuresNoJitterByRepeatedTimestamps) {
  RtpReceiver receiver(kRateHz);
  RtpHeader header{.sequence = 1, .timestamp = 1000, .ssrc = kSsrc};
  for (int64_t turn = 0; turn < 50; ++turn) {
    receiver.OnPacket(header, turn * kFrameNs, RtpTiming::kRepeated);
    ++header.sequence;
  }
  EXPECT_EQ(receiver.jitter(), 0U);
  EXPECT_EQ(receiver.packets_received(), 50U);
  receiver.OnPacket(header, 50 * kFrameNs);
  header.timestamp += 160;
  ++header.sequence;
  receiver.OnPacket(header, 51 * kFrameNs + 5 * kNsPerMs);
  EXPECT_GT(receiver.jitter(), 0U);
}

TEST(RtpReceiver, LetsTheFirstPacketThroughButBelievesTheSecond) {
  Stream stream;
  EXPECT_EQ(stream.receiver.ssrc(), 0U);
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
  EXPECT_EQ(stream.Send(10), RtpVerdict::kAcceptFresh);
  EXPECT_FALSE(stream.receiver.established());
  EXPECT_EQ(stream.receiver.ssrc(), kSsrc);
  EXPECT_EQ(stream.Send(11), RtpVerdict::kAccept);
  EXPECT_TRUE(stream.receiver.established());
  EXPECT_EQ(stream.receiver.packets_received(), 2U);
}

TEST(RtpReceiver, StaysInProbationUntilTwoPacketsComeInSequence) {
  Stream stream;
  EXPECT_EQ(stream.Send(10), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.Send(12), RtpVerdict::kAccept);
  EXPECT_FALSE(stream.receiver.established());
  EXPECT_EQ(stream.Send(9000), RtpVerdict::kAcceptFresh);
  EXPECT_FALSE(stream.receiver.established());
  EXPECT_EQ(stream.Send(9001), RtpVerdict::kAccept);
  EXPECT_TRUE(stream.receiver.established());
  EXPECT_EQ(stream.receiver.packets_received(), 2U);
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
}

TEST(RtpReceiver, KeepsFirstPacketsThatCameOutOfOrder) {
  Stream stream;
  EXPECT_EQ(stream.Send(11), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.Send(10), RtpVerdict::kAccept);
  EXPECT_EQ(stream.Send(12), RtpVerdict::kAccept);
  EXPECT_TRUE(stream.receiver.established());
}

TEST(RtpReceiver, FollowsTheNewestCandidateUntilOneIsBelieved) {
  Stream stream;
  stream.Send(10);
  EXPECT_EQ(stream.Send(500, kOtherSsrc), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.Send(501, kOtherSsrc), RtpVerdict::kAccept);
  EXPECT_EQ(stream.receiver.ssrc(), kOtherSsrc);
  EXPECT_TRUE(stream.receiver.established());
}

TEST(RtpReceiver, CountsLossAndNeverBelowZero) {
  Stream stream;
  stream.SendRange(0, 10);
  stream.SendRange(15, 20);
  EXPECT_EQ(stream.receiver.packets_lost(), 5U);
  stream.Send(12);  // late, not lost
  EXPECT_EQ(stream.receiver.packets_lost(), 4U);
  for (int i = 0; i < 9; ++i) stream.Send(19);  // duplicates count as received (RFC 3550 6.4.1)
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
  EXPECT_EQ(stream.receiver.TakeReport().packets_lost, -5);
}

TEST(RtpReceiver, CountsCyclesOfTheSequenceNumber) {
  Stream stream;
  stream.SendRange(65'530, 65'536 * 2 + 5);
  const ReportBlock report = stream.receiver.TakeReport();
  EXPECT_EQ(report.extended_highest_sequence, (2U << 16) + 4);
  EXPECT_EQ(report.packets_lost, 0);
  // An old packet from before the wrap changes nothing.
  EXPECT_EQ(stream.Send(65'536 * 2 - 3), RtpVerdict::kAccept);
  EXPECT_EQ(stream.receiver.TakeReport().extended_highest_sequence, (2U << 16) + 4);
}

TEST(RtpReceiver, ReportsTheFractionLostOfEachInterval) {
  Stream stream;
  stream.SendRange(0, 64);
  EXPECT_EQ(stream.receiver.TakeReport().fraction_lost, 0);
  stream.SendRange(80, 128);  // 16 of 64
  ReportBlock report = stream.receiver.TakeReport();
  EXPECT_EQ(report.fraction_lost, 64);
  EXPECT_EQ(report.packets_lost, 16);
  EXPECT_EQ(report.ssrc, kSsrc);
  stream.SendRange(128, 192);
  EXPECT_EQ(stream.receiver.TakeReport().fraction_lost, 0);
  EXPECT_EQ(stream.receiver.TakeReport().fraction_lost, 0);  // nothing expected
  stream.Send(2'900);
  EXPECT_EQ(stream.receiver.TakeReport().fraction_lost, 255);
}

TEST(RtpReceiver, BelievesAJumpOnlyWhenTheNextPacketFollowsIt) {
  Stream stream;
  stream.SendRange(0, 10);
  EXPECT_EQ(stream.Send(20'000), RtpVerdict::kDiscardJump);
  EXPECT_EQ(stream.Send(10), RtpVerdict::kAccept);
  EXPECT_EQ(stream.Send(30'000), RtpVerdict::kDiscardJump);
  EXPECT_EQ(stream.Send(30'001), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.Send(30'002), RtpVerdict::kAccept);
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
  EXPECT_EQ(stream.receiver.packets_received(), 2U);
}

TEST(RtpReceiver, NoticesARestartAtALowerSequence) {
  Stream stream;
  stream.SendRange(1000, 1100);
  EXPECT_EQ(stream.Send(1050), RtpVerdict::kAccept);  // late, still within misorder
  EXPECT_EQ(stream.Send(1000), RtpVerdict::kDiscardJump);
  EXPECT_EQ(stream.Send(1001), RtpVerdict::kAcceptFresh);
}

TEST(RtpReceiver, ANewSourceTakesOverAfterTwoPacketsInSequence) {
  Stream stream;
  stream.SendRange(0, 10);
  EXPECT_EQ(stream.Send(700, kOtherSsrc), RtpVerdict::kDiscardProbation);
  EXPECT_EQ(stream.receiver.ssrc(), kSsrc);
  EXPECT_EQ(stream.Send(701, kOtherSsrc), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.receiver.ssrc(), kOtherSsrc);
  EXPECT_TRUE(stream.receiver.established());
  EXPECT_EQ(stream.receiver.packets_received(), 2U);
  EXPECT_EQ(stream.Send(702, kOtherSsrc), RtpVerdict::kAccept);
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
}

TEST(RtpReceiver, TakeoverAcrossTheSequenceWrapCountsTheCycle) {
  Stream stream;
  stream.SendRange(0, 10);
  stream.Send(65'535, kOtherSsrc);
  EXPECT_EQ(stream.Send(65'536, kOtherSsrc), RtpVerdict::kAcceptFresh);
  EXPECT_EQ(stream.receiver.packets_lost(), 0U);
}

TEST(RtpReceiver, TwoSourcesAtOnceDoNotTakeTurns) {
  Stream stream;
  stream.SendRange(0, 10);
  for (int64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(stream.Send(700 + i, kOtherSsrc), RtpVerdict::kDiscardProbation);
    EXPECT_EQ(stream.Send(10 + i), RtpVerdict::kAccept);
  }
  EXPECT_EQ(stream.receiver.ssrc(), kSsrc);
}

TEST(RtpReceiver, JitterOfASteadyStreamIsZero) {
  Stream stream;
  stream.SendRange(0, 100);
  EXPECT_EQ(stream.receiver.jitter(), 0U);
}

TEST(RtpReceiver, JitterNearsTheMeanDifferenceOfTransits) {
  Stream stream;
  for (int64_t i = 0; i < 400; ++i) stream.Send(i, kSsrc, i % 2 == 0 ? 0 : 5 * kNsPerMs);
  // Every step is 5 ms: 40 timestamp units.
  EXPECT_NEAR(stream.receiver.jitter(), 40, 1);
  EXPECT_NEAR(stream.receiver.jitter_us(), 5000, 125);
  EXPECT_EQ(stream.receiver.TakeReport().jitter, stream.receiver.jitter());
}

TEST(RtpReceiver, AMediaClockThatLeapsIsNotJitter) {
  Stream stream;
  stream.SendRange(0, 10);
  const RtpHeader leapt{
      .marker = true, .payload_type = 0, .sequence = 10, .timestamp = 0x7000'0000, .ssrc = kSsrc};
  EXPECT_EQ(stream.receiver.OnPacket(leapt, 1010 * kFrameNs), RtpVerdict::kAccept);
  EXPECT_EQ(stream.receiver.jitter(), 0U);
}

}  // namespace
}  // namespace parley
