// The span API of all SIMD kernels. Each is compiled for every instruction set that Highway can
// dispatch to and chosen at run time; all of them give the same bits as the scalar reference in
// the tests. Only .cc files of this folder include Highway.
//
// Any thread; no allocation, lock or system call: real-time safe. Frames need no alignment and no
// particular length (a multiple of 32 samples is fastest). Spans of one call do not overlap unless
// a function says so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace parley::kernels {

// --- Mix (mix.cc) -------------------------------------------------------------------------------
// Sums are exact: 65,535 frames of any int16 content fit an int32.

// sum += frame. REQUIRES: equal sizes.
void AccumulateFrame(std::span<const int16_t> frame, std::span<int32_t> sum);

// out = sum - own. REQUIRES: equal sizes.
void SubtractFrame(std::span<const int32_t> sum, std::span<const int16_t> own,
                   std::span<int32_t> out);

// Largest magnitude in `sum`; 0 when empty. Defined for every int32, INT32_MIN included.
[[nodiscard]] uint32_t PeakMagnitude(std::span<const int32_t> sum);

// out = sum, clamped to int16. REQUIRES: equal sizes.
void NarrowSaturate(std::span<const int32_t> sum, std::span<int16_t> out);

// out = sum clamped to int16, in one pass with PeakMagnitude(sum), which is returned.
// REQUIRES: equal sizes.
[[nodiscard]] uint32_t NarrowWithPeak(std::span<const int32_t> sum, std::span<int16_t> out);

// out = sum - own clamped to int16, in one pass with the peak magnitude of the difference, which
// is returned. REQUIRES: equal sizes.
[[nodiscard]] uint32_t MixMinusWithPeak(std::span<const int32_t> sum, std::span<const int16_t> own,
                                        std::span<int16_t> out);

// --- Gain (gain.cc) -----------------------------------------------------------------------------

// out = sum * gain, rounded to the nearest even and clamped to int16. Sums beyond 2^24 are rounded
// to float first. REQUIRES: equal sizes; gains in [0, 1].
void ApplyGain(std::span<const int32_t> sum, std::span<const float> gains, std::span<int16_t> out);

// --- Gain curve (gain_curve.cc) -----------------------------------------------------------------
// A frame of any of our rates as blocks of 0.5 ms, of 4 samples or a multiple of it.

inline constexpr size_t kGainBlocks = 40;

// needed[b]: what brings the largest magnitude of block b down to `held`, where it is above
// `ceiling`; otherwise 1. REQUIRES: 4 * kGainBlocks samples or a multiple of it.
void FindNeededGains(std::span<const int32_t> sum, float ceiling, float held,
                     std::span<float, kGainBlocks> needed);

// gains[i] = sum over k of taps[k] * targets[i + k], added up in that order.
// REQUIRES: targets.size() == gains.size() + taps.size() - 1.
void SmoothGains(std::span<const float> targets, std::span<const float> taps,
                 std::span<float> gains);

// Of each sample, in a straight line from the edge before its block to the one behind it.
// REQUIRES: as of FindNeededGains.
void DrawGains(std::span<const float, kGainBlocks + 1> edges, std::span<float> gains);

// --- Level (level.cc) ---------------------------------------------------------------------------

// Exact sum of squares. REQUIRES: at most 2^32 samples.
[[nodiscard]] uint64_t FrameEnergy(std::span<const int16_t> frame);

// RFC 6464 audio level: -dBov rounded to the nearest integer, 0 (a full-scale square wave) to
// 127 (silence, or an empty frame).
[[nodiscard]] uint8_t LevelDbov(std::span<const int16_t> frame);

// Samples whose magnitude is `full_scale` or more. REQUIRES: full_scale > 0; fewer than 2^31
// samples.
[[nodiscard]] uint32_t SamplesAtFullScale(std::span<const int16_t> frame, int16_t full_scale);

// --- G.711 (g711.cc) ----------------------------------------------------------------------------
// ITU-T G.711 with even-bit inversion (A-law) and all-bit inversion (mu-law) applied, as sent by
// RTP. Samples are 16-bit: 14-bit mu-law and 13-bit A-law values are left-justified.

// REQUIRES: equal sizes, for each of the four.
void PcmuDecode(std::span<const uint8_t> codes, std::span<int16_t> samples);
void PcmuEncode(std::span<const int16_t> samples, std::span<uint8_t> codes);
void PcmaDecode(std::span<const uint8_t> codes, std::span<int16_t> samples);
void PcmaEncode(std::span<const int16_t> samples, std::span<uint8_t> codes);

// --- Byte order (byte_order.cc) -----------------------------------------------------------------

// Samples from and to 16-bit big-endian bytes (L16, RFC 3551 §4.5.11).
// REQUIRES: bytes.size() == 2 * samples.size().
void DecodeBigEndian(std::span<const uint8_t> bytes, std::span<int16_t> samples);
void EncodeBigEndian(std::span<const int16_t> samples, std::span<uint8_t> bytes);

// --- FIR (fir.cc) -------------------------------------------------------------------------------

// acc[i] += sum over k of taps[k] * input[i + k], all in int32.
// REQUIRES: taps.size() even and not 0; input.size() == acc.size() + taps.size() - 1; |acc| plus
// 32768 times the sum of |taps| is within int32, so that every order of summing gives the same.
void FirAccumulate(std::span<const int16_t> input, std::span<const int16_t> taps,
                   std::span<int32_t> acc);

// Rows of taps, for a ratio of rates that is no small number: output i uses row i % count, and
// begins at input i * step / count.
struct FirRows {
  size_t count;
  size_t taps;  // in each row, a multiple of kFirRowMultiple
  size_t step;  // inputs that `count` outputs take
};
inline constexpr size_t kFirRowMultiple = 16;

// acc[i] = sum over k of taps[i % count][k] * input[i * step / count + k], all in int32.
// REQUIRES: acc.size() a multiple of count; input.size() == acc.size() / count * step + rows.taps
// - 1; 32768 times the sum of |taps| of any row is within int32.
void FirRational(std::span<const int16_t> input, std::span<const int16_t> taps, FirRows rows,
                 std::span<int32_t> acc);

// out = acc / 2^14 rounded half up, clamped to int16: ends a FIR with Q14 taps.
// REQUIRES: equal sizes; |acc| <= INT32_MAX - 8192.
void NarrowQ14(std::span<const int32_t> acc, std::span<int16_t> out);

}  // namespace parley::kernels
