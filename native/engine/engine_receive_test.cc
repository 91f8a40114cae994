// How many packets an RTP leg is asked for in a turn: one while nothing else is expected, and
// never so that something is missing.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <map>
#include <random>
#include <vector>

#include "base/units.h"
#include "engine/engine.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley {
namespace {

using testing::FakePort;
using testing::RtpCaller;
using testing::TestShard;

constexpr CodecFormat kPcmu = {layout::Codec::kPcmu, 8000};
constexpr int64_t kTickNs = 5 * kNsPerMs;
constexpr uint32_t kJitterMs = 40;

// A PCMU leg of a shard of its own, in room 0.
class Line {
 public:
  Line() {
    layout::OpenLeg command = caller_.OpenLeg();
    command.jitter_ms = kJitterMs;
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(command),
                    testing::RouteLeg(caller_.leg(), {.room = 0})});
  }

  std::vector<uint8_t> NextPacket(uint32_t samples = 160) {
    return caller_.NextPacket(std::vector<int16_t>(samples, 1000));
  }
  void Deliver(const std::vector<uint8_t>& packet) { Deliver(packet, shard_.now_ns()); }
  void Deliver(const std::vector<uint8_t>& packet, int64_t arrival_ns) {
    shard_.port().Deliver(caller_.descriptor(), caller_.address(), packet, arrival_ns);
  }
  // A packet each turn, until the leg has been connected for a while.
  void Settle() {
    for (int turn = 0; turn < 60; ++turn) {
      Deliver(NextPacket());
      shard_.Tick(4);
    }
  }
  // What a turn has asked the port for.
  FakePort::Calls Turn() {
    const FakePort::Calls before = calls();
    shard_.Tick(4);
    return {.receive = calls().receive - before.receive,
            .receive_of_peer = calls().receive_of_peer - before.receive_of_peer,
            .arrival = calls().arrival - before.arrival};
  }
  FakePort::Calls calls() {
    const auto& calls = shard_.port().calls();
    const auto found = calls.find(caller_.descriptor());
    return found == calls.end() ? FakePort::Calls{} : found->second;
  }
  int turns_of_one() { return calls().receive_of_peer; }

  TestShard& shard() { return shard_; }
  RtpCaller& caller() { return caller_; }
  const layout::LegSlot& slot() const { return shard_.arena().leg(0); }

 private:
  TestShard shard_;
  RtpCaller caller_{{.slot = 0}, kPcmu, 0};
};

TEST(EngineReceive, ALegInStepIsAskedForOnePacketATurn) {
  Line line;
  line.Settle();
  for (int turn = 0; turn < 100; ++turn) {
    line.Deliver(line.NextPacket());
    const FakePort::Calls asked = line.Turn();
    EXPECT_EQ(asked.receive, 0);
    EXPECT_EQ(asked.receive_of_peer, 1);
  }
  EXPECT_EQ(line.slot().packets_received, 160u);
}

TEST(EngineReceive, WhoIsNotConnectedIsAskedForAll) {
  Line line;
  line.shard().port().RefuseConnects();
  line.Settle();
  EXPECT_EQ(line.turns_of_one(), 0);
}

// Of a leg that follows another peer from now on, whoever sends is asked for.
TEST(EngineReceive, WhoIsConnectedNoMoreIsAskedForAll) {
  Line line;
  line.Settle();
  layout::OpenLeg elsewhere = line.caller().OpenLeg();
  elsewhere.remote_rtp_port += 2;
  line.shard().Command({testing::UpdateLeg(elsewhere)});
  const int turns_before = line.turns_of_one();
  line.Turn();
  line.Deliver(line.NextPacket());
  line.Turn();
  EXPECT_EQ(line.turns_of_one(), turns_before);
  EXPECT_EQ(line.shard().engine().stats()->packets_foreign, 1u);
}

// The first is what is expected; the next turn sees that the second has waited, and takes all.
TEST(EngineReceive, WhatComesBesideItIsTakenInTheNextTurn) {
  Line line;
  line.Settle();
  for (int packet = 0; packet < 3; ++packet) line.Deliver(line.NextPacket());
  EXPECT_EQ(line.Turn().receive, 0);
  EXPECT_EQ(line.slot().packets_received, 61u);
  EXPECT_GT(line.Turn().receive, 0);
  EXPECT_EQ(line.slot().packets_received, 63u);
}

