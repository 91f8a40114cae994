// Rooms whose legs are served in all four ticks of a frame: what is heard is to the bit what a room
// served at once would have mixed, and nothing is heard twice, missed, or by somebody else.

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "base/units.h"
#include "testing/spanned_room.h"
#include "testing/spread_people.h"

namespace parley {
namespace {

using layout::Hears;
using layout::Sends;
using testing::SpreadPeople;
using testing::TestShard;
using Samples = std::vector<int16_t>;

constexpr uint32_t kRoom = SpreadPeople::kRoom;
constexpr CodecFormat kWide = SpreadPeople::kFormat;
constexpr Spreading kNever = {.above = layout::kNone};

// The same people in a room that is spread and in one that is not. Who is served late in the one is
// mixed a frame later there: in the other it says everything a frame later.
class Twins {
 public:
  explicit Twins(uint32_t people, uint32_t ranked_above = 0,
                 const Spreading& spreading = testing::kSmallSpreading,
                 const EngineLimits& limits = testing::kTestLimits)
      : spread(spreading, 0, ranked_above, limits),
        whole(kNever, 0, ranked_above, limits),
        levels(people),
        said_(people),
        is_cut_(people) {
    for (uint32_t who = 0; who < people; ++who) {
      spread.Add();
      whole.Add();
    }
    for (SpreadPeople* room : {&spread, &whole}) room->shard().Tick(kPhasesPerFrame);
    for (uint32_t who = 0; who < people; ++who) {
      spread.Hear(who);
      whole.Hear(who);
    }
  }

  void Route(uint32_t who, Sends sends, Hears hears, uint32_t whisper_to = layout::kNone) {
    spread.Route(who, sends, hears, whisper_to);
    whole.Route(who, sends, hears, whisper_to);
  }
  // What was said under another route is not heard.
  void Cut(uint32_t who) { is_cut_[who] = true; }

  // Everybody says 20 ms of noise, and hears the same in both.
  void Turn() {
    for (uint32_t who = 0; who < spread.size(); ++who) {
      Samples frame(FrameSamples(kWide.rate_hz));
      for (int16_t& sample : frame) {
        const auto range = static_cast<uint32_t>(2 * levels[who] + 1);
        sample = static_cast<int16_t>(static_cast<int32_t>(random_() % range) - levels[who]);
      }
      Samples before = said_[who];
      if (before.empty() || is_cut_[who]) before.assign(frame.size(), 0);
      is_cut_[who] = false;
      spread.Say(who, frame);
      whole.Say(who, spread.OffsetOf(who) == 0 ? frame : before);
      said_[who] = std::move(frame);
    }
    spread.shard().Tick(kPhasesPerFrame);
    whole.shard().Tick(kPhasesPerFrame);
    for (uint32_t who = 0; who < spread.size(); ++who) {
      const Samples heard = spread.Hear(who);
      ASSERT_EQ(heard.size(), FrameSamples(kWide.rate_hz)) << who;
      ASSERT_EQ(heard, whole.Hear(who)) << who << " in " << spread.OffsetOf(who);
    }
  }

  SpreadPeople spread;
  SpreadPeople whole;
  std::vector<int32_t> levels;

