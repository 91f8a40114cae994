import { execFileSync, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { beepSamples, renderBeep } from './beeps.js';
import { holdMusicSamples, renderHoldMusic } from './hold-music.js';

let music = new Float32Array();
beforeAll(() => {
  music = new Float32Array(renderHoldMusic());
});

const raw = ['-f', 'f32le', '-ar', '48000', '-ac', '1', '-i', 'pipe:0'];
const bytesOf = (samples: Float32Array): Uint8Array => new Uint8Array(samples.buffer, 0, samples.byteLength);

const powerOf = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample * sample, 0);
const peakDb = (samples: Float32Array): number =>
  20 * Math.log10(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0));

/** What is left of it after FFmpeg's filters. */
function filtered(samples: Float32Array, filter: string): Float32Array {
  const output = execFileSync('ffmpeg', ['-v', 'error', ...raw, '-af', filter, '-f', 'f32le', 'pipe:1'], {
    input: bytesOf(samples),
    maxBuffer: 1 << 26,
  });
  return new Float32Array(Uint8Array.from(output).buffer);
}

describe('the hold music', () => {
  it('is half a minute to a minute long, and the same each time', () => {
    expect(music.length).toBe(holdMusicSamples);
    expect(holdMusicSamples / 48_000).toBeGreaterThan(30);
    expect(holdMusicSamples / 48_000).toBeLessThan(60);
  });

  it('is as loud as EBU R 128 says: -23 LUFS, as FFmpeg measures it, and never near full scale', () => {
    const { stderr } = spawnSync('ffmpeg', ['-hide_banner', '-nostats', ...raw, '-af', 'ebur128', '-f', 'null', '-'], {
      input: bytesOf(music),
      encoding: 'utf8',
    });
    const [, loudness] = /Integrated loudness:\s+I:\s+(-[\d.]+) LUFS/.exec(stderr) ?? [];
    expect(Number(loudness)).toBeGreaterThan(-23.3);
    expect(Number(loudness)).toBeLessThan(-22.7);
    expect(peakDb(music)).toBeLessThan(-6);
  });

  it('lies where a telephone carries it', () => {
    const carried = filtered(music, "firequalizer=gain='if(between(f,200,3400),0,-90)':delay=0.1:accuracy=2");
    expect(10 * Math.log10(powerOf(carried) / powerOf(music))).toBeGreaterThan(-0.1);
  });

  it('goes round without a seam: where its end meets its beginning there is no click', () => {
    const twice = new Float32Array(2 * music.length);
    twice.set(music);
    twice.set(music, music.length);
    // Nothing of it is as high as this, but a step is.
    const click = filtered(twice, 'highpass=f=8000:p=2,highpass=f=8000:p=2,highpass=f=8000:p=2');
    const around = (at: number): number => peakDb(click.slice(at - 480, at + 480));
    console.log(
      around(music.length),
      [1, 2, 3, 4, 5].map((bar) => around(Math.floor((bar * music.length) / 12))),
    );
    expect(around(music.length)).toBeLessThan(-90);
  });

  it('is never silent for as long as it takes to wonder', () => {
    for (let at = 0; at + 4800 <= music.length; at += 4800) {
      expect(10 * Math.log10(powerOf(music.slice(at, at + 4800)) / 4800)).toBeGreaterThan(-45);
    }
  });
});

describe('a beep', () => {
  /** The one of these that is loudest in it. */
  const pitch = (samples: Float32Array): number => {
    const level = (hz: number): number => {
      const [real, imaginary] = [Math.cos, Math.sin].map((wave) =>
        samples.reduce((sum, sample, index) => sum + sample * wave((2 * Math.PI * hz * index) / 48_000), 0),
      );
      return Math.hypot(real ?? 0, imaginary ?? 0);
    };
    return [600, 659, 750, 880, 1000].reduce((best, hz) => (level(hz) > level(best) ? hz : best));
  };

  it.each([
    ['enter', [659, 880]],
    ['exit', [880, 659]],
  ] as const)('on %s has two notes', (which, notes) => {
    const beep = renderBeep(which);
    expect(beep.length).toBe(beepSamples);
    expect([beep.slice(0, 6000), beep.slice(6000)].map(pitch)).toEqual(notes);
    expect(10 * Math.log10(powerOf(beep.slice(1500, 4500)) / 3000)).toBeCloseTo(-20, 0);
    // Soft edges: nothing begins or ends with a click.
    for (const at of [0, 5999, 6000, 11_999]) expect(Math.abs(beep[at] ?? 1)).toBeLessThan(0.002);
  });
});
