/** Real speech from espeak-ng: the same text and voice give the same samples on every run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resample } from '../../client/resample.js';
import { readWav, type Sound } from '../caller/wav.js';
import type { CastMember } from './screenplay.js';

const run = promisify(execFile);

/** Mean power over the words, as telephony expects it, and a ceiling that leaves room for a second voice. */
const levelDbfs = -22;
const peakMax = 16_000;

/** Quieter samples at both ends are not speech. */
const silenceSample = 200;

function trimmed(samples: Int16Array): Int16Array {
  const isLoud = (sample: number): boolean => Math.abs(sample) > silenceSample;
  return samples.subarray(Math.max(0, samples.findIndex(isLoud)), samples.findLastIndex(isLoud) + 1);
}

function levelled(samples: Int16Array): Int16Array {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 1);
  const gain = Math.min((32_768 * 10 ** (levelDbfs / 20)) / Math.sqrt(Math.max(1, power)), peakMax / peak);
  return samples.map((sample) => Math.round(sample * gain));
}

/** Leaves the file behind that espeak-ng wrote to `path`; rejects when espeak-ng is missing. */
export async function speak(
  { voice }: CastMember,
  words: { readonly text: string; readonly rateHz: number; readonly path: string },
): Promise<Sound> {
  const { name, pitch, wordsPerMinute } = voice;
  await run('espeak-ng', ['-v', name, '-p', `${pitch}`, '-s', `${wordsPerMinute}`, '-w', words.path, words.text]);
  const spoken = readWav(words.path);
  return { rateHz: words.rateHz, samples: levelled(resample(trimmed(spoken.samples), spoken.rateHz, words.rateHz)) };
}
