import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { type Coding, type Guest, linear16, Platform } from '../support/platform.js';
import { createToneMeter, type ToneMeter } from '../support/tones.js';
import { listen } from '../support/waiting.js';

/** Each leg has a way of its own; the room goes round them. */
const ways = ['pcmu', linear16(16_000), 'pcma', linear16(8000), linear16(48_000), 'pcmu', linear16(24_000)] as const;
const pcmuOverGrpc: Coding = { encoding: MediaEncoding.PCMU, rateHz: 8000 };

const windowMs = 3000;
/** The whole machine stops for some ten milliseconds at times and spoils a window: most must be faultless, not all. */
const windows = 3;
const faultlessMin = 2;

const audibleToleranceDb = 0.5;
/**
 * Of a leg's own tone in what it hears, against one tone of the others; in the largest room against all of them. There,
 * what G.711 makes of others lies at -50 dB in the place of some tones, and lies there as well when those legs are
 * silent: it is nobody's own voice. The engine's own matrix, longer and of other tones, holds rooms of 50 to one tone.
 */
const ownDbMax = -60;
const legsAgainstOneToneMax = 10;

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
function faultsOf(index: number, amplitude: number, found: ReturnType<ToneMeter>) {
  const others = found.length > legsAgainstOneToneMax ? found.length - 1 : 1;
  return found.flatMap(({ amplitude: heard }, tone): Fault[] => {
    const db = 20 * Math.log10(heard / amplitude) - (tone === index ? 10 * Math.log10(others) : 0);
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
      // All is heard before any of it is measured: the callers live in this process, and measuring holds them up.
      const heard: (readonly Int16Array[])[] = [];
      for (let window = 0; window < windows; window++) {
        heard.push(await Promise.all(legs.map(({ guest }) => listen(guest.recording, windowMs))));
      }
      const meters = new Map<number, ToneMeter>();
      const found = heard.map((samples) =>
        legs.flatMap(({ guest }, index) => {
          const { rateHz } = guest.recording;
          const heardHere = samples[index] ?? new Int16Array();
          const meter =
            meters.get(rateHz) ??
            createToneMeter(
              legs.map(({ hz }) => hz),
              rateHz,
              heardHere.length,
            );
          meters.set(rateHz, meter);
          return faultsOf(index, amplitude, meter(heardHere));
        }),
      );
      const faulty = found.filter((faults) => faults.length > 0);
      expect(faulty.length, JSON.stringify(faulty)).toBeLessThanOrEqual(windows - faultlessMin);
      for (const { guest } of legs) await platform.hangUp(guest);
    },
  );
});
