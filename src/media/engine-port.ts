/**
 * What the control plane may ask of the media engine, and what it hears back. The engine knows legs and mix rooms,
 * never participants or accounts. All calls return at once: work happens at the next tick edge.
 */
import type { Brand } from '../base/brands.js';
import type { Result } from '../base/result.js';
import type { Effort } from './effort.js';
import type { Endpoint } from './endpoint.js';
import type { CodecName, DirectionName, LaneCodecName, MediaStopName } from './engine-layout.js';
import type { LegStatistics, QualityCounts } from './leg-statistics.js';
import type { RoomRateHz } from './room-rate.js';
import type { MasterKeyId, SrtpKey } from './srtp-key.js';

export type ShardId = Brand<number, 'ShardId'>;

/** Whether packets are secured, and by which keys. */
export type LegSecurity =
  | { readonly kind: 'plain' }
  | {
      readonly kind: 'srtp';
      /** What the peer sends with, and what its packets carry beside (RFC 3711 §3.1). */
      readonly inbound: SrtpKey;
      readonly inboundKeyId: MasterKeyId | null;
      /** What we send with; of the same suite. */
      readonly outbound: SrtpKey;
    };

/** Payload types; null: not negotiated with the clock of the codec. */
export type Companions = {
  /** RFC 2198. */
  readonly redundancyPayloadType: number | null;
  /** RFC 3389. */
  readonly comfortNoisePayloadType: number | null;
};

/** Identifiers (RFC 8285); null: not negotiated. */
export type HeaderExtensions = {
  /** What the client says of its own level (RFC 6464). */
  readonly clientLevelId: number | null;
  /** What it is told of those it hears (RFC 6465). */
  readonly mixerLevelsId: number | null;
};

/** What is done to a leg's voice on its way into the mix. */
export type VoiceShaping = {
  /** What is no voice is brought down by 12 dB. */
  readonly noiseGate: boolean;
  /** Speech is brought towards -26 dBov, slowly and by 12 dB at most. */
  readonly automaticGain: boolean;
};

/** A codec whose RTP clock is 8000 Hz, that the other side may change to from one packet to the next. */
export type Alternative = { readonly codec: 'pcmu' | 'pcma' | 'g722'; readonly payloadType: number };

/** What is sent in Opus (RFC 7587 §6.1). */
export type OpusSending = {
  /** 6000 to 510000. */
  readonly bitrateBps: number;
  /** The other side plays nothing above half of it, 8000 to 48000. */
  readonly playbackRateHz: number;
  /** In-band FEC, once loss is reported. */
  readonly fec: boolean;
  /** Nothing is sent in silence. */
  readonly dtx: boolean;
  readonly cbr: boolean;
};

export type PtimeMs = 10 | 20 | 40 | 60;

export type TelephoneEvents = {
  readonly payloadType: number;
  /** Of the durations: that of the codec, or 8000 where the codec's is a multiple of it. */
  readonly clockRateHz: number;
};

/** How a leg's media travels and is coded, and how its voice is shaped: not at all unless it says so. */
export type LegMedia = { readonly shaping?: VoiceShaping } & LegTransport;

export type LegTransport =
  | {
      readonly transport: 'rtp';
      readonly codec: Exclude<CodecName, 'linear16'>;
      /** Of the samples; 8000, 16000, 24000, 44100 (L16) or 48000. */
      readonly rateHz: number;
      /** Two for L16 alone; Opus decodes to one whatever comes. */
      readonly channels: 1 | 2;
      /** RTP payload type, both directions. */
      readonly payloadType: number;
      /** Others that may come; one of each codec at most, none unless the RTP clock is 8000 Hz. */
      readonly alternatives: readonly Alternative[];
      /** Null unless the codec is Opus. */
      readonly opus: OpusSending | null;
      /** Of the packets sent; 20 for Opus. */
      readonly ptimeMs: PtimeMs;
      /** Keys (RFC 4733); null where they were not negotiated. */
      readonly telephoneEvents: TelephoneEvents | null;
      /** Taken beside the codec, never sent. */
      readonly companions: Companions;
      readonly headerExtensions: HeaderExtensions;
      /** Null: learn it from the first valid packet (symmetric RTP). */
      readonly remoteRtp: Endpoint | null;
      readonly remoteRtcp: Endpoint | null;
      /** RTCP shares the RTP socket (RFC 5761). */
      readonly rtcpMux: boolean;
      /** Which way sound goes, as seen from Parley. */
      readonly direction: DirectionName;
      /** The peer is to be sent nothing at all, reports neither (RFC 3264 §8.4). */
      readonly parked: boolean;
      readonly security: LegSecurity;
      /** Playout delay the jitter buffer is primed with. */
      readonly jitterMs: number;
    }
  | { readonly transport: 'lane'; readonly codec: LaneCodecName; readonly rateHz: number; readonly jitterMs: number };

