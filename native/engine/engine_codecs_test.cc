// Legs of every codec in one room, and what each codec asks of the engine.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"
#include "testing/signals.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"
#include "testing/tone.h"

namespace parley {
namespace {

using layout::Codec;
using testing::FakePort;
using testing::RtpCaller;
using testing::TestShard;

constexpr CodecFormat kPcmu = {Codec::kPcmu, 8000};
constexpr CodecFormat kPcma = {Codec::kPcma, 8000};
constexpr CodecFormat kG722 = {Codec::kG722, 16000};
constexpr CodecFormat kOpus = {Codec::kOpus, 48000};
constexpr CodecFormat kNarrowOpus = {Codec::kOpus, 16000};

constexpr std::array kFormats = {kPcmu,
                                 kG722,
                                 kOpus,
                                 CodecFormat{Codec::kL16, 48000},
                                 kPcma,
                                 kNarrowOpus,
                                 CodecFormat{Codec::kL16, 44100, 2},
                                 CodecFormat{Codec::kL16, 44100}};

double HzOf(uint32_t leg) { return 411.5 + 287.3 * leg; }

// A shard with callers who all say a tone of their own, in room 0.
struct Conference {
  explicit Conference(uint32_t room_rate_hz) { batch = {testing::OpenRoom(0, room_rate_hz)}; }

  RtpCaller& Add(const CodecFormat& format, double amplitude) {
    const auto slot = static_cast<uint32_t>(callers.size());
    callers.push_back(
        std::make_unique<RtpCaller>(testing::LegRef{.slot = slot}, format, uint8_t{96}));
    tones.emplace_back(HzOf(slot), amplitude, format.rate_hz);
    return *callers.back();
  }

  // Opens the last that was added as `command` says.
  void Open(const layout::OpenLeg& command, const testing::Route& route = {}) {
    batch.push_back(Record::From(command));
    batch.push_back(testing::RouteLeg({.slot = command.header.leg}, route));
  }

  void Start() {
    shard.Command(batch);
    batch.clear();
  }

  // 20 ms; what is sent is heard, and kept in `sent`.
  void Turn() {
    for (size_t slot = 0; slot < callers.size(); ++slot) {
      std::vector<int16_t> frame(callers[slot]->frame_samples());
      tones[slot].Fill(frame);
      callers[slot]->Send(shard, frame);
    }
    Listen();
  }

  void Listen() {
    shard.Tick(4);
    sent = shard.port().TakeSent();
    for (auto& caller : callers) caller->Hear(shard, sent);
  }

  // How loud `hz` is in the last `seconds` that `listener` heard, against `amplitude`.
  double LevelDb(uint32_t listener, double hz, double seconds, double amplitude) const {
    const uint32_t rate_hz = callers[listener]->format().rate_hz;
    const std::span<const int16_t> all = callers[listener]->heard();
    const auto part = all.last(static_cast<size_t>(seconds * rate_hz));
    return testing::Decibels(testing::ToneAmplitude(part, hz, rate_hz), amplitude);
  }

