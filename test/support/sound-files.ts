/** Files of tones, as other programs write them: made when a test wants one, and kept nowhere. */
import { execFileSync } from 'node:child_process';

export type Tone = { readonly hz: number; readonly amplitude: number };

/** Seconds of tones together, all channels alike; full scale is 1. */
export function tones(seconds: number, rateHz: number, list: readonly Tone[]): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, index) =>
    list.reduce((sum, { hz, amplitude }) => sum + amplitude * Math.sin((2 * Math.PI * hz * index) / rateHz), 0),
  );
}

export type Encoded = { readonly rateHz: number; readonly channels?: number; readonly output: readonly string[] };

/** What FFmpeg makes of `samples`; `output`: how, as in `['-c:a', 'libopus', '-f', 'ogg']`. */
export function encoded(samples: Float32Array, { rateHz, channels = 1, output }: Encoded): Uint8Array {
  const input = ['-f', 'f32le', '-ar', String(rateHz), '-ac', '1', '-i', 'pipe:0'];
  // A pan and no mix-down: each channel is as loud as the one it came from.
  const pan = ['-af', `pan=${channels}c|${Array.from({ length: channels }, (_, c) => `c${c}=c0`).join('|')}`];
  return execFileSync('ffmpeg', ['-v', 'error', ...input, ...pan, ...output, 'pipe:1'], {
    input: new Uint8Array(samples.buffer),
    maxBuffer: 1 << 28,
  });
}
