/** How loud things are, and how much of one signal is in another: the ears of the demo and of the tests. */

/** Quieter than any of this is silence. */
export const silenceDb = -120;

/** Of a ratio of powers; nothing is silence. */
export const toDb = (ratio: number): number => (ratio <= 0 ? silenceDb : Math.max(silenceDb, 10 * Math.log10(ratio)));

/** Mean level in dB below a full-scale square wave. */
export function levelDbfs(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return toDb(sum / Math.max(1, samples.length) / 32_768 ** 2);
}

/** Finds the weights with which a basis comes nearest to a target. */
export type Fit = (target: ArrayLike<number>) => Float64Array;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/** Normal equations, factored once by Cholesky's method, so that one basis can be fitted to many targets. */
export function createFit(basis: readonly ArrayLike<number>[]): Fit {
  const lower = basis.map(() => new Float64Array(basis.length));
  const at = (row: number, column: number): number => lower[row]?.[column] ?? 0;
  lower.forEach((cells, row) => {
    for (let column = 0; column <= row; column++) {
      let sum = dot(basis[row] ?? [], basis[column] ?? []);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      // A signal that is silent, or the same as another, gets no weight instead of an infinite one.
      cells[column] = row === column ? Math.sqrt(Math.max(sum, 1e-9)) : sum / at(column, column);
    }
  });
  return (target) => {
    const weights = Float64Array.from(basis, (signal) => dot(signal, target));
    for (let row = 0; row < basis.length; row++) {
      for (let k = 0; k < row; k++) weights[row] = (weights[row] ?? 0) - at(row, k) * (weights[k] ?? 0);
      weights[row] = (weights[row] ?? 0) / at(row, row);
    }
    for (let row = basis.length - 1; row >= 0; row--) {
      for (let k = row + 1; k < basis.length; k++) weights[row] = (weights[row] ?? 0) - at(k, row) * (weights[k] ?? 0);
      weights[row] = (weights[row] ?? 0) / at(row, row);
    }
    return weights;
  };
}

/** How many samples `heard` lags behind `said`, 0 to `lagMax`: where they are most alike. */
export function findLag(said: Int16Array, heard: Int16Array, lagMax: number): number {
  let best = { lag: 0, likeness: -1 };
  for (let lag = 0; lag <= lagMax; lag++) {
    let product = 0;
    let energy = 0;
    const length = Math.min(said.length, heard.length - lag);
    for (let index = 0; index < length; index++) {
      const sample = heard[index + lag] ?? 0;
      product += (said[index] ?? 0) * sample;
      energy += sample * sample;
    }
    const likeness = energy === 0 ? 0 : (product * Math.abs(product)) / energy;
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best.lag;
}

/** Signal to noise of `heard` as a copy of `said` with some gain, dB: how intact it came. */
export function copySnrDb(said: Int16Array, heard: Int16Array): number {
  const [gain = 0] = createFit([said])(heard);
  let signal = 0;
  let noise = 0;
  said.forEach((sample, index) => {
    signal += (gain * sample) ** 2;
    noise += ((heard[index] ?? 0) - gain * sample) ** 2;
  });
  return noise === 0 ? 120 : toDb(signal / noise);
}