 private:
  std::vector<Samples> said_;
  std::vector<bool> is_cut_;
  std::minstd_rand random_{7};
};

TEST(EngineSpreadTest, EverybodyHearsTheSameBitsAsInARoomServedAtOnce) {
  Twins room(24);
  std::minstd_rand random(3);
  const auto chance = [&](uint32_t of) { return random() % of == 0; };
  std::vector<Sends> sends(24, Sends::kRoom);
  // Somebody always hears what all do: who is the first to, if there was nobody, hands on its
  // limiter.
  room.Route(5, Sends::kNobody, Hears::kRoom);
  for (int turn = 0; turn < 400; ++turn) {
    for (uint32_t who = 0; who < 24; ++who) {
      if (chance(12)) room.levels[who] = chance(3) ? 12'000 : chance(2) ? 0 : 300;
      if (who == 5 || !chance(40)) continue;
      const Sends next = chance(3) ? Sends::kNobody : chance(4) ? Sends::kWhisper : Sends::kRoom;
      if (next != sends[who]) room.Cut(who);
      sends[who] = next;
      room.Route(who, next, chance(5) ? Hears::kSilence : Hears::kRoom,
                 who == 22 ? 0 : (who + 7) % 24);
    }
    ASSERT_NO_FATAL_FAILURE(room.Turn()) << turn;
  }
  std::vector<uint32_t> offsets(kPhasesPerFrame);
  for (uint32_t who = 0; who < 24; ++who) ++offsets[room.spread.OffsetOf(who)];
  EXPECT_EQ(offsets, (std::vector<uint32_t>{5, 7, 6, 6}));
  EXPECT_GT(room.spread.shard().engine().stats()->mixes_limited, 100u);
  EXPECT_EQ(room.spread.shard().engine().stats()->commands_refused, 0u);
}

TEST(EngineSpreadTest, RanksTheTalkersOfAllTicksAsOne) {
  Twins room(24, 8);
  std::minstd_rand random(5);
  for (int turn = 0; turn < 300; ++turn) {
    // Nobody is as loud as another.
    for (uint32_t who = 0; who < 24; ++who) {
      if (random() % 25 == 0) room.levels[who] = random() % 3 == 0 ? 40 << (who / 3) : 0;
      if (who % 3 != 0) room.levels[who] = 0;
    }
    ASSERT_NO_FATAL_FAILURE(room.Turn()) << turn;
  }
  const uint64_t left_out = room.whole.shard().engine().stats()->frames_left_out;
  EXPECT_EQ(room.spread.shard().engine().stats()->frames_left_out, left_out);
  EXPECT_GT(left_out, 20u);
}

// A room as large as a daemon's must be: those who came when 128 were there are muted, put on hold
// and whisper to each other and to those who came first.
TEST(EngineSpreadTest, OfACrowdThoseWhoCameLastAreHeardAndNotHeardToTheBit) {
  constexpr uint32_t kPeople = 200;
  constexpr uint32_t kFirst = 128;
  Twins room(kPeople, 0, {}, testing::kCrowdLimits);
  std::minstd_rand random(13);
  std::vector<Sends> sends(kPeople, Sends::kRoom);
  room.Route(0, Sends::kNobody, Hears::kRoom);  // always hears what all do
  for (int turn = 0; turn < 60; ++turn) {
    for (uint32_t who = 1; who < kPeople; ++who) {
      if (random() % 12 == 0) room.levels[who] = random() % 4 == 0 ? 900 : 0;
      if (who < kFirst || random() % 20 != 0) continue;
      const auto next = std::array{Sends::kNobody, Sends::kWhisper, Sends::kRoom}[random() % 3];
      if (next != sends[who]) room.Cut(who);
      sends[who] = next;
      room.Route(who, next, random() % 5 == 0 ? Hears::kSilence : Hears::kRoom,
                 who % 2 == 0 ? who - kFirst : who - 1);
    }
    ASSERT_NO_FATAL_FAILURE(room.Turn()) << turn;
  }
  for (uint32_t who = 0; who < kPeople; ++who) {
    EXPECT_EQ(room.spread.OffsetOf(who) != 0, who >= kFirst) << who;
  }
  EXPECT_EQ(room.spread.shard().engine().stats()->commands_refused, 0u);
}

// Everybody hears every frame of one who speaks in a late tick, one each 20 ms, while the room
// grows, shrinks until it is served at once, and grows again.
TEST(EngineSpreadTest, NoFrameIsMissedOrHeardTwiceWhileItGrowsAndShrinks) {
  for (uint32_t phase = 0; phase < kPhasesPerFrame; ++phase) {
    SpreadPeople room(testing::kSmallSpreading, phase);
    for (uint32_t who = 0; who < 4; ++who) room.Add({.room = kRoom, .sends = Sends::kNobody});
    const uint32_t talker = room.Add();
    int16_t said = 0;
    std::vector<uint32_t> listeners = {0, 1};
    std::map<uint32_t, int16_t> heard;  // last, by listener
    const auto turn = [&] {
      room.Say(talker, ++said);
      for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
        room.shard().Tick();
        for (const uint32_t who : listeners) {
          for (const int16_t value : room.HearValues(who)) {
            const int16_t before = std::exchange(heard[who], value);
            ASSERT_TRUE(before == 0 || value == before + 1) << who << " hears " << value;
          }
        }
      }
      for (const uint32_t who : listeners) ASSERT_GE(heard[who], said - 3) << who;
    };
    for (int count = 0; count < 5; ++count) turn();
    std::vector<uint32_t> comers;
    for (int count = 0; count < 12; ++count) {
      comers.push_back(room.Add({.room = kRoom, .sends = Sends::kNobody}));
      turn();
    }
    EXPECT_NE(room.OffsetOf(talker, phase), 0u);
    const uint32_t late = comers[1];
    EXPECT_NE(room.OffsetOf(late, phase), 0u);
    room.Hear(late);
    turn();
    listeners.push_back(late);
    for (int count = 0; count < 10; ++count) turn();
    for (const uint32_t who : comers) {
      if (who == late) continue;
      room.Remove(who);
      turn();
    }
    for (const uint32_t who : {2u, 3u, 1u}) room.Remove(who);
    listeners = {0, late};
    for (int count = 0; count < 2; ++count) turn();
    room.Remove(0);
    listeners = {late};
    for (int count = 0; count < 10; ++count) turn();
    EXPECT_EQ(room.OffsetOf(talker, phase), 0u);
    EXPECT_EQ(room.OffsetOf(late, phase), 0u);
    for (int count = 0; count < 8; ++count) {
      room.Add({.room = kRoom, .sends = Sends::kNobody});
      turn();
    }
    EXPECT_EQ(room.OffsetOf(late, phase), 0u);
    EXPECT_EQ(room.shard().engine().stats()->commands_refused, 0u);
  }
}

// A room on two shards, spread on both: one who is served late on the one is heard by all on the
// other, late ones too, every frame once.
TEST(EngineSpreadTest, ARoomThatSpansShardsIsSpreadOnEachOfThem) {
  testing::SpanMemory span(2);
  std::array<SpreadPeople, 2> rooms = {SpreadPeople(testing::kSmallSpreading, 3),
                                       SpreadPeople(testing::kSmallSpreading, 3)};
  for (uint32_t member = 0; member < 2; ++member) {
    rooms[member].shard().Command({testing::SpanRoom(kRoom, span.id(), member)});
    for (uint32_t who = 0; who < 12; ++who) rooms[member].Add();
  }
  std::array<std::vector<int16_t>, 2> heard = {std::vector<int16_t>(12), std::vector<int16_t>(12)};
  for (int16_t said = 1; said <= 60; ++said) {
    rooms[0].Say(7, said);
    for (uint32_t tick = 0; tick < kPhasesPerFrame; ++tick) {
      std::vector<TestShard*> waiting;
      for (SpreadPeople& room : rooms) {
        if (!room.shard().BeginTick()) waiting.push_back(&room.shard());
      }
      for (int round = 0; round < 4; ++round) {
        std::erase_if(waiting, [](TestShard* shard) { return shard->Resume(); });
      }
      ASSERT_TRUE(waiting.empty());
      for (uint32_t member = 0; member < 2; ++member) {
        for (uint32_t who = 0; who < 12; ++who) {
          for (const int16_t value : rooms[member].HearValues(who)) {
            const int16_t before = std::exchange(heard[member][who], value);
            const bool is_next = value == before + 1 || before == 0;
            ASSERT_TRUE(is_next || (member == 0 && who == 7)) << who << " hears " << value;
          }
        }
      }
    }
  }
  EXPECT_NE(rooms[0].OffsetOf(7, 3), 0u);
  for (uint32_t who = 0; who < 12; ++who) {
    EXPECT_GE(heard[1][who], 57) << who;
    EXPECT_EQ(heard[0][who] == 0, who == 7);
  }
  EXPECT_LE(rooms[1].shard().engine().stats()->span_parts_late, 1u);
}

}  // namespace
}  // namespace parley
