// The Node binding: the functions of src/addon/addon.ts, and nothing but conversion. No statics:
// every thread that loads the addon gets an instance of its own.

#include <fcntl.h>
#include <napi.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/heap.h"
#include "capture/ring_table.h"
#include "engine/arena.h"
#include "engine/layout.generated.h"
#include "engine/realtime_scheduling.h"
#include "engine/room_span.h"
#include "engine/shard.h"
#include "engine/shard_memory.h"
#include "kernels/targets.h"
#include "net/udp_socket.h"
#include "playback/clip_table.h"
#include "rtp/srtp_table.h"

namespace parley {
namespace {

constexpr double kPortMax = 65'535;
constexpr double kReceiveBufferBytesMax = 1 << 30;
constexpr double kDescriptorMax = INT32_MAX;
constexpr double kPriorityMax = 99;
constexpr double kWordMax = UINT32_MAX;

void ThrowTypeError(Napi::Env env, std::string_view name, std::string_view problem) {
  Napi::TypeError::New(env, std::string(name) + ": " + std::string(problem))
      .ThrowAsJavaScriptException();
}

// The integer in `value`; otherwise a TypeError naming it is pending.
std::optional<uint32_t> IntegerFrom(Napi::Value value, std::string_view name, double max) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= max && number == std::floor(number)) {
      return static_cast<uint32_t>(number);
    }
  }
  const std::string problem =
      "not an integer from 0 to " + std::to_string(static_cast<int64_t>(max));
  ThrowTypeError(value.Env(), name, problem);
  return std::nullopt;
}

std::optional<std::string> StringFrom(Napi::Value value, std::string_view name) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  ThrowTypeError(value.Env(), name, "not a string");
  return std::nullopt;
}

// The bytes of a Uint8Array, its offset and length respected.
std::optional<std::span<uint8_t>> BytesFrom(Napi::Value value, std::string_view name) {
  if (value.IsTypedArray()) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    const napi_status status =
        napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
    if (status == napi_ok && type == napi_uint8_array) {
      return std::span(static_cast<uint8_t*>(data), length);
    }
  }
  ThrowTypeError(value.Env(), name, "not a Uint8Array");
  return std::nullopt;
}

std::optional<int> DescriptorFrom(Napi::Value value) {
  const std::optional<uint32_t> descriptor = IntegerFrom(value, "descriptor", kDescriptorMax);
  if (!descriptor) return std::nullopt;
  return static_cast<int>(*descriptor);
}

class ParleyAddon : public Napi::Addon<ParleyAddon> {
 public:
  ParleyAddon(Napi::Env, Napi::Object exports) {
    DefineAddon(exports, {
                             InstanceMethod("layout", &ParleyAddon::Layout),
                             InstanceMethod("simdTargets", &ParleyAddon::SimdTargets),
                             InstanceMethod("bindUdp", &ParleyAddon::BindUdp),
                             InstanceMethod("udpPort", &ParleyAddon::UdpPort),
                             InstanceMethod("closeUdp", &ParleyAddon::CloseUdp),
                             InstanceMethod("openPipe", &ParleyAddon::OpenPipe),
                             InstanceMethod("makeSrtpSession", &ParleyAddon::MakeSrtpSession),
                             InstanceMethod("removeSrtpSession", &ParleyAddon::RemoveSrtpSession),
                             InstanceMethod("offerSrtpSession", &ParleyAddon::OfferSrtpSession),
                             InstanceMethod("addClip", &ParleyAddon::AddClip),
                             InstanceMethod("removeClip", &ParleyAddon::RemoveClip),
                             InstanceMethod("addRing", &ParleyAddon::AddRing),
                             InstanceMethod("removeRing", &ParleyAddon::RemoveRing),
                             InstanceMethod("addSpan", &ParleyAddon::AddSpan),
                             InstanceMethod("leaveSpan", &ParleyAddon::LeaveSpan),
                             InstanceMethod("removeSpan", &ParleyAddon::RemoveSpan),
                             InstanceMethod("shardMemory", &ParleyAddon::ShardMemoryOf),
                             InstanceMethod("probeRealtime", &ParleyAddon::ProbeRealtime),
                             InstanceMethod("keepLargeBlocksApart", &ParleyAddon::KeepApart),
                             InstanceMethod("trimHeap", &ParleyAddon::Trim),
                             InstanceMethod("runShard", &ParleyAddon::RunShardHere),
                         });
  }

 private:
  Napi::Value Layout(const Napi::CallbackInfo& info) {
    Napi::Object answer = Napi::Object::New(info.Env());
    answer.Set("version", Napi::Number::New(info.Env(), layout::kVersion));
    answer.Set("checksum", Napi::Number::New(info.Env(), layout::kChecksum));
    return answer;
  }

