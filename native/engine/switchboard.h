// Which legs and rooms exist, and who is in which room: the state that commands change.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/huge_pages.h"
#include "base/units.h"
#include "engine/arena.h"
#include "engine/codec_loans.h"
#include "engine/kept_turn.h"
#include "engine/leg.h"
#include "engine/leg_list.h"
#include "engine/outcome.h"
#include "engine/players.h"
#include "engine/room.h"
#include "engine/room_span.h"
#include "engine/shared_streams.h"
#include "engine/tick_time.h"
#include "jitter/packet_pool.h"
#include "rtp/srtp_table.h"

namespace parley {

// Packet memory: 16 chunks (4 KiB) a leg are 320 ms of G.711 or 100 ms of L16 at 16 kHz for every
// leg at once, eight times what the default delay holds; the base lets a few legs of a small shard
// have the largest packets.
inline constexpr uint32_t kChunksPerLeg = 16;
inline constexpr uint32_t kChunksBase = 1024;

// Place of a codec in tables by codec.
constexpr size_t CodecIndex(layout::Codec codec) { return static_cast<size_t>(codec); }

// One thread. Allocates in the constructor only; real-time safe afterwards. Every field of every
// command is checked: any bytes are safe. Invariants:
// 1. A leg in use and not closing is in exactly one list: its room's, or that of its phase outside
// a room.
// 2. A refused route leaves the leg silent and deaf where it was: what was meant to be private
// stays so.
// 3. A leg that changes where it speaks, or its room, takes no sound of before with it (resampler,
// limiter).
// 4. A room has legs that are served after its tick when and only when it is spread.
class Switchboard {
 public:
  explicit Switchboard(const Arena& arena, const Spreading& spreading = {});
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  // Chunks of the jitter buffers' packet memory.
  static uint32_t ChunksFor(const EngineLimits& limits) {
    return kChunksBase + kChunksPerLeg * limits.legs_max;
  }
  // What the lists of legs, rooms and lanes take.
  static size_t ListBytesFor(const EngineLimits& limits) {
    const size_t of_rooms = kPhasesPerFrame * limits.rooms_max * sizeof(uint32_t);
    const size_t of_spread = size_t{2} * SpreadRoomsMax(limits.legs_max) * sizeof(uint32_t);
    return of_rooms + of_spread + 2 * limits.legs_max * sizeof(uint32_t) +
           limits.lanes_max * sizeof(uint8_t);
  }

  Outcome Apply(const layout::OpenRoom& command);
  Outcome Apply(const layout::SetRoomRate& command);
  Outcome Apply(const layout::CloseRoom& command);
  Outcome Apply(const layout::OpenLeg& command, const TickTime& time);
  Outcome Apply(const layout::CloseLeg& command);
  Outcome Apply(const layout::RouteLeg& command);
  Outcome Apply(const layout::SendDigits& command);
  Outcome Apply(const layout::UpdateLeg& command, const TickTime& time);
  Outcome Apply(const layout::SetVoice& command);
  Outcome Apply(const layout::PlayToRoom& command);
  Outcome Apply(const layout::SpanRoom& command, const TickTime& time);

  // Finds the legs that whispers of this batch are for; they may have been opened after the route.
  // To be called after the last command of a batch.
  void EndBatch();

  // All members of the span of an open room want its rate to be the one it wants.
  void GoToWantedRate(uint32_t room);
  // Likewise each spread room of one shard that was mixed in `tick`: so all its legs are taken in
  // at both rates before it is mixed again.
  void GoToWantedRates(uint64_t tick);

  // A spread room is spread no more: all its legs are served in its own tick, this one the first.
  // REQUIRES: none of them is due a frame, as in the tick of the room, before it is mixed.
  void Gather(uint32_t room, uint64_t tick);

  // A closing leg becomes free. REQUIRES: legs()[leg].is_closing.
  void FreeLeg(uint32_t leg);

  std::span<Leg> legs() { return legs_.objects(); }
  std::span<Room> rooms() { return rooms_; }
  Players& players() { return players_; }
  SharedStreams& streams() { return streams_; }
  // Rooms mixed in `phase`, 0 to 3, and the legs outside any room that are served in it.
  std::span<const uint32_t> rooms_in(uint32_t phase) const { return phases_[phase].rooms; }
  const LegList& roomless_in(uint32_t phase) const { return phases_[phase].roomless; }
  const Spreading& spreading() const { return spreading_; }
  std::span<const uint32_t> spread_rooms() const { return spread_rooms_; }
  // Legs whose close_leg has come and whose goodbye has not been said.
  std::span<const uint32_t> closing() const { return closing_; }
  uint32_t legs_open() const { return legs_open_; }
  uint32_t legs_open(layout::Codec codec) const { return legs_by_codec_[CodecIndex(codec)]; }
  uint32_t rooms_open() const { return rooms_open_; }
  uint32_t rooms_spanning() const { return rooms_spanning_; }

  // Whether a command names a leg that is still due what its spread room has mixed.
  bool IsDue(const layout::RecordHeader& header) const;

  // Samples of a frame as the leg has it in the arena, and their rate.
  uint32_t FrameRateHz(const Leg& leg) const;

 private:
  struct Phase {
    std::vector<uint32_t> rooms;
    LegList roomless;
  };

  Outcome FindLeg(const layout::RecordHeader& header) const;
  bool IsRoute(const layout::RouteLeg& command) const;
  LegList& ListOf(uint32_t leg);
  void MoveLeg(uint32_t leg, uint32_t room);
  // Out of the list it is in.
  void TakeOut(uint32_t leg);
  // Ticks after the room's in which a leg is to be served that comes to it now.
  uint32_t OffsetFor(uint32_t room);
  bool Spread(uint32_t room);
  void EndSpread(Room& room);
  void ChangeRate(Room& room, uint32_t rate_hz);
  void LeaveSpan(uint32_t room);
  static RoomPath FreshPath(const Leg& leg, uint32_t rate_hz);
  void Hear(Leg& leg, layout::Hears hears, std::array<uint32_t, 2> players);
  // Begins the leg's ways to and from its room anew.
  void RestartLeg(Leg& leg);
  // Of the way to its room alone.
  void ForgetVoice(Leg& leg);

  Arena arena_;
  EngineLimits limits_;
  Spreading spreading_;
  PacketPool pool_;
  SrtpTable& srtp_;
  SpanTable& spans_;
  CodecLender lender_;
  SharedStreams streams_;
  Players players_;
  HugeArray<Leg> legs_;
  std::vector<Room> rooms_;
  std::vector<uint8_t> lane_in_use_;
  std::array<Phase, kPhasesPerFrame> phases_;
  std::vector<uint32_t> spread_rooms_;
  std::vector<uint32_t> kept_free_;
  std::vector<uint32_t> closing_;
  std::vector<uint32_t> whispers_unresolved_;
  uint32_t legs_open_ = 0;
  std::array<uint32_t, CodecIndex(layout::Codec::kOpus) + 1> legs_by_codec_ = {};
  uint32_t rooms_open_ = 0;
  uint32_t rooms_spanning_ = 0;
};

}  // namespace parley
