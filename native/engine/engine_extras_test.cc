// What RTP legs carry beside sound: redundancy, comfort noise, levels.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "base/byte_order.h"
#include "base/units.h"
#include "engine/engine.h"
#include "rtp/audio_level.h"
#include "rtp/rtp_packet.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using testing::FakePort;
using testing::RtpCaller;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr uint8_t kRedundancyType = 97;
constexpr uint8_t kNoiseType = 13;
constexpr uint8_t kLevelId = 5;
using Bytes = std::vector<uint8_t>;

// A speaker whose packets are the test's, and a listener.
class EngineExtrasTest : public ::testing::Test {
 protected:
  void Open() {
    layout::OpenLeg speaker = speaker_.OpenLeg();
    speaker.redundancy_payload_type = kRedundancyType;
    speaker.comfort_noise_payload_type = kNoiseType;
    speaker.client_level_id = kLevelId;
    layout::OpenLeg listener = listener_.OpenLeg();
    listener.mixer_levels_id = listener_levels_id_;
    shard_.Command({testing::OpenRoom(0, 8000), Record::From(speaker), Record::From(listener),
                    testing::RouteLeg(speaker_.leg(), {.room = 0}),
                    testing::RouteLeg(listener_.leg(), {.room = 0})});
  }

  // 20 ms in which the speaker sends `packets` and the listener silence.
  void Turn(const std::vector<Bytes>& packets) {
    for (const Bytes& packet : packets) {
      shard_.port().Deliver(speaker_.descriptor(), speaker_.address(), packet, shard_.now_ns());
    }
    listener_.Send(shard_, std::vector<int16_t>(160, 0));
    shard_.Tick(4);
    sent_ = shard_.port().TakeSent();
    listener_.Hear(shard_, sent_);
  }

  Bytes Sound() {
    std::vector<int16_t> frame(160);
    tone_.Fill(frame);
    return speaker_.NextPacket(frame);
  }

