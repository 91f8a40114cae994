#include "exchange.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "fnv.h"
#include "now.h"
#include "opus_coder.h"

namespace parley::load {
namespace {

constexpr size_t kPorts = 65'536;
// After this, what was said before a call has left every jitter buffer, and it may be judged.
constexpr int64_t kSettlingNs = 1000 * kNsPerMs;
constexpr int64_t kSlotsPerSecond = 1000;
// Stretches are judged after the fact, and that takes a while: so many telephones at most, evenly
// chosen.
constexpr size_t kJudgedLinesMax = 1000;
// Apart from this a loop of frames has nothing that can be told from silence; a crowd's soft voices
// neither.
constexpr double kSoftVoiceDbov = -32;

bool IsSoft(const Voice& voice) {
  const double limit = 32'768 * std::pow(10, kSoftVoiceDbov / 20);
  return voice.mean_square < limit * limit;
}

}  // namespace

Exchange::Exchange(uint32_t lines, Coding coding, Sockets sockets, Voices voices)
    : coding_(coding),
      voices_(std::move(voices)),
      hears_(lines),
      sockets_(sockets),
      lines_by_port_(kPorts, lines) {
  const size_t trunks = sockets == Sockets::kOwn ? lines : kSlots;
  trunks_.reserve(trunks);
  for (size_t number = 0; number < trunks; ++number) trunks_.emplace_back(batches_);
  lines_.reserve(lines);
  for (uint32_t number = 0; number < lines; ++number) lines_.emplace_back(number);
}

bool Exchange::Carry(const AnswerOrder& order) {
  const bool knows_all =
      std::ranges::all_of(order.hears, [this](uint32_t number) { return number < lines_.size(); });
  const Voice* voice = voices_.Find(order.voice);
  if (order.line >= lines_.size() || !knows_all || voice == nullptr) return false;
  Line::Call call{.host = order.host,
                  .port = order.port,
                  .voice = voice,
                  .payload_type = order.payload_type,
                  .clock_rate_hz = coding_ == Coding::kOpus ? 48'000U : 8'000U,
                  .srtp = nullptr};
  if (!order.suite.empty()) {
    call.srtp = SrtpBox::Open(order.suite, order.outbound_key, order.inbound_key);
    if (call.srtp == nullptr) return false;
  }
  lines_[order.line].Answer(std::move(call));
  lines_by_port_[order.port] = order.line;
  hears_[order.line] = {.lines = order.hears, .in_crowd = order.in_crowd};
  return true;
}

bool Exchange::Carry(const HangUpOrder& order) {
  if (order.line >= lines_.size()) return false;
  lines_[order.line].HangUp();
  hears_[order.line] = {};
  return true;
}

void Exchange::Slot(int64_t slot, int64_t late_ns) {
  if (tally_ != nullptr && first_slot_ < 0) first_slot_ = slot;
  if (tally_ != nullptr) KeepStretches(slot);
  SendSlot(static_cast<size_t>(slot) % kSlots, late_ns);
  ReceiveSlot(static_cast<size_t>(slot) % kSlots);
}

void Exchange::SendSlot(size_t slot, int64_t late_ns) {
  for (size_t at = slot; at < trunks_.size(); at += kSlots) {
    Trunk& trunk = trunks_[at];
    for (size_t number = at; number < lines_.size(); number += trunks_.size()) {
      Line& line = lines_[number];
      if (!line.is_up()) continue;
      trunk.Post(line.host(), line.port(), line.WriteNext(trunk.Room()));
      if (tally_ == nullptr) continue;
      ++tally_->sent;
      tally_->sending.Add(late_ns);
    }
    trunk.Flush();
  }
}

// The kernel notes when a packet came: sockets of single telephones need not be looked at oftener
// than they send.
void Exchange::ReceiveSlot(size_t slot) {
  const auto take = [this](const Trunk::Arrival& arrival) { Take(arrival); };
  // Not until nothing comes any more: what comes meanwhile is of the next slot.
  const size_t most = 2 * (lines_.size() / kSlots + 1);
  const bool is_own = sockets_ == Sockets::kOwn;
  for (size_t at = is_own ? slot : 0; at < trunks_.size(); at += is_own ? kSlots : 1) {
    trunks_[at].Receive(most, take);
  }
}

void Exchange::Take(const Trunk::Arrival& arrival) {
  const uint32_t number = lines_by_port_[arrival.port];
  if (number >= lines_.size()) return;
  Line& line = lines_[number];
  // A daemon may give a port to another call before this program knows of that.
  if (line.host() != arrival.host || line.port() != arrival.port) return;
  line.Receive(arrival.bytes, arrival.stamp_ns, tally_.get());
}

void Exchange::BeginMeasuring(uint32_t seconds) {
  tally_ = std::make_unique<Tally>();
  seconds_ = seconds;
  first_slot_ = -1;
  for (uint32_t number = 0; number < lines_.size(); ++number) {
    lines_[number].ForgetStretches();
    ExpectFrames(number);
  }
  cpu_ns_before_ = ReadClockNs(CLOCK_PROCESS_CPUTIME_ID);
}

// What a telephone hears of loops of one frame is the sum of them, whatever their delay.
void Exchange::ExpectFrames(uint32_t number) {
  std::vector<int> sum;
  for (const uint32_t other : hears_[number].lines) {
    const Voice* voice = lines_[other].voice();
    if (voice == nullptr || !voice->is_one_frame) return lines_[number].Expects({});
    sum.resize(voice->sound.size());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += voice->sound[i];
  }
  lines_[number].Expects(lines_[number].is_up() ? std::move(sum) : std::vector<int>());
}

// Each telephone keeps one stretch a while after the beginning, and one in the second half; not all
// at the same time.
void Exchange::KeepStretches(int64_t slot) {
  const int64_t second = (slot - first_slot_) / kSlotsPerSecond;
  const int64_t of_second = (slot - first_slot_) % kSlotsPerSecond;
  const int64_t now_ns = StampNs();
  const size_t stride = lines_.size() / kJudgedLinesMax + 1;
  for (size_t number = 0; number < lines_.size(); number += stride) {
    const auto turn = static_cast<int64_t>(number / stride);
    const bool is_turn = turn % kSlotsPerSecond == of_second &&
                         (second == 0 || (seconds_ > 1 && second == seconds_ / 2));
    if (!is_turn || lines_[number].expects_frames() || hears_[number].lines.empty()) continue;
    if (!lines_[number].is_up() || now_ns - lines_[number].answered_ns() < kSettlingNs) continue;
    lines_[number].KeepStretch();
  }
}

Measurement Exchange::EndMeasuring() {
  Measurement measurement;
  measurement.coding = coding_;
  for (Line& line : lines_) {
    line.CloseTransits(*tally_);
    measurement.lines_up += line.is_up() ? 1 : 0;
  }
  measurement.tally = *std::exchange(tally_, nullptr);
  measurement.cpu_us =
      static_cast<double>(ReadClockNs(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns_before_) / 1e3;
  measurement.checksum = Checksum();
  for (uint32_t number = 0; number < lines_.size(); ++number) {
    for (Stretch& stretch : lines_[number].TakeStretches()) {
      measurement.heard.push_back(HeardBy(number, std::move(stretch)));
    }
  }
  return measurement;
}

HeardStretch Exchange::HeardBy(uint32_t number, Stretch stretch) const {
  const Hears& hears = hears_[number];
  const auto speaker = [&](uint32_t other) {
    return Speaker{.voice = lines_[other].voice(),
                   .says_at = lines_[other].SaysAt(stretch.began_ns)};
  };
  HeardStretch heard;
  heard.line = number;
  heard.tolerance = ToleranceFor(coding_, hears.in_crowd);
  for (const uint32_t other : hears.lines) {
    if (lines_[other].is_up()) heard.speakers.push_back(speaker(other));
  }
  const Voice& voice = *lines_[number].voice();
  const bool hears_itself = std::ranges::find(hears.lines, number) != hears.lines.end();
  const bool can_tell_own =
      !voice.is_silence && !hears_itself && !(hears.in_crowd && IsSoft(voice));
  if (can_tell_own) heard.own = speaker(number);
  heard.stretch = std::move(stretch);
  return heard;
}

uint32_t Exchange::Checksum() const {
  Fnv hash;
  for (uint32_t number = 0; number < lines_.size(); ++number) {
    if (!lines_[number].is_up()) continue;
    for (const uint32_t other : hears_[number].lines) {
      if (lines_[other].is_up()) hash.Add(lines_[other].voice()->checksum);
    }
  }
  return hash.value();
}

}  // namespace parley::load
