// Whatever the other side of the arena writes, and whatever comes from the network, the engine
// stays inside its memory and its counters make sense. The input is a little program: commands, raw
// ring and lane positions, datagrams, ticks.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/assert.h"
#include "engine/engine.h"
#include "engine/room_span.h"
#include "rtp/srtp_table.h"
#include "testing/arena_memory.h"
#include "testing/clip_memory.h"
#include "testing/recording_memory.h"
#include "testing/srtp_pair.h"

namespace parley {
namespace {

constexpr EngineLimits kLimits = {.legs_max = 6,
                                  .rooms_max = 3,
                                  .lanes_max = 4,
                                  .opus_legs_max = 2,
                                  .players_max = 5,
                                  .recorders_max = 4,
                                  .command_records = 16,
                                  .event_records = 8};
constexpr uint32_t kTicksMax = 64;

// The input, read from its front; zeros after its end.
class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool is_empty() const { return bytes_.empty(); }
  uint8_t Byte() { return bytes_.empty() ? uint8_t{0} : Bytes(1)[0]; }
  uint32_t Word() {
    uint32_t word = 0;
    for (int count = 0; count < 4; ++count) word = word << 8 | Byte();
    return word;
  }
  std::span<const uint8_t> Bytes(size_t count) {
    const auto taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const uint8_t> bytes_;
};

// Hands every descriptor the same few datagrams, each turn.
class InputPort final : public DatagramPort {
 public:
  std::optional<Datagram> Receive(int) override {
    next_ = next_ < count_ ? next_ + 1 : 0;
    return next_ == 0 ? std::nullopt : std::optional(batch_[next_ - 1]);
  }
  std::optional<std::span<uint8_t>> ReceiveOfPeer(int) override {
    return count_ == 0 ? std::nullopt : std::optional(batch_[0].bytes);
  }
  int64_t ArrivalNs(int, int64_t now_ns, int64_t) override { return now_ns; }
  SendResult Send(int, const Address&, std::span<const uint8_t> bytes) override {
    PARLEY_ASSERT(bytes.size() >= 8);
    return SendResult::kSent;
  }
  bool Connect(int, const Address& to) override { return to.is_set(); }
  void Disconnect(int) override {}

  void Deliver(std::span<const uint8_t> bytes, uint8_t host) {
    if (count_ == batch_.size()) count_ = 0;
    bytes_[count_].assign(bytes.begin(), bytes.end());
    batch_[count_] = {bytes_[count_], {.bytes = {10, 0, 0, host}, .port = 4000, .family = 4}};
    ++count_;
  }

 private:
  std::array<Datagram, 4> batch_;
  std::array<std::vector<uint8_t>, 4> bytes_;
  size_t count_ = 0;
  size_t next_ = 0;
};

// Ids that records name: of plain packets, of two sessions, and of none.
using SessionIds = std::array<uint32_t, 4>;

// To be destroyed after the engine that may have taken them.
class Sessions {
 public:
  Sessions() : ids_{0, Make(1), Make(2), 12'345} {}
  ~Sessions() {
    for (const uint32_t id : ids_) SrtpTable::OfProcess().Remove(id);
  }
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  const SessionIds& ids() const { return ids_; }

 private:
  static uint32_t Make(uint8_t key) {
    return SrtpTable::OfProcess()
        .Add(testing::MakeSrtpSession(SrtpSuite::kAesCm128HmacSha1Tag80, key, 100))
        .value();
  }

  SessionIds ids_;
};

// Ids that records name: of a whole clip, of a stream, and of none.
using ClipIds = std::array<uint32_t, 3>;

// To be destroyed after the engine that may play them.
class Clips {
 public:
  const ClipIds& ids() const { return ids_; }

  // Any positions, whatever they lead to.
  void Disturb(Input& input) {
    testing::ClipMemory& clip = input.Byte() % 2 == 0 ? whole_ : stream_;
    layout::ClipHead& head = clip.head();
    head.written = input.Byte() % 2 == 0 ? head.written + input.Byte() * 8u : input.Word();
    head.ended = input.Byte() % 2;
    head.withdrawn = input.Byte() % 8 == 7 ? 1 : 0;
    if (input.Byte() % 4 == 0) head.capacity_samples = input.Word();
  }

