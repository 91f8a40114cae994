/** A room too large to mix everybody: those who talk are heard, and those who only breathe cost no mix of their own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speech, Tone, type Voice } from '../../src/cli/caller/voice.js';
import { readCounters } from '../../src/cli/counters.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { type GrpcGuest, linear16, Platform } from '../support/platform.js';
import { createToneMeter } from '../support/tones.js';
import { speechLike } from '../support/voices.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const amplitude = 4000;
const talkersHz = [437, 701, 1129, 1777];
/** With the talkers more than the 64 up to which everybody is mixed. */
const quietLegs = 62;
/** Of each tone, and of what is measured of it from its middle. */
const [toneMs, measuredMs, marginMs] = [1200, 500, 400];
/** Six have a place in a large room, and each hears a mix of its own; all others share one. */
const mixesATurnMax = 7;
const attemptMsMax = 20_000;

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

const noise = speechLike(rateHz, 4).map((sample) => sample / 500);

/** What a line without a voice sends, about -65 dBov: from another place for each leg. */
function backgroundOf(leg: number): Voice {
  let at = (leg * noise.length) / quietLegs;
  return {
    next: (count) => {
      at = at + count > noise.length ? 0 : Math.round(at);
      const frame = noise.subarray(at, at + count);
      at += count;
      return frame;
    },
  };
}

type Talker = { readonly hz: number; readonly voice: Speech; readonly guest: GrpcGuest };

const samplesOf = (ms: number): number => (rateHz * ms) / 1000;

/** What one hears of each talker's tone while all talk, dB against the tone as it is said. */
function levelsAt({ recording }: GrpcGuest, from: number): readonly number[] {
  const heard = recording.samples().subarray(from);
  const onset = heard.findIndex((sample) => Math.abs(sample) > amplitude / 4);
  const begin = onset + samplesOf(marginMs);
  const meter = createToneMeter(talkersHz, rateHz, samplesOf(measuredMs));
  return meter(heard.subarray(begin, begin + samplesOf(measuredMs))).map(
    (tone) => 20 * Math.log10(tone.amplitude / amplitude),
  );
}

/** Mixes made for each turn of the room, from one reading of the counters to another. */
const mixesATurn = (before: (name: string) => number, after: (name: string) => number): number => {
  const [mixes = 0, ticks = 0] = ['mixes', 'ticks'].map((name) => {
    const counter = `parley_shard_${name}_total`;
    return after(counter) - before(counter);
  });
  // A room is mixed in every fourth tick.
  return mixes / (ticks / 4);
};

describe('a room of more legs than are all mixed', { timeout: attemptsMax * attemptMsMax }, () => {
  it('hears those who talk at their own level, never themselves, and mixes for few', async () => {
    const line = platform.openLine();
    const enter = (voice: Voice) => platform.dialGrpc('large', { line, voice, coding: linear16(rateHz) });
    const talkers: Talker[] = [];
    for (const hz of talkersHz) {
      const voice = new Speech();
      talkers.push({ hz, voice, guest: await enter(voice) });
    }
    const quiet: GrpcGuest[] = [];
    while (quiet.length < quietLegs) quiet.push(await enter(backgroundOf(quiet.length)));
    const listeners = [...talkers.map(({ guest }) => guest), ...quiet];
    // By then streams that began late have caught up.
    await until(() => listeners.every(({ recording }) => recording.length > samplesOf(1000)));

    const converse = async () => {
      const lengths = listeners.map(({ recording }) => recording.length);
      const heard = (ms: number): Promise<void> =>
        until(() => listeners.every(({ recording }, leg) => recording.length > (lengths[leg] ?? 0) + samplesOf(ms)));
      await heard(100);
      const before = await readCounters(platform.daemon.httpUrl);
      await Promise.all(
        talkers.map(({ hz, voice }) => voice.say(new Tone({ hz, amplitude, rateHz }).next(samplesOf(toneMs))).done),
      );
      const after = await readCounters(platform.daemon.httpUrl);
      await heard(toneMs + 500);
      const levels = listeners.map((listener, leg) => levelsAt(listener, lengths[leg] ?? 0));
      return { levels, mixes: mixesATurn(before, after) };
    };
    const { levels, mixes } = await undisturbed(platform, converse);

    const wrong = levels.flatMap((heard, leg) =>
      heard.flatMap((db, talker) => {
        const isRight = leg === talker ? db < -60 : Math.abs(db) < 0.5;
        return isRight ? [] : [{ leg, talker, db }];
      }),
    );
    expect(wrong).toEqual([]);
    expect(mixes).toBeGreaterThan(talkersHz.length);
    expect(mixes).toBeLessThan(mixesATurnMax + 0.5);
  });
});
