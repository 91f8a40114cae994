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

/** The weights with which `basis` comes nearest to `target`: normal equations, solved by Cholesky's method. */
export function leastSquares(basis: readonly ArrayLike<number>[], target: ArrayLike<number>): Float64Array {
  const count = basis.length;
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0;
    for (let index = 0; index < target.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
    return sum;
  };
  const lower = Array.from({ length: count }, () => new Float64Array(count));
  const at = (row: number, column: number): number => lower[row]?.[column] ?? 0;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = dot(basis[row] ?? [], basis[column] ?? []);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      const cells = lower[row];
      // A signal that is silent, or the same as another, gets no weight instead of an infinite one.
      if (cells !== undefined)
        cells[column] = row === column ? Math.sqrt(Math.max(sum, 1e-9)) : sum / at(column, column);
    }
  }
  const solution = Float64Array.from(basis, (signal) => dot(signal, target));
  for (let row = 0; row < count; row++) {
    let sum = solution[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= at(row, k) * (solution[k] ?? 0);
    solution[row] = sum / at(row, row);
  }
  for (let row = count - 1; row >= 0; row--) {
    let sum = solution[row] ?? 0;
    for (let k = row + 1; k < count; k++) sum -= at(k, row) * (solution[k] ?? 0);
    solution[row] = sum / at(row, row);
  }
  return solution;
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
  const [gain = 0] = leastSquares([said], heard);
  let signal = 0;
  let noise = 0;
  said.forEach((sample, index) => {
    signal += (gain * sample) ** 2;
    noise += ((heard[index] ?? 0) - gain * sample) ** 2;
  });
  return noise === 0 ? 120 : toDb(signal / noise);
}
