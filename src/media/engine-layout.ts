/**
 * The one definition of everything that lies in a shard's arena: records, blocks and their order.
 * `tools/generate-engine-layout.ts` turns it into `native/engine/layout.generated.h`; `make check` fails when the
 * two differ, and the addon refuses an arena whose version or checksum is not its own. Prose: docs/arena.md.
 *
 * Every block is little-endian and naturally aligned, in the order written here; the generator computes offsets.
 */
import type { Block, Field } from './engine-layout-block.js';
import { effortCommand } from './engine-layout-effort.js';
import { playerCommands, playerEvents } from './engine-layout-players.js';
import { recorderCommands, recorderEvents } from './engine-layout-recorders.js';
import { spanCommand } from './engine-layout-spans.js';
import { memoryParts, tickPhases } from './engine-layout-stats.js';

export type { Block, Field, FieldType } from './engine-layout-block.js';
export { legSlot, levelBucketDb, levelBuckets } from './engine-layout-leg-slot.js';
export { clipHead, clipKinds, clipMagic, clipRateHz } from './engine-layout-players.js';
export {
  recordedFrame,
  recorderModes,
  recorderSources,
  recordingEnds,
  recordingFramesMax,
  recordingHead,
  recordingMagic,
} from './engine-layout-recorders.js';
export { spanMembersMax } from './engine-layout-spans.js';
export { memoryParts, playoutCounters, stats, tickHistogramEdgesUs, tickPhases } from './engine-layout-stats.js';

export const layoutVersion = 2;

/** A command or event record has this size, header included: two cache lines, no record ever spans the ring's end. */
export const recordBytes = 128;

/** 20 ms at 48 kHz, one channel: the largest frame. */
export const frameSamplesMax = 960;

/** Legs that are served together, and are done with before the next are: the others' frames lie where theirs did. */
export const batchLegs = 24;

/** Payload bytes one lane frame can hold: 20 ms of L16 at 48 kHz. */
export const laneFrameBytes = 1920;

/** Frames per direction in a lane: 640 ms. Longer bursts queue in the control thread. Power of two. */
export const laneFramesMax = 32;

/** Telephone keys and pauses in one command, and those that may wait in a leg. */
export const digitsPerCommandMax = 64;

/** "No such thing" for every index. */
export const none = 0xffff_ffff;

export const transports = { rtp: 0, lane: 1 } as const;
/** `l16` is network byte order (RFC 3551), `linear16` little-endian as gRPC clients send it. */
export const codecs = { pcmu: 0, pcma: 1, l16: 2, linear16: 3, g722: 4, opus: 5 } as const;
/** Where a leg's voice goes. */
export const sends = { nobody: 0, room: 1, whisper: 2 } as const;
/** What a leg is given to hear. */
export const hears = { silence: 0, room: 1 } as const;
/** Which way packets of sound go, as seen from Parley (RFC 3264 §5.1); reports go both ways always. */
export const directions = { sendrecv: 0, sendonly: 1, recvonly: 2, inactive: 3 } as const;

/** Why the media of a leg stopped. */
export const mediaStops = { silent: 0, goodbye: 1 } as const;

export type TransportName = keyof typeof transports;
export type CodecName = keyof typeof codecs;
/** Codecs whose frames are all of one size, as a lane wants them. */
export type LaneCodecName = Exclude<CodecName, 'g722' | 'opus'>;
export type SendsName = keyof typeof sends;
export type HearsName = keyof typeof hears;
export type DirectionName = keyof typeof directions;
export type MediaStopName = keyof typeof mediaStops;
export type MemoryPartName = keyof typeof memoryParts;
export const enums = {
  transports,
  codecs,
  sends,
  hears,
  directions,
  media_stops: mediaStops,
  memory_parts: memoryParts,
  tick_phases: tickPhases,
} as const;

/** First in every command and event. */
export const recordHeader: Block = {
  name: 'record_header',
  what: 'First 16 bytes of every record',
  fields: [
    ['kind', 'u16', 'which record'],
    ['batch_remaining', 'u16', 'records of this batch after this one; a batch is applied whole or not yet'],
    ['sequence', 'u32', 'commands: number of the batch, wrapping; events: wrapping count'],
    ['leg', 'u32', 'leg slot, or none'],
    ['generation', 'u32', 'of the leg slot; a command or event of an older generation is ignored'],
  ],
};

