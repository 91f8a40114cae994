/**
 * When somebody spoke, from a track that is whole: with what came after at hand it is told to the window, where the
 * engine, which may not wait, is a fifth of a second late. The track is silent where its participant was muted, held or
 * not in, so only what the room was given counts.
 *
 * A window of 10 ms is voice when it is 10 dB above the noise beside it and not fainter than -50 dBFS. The noise is the
 * faintest window within 1.2 s that is not mere silence, and never taken to be above -40 dBFS, so that somebody who
 * does not pause still speaks. Pauses of up to 200 ms are part of a spurt (ITU-T P.59), and what is shorter than 50 ms
 * is a click.
 */

/** Samples of the track, the first one included and the last one not. */
export type Spurt = { readonly start: number; readonly end: number };

const windowMs = 10;
/** Noise is looked at in blocks of so many windows, and in so many of them on both sides. */
const blockWindows = 10;
const blocksBeside = 12;
const aboveNoiseDb = 10;
/** Below full scale, as all levels here. */
const faintestDb = 50;
const noiseDbMin = 40;
/** What is fainter is silence: a stream that pauses, not a room that is quiet. */
const silenceDb = 90;
const pauseWindowsMax = 20;
const spurtWindowsMin = 5;
const quietest = 127;

export class TalkSpurts {
  readonly #windowSamples: number;
  /** Of each window, dB below full scale. */
  #levels = new Uint8Array(6000);
  #windows = 0;
  #samples = 0;
  #squares = 0;
  /** Of the window that is not full yet. */
  #count = 0;

  constructor(rateHz: number) {
    this.#windowSamples = (rateHz * windowMs) / 1000;
  }

  /** The next samples of the track. */
  hear(samples: Int16Array): void {
    for (const sample of samples) {
      this.#squares += sample * sample;
      this.#count += 1;
      if (this.#count === this.#windowSamples) this.#close();
    }
    this.#samples += samples.length;
  }

  /** All there are, in order. */
  spurts(): readonly Spurt[] {
    if (this.#count > 0) this.#close();
    const noise = this.#noise();
    const spurts: Spurt[] = [];
    let first = 0;
    let last = -1;
    let voiced = 0;
    const end = (): void => {
      if (voiced >= spurtWindowsMin) spurts.push(this.#spurt(first, last + 1));
      voiced = 0;
    };
    for (let window = 0; window < this.#windows; window += 1) {
      const floorDb = Math.max(noiseDbMin, noise[Math.floor(window / blockWindows)] ?? quietest);
      const level = this.#levels[window] ?? quietest;
      if (level > Math.min(faintestDb, floorDb - aboveNoiseDb)) continue;
      if (voiced > 0 && window - last - 1 > pauseWindowsMax) end();
      if (voiced === 0) first = window;
      voiced += 1;
      last = window;
    }
    end();
    return spurts;
  }

  #spurt(firstWindow: number, endWindow: number): Spurt {
    return {
      start: firstWindow * this.#windowSamples,
      end: Math.min(endWindow * this.#windowSamples, this.#samples),
    };
  }

  #close(): void {
    if (this.#windows === this.#levels.length) {
      const more = new Uint8Array(this.#levels.length * 2);
      more.set(this.#levels);
      this.#levels = more;
    }
    const share = this.#squares / this.#count / 32_768 ** 2;
    const level = share === 0 ? quietest : Math.round(-10 * Math.log10(share));
    this.#levels[this.#windows] = Math.min(quietest, Math.max(0, level));
    this.#windows += 1;
    this.#squares = 0;
    this.#count = 0;
  }

  /** Of each block the faintest level beside it. */
  #noise(): Uint8Array {
    const blocks = Math.ceil(this.#windows / blockWindows);
    const own = new Uint8Array(blocks);
    for (let window = 0; window < this.#windows; window += 1) {
      const level = this.#levels[window] ?? quietest;
      const block = Math.floor(window / blockWindows);
      if (level < silenceDb) own[block] = Math.max(own[block] ?? 0, level);
    }
    return own.map((_, block) => {
      let faintest = 0;
      for (let at = Math.max(0, block - blocksBeside); at <= Math.min(blocks - 1, block + blocksBeside); at += 1) {
        faintest = Math.max(faintest, own[at] ?? 0);
      }
      return faintest;
    });
  }
}