export type RtpMedia = Extract<LegMedia, { transport: 'rtp' }>;

/** A leg, from its reservation on, in whatever shard it is. Unique for the life of the process. */
export type LegId = Brand<string, 'LegId'>;
export type MixRoomId = Brand<string, 'MixRoomId'>;

export type Leg = {
  readonly id: LegId;
  readonly shard: ShardId;
  /** Where this leg receives RTP; null for a lane. */
  readonly local: Endpoint | null;
};

/** `shard`: its home, where what is played to all of it and its recorders are, wherever its legs are. */
export type MixRoom = { readonly id: MixRoomId; readonly shard: ShardId };

/** A clip in the table of the process: all shards may play it. */
export type ClipId = Brand<number, 'ClipId'>;
/** One playing of a clip in one shard. Unique for the life of the process. */
export type PlayerId = Brand<string, 'PlayerId'>;
/** One recorder in one shard. Unique for the life of the process. */
export type RecorderId = Brand<string, 'RecorderId'>;

/**
 * What a recorder takes down. `mix`: what is said in the room, as one who hears all of it would: the exact sum of the
 * voices given to it and of what is played to it; no whisper, and nothing that is for one listener alone. `inbound`: a
 * leg's own voice as the room is given it. `outbound`: what it hears of the room, without what it alone is played or
 * whispered. `both`: the two, on two channels, or summed on one. A leg that is not in the room is silent and hears
 * nothing.
 */
export type RecorderSource =
  | { readonly kind: 'mix' }
  | { readonly kind: 'inbound' | 'outbound' | 'both'; readonly leg: LegId };

/** `silent`: the recording goes on in silence. `skipping`: nothing is taken down, and the recording grows no longer. */
export type RecorderMode = 'recording' | 'silent' | 'skipping';

export type EngineLack =
  | 'legs'
  | 'rooms'
  | 'lanes'
  | 'ports'
  | 'srtp-sessions'
  | 'codecs'
  | 'clips'
  | 'players'
  | 'recorders'
  | 'tick-time'
  | 'command-ring'
  /** The leg has its sockets on another shard than the room. */
  | 'same-shard';

export type EngineRefusal =
  /** No shard has the tick time, slots, ports, lanes or Opus codecs for one more, or no clip: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'engine-full'; readonly what: EngineLack }
  /** More keys would wait to be sent to a party than may: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'digits-full' }
  | { readonly kind: 'engine-unavailable' };

/** What a leg is played alone: its own audio (waiting, hold, Play), and an announcement over that or over the room. */
export type LegPlayers = readonly [] | readonly [PlayerId] | readonly [PlayerId, PlayerId];

export type LegRoute = {
  readonly sends:
    | { readonly kind: 'nobody' }
    | { readonly kind: 'room' }
    | { readonly kind: 'whisper'; readonly to: LegId };
  readonly hears: 'silence' | 'room';
  /** Open, or opened earlier in the batch; those that have ended are silent, those closed since are heard no more. */
  readonly players: LegPlayers;
};

