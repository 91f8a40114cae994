/** Finds what was said in what was heard, and how intact it came. */
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import type { Sound } from '../../src/cli/caller/wav.js';

/** Anything louder than this is no more silence. */
const audible = 1000;
/** Words begin softly: so much of them may lie before what is audible, and so much after a crackle. */
const slackSeconds = 0.5;

/**
 * Signal to noise in dB of the one copy of `said` in `heard`, of the same rate. What is said is like nothing but itself
 * at any other moment, in its first half second too.
 */
export function snrDbOfCopy(said: Sound, heard: Sound): number {
  const { samples, rateHz } = said;
  const slack = slackSeconds * rateHz;
  const begin = Math.max(0, heard.samples.findIndex((sample) => Math.abs(sample) > audible) - slack);
  const part = heard.samples.subarray(begin);
  const lag = findLag(samples.subarray(0, slack), part.subarray(0, 3 * slack), 2 * slack);
  return copySnrDb(samples, part.subarray(lag, lag + samples.length));
}