TEST(EngineReceive, WhatIsNotExpectedIsNotTheLastOfItsTurn) {
  const auto expect_all = [](const char* what, auto deliver) {
    Line line;
    line.Settle();
    const uint64_t received = line.slot().packets_received;
    const uint64_t delivered = deliver(line);
    line.Turn();
    EXPECT_EQ(line.slot().packets_received - received, delivered) << what;
  };
  expect_all("behind a gap", [](Line& line) {
    line.NextPacket();
    for (int packet = 0; packet < 2; ++packet) line.Deliver(line.NextPacket());
    return 2u;
  });
  expect_all("in another order", [](Line& line) {
    const std::vector<uint8_t> first = line.NextPacket();
    line.Deliver(line.NextPacket());
    line.Deliver(first);
    return 2u;
  });
  expect_all("less than a frame", [](Line& line) {
    for (int packet = 0; packet < 2; ++packet) line.Deliver(line.NextPacket(80));
    return 2u;
  });
  expect_all("a key", [](Line& line) {
    const std::vector<uint8_t> event = {5, 10, 0, 160};
    line.Deliver(line.caller().NextOther(101, line.caller().timestamp(), event));
    line.Deliver(line.NextPacket());
    return 2u;
  });
  expect_all("from the turn before", [](Line& line) {
    const int64_t before_ns = line.shard().now_ns() - 4 * kTickNs;
    for (int packet = 0; packet < 2; ++packet) line.Deliver(line.NextPacket(), before_ns);
    return 2u;
  });
}

// Of a leg that has come evenly for 6 s.
class SteadyLine : public Line {
 public:
  SteadyLine() {
    for (int turn = 0; turn < 320; ++turn) Next();
  }
  // The next packet comes, and its turn.
  FakePort::Calls Next(int64_t late_ns = 0) {
    Deliver(NextPacket(), shard().now_ns() + late_ns);
    return Turn();
  }
  // In how many of `turns` it was asked when a packet came.
  int CountAsked(int turns) {
    int asked = 0;
    for (int turn = 0; turn < turns; ++turn) asked += Next().arrival;
    return asked;
  }
};

TEST(EngineReceive, OfASteadyStreamOneInSevenIsAskedWhenItCame) {
  Line young;
  young.Settle();
  young.Deliver(young.NextPacket());
  EXPECT_EQ(young.Turn().arrival, 1);
  SteadyLine line;
  // And those that end 3 s.
  EXPECT_NEAR(line.CountAsked(700), 102.5, 2.5);
  EXPECT_EQ(line.slot().packets_received, 1020u);
  EXPECT_EQ(line.slot().frames_concealed, 0u);
}

// It is found among the seven, and from then on all are asked until it is forgotten.
TEST(EngineReceive, AStreamThatIsSteadyNoMoreIsAskedForAll) {
  SteadyLine line;
  for (int turn = 0; turn < 7; ++turn) line.Next(6 * kNsPerMs);
  EXPECT_EQ(line.CountAsked(100), 100);
  line.CountAsked(300);
  EXPECT_NEAR(line.CountAsked(70), 10, 1);
}