/** Applied in order, all at the edge of one tick: not one frame is mixed between two of a batch. */
export type EngineCommand =
  | { readonly kind: 'open-room'; readonly room: MixRoomId; readonly rateHz: RoomRateHz }
  | { readonly kind: 'set-room-rate'; readonly room: MixRoomId; readonly rateHz: RoomRateHz }
  | { readonly kind: 'close-room'; readonly room: MixRoomId }
  /** Of the shard, until the next. */
  | { readonly kind: 'limit-effort'; readonly effort: Effort }
  /** REQUIRES: the media the leg was reserved for. */
  | { readonly kind: 'open-leg'; readonly leg: LegId; readonly media: LegMedia }
  /**
   * New media for an RTP leg whose stream goes on. Equal keys: the SRTP session goes on; others: a rekey. A remote
   * address of null: the peer stays where it is. REQUIRES: an open RTP leg, rtcpMux as reserved, never from secured to
   * plain.
   */
  | { readonly kind: 'update-leg'; readonly leg: LegId; readonly media: RtpMedia }
  /** A room of null: the leg stays open, is heard by nobody, and hears its players alone. */
  | { readonly kind: 'route-leg'; readonly leg: LegId; readonly room: MixRoomId | null; readonly route: LegRoute }
  | { readonly kind: 'close-leg'; readonly leg: LegId }
  /** 1 to 64 of 0-9 * # A-D w W, to an RTP leg that has telephone events; `digits-full` behind too many others. */
  | { readonly kind: 'send-digits'; readonly leg: LegId; readonly digits: string }
  /**
   * Begins with the next frame, and moves on whether or not anybody hears it. `loops`: times it is played, 0 without
   * end; a stream is played once, by one player at a time. REQUIRES: an open clip.
   */
  | { readonly kind: 'open-player'; readonly player: PlayerId; readonly clip: ClipId; readonly loops: number }
  /** Ended or not; routes and rooms that still name it hear nothing of it. */
  | { readonly kind: 'close-player'; readonly player: PlayerId }
  /**
   * Mixed in as somebody who speaks: all who hear the room hear it, but for one leg of this room. Until the player or
   * the room is closed. At most `roomPlayersMax` in a room, each once; more are refused by the engine.
   */
  | {
      readonly kind: 'play-to-room';
      readonly room: MixRoomId;
      readonly player: PlayerId;
      readonly except: LegId | null;
    }
  /** Begins with the next turn of the room; what its memory says of rate and channels is what it writes. */
  | {
      readonly kind: 'open-recorder';
      readonly recorder: RecorderId;
      readonly room: MixRoomId;
      readonly source: RecorderSource;
      readonly mode: RecorderMode;
    }
  /** From the next turn of the room on. */
  | { readonly kind: 'set-recorder'; readonly recorder: RecorderId; readonly mode: RecorderMode }
  /** The turn before was its last. A recorder whose room is closed takes down silence until it is closed. */
  | { readonly kind: 'close-recorder'; readonly recorder: RecorderId };

export type EngineEvent =
  | { readonly kind: 'leg-media-started'; readonly leg: LegId }
  /** No RTP packet for 5 s or more, or an RTCP goodbye. */
  | {
      readonly kind: 'leg-media-stopped';
      readonly leg: LegId;
      readonly reason: MediaStopName;
      /** Since the newest packet. */
      readonly silentMs: number;
    }
  | { readonly kind: 'leg-media-resumed'; readonly leg: LegId }
  | { readonly kind: 'leg-closed'; readonly leg: LegId }
  /** The party pressed a key (RFC 4733) and let it go; told once. */
  | { readonly kind: 'leg-digit'; readonly leg: LegId; readonly digit: string; readonly durationMs: number }
  /** Somebody begins or stops to speak into a leg that is heard; at most ten changes of a leg in ten seconds. */
  | { readonly kind: 'leg-speech-changed'; readonly leg: LegId; readonly speaking: boolean }
  /** All loops were played, the stream was played out, or its clip was closed; told once. It stays, silent. */
  | { readonly kind: 'player-ended'; readonly player: PlayerId }
  /** The shard is gone: every leg, room and player on it is lost. */
  | { readonly kind: 'shard-failed'; readonly shard: ShardId; readonly reason: string };

export type ShardView = {
  readonly shard: ShardId;
  /** False once it has failed or was told to stop. */
  readonly alive: boolean;
  readonly legs: number;
  readonly legsMax: number;
  readonly rooms: number;
  readonly roomsMax: number;
  readonly lanes: number;
  readonly lanesMax: number;
  readonly players: number;
  readonly playersMax: number;
  readonly recorders: number;
  readonly recordersMax: number;
  /** Moving average of the work of a 5 ms tick, as a share of 5 ms. */
  readonly tickLoad: number;
  /** What that will come to with the legs that came of late, which it does not show yet. */
  readonly expectedLoad: number;
  /** What one more leg would add to that, if it is as those that are in. */
  readonly legLoad: number;
  /** False while `admitNewcomers` says so; a shard without tick time takes none either. */
  readonly takesNewcomers: boolean;
  readonly realtimeScheduling: boolean;
  readonly cpuSeconds: number;
  /** The words of the stats block by name (engine-layout.ts), histograms as arrays; each read when it is asked for. */
  readonly stats: Readonly<Record<string, number | readonly number[]>>;
};