/** The media of a leg, told when it is opened and again whenever it is agreed on anew. */
const legMedia: readonly Field[] = [
  ['transport', 'u8', 'transports'],
  ['codec', 'u8', 'codecs; both directions'],
  ['payload_type', 'u8', 'RTP payload type of the codec, both directions'],
  ['telephone_event_payload_type', 'u8', 'RFC 4733 payload type; 255 when not negotiated'],
  ['channels', 'u8', 'interleaved in a payload: 1, or 2 for l16 over RTP'],
  ['pcmu_payload_type', 'u8', 'PCMU that may come beside the codec (8000 Hz RTP clocks only); 255: not negotiated'],
  ['pcma_payload_type', 'u8', 'likewise PCMA'],
  ['g722_payload_type', 'u8', 'likewise G.722'],
  ['rate_hz', 'u32', 'sample rate of the codec: 8000, 16000, 24000, 44100 (l16 over RTP) or 48000'],
  ['ptime_ms', 'u32', 'milliseconds of audio in each packet sent: 10, 20, 40 or 60; Opus and lanes: 20'],
  ['jitter_ms', 'u32', 'playout delay the jitter buffer is primed with, 0 to 200'],
  ['rtp_fd', 'i32', 'bound UDP socket, -1 for a lane; stays owned by the control thread'],
  ['rtcp_fd', 'i32', 'bound UDP socket, -1 when RTCP shares the RTP socket (RFC 5761) or for a lane'],
  ['ssrc', 'u32', 'of the stream sent'],
  ['first_sequence', 'u32', 'RTP sequence number sent first, 16 bits used'],
  ['first_timestamp', 'u32', 'RTP timestamp sent first'],
  ['cname_high', 'u32', 'RTCP CNAME is the 16 hex digits of high and low'],
  ['cname_low', 'u32', ''],
  ['lane', 'u32', 'lane slot, or none for RTP'],
  ['remote_family', 'u32', '0 unknown until the first valid packet, 4 or 6'],
  ['remote_rtp_port', 'u32', ''],
  ['remote_rtcp_port', 'u32', ''],
  ['remote_address', 'u8[16]', 'network byte order; IPv4 in the first four bytes'],
  ['direction', 'u32', 'directions'],
  ['parked', 'u16', '1: the peer is to be sent nothing at all, reports neither (RFC 3264 §8.4)'],
  ['telephone_event_clock_hz', 'u16', 'of the durations of events: 8000, or 0 where it is that of the codec'],
  ['srtp_session', 'u32', 'id in the SRTP table of the process; 0: packets are plain'],
  ['opus_bitrate_bps', 'u32', 'what is sent at most on average: 6000 to 510000; 0 unless the codec is Opus'],
  ['opus_playback_rate_hz', 'u32', 'the peer plays nothing above half of it: 8000 to 48000'],
  ['opus_fec', 'u8', '1: in-band FEC is sent once the peer reports loss'],
  ['opus_dtx', 'u8', '1: nothing is sent in silence'],
  ['opus_cbr', 'u8', '1: packets of one size'],
  ['opus_complexity', 'u8', '0 to 10'],
  ['relatch_ms', 'u32', 'silence of the peer after which it may go on from another address; 0: never'],
  ['redundancy_payload_type', 'u8', 'RFC 2198 payload type, received only; 255 when not negotiated'],
  ['comfort_noise_payload_type', 'u8', 'RFC 3389 payload type, received only; 255 when there is none'],
  ['client_level_id', 'u8', 'header extension of RFC 6464, received only; 0 when not negotiated'],
  ['mixer_levels_id', 'u8', 'header extension of RFC 6465, sent only; 0 when not negotiated'],
];

