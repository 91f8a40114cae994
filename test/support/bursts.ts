/** Somebody who speaks for a while, is quiet for a while, and so on; it is known when. */
import type { Voice } from '../../src/cli/caller/voice.js';
import { voiceLike } from './voices.js';

export type Rhythm = {
  readonly onMs: number;
  readonly offMs: number;
  /** How far into it the caller begins. */
  readonly fromMs?: number;
  readonly rateHz?: number;
  /** 1: as loud as a voice is. */
  readonly gain?: number;
};

export class Bursts implements Voice {
  /** Wall clock, ms: when it began or ended, in this order. */
  readonly turns: { readonly atMs: number; readonly isOn: boolean }[] = [];
  readonly #sound: Int16Array;
  readonly #periodSamples: number;
  readonly #onSamples: number;
  #at: number;

  constructor({ onMs, offMs, fromMs = 0, rateHz = 8000, gain = 1 }: Rhythm) {
    this.#sound = voiceLike(rateHz, onMs / 1000).map((sample) => sample * gain);
    this.#periodSamples = ((onMs + offMs) * rateHz) / 1000;
    this.#onSamples = this.#sound.length;
    this.#at = (fromMs * rateHz) / 1000;
  }

  next(count: number): Int16Array | null {
    const at = this.#at % this.#periodSamples;
    this.#at += count;
    const isOn = at + count <= this.#onSamples;
    if (isOn !== (this.turns.at(-1)?.isOn ?? false)) this.turns.push({ atMs: Date.now(), isOn });
    return isOn ? this.#sound.subarray(at, at + count) : null;
  }

  wasOn(atMs: number): boolean {
    return this.turns.findLast((turn) => turn.atMs <= atMs)?.isOn ?? false;
  }
}
