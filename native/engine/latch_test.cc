#include "engine/latch.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace parley {
namespace {

constexpr int64_t kRelatchNs = 2 * kNsPerSecond;

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {192, 0, 2, last}, .port = port, .family = 4};
}

const Address kNamed = Ipv4(1, 4000);
const Address kOther = Ipv4(2, 5000);

RtpHeader Packet(uint16_t sequence, uint32_t ssrc = 1) {
  return {.sequence = sequence, .ssrc = ssrc};
}

// A latch and the clock its packets come by.
class LatchTest : public ::testing::Test {
 protected:
  bool Admit(const Address& source, const RtpHeader& header) {
    return latch_.Admit(source, header, now_ns_);
  }
  void Wait(int64_t ns) { now_ns_ += ns; }

  Latch latch_{kNamed, kRelatchNs};
  int64_t now_ns_ = kNsPerSecond;
};

TEST_F(LatchTest, TakesTheFirstSourceWhenNoneIsNamed) {
  latch_ = Latch({}, kRelatchNs);
  EXPECT_FALSE(latch_.peer().is_set());
  EXPECT_TRUE(Admit(kOther, Packet(1)));
  EXPECT_EQ(latch_.peer(), kOther);
  EXPECT_FALSE(Admit(kNamed, Packet(2)));
}

TEST_F(LatchTest, TakesTheNamedSourceAtOnce) {
  EXPECT_EQ(latch_.peer(), kNamed);
  EXPECT_FALSE(latch_.is_latched());
  EXPECT_TRUE(Admit(kNamed, Packet(1)));
  EXPECT_TRUE(latch_.is_latched());
  EXPECT_FALSE(Admit(kOther, Packet(2)));
  EXPECT_FALSE(Admit(kOther, Packet(3)));
  EXPECT_EQ(latch_.peer(), kNamed);
}

