#include "engine/rtp_media.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

// CONTRACT 1.2, jitterBufferSize; and what else may be configured.
TEST(RtpMediaConfig, LimitsTheDelayByTheSizeOfTheJitterBuffer) {
  struct Size {
    uint32_t jitter_ms;
    DelayLimits delay;
  };
  for (const auto& [jitter_ms, delay] : {Size{0, {0, 0}}, Size{20, {20, 60}}, Size{40, {40, 120}},
                                         Size{60, {60, 400}}, Size{200, {200, 400}}}) {
    RtpMediaConfig config;
    config.jitter_ms = jitter_ms;
    EXPECT_EQ(config.playout().delay.target_ms_min, delay.target_ms_min);
    EXPECT_EQ(config.playout().delay.target_ms_max, delay.target_ms_max);
  }
}

}  // namespace
}  // namespace parley
