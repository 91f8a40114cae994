/** Changes the rate of a recording, offline: a windowed sinc, wide enough that speech loses nothing. */

/** Zero crossings of the sinc on each side. */
const crossings = 24;

/** `fromHz` and `toHz` may be any two rates; what lies above the lower half-rate is filtered away. */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const step = fromHz / toHz;
  const cutoff = Math.min(1, toHz / fromHz) * 0.95;
  const reach = crossings / cutoff;
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const centre = index * step;
    let sum = 0;
    for (let at = Math.ceil(centre - reach); at <= centre + reach; at++) {
      const x = at - centre;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * cutoff) / (Math.PI * x * cutoff);
      sum += (samples[at] ?? 0) * sinc * window * cutoff;
    }
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}