/** Control thread → engine. Kinds are numbered in this order from 1. */
export const commands: readonly Block[] = [
  {
    name: 'open_room',
    what: 'Makes a mix room; it mixes nothing until legs are routed to it',
    fields: [
      ['room', 'u32', 'room slot, chosen by the control thread'],
      ['rate_hz', 'u32', '8000, 16000 or 48000'],
      ['phase', 'u32', '0 to 3: the 5 ms quarter of the 20 ms frame in which the room is mixed'],
      ['ranked_above', 'u32', 'with more legs than this only those who talk most are mixed; 0: everybody always is'],
      ['talkers_max', 'u32', 'how many are mixed then: 1 to 64; unused when ranked_above is 0'],
    ],
  },
  {
    name: 'set_room_rate',
    what: 'Changes the mixing rate with the next frame, of a spread room the one after, in which sound fades',
    fields: [
      ['room', 'u32', 'room slot'],
      ['rate_hz', 'u32', '8000, 16000 or 48000'],
    ],
  },
  {
    name: 'close_room',
    what: 'Frees a room; legs still routed to it fall silent',
    fields: [['room', 'u32', 'room slot']],
  },
  {
    name: 'open_leg',
    what: 'Takes a leg slot into service; it hears and sends nothing until routed',
    fields: legMedia,
  },
  {
    name: 'close_leg',
    what: 'Ends a leg; leg_closed answers, and only then may its descriptors be closed or its lane be reused',
    fields: [],
  },
  {
    name: 'route_leg',
    what: 'Says where a leg speaks and what it hears, from this tick on',
    fields: [
      ['room', 'u32', 'room slot, or none'],
      ['sends', 'u32', 'sends'],
      ['whisper_to', 'u32', 'leg slot that alone hears it, when sends is whisper; else none'],
      ['hears', 'u32', 'hears'],
      ['player', 'u32', 'player slot heard by this leg alone, beside what `hears` says; or none'],
      ['player_beside', 'u32', 'a second one, likewise'],
      ['whisper_member', 'u32', 'of a room that spans shards, on which whisper_to is: 1 + member; 0: on this shard'],
      ['whisper_generation', 'u32', 'of whisper_to, when that is on another shard'],
    ],
  },
  {
    name: 'send_digits',
    what: 'Queues telephone events for the peer of an RTP leg that negotiated them, in place of sound',
    fields: [
      ['count', 'u32', '1 to 64: characters in digits'],
      ['digits', `u8[${digitsPerCommandMax}]`, 'ASCII: 0-9 * # A-D, w for half a second of pause, W for a whole one'],
    ],
  },
  {
    name: 'update_leg',
    what:
      'Changes the media of an RTP leg, its stream going on: sockets, SSRC, numbering and CNAME stay, and what the ' +
      'record says of them means nothing. remote_family 0: the peer stays where it is. The id of ' +
      'the SRTP session in use goes on with it; another is a rekey; 0 is refused where packets are secured',
    fields: legMedia,
  },
  {
    name: 'set_voice',
    what: "Says how a leg's voice is judged from now on; 200 and 500 ms before",
    fields: [
      ['speech_start_ms', 'u32', 'voice this long within half as much again begins speech: 20 to 840'],
      ['speech_stop_ms', 'u32', 'no voice for this long ends speech: 20 to 10000'],
      ['noise_gate', 'u32', '1: what is no voice is given to the room 12 dB softer'],
      ['automatic_gain', 'u32', '1: speech is brought towards -26 dBov, by 12 dB at most'],
    ],
  },
  ...playerCommands,
  ...recorderCommands,
  effortCommand,
  spanCommand,
];

/** Engine → control thread. Kinds are numbered in this order from 1. */
export const events: readonly Block[] = [
  {
    name: 'batch_applied',
    what: 'A batch took effect',
    fields: [
      ['tick', 'u64', 'engine tick at whose edge it was applied'],
      ['batch', 'u32', 'sequence of its records'],
    ],
  },
  {
    name: 'leg_media_started',
    what: 'First valid packet or frame of a leg',
    fields: [['ssrc', 'u32', 'of the sender; 0 for a lane']],
  },
  { name: 'leg_closed', what: 'The engine no longer touches the slot, its sockets or its lane', fields: [] },
  {
    name: 'command_refused',
    what: 'A record was not valid for the state it met: a bug, counted and reported',
    fields: [['command_kind', 'u32', '']],
  },
  {
    name: 'leg_digit',
    what: 'The peer of an RTP leg pressed a key and let it go again (RFC 4733); told once',
    fields: [
      ['digit', 'u32', 'ASCII: 0-9 * # A-D'],
      ['duration_ms', 'u32', 'how long it was pressed, as far as packets told'],
    ],
  },
  {
    name: 'leg_speech_started',
    what: 'Somebody began to speak into a leg that is heard; rarer than ten changes in ten seconds',
    fields: [['level_dbov', 'u32', '0 (loudest) to 127, of the frame that decided']],
  },
  {
    name: 'leg_speech_stopped',
    what: 'Nobody speaks into the leg any more, or it is heard no more',
    fields: [],
  },
  {
    name: 'leg_media_stopped',
    what: 'No packet of the peer of an RTP leg for 5 s, or its goodbye; leg_media_resumed follows when packets do',
    fields: [
      ['reason', 'u32', 'media_stops'],
      ['silent_ms', 'u32', 'since the newest packet'],
    ],
  },
  { name: 'leg_media_resumed', what: 'Packets come again', fields: [] },
  ...playerEvents,
  ...recorderEvents,
];

