/** What a shard and its legs tell about themselves: plain reads of counters that the engine alone writes. */

import { assert } from '../../base/assert.js';
import type { Endpoint } from '../../media/endpoint.js';
import { levelBuckets } from '../../media/engine-layout.js';
import type { PlacedField } from '../../media/engine-layout-offsets.js';
import type { LegStatistics, PlayoutStatistics, QualityCounts } from '../../media/leg-statistics.js';
import { bytesAddress } from './addresses.js';
import { type Arena, legOffset, placed } from './arena.js';
import { fieldOf, offsetOf, readField } from './layout-access.js';

const tickNs = 5_000_000;

/** The client says nothing of its level. */
const noClientLevel = 255;

type ShardStats = Readonly<Record<string, number | readonly number[]>>;

/**
 * The words of the stats block by name, each read whole when it is asked for: hundreds, of which most who look want a
 * few. Histograms as arrays. Exact up to 2^53.
 */
export function shardStats(arena: Arena): ShardStats {
  const stats = {};
  for (const { name, offset, bytes, type } of placed.stats.fields) {
    const first = (arena.offsets.stats + offset) / 8;
    const word = (index: number): number => Number(Atomics.load(arena.longWords, first + index));
    const words = (): readonly number[] => Array.from({ length: bytes / 8 }, (_, index) => word(index));
    Object.defineProperty(stats, name, { enumerable: true, get: () => (type === 'u64' ? word(0) : words()) });
  }
  return stats;
}

/** One scalar word of the stats block. */
function readShardStat(arena: Arena, name: string): number {
  return Number(Atomics.load(arena.longWords, (arena.offsets.stats + offsetOf(placed.stats, name)) / 8));
}

/** Moving average of the work of a tick, as a share of its 5 ms. */
export const readTickLoad = (arena: Arena): number => readShardStat(arena, 'tick_work_ema_ns') / tickNs;

/** What the engine says of the shard as a whole. */
export const readShardGauges = (arena: Arena) => ({
  tickLoad: readTickLoad(arena),
  realtimeScheduling: readShardStat(arena, 'realtime_scheduling') === 1,
  cpuSeconds: readShardStat(arena, 'cpu_ns') / 1e9,
});

/** Characters of send_digits that are behind the leg, wrapping at 2^32. */
export function digitsDone(arena: Arena, slot: number): number {
  return Number(readField(arena.view, legOffset(arena, slot), fieldOf(placed.legSlot, 'digits_done')));
}

const legFields: ReadonlyMap<string, PlacedField> = new Map(
  placed.legSlot.fields.map((field) => [field.name, field] as const),
);

function legField(name: string): PlacedField {
  const field = legFields.get(name);
  assert(field !== undefined, `a leg slot has no field ${name}`);
  return field;
}

/** A number of a leg's slot, found by name once: legs are looked at by the thousand. */
function legNumber(name: string): (view: DataView, base: number) => number {
  const field = legField(name);
  return (view, base) => Number(readField(view, base, field));
}

const counted = {
  packetsReceived: legNumber('packets_received'),
  packetsLost: legNumber('packets_lost'),
  packetsRecovered: legNumber('packets_recovered'),
  packetsLate: legNumber('packets_late'),
  framesConcealed: legNumber('frames_concealed'),
  jitterUs: legNumber('jitter_us'),
  playoutDelayUs: legNumber('playout_delay_us'),
  targetDelayUs: legNumber('playout_target_us'),
  clockDriftPpm: legNumber('clock_drift_ppm'),
  gaps: legNumber('gaps'),
  gapsRestored: legNumber('gaps_restored'),
  roundTripUs: legNumber('round_trip_us'),
  framesHeard: legNumber('frames_heard'),
  speaking: legNumber('speaking'),
  speechLevelDbov: legNumber('speech_level_dbov'),
  remoteFamily: legNumber('remote_family'),
};