  // `packet` as one of redundancy that carries `earlier` again.
  static Bytes WithRedundancy(const Bytes& packet, const Bytes& earlier) {
    const auto now = ParseRtpPacket(packet);
    const auto before = ParseRtpPacket(earlier);
    const uint32_t offset = now->header.timestamp - before->header.timestamp;
    Bytes redundant(packet.begin(), packet.begin() + kRtpHeaderBytes);
    redundant[1] = kRedundancyType;
    redundant.resize(kRtpHeaderBytes + 4);
    WriteBe32(&redundant[kRtpHeaderBytes],
              uint32_t{0x8000'0000} | offset << 10 | static_cast<uint32_t>(before->payload.size()));
    redundant.push_back(0);
    redundant.insert(redundant.end(), before->payload.begin(), before->payload.end());
    redundant.insert(redundant.end(), now->payload.begin(), now->payload.end());
    return redundant;
  }

  // What the listener was sent in the last turn.
  Bytes SentToListener() const {
    const auto found = std::ranges::find_if(sent_, [this](const FakePort::Sent& datagram) {
      return datagram.descriptor == listener_.descriptor() &&
             ClassifyDatagram(datagram.bytes) == DatagramKind::kRtp;
    });
    return found == sent_.end() ? Bytes{} : found->bytes;
  }

  const layout::StatsBlock* Stats() { return shard_.engine().stats().operator->(); }
  const layout::LegSlot& Slot() const { return shard_.arena().leg(0); }

  testing::TestShard shard_;
  RtpCaller speaker_{{.slot = 0}, kPcmu, 0};
  RtpCaller listener_{{.slot = 1}, kPcmu, 0};
  uint8_t listener_levels_id_ = 0;
  testing::Tone tone_{440, 8'000, 8000};
  std::vector<FakePort::Sent> sent_;
};

double LevelDbov(std::span<const int16_t> samples) {
  double energy = 0;
  for (const int16_t sample : samples) energy += double(sample) * sample;
  return 10 * std::log10(energy / static_cast<double>(samples.size()) / (32768.0 * 32768.0));
}

TEST_F(EngineExtrasTest, RecoversWhatIsLostFromThePacketBehind) {
  Open();
  Bytes earlier = Sound();
  Turn({earlier});
  for (int turn = 0; turn < 100; ++turn) {
    const Bytes packet = Sound();
    // Every fifth is lost.
    Turn(turn % 5 == 0 ? std::vector<Bytes>{}
                       : std::vector<Bytes>{WithRedundancy(packet, earlier)});
    earlier = packet;
  }
  EXPECT_EQ(Stats()->packets_recovered, 20u);
  EXPECT_EQ(Slot().packets_recovered, 20u);
  EXPECT_EQ(Slot().packets_duplicate, 0u);
  EXPECT_EQ(Stats()->frames_concealed, 0u);
  EXPECT_EQ(Stats()->packets_payload_unknown, 0u);
  // The tone is whole: nothing of it lies beside it.
  const std::span<const int16_t> heard = std::span(listener_.heard()).last(80 * 160);
  EXPECT_NEAR(testing::ToneAmplitude(heard, 440, 8000), 8'000, 80);
  EXPECT_LT(testing::ToneAmplitude(heard, 490, 8000), 8);
}

TEST_F(EngineExtrasTest, CountsRedundancyThatDoesNotHoldTogether) {
  Open();
  Turn({Sound()});
  Bytes broken = WithRedundancy(Sound(), Sound());
  broken.resize(kRtpHeaderBytes + 3);
  Turn({broken});
  EXPECT_EQ(Stats()->packets_invalid, 1u);
  EXPECT_EQ(Stats()->packets_recovered, 0u);
}

TEST_F(EngineExtrasTest, FillsThePauseWithTheNoiseThatWasDescribed) {
  Open();
  for (int turn = 0; turn < 50; ++turn) Turn({Sound()});
  const Bytes description = {45};
  Turn({speaker_.NextOther(kNoiseType, speaker_.timestamp(), description)});
  const uint64_t concealed = Stats()->frames_concealed;
  for (int turn = 0; turn < 100; ++turn) {
    speaker_.Pause(160);
    Turn({});
  }
  EXPECT_NEAR(LevelDbov(std::span(listener_.heard()).last(50 * 160)), -45, 1.5);
  for (int turn = 0; turn < 50; ++turn) Turn({Sound()});
  EXPECT_EQ(Stats()->frames_concealed, concealed);
  EXPECT_EQ(Slot().packets_lost, 0u);
  EXPECT_GT(Stats()->frames_comfort_noise, 80u);
  const std::span<const int16_t> heard = std::span(listener_.heard()).last(25 * 160);
  EXPECT_NEAR(testing::ToneAmplitude(heard, 440, 8000), 8'000, 80);
}

TEST_F(EngineExtrasTest, ShowsTheLevelThatTheClientSaysAndBelievesItInNothing) {
  Open();
  EXPECT_EQ(Slot().client_level_dbov, 0u);
  Turn({Sound()});
  EXPECT_EQ(Slot().client_level_dbov, 255u);
  for (int turn = 0; turn < 20; ++turn) {
    Bytes packet = Sound();
    packet[0] |= 0x10;
    const Bytes extension = {0xbe, 0xde, 0, 1, kLevelId << 4, 0x80 | 99, 0, 0};
    packet.insert(packet.begin() + kRtpHeaderBytes, extension.begin(), extension.end());
    Turn({packet});
  }
  EXPECT_EQ(Slot().client_level_dbov, 99u);
  EXPECT_LT(Slot().input_level_dbov, 20u);
  EXPECT_GT(LevelDbov(std::span(listener_.heard()).last(160)), -20);
}

TEST_F(EngineExtrasTest, ListsWhoIsHeardWhereThatWasAgreed) {
  listener_levels_id_ = 3;
  Open();
  for (int turn = 0; turn < 20; ++turn) Turn({Sound()});
  const Bytes sent = SentToListener();
  const auto packet = ParseRtpPacket(sent);
  ASSERT_TRUE(packet);
  ASSERT_EQ(packet->csrcs.size(), 4u);
  EXPECT_EQ(ReadBe32(packet->csrcs.data()), 0x1000u);
  EXPECT_EQ(packet->payload.size(), 160u);
  const auto levels = FindHeaderExtension(packet->extension_profile, packet->extension, 3);
  ASSERT_TRUE(levels);
  ASSERT_EQ(levels->size(), 1u);
  EXPECT_EQ((*levels)[0], Slot().input_level_dbov);
  // The mix is whole behind the longer header.
  EXPECT_NEAR(testing::ToneAmplitude(std::span(listener_.heard()).last(10 * 160), 440, 8000), 8'000,
              80);
  // Nobody is heard: nobody is listed.
  for (int turn = 0; turn < 100; ++turn) Turn({});
  EXPECT_EQ(SentToListener().size(), kRtpHeaderBytes + 160);
}

TEST_F(EngineExtrasTest, ListsNobodyToOthers) {
  Open();
  for (int turn = 0; turn < 20; ++turn) Turn({Sound()});
  EXPECT_EQ(SentToListener().size(), kRtpHeaderBytes + 160);
}

}  // namespace
}  // namespace parley
