#include "mixer/voice_record.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr VoiceTurn kHum = {.level_dbov = 62, .is_received = true};
constexpr VoiceTurn kSpeech = {
    .level_dbov = 24, .is_received = true, .is_speaking = true, .is_voice = true};
constexpr VoiceTurn kLost = {.level_dbov = 30, .is_speaking = true};
constexpr VoiceTurn kPaused = {};

void Note(VoiceRecord& record, const VoiceTurn& turn, int turns) {
  for (int i = 0; i < turns; ++i) record.Note(turn);
}

TEST(VoiceRecord, CountsTurnsAndSpeech) {
  VoiceRecord record;
  Note(record, kHum, 10);
  Note(record, kSpeech, 30);
  Note(record, kPaused, 5);
  EXPECT_EQ(record.heard(), 45u);
  EXPECT_EQ(record.speaking(), 30u);
}

TEST(VoiceRecord, SortsReceivedFramesByLevel) {
  VoiceRecord record;
  for (const uint32_t level : {0u, 4u, 5u, 24u, 64u, 65u, 127u}) {
    record.Note({.level_dbov = level, .is_received = true});
  }
  Note(record, kLost, 7);
  EXPECT_EQ(record.frames_at(0), 2u);
  EXPECT_EQ(record.frames_at(1), 1u);
  EXPECT_EQ(record.frames_at(4), 1u);
  EXPECT_EQ(record.frames_at(12), 1u);
  EXPECT_EQ(record.frames_at(13), 2u);
}

TEST(VoiceRecord, TheLevelOfSpeechIsThatOfVoiceAlone) {
  VoiceRecord record;
  Note(record, kHum, 10);
  EXPECT_EQ(record.speech_level_dbov(), 127u);
  Note(record, kSpeech, 1);
  EXPECT_EQ(record.speech_level_dbov(), 24u);
  Note(record, kHum, 100);
  EXPECT_EQ(record.speech_level_dbov(), 24u);
  VoiceTurn louder = kSpeech;
  louder.level_dbov = 14;
  Note(record, louder, 1000);
  EXPECT_EQ(record.speech_level_dbov(), 14u);
}

TEST(VoiceRecord, CountsClippedAndLeftOut) {
  VoiceRecord record;
  VoiceTurn clipped = kSpeech;
  clipped.is_clipped = true;
  Note(record, clipped, 2);
  record.NoteLeftOut();
  EXPECT_EQ(record.clipped(), 2u);
  EXPECT_EQ(record.left_out(), 1u);
}

}  // namespace
}  // namespace parley