TEST_F(LatchTest, TakesAnotherSourceThanTheNamedOneAfterTwoPacketsInSequence) {
  EXPECT_FALSE(Admit(kOther, Packet(65'535)));
  EXPECT_EQ(latch_.peer(), kNamed);
  EXPECT_TRUE(Admit(kOther, Packet(0)));
  EXPECT_EQ(latch_.peer(), kOther);
  EXPECT_FALSE(Admit(kNamed, Packet(1)));
}

TEST_F(LatchTest, IsNotTakenBySinglePacketsOfSeveralSources) {
  EXPECT_FALSE(Admit(kOther, Packet(1)));
  EXPECT_FALSE(Admit(Ipv4(3, 5000), Packet(2)));
  EXPECT_FALSE(Admit(kOther, Packet(2)));
  EXPECT_FALSE(Admit(kOther, Packet(3, 2)));
  EXPECT_FALSE(Admit(Ipv4(2, 5001), Packet(4, 2)));
  EXPECT_FALSE(latch_.is_latched());
}

TEST_F(LatchTest, TellsPortsOfOneHostApart) {
  EXPECT_TRUE(Admit(kNamed, Packet(1)));
  EXPECT_FALSE(Admit(Ipv4(1, 4001), Packet(2)));
}

TEST_F(LatchTest, FollowsASilentPeerToAnotherAddress) {
  EXPECT_TRUE(Admit(kNamed, Packet(65'500)));
  Wait(kRelatchNs);
  EXPECT_TRUE(latch_.is_loose(now_ns_));
  EXPECT_FALSE(Admit(kOther, Packet(65'600 & 0xffff)));
  EXPECT_EQ(latch_.peer(), kNamed);
  EXPECT_TRUE(Admit(kOther, Packet(65'601 & 0xffff)));
  EXPECT_EQ(latch_.peer(), kOther);
  EXPECT_EQ(latch_.relatches(), 1U);
  EXPECT_FALSE(latch_.is_loose(now_ns_));
  EXPECT_FALSE(Admit(kNamed, Packet(66)));
}

TEST_F(LatchTest, IsNotTakenWhileThePeerSends) {
  uint16_t sequence = 100;
  for (int second = 0; second < 60; ++second) {
    EXPECT_TRUE(Admit(kNamed, Packet(sequence)));
    Wait(kNsPerSecond);
    for (uint16_t ahead = 1; ahead < 50; ++ahead) {
      const auto guess = static_cast<uint16_t>(sequence + ahead);
      EXPECT_FALSE(Admit(kOther, Packet(guess)));
    }
    sequence = static_cast<uint16_t>(sequence + 50);
  }
  EXPECT_EQ(latch_.relatches(), 0U);
}

TEST_F(LatchTest, IsNotTakenByOtherStreamsHoweverLongThePeerIsSilent) {
  EXPECT_TRUE(Admit(kNamed, Packet(100)));
  Wait(10 * kRelatchNs);
  for (uint16_t sequence = 101; sequence < 2'000; ++sequence) {
    EXPECT_FALSE(Admit(kOther, Packet(sequence, 2)));
  }
  EXPECT_EQ(latch_.peer(), kNamed);
}

TEST_F(LatchTest, IsNotTakenByNumbersThatCannotFollow) {
  EXPECT_TRUE(Admit(kNamed, Packet(100)));
  Wait(kRelatchNs);
  // The past, and further than two seconds can reach.
  for (const uint16_t first : {uint16_t{60'000}, uint16_t{98}, uint16_t{360}, uint16_t{30'000}}) {
    EXPECT_FALSE(Admit(kOther, Packet(first)));
    EXPECT_FALSE(Admit(kOther, Packet(static_cast<uint16_t>(first + 1))));
  }
  EXPECT_TRUE(latch_.is_loose(now_ns_));
  EXPECT_FALSE(Admit(kOther, Packet(340)));
  EXPECT_TRUE(Admit(kOther, Packet(341)));
}

TEST_F(LatchTest, IsNotTakenByTwoPacketsOfTwoSources) {
  EXPECT_TRUE(Admit(kNamed, Packet(100)));
  Wait(kRelatchNs);
  EXPECT_FALSE(Admit(kOther, Packet(101)));
  EXPECT_FALSE(Admit(Ipv4(3, 5000), Packet(102)));
  EXPECT_FALSE(Admit(kOther, Packet(102, 7)));
  EXPECT_EQ(latch_.peer(), kNamed);
}

TEST_F(LatchTest, StaysForEverWhenTold) {
  latch_ = Latch(kNamed, 0);
  EXPECT_TRUE(Admit(kNamed, Packet(100)));
  Wait(3'600 * kNsPerSecond);
  EXPECT_FALSE(latch_.is_loose(now_ns_));
  EXPECT_FALSE(Admit(kOther, Packet(101)));
  EXPECT_FALSE(Admit(kOther, Packet(102)));
}

TEST_F(LatchTest, FollowsThePeerToWhereItIsSaidToBe) {
  EXPECT_TRUE(Admit(kNamed, Packet(1)));
  latch_.Rename(kOther);
  EXPECT_EQ(latch_.peer(), kOther);
  // What the peer sent before it moved is still on its way.
  for (uint16_t sequence = 2; sequence < 40; ++sequence) {
    EXPECT_FALSE(Admit(kNamed, Packet(sequence)));
  }
  EXPECT_TRUE(Admit(kOther, Packet(40)));
  EXPECT_FALSE(Admit(kNamed, Packet(41)));
  EXPECT_EQ(latch_.peer(), kOther);
}

TEST_F(LatchTest, GoesBackToAPeerThatNeverMoved) {
  EXPECT_TRUE(Admit(kNamed, Packet(1)));
  latch_.Rename(kOther);
  uint16_t sequence = 2;
  while (!Admit(kNamed, Packet(sequence)) && sequence < 1000) ++sequence;
  EXPECT_EQ(sequence, 2 + kFormerPeerPackets - 1);
  EXPECT_EQ(latch_.peer(), kNamed);
}

TEST_F(LatchTest, StaysWithAPeerThatIsNamedWhereItIs) {
  EXPECT_FALSE(Admit(kOther, Packet(1)));
  EXPECT_TRUE(Admit(kOther, Packet(2)));
  latch_.Rename(kOther);
  EXPECT_TRUE(latch_.is_latched());
}

TEST_F(LatchTest, TakesForForeignWhatCannotBeThePeers) {
  EXPECT_FALSE(latch_.IsForeign(kOther, now_ns_));
  EXPECT_TRUE(Admit(kNamed, Packet(1)));
  EXPECT_TRUE(latch_.IsForeign(kOther, now_ns_));
  EXPECT_FALSE(latch_.IsForeign(kNamed, now_ns_));
  EXPECT_FALSE(latch_.IsForeign(kOther, now_ns_ + kRelatchNs));
}

}  // namespace
}  // namespace parley