  Napi::Value SimdTargets(const Napi::CallbackInfo& info) {
    const std::span<const std::string_view> targets = kernels::SupportedTargets();
    Napi::Array names = Napi::Array::New(info.Env(), targets.size());
    for (uint32_t index = 0; index < targets.size(); ++index) {
      names.Set(index, Napi::String::New(info.Env(), std::string(targets[index])));
    }
    return names;
  }

  Napi::Value BindUdp(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<std::string> literal = StringFrom(info[0], "address");
    if (!literal) return env.Undefined();
    const std::optional<uint32_t> port = IntegerFrom(info[1], "port", kPortMax);
    if (!port) return env.Undefined();
    const std::optional<uint32_t> buffer_bytes =
        IntegerFrom(info[2], "receiveBufferBytes", kReceiveBufferBytesMax);
    if (!buffer_bytes) return env.Undefined();
    const std::optional<Address> address = Address::Parse(*literal, static_cast<uint16_t>(*port));
    if (!address) {
      ThrowTypeError(env, "address", "not a literal IPv4 or IPv6 address");
      return env.Undefined();
    }
    UdpSocket::OpenResult opened =
        UdpSocket::Open(*address, {.receive_buffer_bytes = *buffer_bytes});
    if (opened.error != 0) return Napi::Number::New(env, -opened.error);
    return Napi::Number::New(env, opened.socket.Release());
  }

  Napi::Value UdpPort(const Napi::CallbackInfo& info) {
    const std::optional<int> descriptor = DescriptorFrom(info[0]);
    if (!descriptor) return info.Env().Undefined();
    UdpSocket socket = UdpSocket::Adopt(*descriptor);
    const Address local = socket.local();
    socket.Release();
    return Napi::Number::New(info.Env(), local.port);
  }

  void CloseUdp(const Napi::CallbackInfo& info) {
    const std::optional<int> descriptor = DescriptorFrom(info[0]);
    if (descriptor) UdpSocket::Adopt(*descriptor).Close();
  }

