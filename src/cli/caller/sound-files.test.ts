import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { measureTones } from '../../../test/support/tones.js';
import { resample } from '../../client/resample.js';
import { Tone } from './voice.js';
import { readWav, writeWav } from './wav.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-wav-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('WAV files', () => {
  it('come back as they were written', () => {
    const sound = { rateHz: 16_000, samples: Int16Array.of(0, 1, -1, 32_767, -32_768) };
    writeWav(join(folder, 'x.wav'), sound);
    expect(readWav(join(folder, 'x.wav'))).toEqual(sound);
  });
});

describe('resample', () => {
  it.each([
    [22_050, 8000],
    [22_050, 16_000],
    [8000, 16_000],
  ])('%i to %i Hz keeps what fits and drops what does not', (fromHz, toHz) => {
    const low = resample(new Tone({ hz: 1000, amplitude: 10_000, rateHz: fromHz }).next(fromHz), fromHz, toHz);
    const [kept] = measureTones(low.subarray(500, low.length - 500), toHz, [1000]);
    expect(kept?.amplitude).toBeCloseTo(10_000, -2);
    expect(low.length).toBe(toHz);
    if (toHz > fromHz) return;
    const hz = toHz * 0.6;
    const high = resample(new Tone({ hz, amplitude: 10_000, rateHz: fromHz }).next(fromHz), fromHz, toHz);
    expect(Math.max(...high.subarray(500, high.length - 500).map(Math.abs))).toBeLessThan(30);
  });
});