/** Fixed start of the arena. */
export const header: Block = {
  name: 'arena_header',
  bytes: 256,
  what: 'Fixed start of the arena; written once by the control thread before the engine starts',
  fields: [
    ['magic', 'u32', '0x594C5250, "PRLY"'],
    ['version', 'u32', 'layoutVersion'],
    ['checksum', 'u32', 'FNV-1a of the layout text; both sides must have generated it from the same definition'],
    ['legs_max', 'u32', 'leg slots'],
    ['rooms_max', 'u32', 'room slots (kept in the engine, not in the arena)'],
    ['lanes_max', 'u32', 'lanes'],
    ['opus_legs_max', 'u32', 'RTP legs in Opus, or above 16 kHz in L16, at once (kept in the engine, 92 KiB each)'],
    ['players_max', 'u32', 'player slots (kept in the engine)'],
    ['recorders_max', 'u32', 'recorder slots (kept in the engine)'],
    ['command_records', 'u32', 'capacity of the command ring, power of two'],
    ['event_records', 'u32', 'capacity of the event ring, power of two'],
    ['control_offset', 'u32', 'bytes from the start of the arena'],
    ['command_ring_offset', 'u32', 'ring_indices, then the records'],
    ['event_ring_offset', 'u32', 'ring_indices, then the records'],
    ['stats_offset', 'u32', ''],
    ['legs_offset', 'u32', ''],
    ['frames_offset', 'u32', ''],
    ['lanes_offset', 'u32', ''],
    ['arena_bytes', 'u64', 'of the whole arena'],
  ],
};

/** Words both sides poll. */
export const control: Block = {
  name: 'control_block',
  bytes: 64,
  what: 'Words that both sides poll',
  fields: [
    ['stop', 'u32', 'control thread sets 1; the engine returns from run within one tick'],
    ['state', 'u32', 'engine: 0 not started, 1 running, 2 stopped'],
    ['heartbeat', 'u32', 'engine adds one every 5 ms tick: liveness'],
    ['asleep', 'u32', 'control thread adds one when it looks for events no more until it is rung for'],
    ['speech_asked', 'u32', 'control thread: 1 while somebody is told who speaks; else there are no such events'],
  ],
};

/** Single producer, single consumer; indices count records and wrap at 2^32; the index is taken modulo the capacity. */
export const ringIndices: Block = {
  name: 'ring_indices',
  bytes: 128,
  what: 'Producer and consumer position, a cache line each',
  fields: [
    ['write', 'u32', 'records published; stored with release once per batch'],
    ['pad', 'u8[60]', ''],
    ['read', 'u32', 'records consumed; stored with release'],
  ],
};

/** Frames are at `frame_rate_hz` of the leg's slot. */
export const framePair: Block = {
  name: 'frame_pair',
  what: 'Sound of a leg in its turn: one for each of a batch, then one for each leg whose room keeps them for longer',
  fields: [
    ['input', `u8[${frameSamplesMax * 2}]`, 'int16 samples after decode and mute: what the leg gives to the mix'],
    ['output', `u8[${frameSamplesMax * 2}]`, 'int16 samples before encode: what it hears'],
  ],
};

/**
 * A lane carries the payloads of one gRPC leg, one 20 ms frame a turn, coded by the leg's codec.
 * Two rings of `laneFramesMax` frames: `in` is written by the control thread, `out` by the engine.
 * Indices count frames and wrap at 2^32.
 */
export const laneHead: Block = {
  name: 'lane_head',
  bytes: 256,
  what: 'Positions of a lane, a cache line for each writer; the in frames and then the out frames follow',
  fields: [
    ['in_write', 'u32', 'frames written by the control thread'],
    ['in_clear_to', 'u32', 'the engine skips every frame before this position: barge-in'],
    ['pad0', 'u8[56]', ''],
    ['in_read', 'u32', 'frames taken by the engine'],
    ['out_write', 'u32', 'frames written by the engine'],
    ['out_voice', 'u32', 'bit out position % 32: somebody speaks in that frame; written before out_write'],
    ['pad1', 'u8[52]', ''],
    ['out_read', 'u32', 'frames taken by the control thread'],
  ],
};