  TestShard shard;
  std::vector<std::unique_ptr<RtpCaller>> callers;
  std::vector<testing::Tone> tones;
  std::vector<Record> batch;
  std::vector<FakePort::Sent> sent;
};

class EveryCodec : public ::testing::TestWithParam<uint32_t> {};

TEST_P(EveryCodec, HearsTheOthersAndNotItself) {
  constexpr double kAmplitude = 28'000.0 / kFormats.size();
  Conference conference(GetParam());
  for (const CodecFormat& format : kFormats) {
    conference.Open(conference.Add(format, kAmplitude).OpenLeg());
  }
  conference.Start();
  // Long enough that the codecs' noise in a tone's place is far below it.
  constexpr uint32_t kSeconds = 8;
  for (uint32_t turn = 0; turn < (kSeconds + 1) * 50; ++turn) conference.Turn();

  EXPECT_EQ(conference.shard.engine().stats()->mixes_limited, 0u);
  EXPECT_EQ(conference.shard.engine().stats()->frames_concealed, 0u);
  EXPECT_EQ(conference.shard.engine().stats()->packets_undecodable, 0u);
  EXPECT_EQ(conference.shard.engine().stats()->legs_g711, 2u);
  EXPECT_EQ(conference.shard.engine().stats()->legs_linear, 3u);
  EXPECT_EQ(conference.shard.engine().stats()->legs_g722, 1u);
  EXPECT_EQ(conference.shard.engine().stats()->legs_opus, 2u);
  EXPECT_EQ(conference.shard.engine().stats()->encodes_g722, (kSeconds + 1) * 50);
  EXPECT_EQ(conference.shard.engine().stats()->encodes_opus, (kSeconds + 1) * 50 * 2);
  for (uint32_t listener = 0; listener < kFormats.size(); ++listener) {
    const std::string who = "codec " + std::to_string(static_cast<int>(kFormats[listener].codec)) +
                            " at " + std::to_string(kFormats[listener].rate_hz);
    const bool is_lossy = kFormats[listener].codec == Codec::kOpus;
    for (uint32_t talker = 0; talker < kFormats.size(); ++talker) {
      const double level = conference.LevelDb(listener, HzOf(talker), kSeconds, kAmplitude);
      if (talker == listener) {
        EXPECT_LE(level, is_lossy ? -40.0 : -60.0) << who << " hears itself";
      } else {
        EXPECT_NEAR(level, 0.0, 1.0) << who << " hears leg " << talker;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rooms, EveryCodec, ::testing::Values(8000, 16000, 48000));

TEST(EngineCodecs, SilenceGoesThroughTheCodecToo) {
  for (const CodecFormat& format : {kG722, kOpus}) {
    constexpr double kAmplitude = 8'000;
    Conference conference(16000);
    conference.Open(conference.Add(format, kAmplitude).OpenLeg());
    conference.Open(conference.Add(kG722, kAmplitude).OpenLeg());
    conference.Start();
    for (const bool hears : {true, false, true}) {
      conference.shard.Command({testing::RouteLeg(
          {.slot = 0}, {.hears = hears ? layout::Hears::kRoom : layout::Hears::kSilence})});
      for (uint32_t turn = 0; turn < 100; ++turn) conference.Turn();
      const double level = conference.LevelDb(0, HzOf(1), 1, kAmplitude);
      if (hears) {
        EXPECT_NEAR(level, 0, 0.5);
      } else {
        const std::span<const int16_t> heard = conference.callers[0]->heard();
        EXPECT_LE(std::ranges::max(heard.last(heard.size() / 8)), 8);
      }
    }
    // Outside any room likewise: a packet in every turn, and nothing to be heard.
    conference.shard.Command({testing::RouteLeg({.slot = 0}, {.room = layout::kNone})});
    const size_t before = conference.callers[0]->heard().size();
    for (uint32_t turn = 0; turn < 100; ++turn) conference.Turn();
    const std::span<const int16_t> heard = conference.callers[0]->heard();
    EXPECT_GE(heard.size() - before, 98 * conference.callers[0]->frame_samples());
    EXPECT_LE(std::ranges::max(heard.last(heard.size() / 8)), 8);
  }
}

TEST(EngineCodecs, FollowsTheSenderFromOnePayloadTypeToAnother) {
  constexpr double kAmplitude = 8'000;
  Conference conference(16000);
  RtpCaller& changing = conference.Add(kG722, kAmplitude);
  layout::OpenLeg command = changing.OpenLeg();
  command.pcmu_payload_type = 0;
  command.pcma_payload_type = 8;
  conference.Open(command);
  conference.Open(conference.Add({Codec::kL16, 16000}, kAmplitude).OpenLeg());
  conference.Start();
  struct Spoken {
    CodecFormat format;
    uint8_t payload_type;
  };
  for (const Spoken& spoken : {Spoken{kG722, 96}, {kPcmu, 0}, {kPcma, 8}, {kG722, 96}}) {
    changing.SpeakAs(spoken.format, spoken.payload_type);
    conference.tones[0] = testing::Tone(HzOf(0), kAmplitude, spoken.format.rate_hz);
    for (uint32_t turn = 0; turn < 75; ++turn) {
      std::vector<int16_t> frame(FrameSamples(spoken.format.rate_hz));
      conference.tones[0].Fill(frame);
      changing.Send(conference.shard, frame);
      conference.Listen();
    }
    EXPECT_NEAR(conference.LevelDb(1, HzOf(0), 1, kAmplitude), 0, 0.5)
        << static_cast<int>(spoken.payload_type);
  }
  EXPECT_EQ(conference.shard.engine().stats()->packets_payload_unknown, 0u);
  EXPECT_EQ(conference.shard.engine().stats()->frames_concealed, 0u);
}

class PacketLength : public ::testing::TestWithParam<uint32_t> {};

TEST_P(PacketLength, IsWhatWasAskedForAndTheSoundIsWhole) {
  constexpr double kAmplitude = 8'000;
  Conference conference(8000);
  layout::OpenLeg command = conference.Add(kPcmu, kAmplitude).OpenLeg();
  command.ptime_ms = GetParam();
  conference.Open(command);
  // Shares its payload, at the usual length.
  conference.Open(conference.Add(kPcmu, kAmplitude).OpenLeg(), {.sends = layout::Sends::kNobody});
  conference.Open(conference.Add(kPcma, kAmplitude).OpenLeg());
  conference.Open(conference.Add(kPcmu, kAmplitude).OpenLeg(), {.sends = layout::Sends::kNobody});
  conference.Start();
  uint32_t packets = 0;
  for (uint32_t turn = 0; turn < 150; ++turn) {
    conference.Turn();
    for (const FakePort::Sent& datagram : conference.sent) {
      if (datagram.descriptor != conference.callers[0]->descriptor()) continue;
      if (ClassifyDatagram(datagram.bytes) != DatagramKind::kRtp) continue;
      ++packets;
      EXPECT_EQ(datagram.bytes.size(), kRtpHeaderBytes + GetParam() * 8);
    }
  }
  EXPECT_NEAR(packets, 3'000 / GetParam(), 2);
  EXPECT_NEAR(conference.LevelDb(0, HzOf(2), 2, kAmplitude), 0, 0.3);
  for (const uint32_t listener : {1u, 3u}) {
    EXPECT_NEAR(conference.LevelDb(listener, HzOf(2), 2, kAmplitude), 0, 0.3);
  }
  EXPECT_EQ(
      testing::Discontinuities(std::span<const int16_t>(conference.callers[0]->heard()).last(8'000),
                               HzOf(2), 900, 8000),
      0u);
}

INSTANTIATE_TEST_SUITE_P(Lengths, PacketLength, ::testing::Values(10, 20, 40, 60));

// The RTP packets sent to a leg of Opus alone in its room with a caller of L16.
class OpusLeg : public ::testing::Test {
 protected:
  void Open(const layout::OpenLeg& command) {
    shard_.Command({testing::OpenRoom(0, 16000), Record::From(command),
                    testing::RouteLeg(opus_.leg(), {}), Record::From(talker_.OpenLeg()),
                    testing::RouteLeg(talker_.leg(), {})});
  }

  std::vector<RtpPacketView> Turn(std::span<const int16_t> said) {
    talker_.Send(shard_, said);
    shard_.Tick(4);
    sent_ = shard_.port().TakeSent();
    std::vector<RtpPacketView> packets;
    for (const FakePort::Sent& datagram : sent_) {
      if (datagram.descriptor != opus_.descriptor()) continue;
      if (ClassifyDatagram(datagram.bytes) != DatagramKind::kRtp) continue;
      packets.push_back(*ParseRtpPacket(datagram.bytes));
    }
    return packets;
  }

  TestShard shard_;
  RtpCaller opus_{{.slot = 0}, kNarrowOpus, 96};
  RtpCaller talker_{{.slot = 1}, {Codec::kL16, 16000}, 97};
  std::vector<FakePort::Sent> sent_;
};

TEST_F(OpusLeg, IsSentNothingInSilenceWhenItAskedForThat) {
  layout::OpenLeg command = opus_.OpenLeg();
  command.opus_dtx = 1;
  Open(command);
  const std::vector<int16_t> silence(320, 0);
  const std::vector<int16_t> speech = testing::Speech(12'000, 1, 16000, 3);
  uint32_t packets = 0;
  uint32_t last_timestamp = 0;
  for (uint32_t turn = 0; turn < 150; ++turn) {
    for (const RtpPacketView& packet : Turn(silence)) {
      if (turn >= 50) ++packets;
      last_timestamp = packet.header.timestamp;
    }
  }
  // Libopus says something all 400 ms.
  EXPECT_GE(packets, 3u);
  EXPECT_LE(packets, 10u);
  uint32_t spoken = 0;
  for (size_t at = 0; at + 320 <= speech.size(); at += 320) {
    for (const RtpPacketView& packet : Turn(std::span(speech).subspan(at, 320))) {
      // Time went on meanwhile, and the talk spurt is marked.
      if (spoken == 0) {
        EXPECT_TRUE(packet.header.marker);
        EXPECT_EQ((packet.header.timestamp - last_timestamp) % 960, 0u);
      }
      ++spoken;
    }
  }
  EXPECT_GE(spoken, 35u);
}

TEST_F(OpusLeg, CarriesFecOnceItsPeerReportsLoss) {
  layout::OpenLeg command = opus_.OpenLeg();
  command.opus_fec = 1;
  command.opus_bitrate_bps = 24'000;
  Open(command);
  const std::vector<int16_t> speech = testing::Speech(12'000, 4, 16000, 3);
  OpusFrameDecoder decoder;
  decoder.Open(16000);
  std::array<uint32_t, 2> with_fec = {};
  for (const bool is_lossy : {false, true}) {
    if (is_lossy) {
      RtcpReport report;
      report.ssrc = 0x1000;
      const std::array<uint8_t, 4> cname = {'p', 'e', 'e', 'r'};
      report.cname = cname;
      report.report_block = ReportBlock{};
      report.report_block->ssrc = 0x5000'0000;
      report.report_block->fraction_lost = 40;
      std::array<uint8_t, kRtcpReportBytesMax> bytes;
      const size_t size = WriteRtcp(report, bytes);
      shard_.port().Deliver(opus_.descriptor(), opus_.address(), std::span(bytes).first(size),
                            shard_.now_ns());
    }
    for (size_t at = 0; at + 320 <= speech.size(); at += 320) {
      for (const RtpPacketView& packet : Turn(std::span(speech).subspan(at, 320))) {
        if (decoder.FecSamples(packet.payload) > 0) ++with_fec[is_lossy ? 1 : 0];
      }
    }
  }
  EXPECT_EQ(with_fec[0], 0u);
  EXPECT_GT(with_fec[1], 50u);
}

TEST_F(OpusLeg, IsRefusedWhenAllCodecsAreTaken) {
  std::vector<Record> batch;
  const uint32_t most = testing::kTestLimits.opus_legs_max;
  for (uint32_t slot = 0; slot <= most; ++slot) {
    batch.push_back(Record::From(RtpCaller({.slot = slot}, kNarrowOpus, 96).OpenLeg()));
  }
  shard_.Command(batch);
  shard_.Tick();
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 1u);
  EXPECT_EQ(shard_.engine().stats()->legs, most);
  shard_.Command({testing::CloseLeg({.slot = 3})});
  shard_.Tick();
  shard_.Command({Record::From(RtpCaller({.slot = 20}, kNarrowOpus, 96).OpenLeg())});
  shard_.Tick();
  EXPECT_EQ(shard_.engine().stats()->commands_refused, 1u);
  EXPECT_EQ(shard_.engine().stats()->legs, most);
}

TEST(EngineCodecs, RefusesWhatNoCodecIs) {
  TestShard shard;
  const auto refused = [&](auto change) {
    layout::OpenLeg command = RtpCaller({.slot = 5}, kPcmu, 0).OpenLeg();
    change(command);
    const uint64_t before = shard.engine().stats()->commands_refused;
    shard.Command({Record::From(command)});
    shard.Tick();
    return shard.engine().stats()->commands_refused > before;
  };
  using layout::OpenLeg;
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.codec = 6; }));
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.channels = 0; }));
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.channels = 2; }));
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.ptime_ms = 30; }));
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.g722_payload_type = 128; }));
  EXPECT_TRUE(refused([](OpenLeg& leg) {
    leg.codec = static_cast<uint8_t>(Codec::kL16);
    leg.rate_hz = 48000;
    leg.pcmu_payload_type = 0;
  }));
  EXPECT_TRUE(refused([](OpenLeg& leg) {
    leg.codec = static_cast<uint8_t>(Codec::kOpus);
    leg.rate_hz = 44100;
  }));
  EXPECT_TRUE(refused([](OpenLeg& leg) { leg.codec = static_cast<uint8_t>(Codec::kG722); }));
  EXPECT_FALSE(refused([](OpenLeg&) {}));
}

}  // namespace
}  // namespace parley
