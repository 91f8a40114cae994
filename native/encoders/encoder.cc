#include "encoders/encoder.h"

namespace parley::encoders {

std::unique_ptr<Encoder> MakeEncoder(Coding coding, const Format& format) {
  switch (coding) {
    case Coding::kMp3:
      return MakeMp3Encoder(format);
    case Coding::kFlac:
      return MakeFlacEncoder(format);
    case Coding::kOpus:
      return MakeOpusEncoder(format);
  }
  return nullptr;
}

}  // namespace parley::encoders
