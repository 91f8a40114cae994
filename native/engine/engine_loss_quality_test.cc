// Losses through a room: what the engine makes of them, against silence and against repeating the
// last frame, of the same packets. In virtual time; the tables are printed.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "base/units.h"
#include "codecs/frame_encoder.h"
#include "codecs/opus_codec.h"
#include "codecs/stream_decoder.h"
#include "testing/full_length.h"
#include "testing/room_stream.h"
#include "testing/signals.h"

namespace parley {
namespace {

using testing::PacketFate;
using testing::RoomReport;
using testing::RunRoom;

using Samples = std::vector<int16_t>;
using Payloads = std::vector<std::vector<uint8_t>>;

struct Coding {
  const char* name;
  CodecFormat format;
  uint32_t bitrate_bps = 0;
  bool fec = false;
};

constexpr CodecFormat kOpusWide = {layout::Codec::kOpus, 16000};
// Opus of so few bits is SILK, of so many CELT.
constexpr std::array kCodings = {
    Coding{"PCMU", {layout::Codec::kPcmu, 8000}},
    Coding{"Opus, SILK", kOpusWide, 24'000},
    Coding{"Opus, SILK, FEC", kOpusWide, 24'000, true},
    Coding{"Opus, CELT", {layout::Codec::kOpus, 48000}, 96'000},
};
constexpr size_t kWithoutFec = 1;
constexpr size_t kWithFec = 2;
constexpr std::array kBursts = {1.0, 3.0};
constexpr std::array kLosses = {0.01, 0.03, 0.05, 0.10};

// Of few packets, too few are lost to judge by.
size_t FirstLoss() { return testing::IsFullLength() ? 0 : 2; }

Payloads Encode(const Coding& coding, std::span<const int16_t> sound) {
  const bool is_opus = coding.format.codec == layout::Codec::kOpus;
  const auto opus = is_opus ? std::make_unique<OpusFrameEncoder>() : nullptr;
  FrameEncoder encoder;
  encoder.Open(coding.format, opus.get(),
               {.rate_hz = coding.format.rate_hz,
                .bitrate_bps = coding.bitrate_bps,
                .fec = coding.fec,
                .expected_loss_percent = 10});
  Payloads payloads;
  const size_t frame = FrameSamples(coding.format.rate_hz);
  for (size_t at = 0; at + frame <= sound.size(); at += frame) {
    std::vector<uint8_t> payload(PayloadBytes(coding.format, frame));
    payload.resize(encoder.Encode(sound.subspan(at, frame), payload));
    payloads.push_back(payload);
  }
  return payloads;
}

// A receiver that knows no better: its decoder is not given what is lost, and in its place there is
// silence, or the last frame again.
Samples PlaySimply(const Coding& coding, const Payloads& payloads, const std::vector<bool>& lost,
                   bool repeats) {
  const bool is_opus = coding.format.codec == layout::Codec::kOpus;
  const auto opus = is_opus ? std::make_unique<OpusFrameDecoder>() : nullptr;
  StreamDecoder decoder({{{.payload_type = 0, .format = coding.format}}}, opus.get());
  Samples heard;
  Samples frame(FrameSamples(coding.format.rate_hz));
  for (size_t i = 0; i < payloads.size(); ++i) {
    if (!lost[i]) {
      decoder.Decode(0, payloads[i], frame);
    } else if (!repeats) {
      std::ranges::fill(frame, int16_t{0});
    }
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  return heard;
}

Samples PlayThroughARoom(const Coding& coding, const Payloads& payloads,
                         const std::vector<bool>& lost) {
  return RunRoom({.payloads = payloads,
                  .format = coding.format,
                  .network =
                      [&](double sent_s) {
                        return PacketFate{.lost =
                                              lost[static_cast<size_t>(std::lround(sent_s * 50))]};
                      }})
      .heard;
}

// How many samples `heard` is behind `sound`; both are the same otherwise.
std::optional<size_t> LagOf(const Samples& heard, const Samples& sound, uint32_t rate_hz) {
  const auto from = sound.begin() + rate_hz;
  const auto found = std::search(heard.begin(), heard.end(), from, from + rate_hz);
  if (found == heard.end()) return std::nullopt;
  return static_cast<size_t>(found - heard.begin()) - rate_hz;
}

// Against hearing every packet; mean over speakers.
struct Judged {
  double snr_db = 0;
  double distance_db = 0;
};

struct Row {
  Judged silence;
  Judged repeat;
  Judged ours;
};
using Table = std::array<std::array<Row, kLosses.size()>, kBursts.size()>;

// Adds what one speaker makes of it.
void Measure(const Coding& coding, uint32_t speaker, double seconds, double weight, Table& table) {
  const uint32_t rate_hz = coding.format.rate_hz;
  const Payloads payloads = Encode(coding, testing::Speech(12000, seconds, rate_hz, speaker));
  const std::vector<bool> none(payloads.size(), false);
  const Samples reference = PlayThroughARoom(coding, payloads, none);
  const std::optional<size_t> lag =
      LagOf(reference, PlaySimply(coding, payloads, none, false), rate_hz);
  ASSERT_TRUE(lag.has_value());
  const auto judge = [&](const Samples& heard, Judged& judged) {
    judged.snr_db += weight * testing::SegmentalSnrDb(reference, heard, rate_hz);
    judged.distance_db += weight * testing::SpectralDistanceDb(reference, heard, rate_hz);
  };
  for (size_t burst = 0; burst < kBursts.size(); ++burst) {
    for (size_t loss = FirstLoss(); loss < kLosses.size(); ++loss) {
      const std::vector<bool> lost =
          testing::GilbertLosses(payloads.size(), kLosses[loss], kBursts[burst], speaker + 1, 50);
      const auto simply = [&](bool repeats) {
        Samples heard = PlaySimply(coding, payloads, lost, repeats);
        heard.insert(heard.begin(), *lag, int16_t{0});
        return heard;
      };
      Row& row = table[burst][loss];
      judge(simply(false), row.silence);
      judge(simply(true), row.repeat);
      judge(PlayThroughARoom(coding, payloads, lost), row.ours);
    }
  }
}

TEST(QualityLoss, BetterThanSilenceAndThanRepeating) {
  const uint32_t speakers = testing::IsFullLength() ? 4 : 2;
  const double seconds = testing::IsFullLength() ? 60 : 12;
  const size_t codings = testing::IsFullLength() ? kCodings.size() : kWithFec + 1;
  std::array<Table, kCodings.size()> tables;
  std::printf(
      "losses through a room: segmental SNR (more is better), spectral distance (less), dB\n");
  std::printf("%-15s  loss  burst  silence  repeat   ours  silence  repeat  ours\n", "codec");
  for (size_t coding = 0; coding < codings; ++coding) {
    for (uint32_t speaker = 0; speaker < speakers; ++speaker) {
      Measure(kCodings[coding], speaker, seconds, 1.0 / speakers, tables[coding]);
    }
    for (size_t burst = 0; burst < kBursts.size(); ++burst) {
      for (size_t loss = FirstLoss(); loss < kLosses.size(); ++loss) {
        const Row& row = tables[coding][burst][loss];
        std::printf("%-15s  %3.0f%%  %5.0f  %7.2f  %6.2f  %5.2f  %7.2f  %6.2f  %4.2f\n",
                    kCodings[coding].name, kLosses[loss] * 100, kBursts[burst], row.silence.snr_db,
                    row.repeat.snr_db, row.ours.snr_db, row.silence.distance_db,
                    row.repeat.distance_db, row.ours.distance_db);
        EXPECT_GT(row.ours.snr_db, row.silence.snr_db);
        EXPECT_GT(row.ours.snr_db, row.repeat.snr_db);
        EXPECT_LT(row.ours.distance_db, row.silence.distance_db);
      }
    }
  }
  for (size_t burst = 0; burst < kBursts.size(); ++burst) {
    for (size_t loss = FirstLoss(); loss < kLosses.size(); ++loss) {
      const Judged& with = tables[kWithFec][burst][loss].ours;
      const Judged& without = tables[kWithoutFec][burst][loss].ours;
      EXPECT_GT(with.snr_db, without.snr_db);
      EXPECT_LT(with.distance_db, without.distance_db);
    }
  }
}

}  // namespace
}  // namespace parley