TEST(EngineReceive, WhatIsNotTheNextOfASteadyStreamIsAskedWhenItCame) {
  const auto expect_asked = [](const char* what, int in_turn, auto deliver) {
    for (int offset = 0; offset < 7; ++offset) {
      SteadyLine line;
      line.CountAsked(offset);
      deliver(line);
      EXPECT_EQ(line.Turn().arrival, in_turn) << what << ", " << offset;
    }
  };
  expect_asked("behind a gap", 1, [](Line& line) {
    line.NextPacket();
    line.Deliver(line.NextPacket());
  });
  expect_asked("behind a turn with nothing", 1, [](SteadyLine& line) {
    line.Turn();
    line.Deliver(line.NextPacket());
  });
  expect_asked("a timestamp that jumped", 1, [](Line& line) {
    line.caller().Pause(800);
    line.Deliver(line.NextPacket());
  });
  expect_asked("a key", 1, [](Line& line) {
    const std::vector<uint8_t> event = {5, 10, 0, 160};
    line.Deliver(line.caller().NextOther(101, line.caller().timestamp(), event));
  });
  expect_asked("a report", 1, [](Line& line) {
    std::array<uint8_t, kRtcpReportBytesMax> report;
    const std::array<uint8_t, 1> cname = {'p'};
    RtcpReport peers;
    peers.ssrc = 0x1000;
    peers.cname = cname;
    const size_t bytes = WriteRtcp(peers, report);
    line.Deliver({report.begin(), report.begin() + static_cast<std::ptrdiff_t>(bytes)});
  });
}

// Within what jitter a steady stream may have, one in seven tells as much of it as all.
TEST(EngineReceive, JitterOfASteadyStreamIsWhatItIsOfAll) {
  const auto jitter_us = [](bool may_connect) {
    Line line;
    if (!may_connect) line.shard().port().RefuseConnects();
    std::mt19937 random(4);
    double sum_us = 0;
    for (int turn = 0; turn < 14'000; ++turn) {
      line.Deliver(line.NextPacket(), line.shard().now_ns() + random() % 4'000'000);
      line.Turn();
      if (turn >= 1000) sum_us += line.slot().jitter_us;
    }
    return sum_us / 13'000;
  };
  EXPECT_NEAR(jitter_us(true), jitter_us(false), 0.1 * jitter_us(false));
}

struct Outcome {
  uint64_t packets_received, packets_late, frames_concealed, gaps, starvations;
  bool operator==(const Outcome&) const = default;
};

// A minute over a network that delays, loses and reorders.
Outcome Hear(uint32_t seed, bool may_connect, int& turns_of_one) {
  Line line;
  if (!may_connect) line.shard().port().RefuseConnects();
  std::mt19937 random(seed);
  const auto below = [&](uint32_t bound) { return static_cast<int64_t>(random() % bound); };
  const int64_t jitter_ms_max = 1 + 15 * (seed % 4);
  std::multimap<int64_t, std::vector<uint8_t>> under_way;
  int64_t sent_ns = line.shard().now_ns() + below(20'000'000);
  for (int tick = 0; tick < 12'000; ++tick) {
    const int64_t now_ns = line.shard().now_ns() + kTickNs;
    for (; sent_ns <= now_ns; sent_ns += kFrameNs) {
      const std::vector<uint8_t> packet = line.NextPacket();
      const bool is_lost = below(100) == 0;
      const bool is_slow = below(50) == 0;
      const int64_t delay_ns =
          below(static_cast<uint32_t>(jitter_ms_max * kNsPerMs)) + (is_slow ? 45 * kNsPerMs : 0);
      if (!is_lost) under_way.emplace(sent_ns + delay_ns, packet);
    }
    while (!under_way.empty() && under_way.begin()->first <= now_ns) {
      line.Deliver(under_way.begin()->second, under_way.begin()->first);
      under_way.erase(under_way.begin());
    }
    line.shard().Tick();
  }
  turns_of_one = line.turns_of_one();
  const layout::LegSlot& slot = line.slot();
  return {slot.packets_received, slot.packets_late, slot.frames_concealed, slot.gaps,
          slot.starvations};
}

TEST(EngineReceive, NothingIsMissedOfAnUnsteadyNetwork) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    int turns_of_one = 0;
    int none = 0;
    const Outcome all = Hear(seed, false, none);
    const Outcome one = Hear(seed, true, turns_of_one);
    EXPECT_EQ(none, 0);
    EXPECT_GT(turns_of_one, 500) << seed;
    std::printf("seed %u: %d of 3000 turns of one; late %lu and %lu, concealed %lu and %lu\n", seed,
                turns_of_one, one.packets_late, all.packets_late, one.frames_concealed,
                all.frames_concealed);
    EXPECT_EQ(one, all) << seed;
  }
}

}  // namespace
}  // namespace parley
