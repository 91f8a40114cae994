/** Changes the rate of a recording, offline: a windowed sinc, wide enough that speech loses nothing. */

/** Zero crossings of the sinc on each side. */
const crossings = 24;

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Weights of the samples around a place `fraction` of a sample behind the one at `reach`. */
function weightsAt(fraction: number, cutoff: number, reach: number): Float64Array {
  return Float64Array.from({ length: 2 * Math.ceil(reach) + 1 }, (_, index) => {
    const x = index - Math.ceil(reach) - fraction;
    if (Math.abs(x) > reach) return 0;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * cutoff) / (Math.PI * x * cutoff);
    return sinc * window * cutoff;
  });
}

/**
 * `fromHz` and `toHz` may be any two whole rates; what lies above the lower half-rate is filtered away. Takes some 50
 * multiplications a sample.
 */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const divisor = commonDivisor(fromHz, toHz);
  const [up, down] = [toHz / divisor, fromHz / divisor];
  const cutoff = Math.min(1, toHz / fromHz) * 0.95;
  const reach = crossings / cutoff;
  const half = Math.ceil(reach);
  // The places between two samples come again after `up` of them.
  const phases: Float64Array[] = [];
  return Int16Array.from({ length: Math.floor((samples.length * up) / down) }, (_, index) => {
    const at = index * down;
    const phase = at % up;
    const weights = phases[phase] ?? weightsAt(phase / up, cutoff, reach);
    phases[phase] = weights;
    const first = (at - phase) / up - half;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < weights.length; tap += 1) {
      sum += (samples[first + tap] ?? 0) * (weights[tap] ?? 0);
    }
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}
