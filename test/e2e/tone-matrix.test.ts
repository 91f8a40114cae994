import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toDb } from '../../src/cli/caller/levels.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { type Coding, type Guest, linear16, Platform } from '../support/platform.js';
import { createToneMeter, type ToneMeter } from '../support/tones.js';
import { listen } from '../support/waiting.js';

/** Each leg has a way of its own; the room goes round them. */
const ways = ['pcmu', linear16(16_000), 'pcma', linear16(8000), linear16(48_000), 'pcmu', linear16(24_000)] as const;
const pcmuOverGrpc: Coding = { encoding: MediaEncoding.PCMU, rateHz: 8000 };

const windowMs = 2000;
/**
 * The whole machine stops for some ten milliseconds at times, and spoils a window; a mixer that is wrong is wrong
 * in all.
 */
const windowsMax = 5;

const audibleToleranceDb = 0.5;
const ownDbMax = -60;

/** Unevenly spread below 3.4 kHz: what G.711 makes of the others (harmonics, sums, differences) falls on no tone. */
const frequencyOf = (index: number, legs: number): number =>
  353.3 + 2700 * ((index + 0.5) / legs) ** 1.2 + (index % 5) * 3.37;

type Leg = { readonly guest: Guest; readonly hz: number };
type Fault = { readonly leg: number; readonly tone: number; readonly db: number };

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

async function fillRoom(legs: number, amplitude: number): Promise<readonly Leg[]> {
  const line = platform.openLine();
  const room = `tones ${legs}`;
  const seated: Leg[] = [];
  for (let index = 0; index < legs; index++) {
    const hz = frequencyOf(index, legs);
    const way = index === legs - 1 && legs > 2 ? pcmuOverGrpc : (ways[index % ways.length] ?? 'pcmu');
    const rateHz = typeof way === 'string' ? 8000 : way.rateHz;
    const voice = new Tone({ hz, amplitude, rateHz });
    const guest =
      typeof way === 'string'
        ? await platform.dialRtp(room, { voice, law: way })
        : await platform.dialGrpc(room, { line, voice, coding: way });
    seated.push({ guest, hz });
  }
  return seated;
}

/** What is wrong in one leg's output: others off by more than the tolerance, or its own tone to be heard. */
async function faultsOf(legs: readonly Leg[], index: number, amplitude: number, meters: Map<number, ToneMeter>) {
  const recording = legs[index]?.guest.recording;
  if (recording === undefined) throw new Error('no such leg');
  const { rateHz } = recording;
  const samples = await listen(recording, windowMs);
  const frequencies = legs.map(({ hz }) => hz);
  const meter = meters.get(rateHz) ?? createToneMeter(frequencies, rateHz, samples.length);
  meters.set(rateHz, meter);
  const sumDb = toDb((legs.length - 1) * (amplitude / 32_768) ** 2);
  return meter(samples).flatMap(({ amplitude: found, levelDb }, tone): Fault[] => {
    const db = tone === index ? levelDb - sumDb : 20 * Math.log10(found / amplitude);
    const isFault = tone === index ? db > ownDbMax : !(Math.abs(db) <= audibleToleranceDb);
    return isFault ? [{ leg: index, tone, db }] : [];
  });
}

describe('tone matrix', () => {
  it.each([2, 3, 10, 50])(
    'in a room of %i, everybody hears the exact sum of the others and never themselves',
    async (count) => {
      const amplitude = Math.floor(24_000 / count);
      const legs = await fillRoom(count, amplitude);
      const meters = new Map<number, ToneMeter>();
      let faults: readonly Fault[] = [];
      for (let window = 0; window < windowsMax; window++) {
        const found = await Promise.all(legs.map((_, index) => faultsOf(legs, index, amplitude, meters)));
        faults = found.flat();
        if (faults.length === 0) break;
      }
      expect(faults).toEqual([]);
      for (const { guest } of legs) await platform.hangUp(guest);
    },
  );
});
