/** What a caller hears, laid out by media time, and an account of everything that did not come as it should. */

/** An hour at 16 kHz: more than any demo or test listens to. */
const recordedSamplesMax = 3600 * 16_000;

/** A forward step in timestamp larger than this is a new stream, not a gap. */
const gapSamplesMax = 60 * 16_000;

export type Arrivals = {
  readonly packets: number;
  /** Sequence numbers that never came, or came too late to tell. */
  readonly missing: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  /** Longest time between two packets, milliseconds, by the monotonic clock. */
  readonly longestSilenceMs: number;
};

/** Signed distance from `from` to `to` on a circle of 2^bits. */
export function distance(from: number, to: number, bits: 16 | 32): number {
  const size = 2 ** bits;
  const ahead = (((to - from) % size) + size) % size;
  return ahead < size / 2 ? ahead : ahead - size;
}

export class Recording {
  readonly rateHz: number;
  /** Monotonic instant of the first sample; null before anything came. */
  startedAtMs: number | null = null;
  #samples = new Int16Array(16_000);
  #length = 0;
  /** Of the stream that is heard: the timestamp of its first packet, and where that lies. */
  #origin: { readonly timestamp: number; readonly at: number } | null = null;
  #highestSequence = 0;
  #seen = new Set<number>();
  #packets = 0;
  #expected = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #lastArrivalMs = 0;
  #longestSilenceMs = 0;

  constructor(rateHz: number) {
    this.rateHz = rateHz;
  }

  /** `timestamp` counts samples; `atMs` is when the packet came. */
  add(sequence: number, timestamp: number, samples: Int16Array, atMs: number): void {
    if (this.#origin === null) {
      this.#origin = { timestamp, at: this.#length };
      this.#highestSequence = (sequence - 1) & 0xffff;
      if (this.startedAtMs === null) this.#lastArrivalMs = atMs;
      this.startedAtMs ??= atMs;
    }
    const step = distance(this.#highestSequence, sequence, 16);
    if (this.#seen.has(sequence)) {
      this.#duplicates++;
      return;
    }
    this.#seen.add(sequence);
    // Half the circle behind, a number is free again.
    this.#seen.delete((sequence + 0x8000) & 0xffff);
    this.#packets++;
    if (step <= 0) {
      this.#outOfOrder++;
    } else {
      this.#expected += step;
      this.#highestSequence = sequence;
    }
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, atMs - this.#lastArrivalMs);
    this.#lastArrivalMs = atMs;

    const at = this.#origin.at + distance(this.#origin.timestamp, timestamp, 32);
    if (at < this.#origin.at || at > this.#length + gapSamplesMax || at + samples.length > recordedSamplesMax) return;
    this.#reserve(at + samples.length);
    this.#samples.set(samples, at);
    this.#length = Math.max(this.#length, at + samples.length);
  }

  /** What comes next is of another stream (RFC 3550 §8.2), and follows on what was heard. */
  beginStream(): void {
    this.#origin = null;
    this.#seen.clear();
  }

  /** Everything heard so far; what is missing is silence. */
  samples(): Int16Array {
    return this.#samples.slice(0, this.#length);
  }

  /** The last `count` samples; fewer when there are not so many. */
  latest(count: number): Int16Array {
    return this.#samples.slice(Math.max(0, this.#length - count), this.#length);
  }

  get length(): number {
    return this.#length;
  }

  arrivals(): Arrivals {
    return {
      packets: this.#packets,
      missing: Math.max(0, this.#expected - this.#packets),
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      longestSilenceMs: this.#longestSilenceMs,
    };
  }

  #reserve(length: number): void {
    if (length <= this.#samples.length) return;
    const larger = new Int16Array(Math.max(length, this.#samples.length * 2));
    larger.set(this.#samples);
    this.#samples = larger;
  }
}
