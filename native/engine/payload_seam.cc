#include "engine/payload_seam.h"

namespace parley {
namespace {

StreamDecoder& DecoderIn(void* context) { return *static_cast<StreamDecoder*>(context); }

uint32_t Samples(void* context, uint8_t payload_type, std::span<const uint8_t> payload) {
  return DecoderIn(context).Samples(payload_type, payload);
}

void Decode(void* context, uint8_t payload_type, std::span<const uint8_t> payload,
            std::span<int16_t> out) {
  DecoderIn(context).Decode(payload_type, payload, out);
}

bool Conceals(void* context) { return DecoderIn(context).can_conceal(); }

void Conceal(void* context, std::span<int16_t> out) { DecoderIn(context).Conceal(out); }

bool Restore(void* context, uint8_t payload_type, std::span<const uint8_t> next,
             std::span<int16_t> out) {
  return DecoderIn(context).Restore(payload_type, next, out);
}

}  // namespace

PayloadDecoder SeamOf(StreamDecoder& decoder) {
  const bool is_opus = decoder.is_opus();
  return {.samples = Samples,
          .decode = Decode,
          .conceals = is_opus ? Conceals : nullptr,
          .conceal = is_opus ? Conceal : nullptr,
          .restore = is_opus ? Restore : nullptr,
          .context = &decoder,
          .recovers_at_once = !is_opus};
}

}  // namespace parley
