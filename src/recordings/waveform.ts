/**
 * What a recording looks like: its peaks, few enough to be drawn, and a picture of them. Bounded however long it is.
 */

/** Pairs of lowest and highest; with more of them two become one. */
const pairsMax = 2048;
const firstSamplesPerPair = 64;

/** Hears a recording and keeps the lowest and highest sample of each of its parts. */
export class Waveform {
  readonly #rateHz: number;
  readonly #channels: number;
  #samplesPerPair = firstSamplesPerPair;
  #pairs: [low: number, high: number][] = [];
  #low = 0;
  #high = 0;
  #count = 0;
  #samples = 0;

  constructor(rateHz: number, channels: number) {
    this.#rateHz = rateHz;
    this.#channels = channels;
  }

  /** Interleaved; of two channels the further one counts. */
  hear(samples: Int16Array): void {
    const channels = this.#channels;
    for (let index = 0; index + channels <= samples.length; index += channels) {
      for (let channel = 0; channel < channels; channel += 1) {
        const sample = samples[index + channel] ?? 0;
        if (sample < this.#low) this.#low = sample;
        if (sample > this.#high) this.#high = sample;
      }
      this.#samples += 1;
      this.#count += 1;
      if (this.#count === this.#samplesPerPair) this.#close();
    }
  }

  /** JSON as audiowaveform has it, version 2. */
  peaks(): string {
    this.#closeLast();
    return JSON.stringify({
      version: 2,
      channels: 1,
      sample_rate: this.#rateHz,
      samples_per_pixel: this.#samplesPerPair,
      bits: 16,
      length: this.#pairs.length,
      data: this.#pairs.flat(),
    });
  }

  /** SVG. */
  picture(): string {
    this.#closeLast();
    const width = Math.max(1, this.#pairs.length);
    const y = (sample: number): string => (50 - (sample / 32_768) * 50).toFixed(2);
    const lines = this.#pairs.map(([low, high], x) => `M${x + 0.5} ${y(high)}V${y(low - 150)}`).join('');
    const seconds = (this.#samples / this.#rateHz).toFixed(3);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 100" preserveAspectRatio="none">` +
      `<title>${seconds} s</title><path d="${lines}" stroke="#3b6ea5" fill="none"/></svg>\n`
    );
  }

  #closeLast(): void {
    if (this.#count > 0) this.#close();
  }

  #close(): void {
    this.#pairs.push([this.#low, this.#high]);
    [this.#low, this.#high, this.#count] = [0, 0, 0];
    if (this.#pairs.length < pairsMax) return;
    this.#pairs = this.#pairs.flatMap(([low, high], index) => {
      if (index % 2 === 1) return [];
      const [nextLow, nextHigh] = this.#pairs[index + 1] ?? [0, 0];
      return [[Math.min(low, nextLow), Math.max(high, nextHigh)]];
    });
    this.#samplesPerPair *= 2;
  }
}
