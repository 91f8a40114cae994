/**
 * Which part of a recording is kept (CONTRACT §8.7): silence at both ends is cut, that in between never. Loudness is
 * that of windows of 10 ms, so that no single click counts as speech and no quiet word as silence.
 */
import type { RecordingTrim } from '../conference/state.js';
import type { AbsentCode } from './recording.js';

/** Of full scale: RMS of a window that is not silent, −50 dBFS. */
export const silenceRms = 32_768 * 10 ** (-50 / 20);

export const windowMs = 10;
/** Kept beside what is not silent. */
export const padMs = 100;
/** What is shorter is not kept. */
export const lengthMsMin = 1000;

/** Samples of each channel, the first one included and the last one not. */
export type Kept = { readonly kind: 'kept'; readonly first: number; readonly end: number };
export type Trimmed = Kept | { readonly kind: 'absent'; readonly errorCode: AbsentCode };

/** Hears a recording window by window, and says what of it is kept. */
export class Trimmer {
  readonly #windowSamples: number;
  readonly #channels: number;
  #samples = 0;
  /** Of the window that is not full yet. */
  #count = 0;
  readonly #squares: number[];
  /** Windows that are not silent. */
  #first: number | null = null;
  #last = -1;
  #windows = 0;

  constructor(rateHz: number, channels: number) {
    this.#windowSamples = (rateHz * windowMs) / 1000;
    this.#channels = channels;
    this.#squares = Array.from({ length: channels }, () => 0);
  }

  /** `samples`: the next of the recording, interleaved. */
  hear(samples: Int16Array): void {
    const channels = this.#channels;
    for (let index = 0; index + channels <= samples.length; index += channels) {
      for (let channel = 0; channel < channels; channel += 1) {
        const sample = samples[index + channel] ?? 0;
        this.#squares[channel] = (this.#squares[channel] ?? 0) + sample * sample;
      }
      this.#samples += 1;
      this.#count += 1;
      if (this.#count === this.#windowSamples) this.#judge();
    }
  }

  result(trim: RecordingTrim): Trimmed {
    if (this.#count > 0) this.#judge();
    const rateHz = (this.#windowSamples * 1000) / windowMs;
    const isShort = (samples: number): boolean => samples * 1000 < lengthMsMin * rateHz;
    if (trim === 'do-not-trim') {
      return isShort(this.#samples)
        ? { kind: 'absent', errorCode: 16_101 }
        : { kind: 'kept', first: 0, end: this.#samples };
    }
    if (this.#first === null) return { kind: 'absent', errorCode: isShort(this.#samples) ? 16_101 : 16_102 };
    const pad = (rateHz * padMs) / 1000;
    const first = Math.max(0, this.#first * this.#windowSamples - pad);
    const end = Math.min(this.#samples, (this.#last + 1) * this.#windowSamples + pad);
    return isShort(end - first) ? { kind: 'absent', errorCode: 16_101 } : { kind: 'kept', first, end };
  }

  /** Of two channels the louder counts. */
  #judge(): void {
    const loudest = Math.max(...this.#squares);
    if (loudest >= silenceRms * silenceRms * this.#count) {
      this.#first ??= this.#windows;
      this.#last = this.#windows;
    }
    this.#windows += 1;
    this.#count = 0;
    this.#squares.fill(0);
  }
}
