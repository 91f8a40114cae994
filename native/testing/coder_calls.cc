#include "testing/coder_calls.h"

#include <opus/opus.h>

#include "testing/tick_measure.h"

namespace parley::testing {
namespace {

thread_local uint64_t decodes = 0;
thread_local int64_t opus_ns = 0;

}  // namespace

uint64_t Decodes() { return decodes; }
int64_t OpusNs() { return opus_ns; }

}  // namespace parley::testing

extern "C" {
opus_int32 __real_opus_encode(OpusEncoder*, const opus_int16*, int, unsigned char*, opus_int32);
int __real_opus_decode(OpusDecoder*, const unsigned char*, opus_int32, opus_int16*, int, int);
// Of libspandsp, whose header redefines functions of <cmath>.
int __real_g722_decode(void*, int16_t*, const uint8_t*, int);

opus_int32 __wrap_opus_encode(OpusEncoder* encoder, const opus_int16* samples, int count,
                              unsigned char* out, opus_int32 bytes_max) {
  const int64_t start_ns = parley::testing::ThreadCpuNs();
  const opus_int32 bytes = __real_opus_encode(encoder, samples, count, out, bytes_max);
  parley::testing::opus_ns += parley::testing::ThreadCpuNs() - start_ns;
  return bytes;
}

int __wrap_opus_decode(OpusDecoder* decoder, const unsigned char* payload, opus_int32 bytes,
                       opus_int16* out, int count, int fec) {
  const int64_t start_ns = parley::testing::ThreadCpuNs();
  const int samples = __real_opus_decode(decoder, payload, bytes, out, count, fec);
  parley::testing::opus_ns += parley::testing::ThreadCpuNs() - start_ns;
  ++parley::testing::decodes;
  return samples;
}

int __wrap_g722_decode(void* decoder, int16_t* out, const uint8_t* payload, int bytes) {
  ++parley::testing::decodes;
  return __real_g722_decode(decoder, out, payload, bytes);
}
}
