/** Every leg sends a tone of its own: it hears the others as loud as they were said, and its own not at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { readCounters } from '../../src/cli/counters.js';
import { pcmu } from '../../src/client/coding.js';
import type { G711Law } from '../../src/client/g711.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { type Coding, type Guest, linear16, Platform } from '../support/platform.js';
import { keepingTime } from '../support/real-time.js';
import { chooseTones } from '../support/tone-set.js';
import { amplitudeOf, createPhasorAt, type Phasor } from '../support/tones.js';
import { until } from '../support/waiting.js';

/** In samples at 8 kHz, 4.1 s; short, so that what spoils a window spoils little. */
const windowSamples = 2 ** 15;
const windowMs = windowSamples / 8;
/** The engine tells a pause from a loss after this at the latest, and counts it then. */
const verdictMs = 1000;

/**
 * Rooms that are heard at the same time, and in how many windows. Tones have whole periods in all the windows together.
 * Coding the sum of n tones leaves noise 37 dB under it: in the place of one tone, after w windows, 79 + 10 log(w / n)
 * dB under that tone on average. For 50 tones and eight windows that is 71 dB, and above -60 dB in one of 100,000
 * measurements.
 */
const rooms = [
  { sizes: [2, 3, 10], windows: 2 },
  { sizes: [50], windows: 8 },
];
/** The machine stops for some ten milliseconds at times. That is counted, and the window is heard again. */
const windowsMax = 40;
const timeoutMs = windowsMax * windowMs + 90_000;

const audibleToleranceDb = 0.5;
/** Of a leg's own tone in what it hears, against that tone as another hears it, whatever the size of the room. */
const ownDbMax = -60;
/** Of what G.711 makes of the others in the place of a leg's own tone: too little to matter at -60 dB. */
const pollutionDbMax = -80;

type Way = G711Law | Coding;
type Leg = { readonly guest: Guest; readonly hz: number };
type Fault = { readonly leg: number; readonly tone: number; readonly db: number };

/** Each leg has a way of its own; the room goes round them, and the last speaks G.711 over gRPC. */
const ways: readonly Way[] = [
  'pcmu',
  linear16(16_000),
  'pcma',
  linear16(8000),
  linear16(48_000),
  'pcmu',
  linear16(24_000),
];
const wayOf = (index: number, legs: number): Way =>
  index === legs - 1 && legs > 2 ? pcmu : (ways[index % ways.length] ?? 'pcmu');
const lawOf = (way: Way): G711Law | null =>
  typeof way === 'string' ? way : way.encoding === MediaEncoding.PCMU ? 'pcmu' : null;

/** What these count in a window says nothing of the mix: a frame came too late, or not at all. */
const losses = [
  'parley_shard_frames_concealed_total',
  'parley_shard_frames_silent_total',
  'parley_shard_packets_late_total',
];
/** So many frames of one leg or another, of some hundreds each, weigh nothing: one lies 46 dB under its own tone. */
const lossesMax = 4;
/** After these a tone goes on shifted, and no window holds it whole. */
const shifts = [
  'parley_shard_packets_overflow_total',
  'parley_shard_lane_frames_starved_total',
  'parley_shard_lane_frames_overflow_total',
  'parley_media_overflows_total',
];
/** Callers of one kind hear a little later than those of the other: so long before a window it counts as disturbed. */
const earlierMs = 500;
/** After this windows cannot be compared with those before: RTP knows of the time that was lost, gRPC does not. */
const breaks = ['parley_shard_ticks_reanchored_total'];

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

type Room = { readonly legs: readonly Leg[]; readonly amplitude: number };

/** Of so many legs, whose tones are told apart when they are heard in so many windows. */
async function fillRoom(size: number, windows: number): Promise<Room> {
  const amplitude = Math.floor(24_000 / size);
  const laws = Array.from({ length: size }, (_, index) => lawOf(wayOf(index, size)));
  const frequenciesHz = chooseTones({ laws, amplitude, windowSamples: windowSamples * windows, pollutionDbMax });
  const line = platform.openLine();
  const room = `tones ${frequenciesHz.length}`;
  const seated: Leg[] = [];
  for (const [index, hz] of frequenciesHz.entries()) {
    const way = wayOf(index, frequenciesHz.length);
    const voice = new Tone({ hz, amplitude, rateHz: typeof way === 'string' ? 8000 : way.rateHz });
    const guest =
      typeof way === 'string'
        ? await platform.dialRtp(room, { voice, law: way })
        : await platform.dialGrpc(room, { line, voice, coding: way });
    seated.push({ guest, hz });
  }
  return { legs: seated, amplitude };
}

type Account = { readonly losses: number; readonly shifts: number; readonly breaks: number };

/** How often sound did not come as it should, at the daemon and at those who listen. */
async function account(legs: readonly Leg[]): Promise<Account> {
  const counters = await readCounters(platform.daemon.httpUrl);
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + counters(name), 0);
  const missing = legs.reduce((total, { guest }) => total + guest.recording.arrivals().missing, 0);
  return { losses: sum(losses) + missing, shifts: sum(shifts), breaks: sum(breaks) };
}