function countsAt(view: DataView, base: number): QualityCounts {
  const roundTripUs = counted.roundTripUs(view, base);
  return {
    packetsReceived: counted.packetsReceived(view, base),
    packetsLost: counted.packetsLost(view, base),
    packetsRecovered: counted.packetsRecovered(view, base),
    packetsLate: counted.packetsLate(view, base),
    framesConcealed: counted.framesConcealed(view, base),
    jitterMs: counted.jitterUs(view, base) / 1000,
    playoutDelayMs: counted.playoutDelayUs(view, base) / 1000,
    playout: {
      targetDelayMs: counted.targetDelayUs(view, base) / 1000,
      clockDriftPpm: counted.clockDriftPpm(view, base),
      gaps: counted.gaps(view, base),
      gapsRestored: counted.gapsRestored(view, base),
    },
    roundTripMs: roundTripUs === 0 ? null : roundTripUs / 1000,
    framesHeard: counted.framesHeard(view, base),
    speaking: counted.speaking(view, base) === 1,
    speechLevelDbov: counted.speechLevelDbov(view, base),
  };
}

/** Null when the leg has no network, or nobody is at its other end yet. */
export function readQualityCounts(arena: Arena, slot: number): QualityCounts | null {
  const base = legOffset(arena, slot);
  return counted.remoteFamily(arena.view, base) === 0 ? null : countsAt(arena.view, base);
}

export function readLegStatistics(arena: Arena, slot: number): LegStatistics {
  const base = legOffset(arena, slot);
  const field = (name: string) => readField(arena.view, base, legField(name));
  const number = (name: string): number => Number(field(name));
  const histogram = (): readonly number[] => {
    const first = (base + legField('level_histogram').offset) / 4;
    return Array.from({ length: levelBuckets }, (_, index) => Atomics.load(arena.words, first + index));
  };
  const remote = (): Endpoint | null => {
    const family = number('remote_family');
    const bytes = field('remote_address');
    if (typeof bytes === 'number' || (family !== 4 && family !== 6)) return null;
    return { host: bytesAddress(family, bytes), port: number('remote_port') };
  };
  const counts = countsAt(arena.view, base);
  const playout = (): PlayoutStatistics => ({
    ...counts.playout,
    gapsFilled: number('gaps_filled'),
    guessesByCodec: number('guesses_by_codec'),
    guessesByPitch: number('guesses_by_pitch'),
    guessesOfNoise: number('guesses_of_noise'),
    guessesFaded: number('guesses_faded'),
    starvations: number('starvations'),
    spurtsAnchored: number('spurts_anchored'),
    speechShortenedMs: number('speech_shortened_us') / 1000,
    quietShortenedMs: number('quiet_shortened_us') / 1000,
    speechLengthenedMs: number('speech_lengthened_us') / 1000,
    quietLengthenedMs: number('quiet_lengthened_us') / 1000,
    clocksFollowed: number('clocks_followed'),
    packetsOutrun: number('packets_outrun'),
    packetsLeftOut: number('packets_left_out'),
    restarts: number('playout_restarts'),
  });
  const clientLevelDbov = number('client_level_dbov');
  return {
    ...counts,
    packetsSent: number('packets_sent'),
    packetsDuplicate: number('packets_duplicate'),
    playout: playout(),
    inputLevelDbov: number('input_level_dbov'),
    outputLevelDbov: number('output_level_dbov'),
    packetsOverflow: number('packets_overflow'),
    // Reports come with a round trip, or not at all.
    remoteLossRatio: counts.roundTripMs === null ? null : number('remote_fraction_lost') / 256,
    remotePacketsLost: number('remote_packets_lost'),
    noiseDbov: number('noise_dbov'),
    gainDb: number('gain_cb') / 10,
    framesSpeaking: number('frames_speaking'),
    framesClipped: number('frames_clipped'),
    framesLeftOut: number('frames_left_out'),
    levelHistogram: histogram(),
    clientLevelDbov: clientLevelDbov === noClientLevel ? null : clientLevelDbov,
    remote: remote(),
    srtpAuthFailed: number('srtp_auth_failed'),
    srtpReplayed: number('srtp_replayed'),
  };
}