  Napi::Value OpenPipe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
      Napi::Error::New(env, std::string("no pipe: ") + std::strerror(errno))
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }
    Napi::Array pair = Napi::Array::New(env, 2);
    for (uint32_t end = 0; end < 2; ++end) pair.Set(end, Napi::Number::New(env, ends[end]));
    return pair;
  }

  Napi::Value MakeSrtpSession(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<uint32_t> suite = IntegerFrom(info[0], "suite", kSrtpSuites - 1);
    if (!suite) return env.Undefined();
    const std::optional<std::span<uint8_t>> inbound = BytesFrom(info[1], "inboundKey");
    if (!inbound) return env.Undefined();
    const std::optional<std::span<uint8_t>> outbound = BytesFrom(info[2], "outboundKey");
    if (!outbound) return env.Undefined();
    const std::optional<uint32_t> key_id = IntegerFrom(info[3], "inboundKeyId", kWordMax);
    if (!key_id) return env.Undefined();
    const std::optional<uint32_t> key_id_bytes =
        IntegerFrom(info[4], "inboundKeyIdBytes", kSrtpMkiBytesMax);
    if (!key_id_bytes) return env.Undefined();
    const SrtpSessionConfig config = {
        .suite = *SrtpSuiteFrom(*suite),
        .inbound_master = *inbound,
        .outbound_master = *outbound,
        .inbound_mki = {.value = *key_id, .bytes = static_cast<uint8_t>(*key_id_bytes)}};
    if (!SrtpSession::IsValid(config)) {
      ThrowTypeError(env, "keys", "not two keys of the suite");
      return env.Undefined();
    }
    const std::optional<uint32_t> id =
        SrtpTable::OfProcess().Add(std::make_unique<SrtpSession>(config));
    return Napi::Number::New(env, id.value_or(0));
  }

  void RemoveSrtpSession(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (id) SrtpTable::OfProcess().Remove(*id);
  }

  void OfferSrtpSession(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (id) SrtpTable::OfProcess().Offer(*id);
  }

  Napi::Value AddClip(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<std::span<uint8_t>> memory = BytesFrom(info[0], "memory");
    if (!memory) return env.Undefined();
    const char* fault = nullptr;
    const std::optional<Clip> clip = Clip::Open(*memory, fault);
    if (!clip) {
      ThrowTypeError(env, "memory", fault);
      return env.Undefined();
    }
    const std::optional<uint32_t> id = ClipTable::OfProcess().Add(*clip);
    if (id) clips_.emplace(*id, Napi::Persistent(info[0].As<Napi::Object>()));
    return Napi::Number::New(env, id.value_or(0));
  }

  void RemoveClip(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (!id || !clips_.contains(*id)) return;
    ClipTable::OfProcess().Remove(*id);
    clips_.erase(*id);
  }

  Napi::Value ShardMemoryOf(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<std::span<uint8_t>> bytes = BytesFrom(info[0], "arena");
    if (!bytes) return env.Undefined();
    const char* fault = nullptr;
    const std::optional<Arena> arena = Arena::Open(*bytes, fault);
    if (!arena) {
      ThrowTypeError(env, "arena", fault);
      return env.Undefined();
    }
    const ShardMemory memory = ShardMemoryFor(arena->limits());
    Napi::Array parts = Napi::Array::New(env, memory.size());
    for (uint32_t part = 0; part < memory.size(); ++part) {
      parts.Set(part, Napi::Number::New(env, static_cast<double>(memory[part])));
    }
    return parts;
  }

  Napi::Value AddRing(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<std::span<uint8_t>> memory = BytesFrom(info[0], "memory");
    if (!memory) return env.Undefined();
    const char* fault = nullptr;
    const std::optional<RecordingRing> ring = RecordingRing::Open(*memory, fault);
    if (!ring) {
      ThrowTypeError(env, "memory", fault);
      return env.Undefined();
    }
    const std::optional<uint32_t> id = RingTable::OfProcess().Add(*ring);
    if (id) rings_.emplace(*id, Napi::Persistent(info[0].As<Napi::Object>()));
    return Napi::Number::New(env, id.value_or(0));
  }

  void RemoveRing(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (!id || !rings_.contains(*id)) return;
    RingTable::OfProcess().Remove(*id);
    rings_.erase(*id);
  }

  Napi::Value AddSpan(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<uint32_t> members = IntegerFrom(info[0], "members", kSpanMembersMax);
    if (!members) return env.Undefined();
    const std::optional<uint32_t> legs_max = IntegerFrom(info[1], "legsMax", Mixer::kLegsMax);
    if (!legs_max) return env.Undefined();
    if (*members < 2) {
      ThrowTypeError(env, "members", "not two or more");
      return env.Undefined();
    }
    auto span = std::make_unique<RoomSpan>(*members, *legs_max);
    const std::optional<uint32_t> id = SpanTable::OfProcess().Add(span.get());
    if (id) spans_.emplace(*id, std::move(span));
    return Napi::Number::New(env, id.value_or(0));
  }

  void LeaveSpan(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (!id) return;
    const std::optional<uint32_t> member = IntegerFrom(info[1], "member", kSpanMembersMax - 1);
    const auto span = spans_.find(*id);
    if (!member || span == spans_.end() || *member >= span->second->members()) return;
    span->second->Leave(*member);
  }

  void RemoveSpan(const Napi::CallbackInfo& info) {
    const std::optional<uint32_t> id = IntegerFrom(info[0], "id", kWordMax);
    if (!id || !spans_.contains(*id)) return;
    SpanTable::OfProcess().Remove(*id);
    spans_.erase(*id);
  }

  Napi::Value ProbeRealtime(const Napi::CallbackInfo& info) {
    const RealtimeScheduling attempt(1);
    return Napi::Number::New(info.Env(), attempt.error());
  }

  void KeepApart(const Napi::CallbackInfo&) { KeepLargeBlocksApart(); }

  void Trim(const Napi::CallbackInfo&) { TrimHeap(); }

  void RunShardHere(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::optional<std::span<uint8_t>> arena = BytesFrom(info[0], "arena");
    if (!arena) return;
    if (!info[1].IsObject()) return ThrowTypeError(env, "options", "not an object");
    const Napi::Object given = info[1].As<Napi::Object>();
    const Napi::Value given_priority = given.Get("realtimePriority");
    if (env.IsExceptionPending()) return;
    const std::optional<uint32_t> priority =
        IntegerFrom(given_priority, "options.realtimePriority", kPriorityMax);
    if (!priority) return;
    const Napi::Value given_bell = given.Get("bell");
    if (env.IsExceptionPending()) return;
    const std::optional<uint32_t> bell = IntegerFrom(given_bell, "options.bell", kDescriptorMax);
    if (!bell) return;
    const ShardOptions options = {.realtime_priority = static_cast<int>(*priority),
                                  .bell = static_cast<int>(*bell)};
    if (const char* fault = RunShard(*arena, options)) ThrowTypeError(env, "arena", fault);
  }

  // Keep the memory of the clips, rings and spans this thread added alive. On the control thread,
  // whose instance lives as long as the process.
  std::unordered_map<uint32_t, Napi::ObjectReference> clips_;
  std::unordered_map<uint32_t, Napi::ObjectReference> rings_;
  std::unordered_map<uint32_t, std::unique_ptr<RoomSpan>> spans_;
};

}  // namespace

NODE_API_ADDON(ParleyAddon)

}  // namespace parley
