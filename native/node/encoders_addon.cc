// The encoders of recordings' files for the threads of jobs: an addon of its own, so that the
// daemon's engine is linked with none of their libraries.
#include <napi.h>

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encoders/encoder.h"

namespace parley {
namespace {

std::optional<encoders::Coding> CodingOf(const std::string& name) {
  if (name == "mp3") return encoders::Coding::kMp3;
  if (name == "flac") return encoders::Coding::kFlac;
  if (name == "opus") return encoders::Coding::kOpus;
  return std::nullopt;
}

class FileEncoder : public Napi::ObjectWrap<FileEncoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "FileEncoder",
        {InstanceMethod("encode", &FileEncoder::Encode),
         InstanceMethod("finish", &FileEncoder::Finish), InstanceMethod("head", &FileEncoder::Head),
         InstanceMethod("delaySamples", &FileEncoder::DelaySamples)});
  }

  // (coding, rateHz, channels, samples, bitrateBps)
  explicit FileEncoder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FileEncoder>(info) {
    const char* problem = Make(info);
    if (problem != nullptr) Throw(info.Env(), problem);
  }

 private:
  // What is wrong with the arguments; null when nothing is.
  const char* Make(const Napi::CallbackInfo& info) {
    if (info.Length() < 5 || !info[0].IsString()) return "an encoder is made of five arguments";
    for (size_t index = 1; index < 5; ++index) {
      if (!info[index].IsNumber()) return "rate, channels, samples and bitrate are numbers";
    }
    const std::optional<encoders::Coding> coding = CodingOf(info[0].As<Napi::String>().Utf8Value());
    if (!coding) return "no such coding";
    const encoders::Format format{
        .rate_hz = info[1].As<Napi::Number>().Uint32Value(),
        .channels = info[2].As<Napi::Number>().Uint32Value(),
        .samples = static_cast<uint64_t>(info[3].As<Napi::Number>().Int64Value()),
        .bitrate_bps = info[4].As<Napi::Number>().Uint32Value(),
    };
    const bool is_rate =
        format.rate_hz == 8000 || format.rate_hz == 16'000 || format.rate_hz == 48'000;
    if (!is_rate || format.channels < 1 || format.channels > 2) return "no such format";
    encoder_ = encoders::MakeEncoder(*coding, format);
    return encoder_ == nullptr ? "the library does not take this format" : nullptr;
  }

  static void Throw(Napi::Env env, const char* message) {
    Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  }

  Napi::Value BytesOf(Napi::Env env, bool done, std::span<const uint8_t> bytes) {
    if (!done) {
      Napi::Error::New(env, "the encoder failed").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    Napi::Buffer<uint8_t> buffer = Napi::Buffer<uint8_t>::New(env, bytes.size());
    if (!bytes.empty()) std::memcpy(buffer.Data(), bytes.data(), bytes.size());
    return buffer;
  }

  Napi::Value Encode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (encoder_ == nullptr || info.Length() < 1 || !info[0].IsTypedArray() ||
        info[0].As<Napi::TypedArray>().TypedArrayType() != napi_int16_array) {
      Throw(env, "samples are an Int16Array");
      return env.Undefined();
    }
    const auto samples = info[0].As<Napi::Int16Array>();
    std::vector<uint8_t> out;
    const bool done = encoder_->Encode(std::span(samples.Data(), samples.ElementLength()), out);
    return BytesOf(env, done, out);
  }

  Napi::Value Finish(const Napi::CallbackInfo& info) {
    if (encoder_ == nullptr) return BytesOf(info.Env(), false, {});
    std::vector<uint8_t> out;
    const bool done = encoder_->Finish(out);
    return BytesOf(info.Env(), done, out);
  }

  Napi::Value Head(const Napi::CallbackInfo& info) {
    if (encoder_ == nullptr) return BytesOf(info.Env(), false, {});
    return BytesOf(info.Env(), true, encoder_->Head());
  }

  Napi::Value DelaySamples(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), encoder_ == nullptr ? 0 : encoder_->DelaySamples());
  }

  std::unique_ptr<encoders::Encoder> encoder_;
};

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("FileEncoder", FileEncoder::Define(env));
  return exports;
}

NODE_API_MODULE(parley_encoders, Init)

}  // namespace
}  // namespace parley
