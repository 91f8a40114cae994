/** What a leg has been through, as the engine counts it. */
import type { Endpoint } from './endpoint.js';

/** What the playout of an RTP leg has done to keep its delay and to hide what was missing. All 0 for a lane. */
export type PlayoutStatistics = {
  /** What the playout delay should be now. */
  readonly targetDelayMs: number;
  /** How much faster the sender's clock runs; 0 until it is beyond doubt. */
  readonly clockDriftPpm: number;
  /** Runs of frames concealed. */
  readonly gaps: number;
  /** Losses restored from the next packet (FEC), and filled from both sides. */
  readonly gapsRestored: number;
  readonly gapsFilled: number;
  /** Made up from what came before, in pieces of a frame at most; faded: silence, because that was over. */
  readonly guessesByCodec: number;
  readonly guessesByPitch: number;
  readonly guessesOfNoise: number;
  readonly guessesFaded: number;
  readonly starvations: number;
  readonly spurtsAnchored: number;
  /** Taken out to reduce a delay, put in to increase it. */
  readonly speechShortenedMs: number;
  readonly quietShortenedMs: number;
  readonly speechLengthenedMs: number;
  readonly quietLengthenedMs: number;
  readonly clocksFollowed: number;
  readonly packetsOutrun: number;
  readonly packetsLeftOut: number;
  readonly restarts: number;
};

export type LegStatistics = {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  /** Of those lost, found in redundant packets behind (RFC 2198). */
  readonly packetsRecovered: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly framesConcealed: number;
  readonly jitterMs: number;
  /** How long after the fastest packet its sound is played; a lane: what waits. */
  readonly playoutDelayMs: number;
  readonly playout: PlayoutStatistics;
  /** Null until an RTCP report told. */
  readonly roundTripMs: number | null;
  readonly inputLevelDbov: number;
  readonly outputLevelDbov: number;
  readonly packetsOverflow: number;
  /** What the peer reports of the stream it is sent; null until it did. */
  readonly remoteLossRatio: number | null;
  readonly remotePacketsLost: number;
  readonly speaking: boolean;
  /** Background, and mean of its speech; 127 while unknown. */
  readonly noiseDbov: number;
  readonly speechLevelDbov: number;
  /** What noise gate and automatic gain do now. */
  readonly gainDb: number;
  /** Turns of 20 ms in which it was given to somebody, and of these those in which somebody spoke. */
  readonly framesHeard: number;
  readonly framesSpeaking: number;
  readonly framesClipped: number;
  readonly framesLeftOut: number;
  /** Frames received by level: 5 dB each from 0 dBov down, the last all below. */
  readonly levelHistogram: readonly number[];
  /** What the client says of its own level (RFC 6464), believed in nothing; null when it says nothing. */
  readonly clientLevelDbov: number | null;
  readonly remote: Endpoint | null;
  /** Datagrams on a secured leg that were not made with its key; packets that had come before. */
  readonly srtpAuthFailed: number;
  readonly srtpReplayed: number;
};

/** What is judged of a leg at each look, when thousands are looked at. */
export type QualityCounts = Pick<
  LegStatistics,
  | 'packetsReceived'
  | 'packetsLost'
  | 'packetsRecovered'
  | 'packetsLate'
  | 'framesConcealed'
  | 'jitterMs'
  | 'playoutDelayMs'
  | 'roundTripMs'
  | 'framesHeard'
  | 'speaking'
  | 'speechLevelDbov'
> & { readonly playout: Pick<PlayoutStatistics, 'targetDelayMs' | 'clockDriftPpm' | 'gaps' | 'gapsRestored'> };