 private:
  testing::ClipMemory whole_{3'000};
  testing::ClipMemory stream_{2'048, layout::ClipKind::kStream};
  ClipIds ids_ = {whole_.id(), stream_.id(), 12'345};
};

// Ids that records name: of a ring of one channel, of one of two, and of none.
using RingIds = std::array<uint32_t, 3>;

// To be destroyed after the engine that may write to them.
class Rings {
 public:
  const RingIds& ids() const { return ids_; }

  // Any position of the reader; a head that says something else than it did.
  void Disturb(Input& input) {
    layout::RecordingHead& head = (input.Byte() % 2 == 0 ? mono_ : dual_).head();
    head.read = input.Byte() % 4 != 0 ? head.write : input.Word();
    if (input.Byte() % 4 == 0) head.frames_max = input.Word();
    if (input.Byte() % 4 == 0) head.frame_bytes = input.Word();
    if (input.Byte() % 4 == 0) head.write = input.Word();
  }

 private:
  testing::RecordingMemory mono_{16'000, 1, 4};
  testing::RecordingMemory dual_{8'000, 2, 2};
  RingIds ids_ = {mono_.id(), dual_.id(), 12'345};
};

// Ids that records name: of a span of two members, and of none.
using SpanIds = std::array<uint32_t, 2>;

// To be destroyed after the engine that may be a member.
class Spans {
 public:
  ~Spans() { SpanTable::OfProcess().Remove(ids_[0]); }

  const SpanIds& ids() const { return ids_; }

  // The other member, of which any of the two may be one, says something of a turn or goes.
  void Disturb(Input& input, uint64_t turn) {
    const uint32_t other = input.Byte() % 2;
    if (input.Byte() % 4 == 0) {
      span_.Leave(other);
      return;
    }
    if (!span_.IsIn(other, turn)) span_.Join(other, turn);
    SpanPart& part = span_.Begin(other, turn);
    const uint32_t rate_hz = 8000u << input.Byte() % 2;
    part.intent = {.rate_hz = rate_hz,
                   .rate_wanted_hz = 8000u << input.Byte() % 2,
                   .ranking = {.ranked_above = 1u + input.Byte() % 4, .talkers_max = 2},
                   .was_ranked = input.Byte() % 2 == 0,
                   .talkers = input.Byte() % (kLimits.legs_max + 1),
                   .asides = input.Byte() % 4u};
    for (uint32_t aside = 0; aside < part.intent.asides; ++aside) {
      part.asides[aside].member = input.Byte() % 2;
      part.asides[aside].leg = input.Byte() % 8;
      part.asides[aside].generation = input.Byte() % 2;
      part.asides[aside].is_spared = input.Byte() % 2 == 0;
      part.asides[aside].frame.fill(static_cast<int16_t>(input.Word()));
    }
    span_.PublishIntent(other, turn, part.intent.talkers);
    if (input.Byte() % 4 == 0) return;
    part.share.shared_listeners = input.Byte() % 2;
    part.share.sum.fill(static_cast<int32_t>(input.Word() % 1'000'000));
    span_.PublishShare(other, turn);
  }

 private:
  RoomSpan span_{2, kLimits.legs_max};
  SpanIds ids_ = {SpanTable::OfProcess().Add(&span_).value(), 12'345};
};

// What records may name.
struct Named {
  const SessionIds& sessions;
  const ClipIds& clips;
  const RingIds& rings;
  const SpanIds& spans;
};

// A command whose fields are mostly small numbers, so that many are valid.
void WriteRecord(Input& input, const Named& named, uint8_t* place) {
  const auto& [sessions, clips, rings, spans] = named;
  std::memset(place, 0, layout::kRecordBytes);
  layout::RecordHeader header{};
  header.kind = input.Byte() % 18;
  header.batch_remaining = input.Byte() % 4;
  header.leg = input.Byte() % 8;
  header.generation = input.Byte() % 2;
  std::memcpy(place, &header, sizeof(header));
  if (header.kind == static_cast<uint16_t>(layout::CommandKind::kOpenLeg) ||
      header.kind == static_cast<uint16_t>(layout::CommandKind::kUpdateLeg)) {
    constexpr std::array<uint32_t, 5> kRates = {8000, 16000, 24000, 48000, 44100};
    layout::OpenLeg command{};
    command.header = header;
    command.transport = input.Byte() % 3;
    command.codec = input.Byte() % 7;
    command.payload_type = input.Byte();
    command.telephone_event_payload_type = input.Byte();
    command.rate_hz = kRates[input.Byte() % kRates.size()];
    const uint8_t coding = input.Byte();
    command.ptime_ms = std::array<uint32_t, 4>{20, 10, 40, 60}[coding % 4];
    command.channels = static_cast<uint8_t>(1 + coding / 4 % 2);
    command.pcma_payload_type = coding / 8 % 2 == 0 ? 255 : input.Byte();
    command.pcmu_payload_type = 255;
    command.g722_payload_type = coding / 16 % 2 == 0 ? 255 : input.Byte();
    command.opus_bitrate_bps = input.Word();
    command.opus_playback_rate_hz = input.Word();
    command.opus_fec = coding / 32 % 2;
    command.opus_dtx = coding / 64 % 2;
    command.opus_complexity = input.Byte();
    command.jitter_ms = input.Byte();
    command.rtp_fd = input.Byte();
    command.rtcp_fd = input.Byte() - 128;
    command.lane = input.Byte() % 5;
    command.ssrc = input.Word();
    command.direction = command.ssrc % 5;
    command.parked = command.ssrc >> 16 & 1;
    command.telephone_event_clock_hz = command.ssrc >> 17 & 1 ? 8000 : 0;
    command.srtp_session = sessions[(command.ssrc >> 8) % sessions.size()];
    command.remote_family = input.Byte() % 8;
    command.remote_rtp_port = input.Byte() * 64u;
    command.relatch_ms = input.Byte();
    command.redundancy_payload_type = input.Byte();
    command.comfort_noise_payload_type = input.Byte();
    command.client_level_id = input.Byte() % 16;
    command.mixer_levels_id = input.Byte() % 16;
    std::memcpy(place, &command, sizeof(command));
    return;
  }
  if (header.kind == static_cast<uint16_t>(layout::CommandKind::kOpenPlayer)) {
    layout::OpenPlayer command{};
    command.header = header;
    command.player = input.Byte() % 6;
    command.player_generation = input.Byte() % 3;
    command.clip = clips[input.Byte() % clips.size()];
    command.loops = input.Byte() % 4;
    std::memcpy(place, &command, sizeof(command));
    return;
  }
  if (header.kind == static_cast<uint16_t>(layout::CommandKind::kOpenRecorder)) {
    layout::OpenRecorder command{};
    command.header = header;
    command.recorder = input.Byte() % 5;
    command.recorder_generation = input.Byte() % 3;
    command.ring = rings[input.Byte() % rings.size()];
    command.room = input.Byte() % 4;
    command.source = input.Byte() % 5;
    command.mode = input.Byte() % 4;
    std::memcpy(place, &command, sizeof(command));
    return;
  }
  if (header.kind == static_cast<uint16_t>(layout::CommandKind::kSpanRoom)) {
    layout::SpanRoom command{};
    command.header = header;
    command.room = input.Byte() % 4;
    command.span = input.Byte() % 8 == 0 ? layout::kNone : spans[input.Byte() % 8 == 0 ? 1 : 0];
    command.member = input.Byte() % 3;
    std::memcpy(place, &command, sizeof(command));
    return;
  }
  if (header.kind == static_cast<uint16_t>(layout::CommandKind::kSendDigits)) {
    layout::SendDigits command{};
    command.header = header;
    command.count = input.Byte() % (std::size(command.digits) + 2);
    for (uint8_t& digit : command.digits) {
      digit = static_cast<uint8_t>("0123456789*#ABCDwWx"[input.Byte() % 19]);
    }
    std::memcpy(place, &command, sizeof(command));
    return;
  }
  const bool is_long = header.kind == static_cast<uint16_t>(layout::CommandKind::kRouteLeg);
  for (size_t field = 0; field < (is_long ? 8 : 6); ++field) {
    uint32_t value = input.Byte() % 8;
    if (header.kind <= 2 && field == 1) value = 8000u << (value % 4);
    if (value == 7) value = input.Word();
    std::memcpy(place + sizeof(header) + field * sizeof(value), &value, sizeof(value));
  }
}

void Run(Input input) {
  testing::ArenaMemory memory(kLimits);
  const Arena arena = memory.Open();
  const Sessions sessions;
  Clips clips;
  Rings rings;
  Spans spans;
  const Named named = {sessions.ids(), clips.ids(), rings.ids(), spans.ids()};
  InputPort port;
  Engine engine(arena, port, nullptr, {.above = 2, .gather_below = 2});
  const RecordRingMemory commands = arena.command_ring();
  TickTime time = {.now_ns = 1'000'000'000, .wall_ns = 1'700'000'000'000'000'000};
  uint32_t ticks = 0;
  while (!input.is_empty() && ticks < kTicksMax) {
    const uint8_t what = input.Byte();
    if (what >= 232 && what < 240) {
      spans.Disturb(input, static_cast<uint64_t>(time.deadline_ns / kTickNs));
      continue;
    }
    if (what >= 248) {
      rings.Disturb(input);
      continue;
    }
    if (what >= 240) {
      clips.Disturb(input);
      continue;
    }
    switch (what % 8) {
      case 0:
        commands.indices->write = input.Word();
        break;
      case 1: {
        auto* head = reinterpret_cast<layout::LaneHead*>(arena.lane(input.Byte() % 4).data());
        head->in_write += input.Byte() % 40;
        head->in_clear_to = head->in_write - input.Byte() % 4;
        head->out_read = input.Byte() % 2 == 0 ? head->out_write : input.Word();
        break;
      }
      case 2: {
        const uint8_t host = input.Byte() % 3;
        port.Deliver(input.Bytes(input.Byte()), host);
        break;
      }
      case 3:
        arena.event_ring().indices->read =
            input.Byte() % 2 == 0 ? arena.event_ring().indices->write : input.Word();
        break;
      case 4:
        engine.GiveUpTicks(input.Byte());
        break;
      case 5:
        for (uint32_t count = input.Byte() % 8; count > 0 && ticks < kTicksMax; --count, ++ticks) {
          time.now_ns += kTickNs;
          time.wall_ns += kTickNs;
          if (!engine.Tick(time)) engine.Resume(Patience::kFinish);
        }
        break;
      default: {
        const size_t place = commands.indices->write % kLimits.command_records;
        WriteRecord(input, named,
                    reinterpret_cast<uint8_t*>(commands.records) + place * layout::kRecordBytes);
        ++commands.indices->write;
        break;
      }
    }
  }
  PARLEY_ASSERT(engine.stats()->legs <= kLimits.legs_max);
  PARLEY_ASSERT(engine.stats()->rooms <= kLimits.rooms_max);
  PARLEY_ASSERT(engine.stats()->rooms_spanning <= engine.stats()->rooms);
  PARLEY_ASSERT(engine.stats()->players <= kLimits.players_max);
  PARLEY_ASSERT(engine.stats()->recorders <= kLimits.recorders_max);
  PARLEY_ASSERT(engine.stats()->encodes_shared <=
                engine.stats()->packets_sent + engine.stats()->lane_frames_sent +
                    engine.stats()->lane_frames_overflow + kLimits.legs_max);
}

}  // namespace
}  // namespace parley

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  parley::Run(parley::Input({data, size}));
  return 0;
}