/** The frames of a gRPC leg: 20 ms each, coded by the leg's codec. */
export interface Lane {
  /** False when the lane is full (640 ms ahead): keep the frame and try again later. */
  write(frame: Uint8Array): boolean;
  /** The next frame this leg hears; null when there is none yet. The bytes are the caller's own copy. */
  read(): Uint8Array | null;
  /** Somebody else's voice is in the frame that `read` gave last. */
  hadVoice(): boolean;
  /** Position of the next frame to be written, and of the next to be played: frames since the lane was opened. */
  written(): number;
  played(): number;
  /** Drops everything written and not yet played: barge-in. */
  clear(): void;
}

/** Players of a room at a time. */
export const roomPlayersMax = 8;

export interface EnginePort {
  shards(): readonly ShardView[];
  /** The shard a new conference goes to: least tick load, measured and to be expected. */
  place(): Result<ShardId, EngineRefusal>;
  reserveRoom(shard: ShardId): Result<MixRoom, EngineRefusal>;
  /** Takes a slot, sockets or a lane, and for Opus a codec. Nothing sounds until an open-leg for it is applied. */
  reserveLeg(shard: ShardId, media: LegMedia): Result<Leg, EngineRefusal>;
  /**
   * A leg for a room: on its shard or, when that has no leg, codec, lane or tick time to give, on another, which the
   * room spans from then on. Batches for the room name it as any other: all of a batch is applied at the edge of one
   * tick on each shard that it concerns.
   */
  reserveLegFor(room: MixRoom, media: LegMedia): Result<Leg, EngineRefusal>;
  /**
   * Takes a leg to another shard, with its name, its sockets and its keys; for its peer a new RTP stream begins
   * (another SSRC), and some tens of milliseconds of sound are lost. Refused, it stays where it is;
   * `engine-unavailable`: a shard failed, and the leg is lost. REQUIRES: an open leg in no room that is played nothing,
   * and of which no command is given until this is done; `media` as it was told last.
   */
  moveLeg(leg: LegId, media: LegMedia, to: ShardId): Promise<Result<Leg, EngineRefusal>>;
  /** Gives back what was reserved and never opened. */
  releaseLeg(leg: LegId): void;
  /** Whether the shard takes new legs and conferences: yes from its start on. Others are refused with `tick-time`. */
  admitNewcomers(shard: ShardId, isOpen: boolean): void;
  /** Whether there are events of who begins and stops to speak; there are none before it is said. */
  tellOfSpeech(isAsked: boolean): void;
  releaseRoom(room: MixRoomId): void;
  /**
   * Makes a clip known that lies in `memory` (clip-memory.ts), all of it or not written yet. Refused with `clips` when
   * there are too many.
   */
  openClip(memory: SharedArrayBuffer): Result<ClipId, EngineRefusal>;
  /** Players of it in any shard end. Its memory is let go when the last has. */
  closeClip(clip: ClipId): void;
  reservePlayer(shard: ShardId): Result<PlayerId, EngineRefusal>;
  /** Gives back what was reserved and never opened. */
  releasePlayer(player: PlayerId): void;
  /**
   * A recorder that is to write into `memory` (recording-memory.ts), which is let go once the engine is done with it.
   * That it is over stands in the memory, however it came to be.
   */
  reserveRecorder(shard: ShardId, memory: SharedArrayBuffer): Result<RecorderId, EngineRefusal>;
  /** Gives back what was reserved and never opened. */
  releaseRecorder(recorder: RecorderId): void;
  /** One atomic batch, for rooms of this shard. Refused whole (`command-ring`) or taken whole. */
  apply(shard: ShardId, batch: readonly EngineCommand[]): Result<void, EngineRefusal>;
  /** Null once the leg is closed, or for an RTP leg. */
  lane(leg: LegId): Lane | null;
  /** Null once the leg is closed. */
  statistics(leg: LegId): LegStatistics | null;
  /** Some of them, for those who look at thousands. Null also where nobody has called yet, and of a lane. */
  qualityCounts(leg: LegId): QualityCounts | null;
  /** Called on the control thread, in the order of happening, at most 20 ms behind. */
  onEvent(listener: (event: EngineEvent) => void): void;
}
