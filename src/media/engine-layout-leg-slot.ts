/** The slot of a leg in the arena, part of engine-layout.ts: what the engine tells of it. */
import type { Block } from './engine-layout-block.js';
import { playoutCounters } from './engine-layout-stats.js';

/** Of the histogram of input levels of a leg. */
export const levelBuckets = 14;
export const levelBucketDb = 5;

/** One per leg: what its last turn came to, and what the leg has been through. */
export const legSlot: Block = {
  name: 'leg_slot',
  what: 'One per leg',
  fields: [
    // Written in every turn: two cache lines.
    ['generation', 'u32', 'as given by open_leg'],
    ['in_use', 'u32', '1 from open_leg to leg_closed'],
    ['tick', 'u64', 'tick in which it was served last'],
    ['frame_rate_hz', 'u32', "of what it gives and hears: the room's; outside a room the codec's, 48000 for 44100"],
    ['input_contributes', 'u32', '1 when it gave sound in that tick that somebody is given'],
    ['input_level_dbov', 'u32', '0 (loudest) to 127 (silence), RFC 6464; of the last input frame'],
    ['output_level_dbov', 'u32', 'of the last output frame'],
    ['packets_received', 'u64', ''],
    ['packets_sent', 'u64', ''],
    ['packets_lost', 'u64', 'RFC 3550 A.3: expected less received, never below 0'],
    ['jitter_us', 'u32', 'interarrival jitter, RFC 3550 A.8'],
    [
      'playout_delay_us',
      'u32',
      'how long after the fastest packet sound is played; 0 while none is. A lane: what waits',
    ],
    ['playout_target_us', 'u32', 'what playout_delay_us should be; 0 for a lane'],
    ['clock_drift_ppm', 'i32', "how much faster the sender's clock runs; 0 until it is beyond doubt"],
    ['speaking', 'u32', '1 while somebody speaks into it'],
    ['noise_dbov', 'u32', 'its background, 30 to 127: the lowest level of the last 2.4 s of sound; 127 until then'],
    ['speech_level_dbov', 'u32', 'mean of the last seconds of speech; 127 before the first'],
    ['gain_cb', 'i32', 'what gate and automatic gain do now, in tenths of a decibel'],
    ['frames_heard', 'u64', 'turns in which it was given to somebody: neither muted nor held nor waiting'],
    ['frames_speaking', 'u64', 'of these, turns in which somebody spoke'],
    [
      'level_histogram',
      `u32[${levelBuckets}]`,
      'frames received, by level: 5 dB each from 0 dBov down, the last all below',
    ],
    ['frames_clipped', 'u64', 'frames received with three samples or more at full scale'],
    ['frames_left_out', 'u64', 'frames with sound that ranking kept out of the mix'],
    ['packets_late', 'u64', ''],
    ['packets_duplicate', 'u64', ''],
    ['packets_overflow', 'u64', ''],
    ['packets_recovered', 'u64', 'lost, and found in a redundant packet behind'],
    ['frames_concealed', 'u64', ''],
    ...playoutCounters,
    ['srtp_auth_failed', 'u64', ''],
    ['srtp_replayed', 'u64', ''],
    ['round_trip_us', 'u32', 'from RTCP; 0 until known'],
    ['remote_fraction_lost', 'u32', 'last receiver report about our stream, 0 to 255'],
    ['remote_packets_lost', 'u32', 'last receiver report about our stream'],
    ['remote_jitter', 'u32', 'last receiver report, in RTP timestamp units'],
    ['remote_port', 'u32', 'where packets are sent now; 0 while unknown'],
    ['remote_family', 'u32', '0, 4 or 6'],
    ['remote_address', 'u8[16]', 'network byte order'],
    ['digits_done', 'u32', 'characters of send_digits that are behind the leg, wrapping'],
    ['client_level_dbov', 'u32', 'what the peer says of its own level, RFC 6464: a hint; 255 when it says nothing'],
  ],
};
