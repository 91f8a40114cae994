/** A small room: four damped echoes side by side, then two all-passes in a row (after Schroeder). */
import { soundRateHz } from './resampler.js';

/** Lengths without common measure, so that no echo is heard as one. */
const combSeconds = [0.0297, 0.0371, 0.0411, 0.0437];
const allPassSeconds = [0.005, 0.0017];
/** What is left of an echo after each way round, and how much of its treble. */
const feedback = 0.8;
const damping = 0.35;
const diffusion = 0.7;

type Line = { readonly delay: Float32Array; at: number; dull: number };

const lineOf = (seconds: number): Line => ({
  delay: new Float32Array(Math.round(seconds * soundRateHz)),
  at: 0,
  dull: 0,
});

export class Reverb {
  readonly #combs = combSeconds.map(lineOf);
  readonly #allPasses = allPassSeconds.map(lineOf);

  /** What the room adds to a sample. */
  next(sample: number): number {
    let wet = 0;
    for (const comb of this.#combs) {
      const echo = comb.delay[comb.at] ?? 0;
      comb.dull = echo * (1 - damping) + comb.dull * damping;
      store(comb, sample + comb.dull * feedback);
      wet += echo / this.#combs.length;
    }
    for (const line of this.#allPasses) {
      const echo = line.delay[line.at] ?? 0;
      const into = wet + echo * diffusion;
      store(line, into);
      wet = echo - into * diffusion;
    }
    return wet;
  }
}

function store(line: Line, value: number): void {
  line.delay[line.at] = value;
  line.at = (line.at + 1) % line.delay.length;
}
