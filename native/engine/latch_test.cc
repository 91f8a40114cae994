#include "engine/latch.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

Address Ipv4(uint8_t last, uint16_t port) {
  return {.bytes = {192, 0, 2, last}, .port = port, .family = 4};
}

const Address kNamed = Ipv4(1, 4000);
const Address kOther = Ipv4(2, 5000);

RtpHeader Packet(uint16_t sequence, uint32_t ssrc = 1) {
  return {.sequence = sequence, .ssrc = ssrc};
}

TEST(LatchTest, TakesTheFirstSourceWhenNoneIsNamed) {
  Latch latch{Address{}};
  EXPECT_FALSE(latch.peer().is_set());
  EXPECT_TRUE(latch.Admit(kOther, Packet(1)));
  EXPECT_EQ(latch.peer(), kOther);
  EXPECT_FALSE(latch.Admit(kNamed, Packet(2)));
}

TEST(LatchTest, TakesTheNamedSourceAtOnce) {
  Latch latch(kNamed);
  EXPECT_EQ(latch.peer(), kNamed);
  EXPECT_FALSE(latch.is_latched());
  EXPECT_TRUE(latch.Admit(kNamed, Packet(1)));
  EXPECT_TRUE(latch.is_latched());
  EXPECT_FALSE(latch.Admit(kOther, Packet(2)));
  EXPECT_FALSE(latch.Admit(kOther, Packet(3)));
  EXPECT_EQ(latch.peer(), kNamed);
}

TEST(LatchTest, TakesAnotherSourceThanTheNamedOneAfterTwoPacketsInSequence) {
  Latch latch(kNamed);
  EXPECT_FALSE(latch.Admit(kOther, Packet(65'535)));
  EXPECT_EQ(latch.peer(), kNamed);
  EXPECT_TRUE(latch.Admit(kOther, Packet(0)));
  EXPECT_EQ(latch.peer(), kOther);
  EXPECT_FALSE(latch.Admit(kNamed, Packet(1)));
}

TEST(LatchTest, IsNotTakenBySinglePacketsOfSeveralSources) {
  Latch latch(kNamed);
  EXPECT_FALSE(latch.Admit(kOther, Packet(1)));
  EXPECT_FALSE(latch.Admit(Ipv4(3, 5000), Packet(2)));
  EXPECT_FALSE(latch.Admit(kOther, Packet(2)));
  EXPECT_FALSE(latch.Admit(kOther, Packet(3, 2)));
  EXPECT_FALSE(latch.Admit(Ipv4(2, 5001), Packet(4, 2)));
  EXPECT_FALSE(latch.is_latched());
}

TEST(LatchTest, TellsPortsOfOneHostApart) {
  Latch latch(kNamed);
  EXPECT_TRUE(latch.Admit(kNamed, Packet(1)));
  EXPECT_FALSE(latch.Admit(Ipv4(1, 4001), Packet(2)));
}

TEST(LatchTest, FollowsThePeerToWhereItIsSaidToBe) {
  Latch latch(kNamed);
  EXPECT_TRUE(latch.Admit(kNamed, Packet(1)));
  latch.Rename(kOther);
  EXPECT_EQ(latch.peer(), kOther);
  // What the peer sent before it moved is still on its way.
  for (uint16_t sequence = 2; sequence < 40; ++sequence) {
    EXPECT_FALSE(latch.Admit(kNamed, Packet(sequence)));
  }
  EXPECT_TRUE(latch.Admit(kOther, Packet(40)));
  EXPECT_FALSE(latch.Admit(kNamed, Packet(41)));
  EXPECT_EQ(latch.peer(), kOther);
}

TEST(LatchTest, GoesBackToAPeerThatNeverMoved) {
  Latch latch(kNamed);
  EXPECT_TRUE(latch.Admit(kNamed, Packet(1)));
  latch.Rename(kOther);
  uint16_t sequence = 2;
  while (!latch.Admit(kNamed, Packet(sequence)) && sequence < 1000) ++sequence;
  EXPECT_EQ(sequence, 2 + kFormerPeerPackets - 1);
  EXPECT_EQ(latch.peer(), kNamed);
}

TEST(LatchTest, StaysWithAPeerThatIsNamedWhereItIs) {
  Latch latch(kNamed);
  EXPECT_FALSE(latch.Admit(kOther, Packet(1)));
  EXPECT_TRUE(latch.Admit(kOther, Packet(2)));
  latch.Rename(kOther);
  EXPECT_TRUE(latch.is_latched());
}

}  // namespace
}  // namespace parley
