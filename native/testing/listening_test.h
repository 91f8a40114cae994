// Test support: a shard whose legs listen to what is played to them.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "testing/signals.h"
#include "testing/test_caller.h"
#include "testing/test_shard.h"

namespace parley::testing {

class ListeningTest : public ::testing::Test {
 public:
  static constexpr CodecFormat kWide = {layout::Codec::kLinear16, 16000};
  static constexpr CodecFormat kFull = {layout::Codec::kLinear16, 48000};
  static constexpr double kToneHz = 1'000;
  static constexpr double kAmplitude = 8'000;

 protected:
  // Opens a leg, routed as given.
  template <typename Caller, typename... More>
  Caller& Open(uint32_t slot, const CodecFormat& format, const Route& route, More... more) {
    auto caller = std::make_unique<Caller>(LegRef{.slot = slot}, format, more...);
    shard_.Command({Record::From(caller->OpenLeg()), RouteLeg(caller->leg(), route)});
    Caller& opened = *caller;
    callers_.push_back(std::move(caller));
    return opened;
  }
  LaneCaller& OpenLane(uint32_t slot, const CodecFormat& format, const Route& route) {
    return Open<LaneCaller>(slot, format, route);
  }

  // Frames of 20 ms in which everybody is silent; what each hears is added to what it heard.
  void Turn(uint32_t turns = 1) {
    for (uint32_t turn = 0; turn < turns; ++turn) {
      shard_.Tick(4);
      const std::vector<FakePort::Sent> sent = shard_.port().TakeSent();
      for (const auto& caller : callers_) caller->Hear(shard_, sent);
      sent_.insert(sent_.end(), sent.begin(), sent.end());
    }
  }

  void Forget() {
    for (const auto& caller : callers_) caller->heard().clear();
    sent_.clear();
  }

  uint32_t Told(layout::EventKind kind) { return shard_.CountEvents(kind); }
  uint64_t refused() { return shard_.engine().stats()->commands_refused; }

  // Hears a player and nothing else.
  static Route Alone(uint32_t player, uint32_t room = layout::kNone) {
    return {.room = room,
            .sends = layout::Sends::kNobody,
            .hears = layout::Hears::kSilence,
            .player = player};
  }

  static std::vector<int16_t> Tone48(double seconds, double hz = kToneHz) {
    return ToneSamples(hz, kAmplitude, seconds, 48000);
  }

  static bool IsSilent(const std::vector<int16_t>& heard) {
    return std::ranges::all_of(heard, [](int16_t sample) { return sample == 0; });
  }

  TestShard shard_;
  std::vector<std::unique_ptr<TestCaller>> callers_;
  std::vector<FakePort::Sent> sent_;
};

}  // namespace parley::testing
