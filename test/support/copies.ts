/** Finds what was said in what was heard, and how intact it came. */
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import type { Sound } from '../../src/cli/caller/wav.js';

/** Anything louder than this is no more silence. */
const audible = 1000;
/** From where words may begin: who listens has heard silence for as long as others took to start. */
const lagSecondsMax = 2;

/**
 * Signal to noise in dB of the one copy of `said` in `heard`, of the same rate. What is said is like nothing but itself
 * at any other moment, in its first second too.
 */
export function snrDbOfCopy(said: Sound, heard: Sound): number {
  const { samples, rateHz } = said;
  const lagMax = lagSecondsMax * rateHz;
  const begin = Math.max(0, heard.samples.findIndex((sample) => Math.abs(sample) > audible) - rateHz);
  const part = heard.samples.subarray(begin);
  const lag = findLag(samples.subarray(0, rateHz), part.subarray(0, rateHz + lagMax), lagMax);
  return copySnrDb(samples, part.subarray(lag, lag + samples.length));
}
