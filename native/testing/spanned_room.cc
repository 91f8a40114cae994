#include "testing/spanned_room.h"

#include <gtest/gtest.h>

#include <utility>

namespace parley::testing {
namespace {

constexpr CodecFormat FormatAt(uint32_t rate_hz) { return {layout::Codec::kLinear16, rate_hz}; }

}  // namespace

SpanMemory::SpanMemory(uint32_t members, uint32_t legs_max)
    : span_(members, legs_max), id_(SpanTable::OfProcess().Add(&span_).value_or(layout::kNone)) {}

SpanMemory::~SpanMemory() { SpanTable::OfProcess().Remove(id_); }

SpannedRoom::SpannedRoom(const Config& config)
    : config_(config), memory_(config.members), is_open_(config.members), slots_(config.members) {
  for (uint32_t member = 0; member < config.members; ++member) {
    parts_.push_back(std::make_unique<TestShard>());
  }
  whole_.Command({Record::From(RoomCommand())});
}

layout::OpenRoom SpannedRoom::RoomCommand() const {
  layout::OpenRoom room = OpenRoom(kRoom, config_.rate_hz, config_.phase).As<layout::OpenRoom>();
  room.ranked_above = config_.ranked_above;
  room.talkers_max = config_.talkers_max;
  return room;
}

void SpannedRoom::Join(uint32_t member) {
  std::vector<Record> batch;
  if (!is_open_[member]) batch.push_back(Record::From(RoomCommand()));
  is_open_[member] = true;
  batch.push_back(SpanRoom(kRoom, memory_.id(), member));
  part(member).Command(batch);
}

bool SpannedRoom::JoinAll() {
  for (uint32_t member = 0; member < members(); ++member) Join(member);
  return Turn();
}

void SpannedRoom::Fill(uint32_t each, int32_t level) {
  for (uint32_t member = members(); member-- > 0;) {
    for (uint32_t count = 0; count < each; ++count) Add(member, level);
  }
}

void SpannedRoom::Leave(uint32_t member) {
  part(member).Command({SpanRoom(kRoom, layout::kNone, 0)});
}

void SpannedRoom::Close(uint32_t member) {
  is_open_[member] = false;
  part(member).Command({CloseRoom(kRoom)});
}

uint32_t SpannedRoom::Add(uint32_t member, int32_t level) {
  const auto who = static_cast<uint32_t>(people_.size());
  const CodecFormat format = FormatAt(config_.rate_hz);
  people_.push_back({.member = member,
                     .in_whole = LaneCaller({.slot = who}, format),
                     .in_part = LaneCaller({.slot = slots_[member]++}, format),
                     .level = level});
  is_here_.push_back(true);
  heard_.emplace_back();
  said_.emplace_back();
  if (!is_open_[member]) {
    is_open_[member] = true;
    part(member).Command({Record::From(RoomCommand())});
  }
  const Twin& twin = people_.back();
  whole_.Command(
      {Record::From(twin.in_whole.OpenLeg()), RouteLeg(twin.in_whole.leg(), {.room = kRoom})});
  part(member).Command(
      {Record::From(twin.in_part.OpenLeg()), RouteLeg(twin.in_part.leg(), {.room = kRoom})});
  return who;
}

void SpannedRoom::Route(uint32_t who, layout::Sends sends, layout::Hears hears,
                        uint32_t whisper_to) {
  const Twin& twin = people_[who];
  testing::Route whole = {.room = kRoom, .sends = sends, .hears = hears};
  testing::Route part = whole;
  if (sends == layout::Sends::kWhisper) {
    const Twin& target = people_[whisper_to];
    whole.whisper_to = target.in_whole.leg().slot;
    part.whisper_to = target.in_part.leg().slot;
    if (target.member != twin.member) {
      part.whisper_member = 1 + target.member;
      part.whisper_generation = target.in_part.leg().generation;
    }
  }
  whole_.Command({RouteLeg(twin.in_whole.leg(), whole)});
  this->part(twin.member).Command({RouteLeg(twin.in_part.leg(), part)});
}

void SpannedRoom::Remove(uint32_t who) {
  const Twin& twin = people_[who];
  is_here_[who] = false;
  heard_[who].clear();
  whole_.Command({CloseLeg(twin.in_whole.leg())});
  part(twin.member).Command({CloseLeg(twin.in_part.leg())});
}

void SpannedRoom::Say() {
  for (uint32_t who = 0; who < people_.size(); ++who) {
    if (!is_here_[who]) continue;
    Twin& twin = people_[who];
    std::vector<int16_t>& frame = said_[who];
    frame.assign(twin.in_part.frame_samples(), 0);
    for (int16_t& sample : frame) {
      if (twin.level == 0) break;
      const auto range = static_cast<uint32_t>(2 * twin.level + 1);
      sample = static_cast<int16_t>(static_cast<int32_t>(random_() % range) - twin.level);
    }
    twin.in_whole.Send(whole_, frame);
    twin.in_part.Send(part(twin.member), frame);
  }
}

bool SpannedRoom::Hear() {
  bool is_alike = true;
  for (uint32_t who = 0; who < people_.size(); ++who) {
    if (!is_here_[who]) continue;
    Twin& twin = people_[who];
    twin.in_whole.heard().clear();
    twin.in_part.heard().clear();
    twin.in_whole.Hear(whole_, {});
    twin.in_part.Hear(part(twin.member), {});
    heard_[who] = twin.in_part.heard();
    if (twin.in_whole.heard() == twin.in_part.heard()) continue;
    is_alike = false;
    ADD_FAILURE() << "number " << who << " on member " << twin.member << " hears something else";
  }
  return is_alike;
}

bool SpannedRoom::Turn() {
  Say();
  whole_.Tick(4);
  for (int tick = 0; tick < 4; ++tick) {
    std::vector<TestShard*> waiting;
    for (const auto& part : parts_) {
      if (!part->BeginTick()) waiting.push_back(part.get());
    }
    // Each step of one is a step on for another.
    for (int round = 0; round < 4 && !waiting.empty(); ++round) {
      std::erase_if(waiting, [](TestShard* part) { return part->Resume(); });
    }
    EXPECT_TRUE(waiting.empty());
  }
  return Hear();
}

void SpannedRoom::TurnWithout(uint32_t member) {
  Say();
  whole_.Tick(4);
  for (int tick = 0; tick < 4; ++tick) {
    std::vector<TestShard*> waiting;
    for (uint32_t other = 0; other < members(); ++other) {
      if (other != member && !part(other).BeginTick()) waiting.push_back(&part(other));
    }
    for (const Patience patience : {Patience::kStart, Patience::kWait, Patience::kFinish}) {
      std::erase_if(waiting, [patience](TestShard* part) { return part->Resume(patience); });
    }
  }
  if (member < members()) part(member).Tick(4);
  for (Twin& twin : people_) {
    twin.in_whole.heard().clear();
    twin.in_whole.Hear(whole_, {});
    twin.in_part.heard().clear();
    twin.in_part.Hear(part(twin.member), {});
    heard_[static_cast<size_t>(&twin - people_.data())] = twin.in_part.heard();
  }
}

uint64_t SpannedRoom::late() {
  uint64_t late = 0;
  for (const auto& part : parts_) late += part->engine().stats()->span_parts_late;
  return late;
}

uint64_t SpannedRoom::refused() {
  uint64_t refused = whole_.engine().stats()->commands_refused;
  for (const auto& part : parts_) refused += part->engine().stats()->commands_refused;
  return refused;
}

}  // namespace parley::testing
