/** Clips kept to be played again, within a bound of bytes: what was not asked for longest goes first. */
import type { Keeping } from '../../app/web-content.js';
import type { MonotonicMs } from '../../base/brands.js';
import type { SharedClip } from './clip.js';

export type KeptClip = {
  readonly clip: SharedClip;
  readonly keeping: Keeping;
  /** All that was asked with; another request with other parameters may be answered with something else. */
  readonly wire: string;
  /** Until then it is played without asking. */
  readonly freshUntilMs: MonotonicMs;
};

export class ClipCache {
  readonly #bytesMax: number;
  readonly #onEvicted: () => void;
  /** In the order in which they were asked for last. */
  readonly #entries = new Map<string, { kept: KeptClip; bytes: number }>();
  #bytes = 0;

  /** `onEvicted`: for each that had to go for want of room. */
  constructor(bytesMax: number, onEvicted: () => void) {
    this.#bytesMax = bytesMax;
    this.#onEvicted = onEvicted;
  }

  bytes(): number {
    return this.#bytes;
  }

  find(key: string): KeptClip | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.kept;
  }

  /** While it is being decoded it has no size yet; see `measure`. Another of the same key is forgotten. */
  keep(key: string, kept: KeptClip): void {
    this.#drop(key);
    kept.clip.keep();
    this.#entries.set(key, { kept, bytes: 0 });
  }

  /** Asked after, and still the same. */
  refresh(key: string, kept: KeptClip): void {
    const entry = this.#entries.get(key);
    if (entry?.kept.clip === kept.clip) entry.kept = kept;
  }

  /** All of it is there. Others that nobody plays go, or it goes itself. */
  measure(key: string, clip: SharedClip, bytes: number): void {
    const entry = this.#entries.get(key);
    if (entry?.kept.clip !== clip) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    for (const [other, { kept }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return;
      if (kept.clip.isPlayed() || kept.clip === clip) continue;
      this.#drop(other);
      this.#onEvicted();
    }
    if (this.#bytes <= this.#bytesMax) return;
    this.#drop(key);
    this.#onEvicted();
  }

  /** It broke off. */
  forget(key: string, clip: SharedClip): void {
    if (this.#entries.get(key)?.kept.clip === clip) this.#drop(key);
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    entry.kept.clip.forget();
  }
}
