/** What is heard when somebody comes or goes: two short notes, rising or falling, with soft edges (CONTRACT §8.5). */
import { soundRateHz } from './resampler.js';

export type BeepName = 'enter' | 'exit';

const noteSeconds = 0.125;
const edgeSeconds = 0.02;
/** E5 and A5. */
const notesHz: Readonly<Record<BeepName, readonly [number, number]>> = { enter: [659.26, 880], exit: [880, 659.26] };
/** Each note is 20 dB below full scale. */
const amplitude = 0.1 * Math.SQRT2;

export const beepSamples = 2 * noteSeconds * soundRateHz;

export function renderBeep(which: BeepName): Float32Array {
  const samples = noteSeconds * soundRateHz;
  return Float32Array.from({ length: beepSamples }, (_, index) => {
    const [first, second] = notesHz[which];
    const at = index % samples;
    const edge = Math.min(1, Math.min(at, samples - at) / (edgeSeconds * soundRateHz));
    const angle = (2 * Math.PI * (index < samples ? first : second) * at) / soundRateHz;
    return amplitude * Math.sin((edge * Math.PI) / 2) ** 2 * Math.sin(angle);
  });
}