/** What each leg heard in one window, in the order of the legs. */
type Window = readonly Int16Array[];

/**
 * `wanted` windows that nothing to speak of disturbed, together as good as one that is as long as they all: each takes
 * the place of one that follows it by a multiple of that length. Fewer when there were no more.
 */
async function hearWindows(legs: readonly Leg[], wanted: number): Promise<readonly Window[]> {
  const samplesOf = ({ guest }: Leg, ms: number): number => Math.round((guest.recording.rateHz * ms) / 1000);
  const origins = legs.map((leg) => leg.guest.recording.length + samplesOf(leg, verdictMs));
  const heardTo = (ms: number): Promise<void> =>
    until(() => legs.every((leg, index) => leg.guest.recording.length >= (origins[index] ?? 0) + samplesOf(leg, ms)));
  const windows = new Map<number, Window>();
  await heardTo(0);
  let before = await account(legs);
  for (let turn = 0; turn < windowsMax && windows.size < wanted; turn++) {
    await heardTo((turn + 1) * windowMs - earlierMs);
    const beforeNext = await account(legs);
    await heardTo((turn + 1) * windowMs + verdictMs);
    const after = await account(legs);
    if (after.breaks !== before.breaks) windows.clear();
    else if (after.shifts === before.shifts && after.losses - before.losses <= lossesMax) {
      const window = legs.map((leg, index) => {
        const { recording } = leg.guest;
        const from = (origins[index] ?? 0) + samplesOf(leg, turn * windowMs);
        return recording.latest(recording.length - from).subarray(0, samplesOf(leg, windowMs));
      });
      windows.set(turn % wanted, window);
    }
    before = beforeNext;
  }
  return [...windows.values()];
}

/** Of each tone, what each leg heard of it in one window; against the tone as it was said. */
type Matrix = readonly (readonly Phasor[])[];

function matrixOf(legs: readonly Leg[], amplitude: number, window: Window): Matrix {
  return legs.map(({ hz }) => {
    const meters = new Map<number, ReturnType<typeof createPhasorAt>>();
    return legs.map(({ guest }, leg) => {
      const { rateHz } = guest.recording;
      const phasorAt = meters.get(rateHz) ?? createPhasorAt(hz, rateHz);
      meters.set(rateHz, phasorAt);
      const { real, imaginary } = phasorAt(window[leg] ?? []);
      return { real: real / amplitude, imaginary: imaginary / amplitude };
    });
  });
}

const inDb = (amplitude: number): number => 20 * Math.log10(amplitude);

/** Others off by more than the tolerance in one window. */
const wrongOthers = (matrix: Matrix): readonly Fault[] =>
  matrix.flatMap((heardBy, tone) =>
    heardBy.flatMap((phasor, leg) => {
      const db = inDb(amplitudeOf(phasor));
      return tone === leg || Math.abs(db) <= audibleToleranceDb ? [] : [{ leg, tone, db }];
    }),
  );

/**
 * Own tones to be heard in the mean of all windows. Each is turned to where the next leg hears the same tone, so that a
 * shift of what was said between two windows does not hide what is heard of it.
 */
const audibleOwn = (matrices: readonly Matrix[]): readonly Fault[] =>
  (matrices[0] ?? []).flatMap((_, leg) => {
    const mean = { real: 0, imaginary: 0 };
    for (const matrix of matrices) {
      const heardBy = matrix[leg] ?? [];
      const [own, other] = [heardBy[leg], heardBy[(leg + 1) % heardBy.length]];
      if (own === undefined || other === undefined) continue;
      const scale = amplitudeOf(other) * matrices.length;
      mean.real += (own.real * other.real + own.imaginary * other.imaginary) / scale;
      mean.imaginary += (own.imaginary * other.real - own.real * other.imaginary) / scale;
    }
    const db = inDb(amplitudeOf(mean));
    return db <= ownDbMax ? [] : [{ leg, tone: leg, db }];
  });

describe('tone matrix', () => {
  it.each(rooms)(
    'in rooms of $sizes, everybody hears the exact sum of the others and never themselves',
    async ({ sizes, windows: wanted }) => {
      const filled: Room[] = [];
      for (const size of sizes) filled.push(await fillRoom(size, wanted));
      const all = filled.flatMap(({ legs }) => legs);
      const windows = await keepingTime([platform.daemon.pid], () => hearWindows(all, wanted));
      expect(windows, 'windows that nothing to speak of disturbed').toHaveLength(wanted);
      // All is heard before any of it is measured: the callers live in this process, and measuring holds them up.
      for (const { guest } of all) await platform.hangUp(guest);
      for (const { legs, amplitude } of filled) {
        const from = all.indexOf(legs[0] ?? expect.fail('a room has legs'));
        const matrices = windows.map((window) => matrixOf(legs, amplitude, window.slice(from, from + legs.length)));
        expect(matrices.flatMap(wrongOthers)).toEqual([]);
        expect(audibleOwn(matrices)).toEqual([]);
      }
    },
    timeoutMs,
  );
});
