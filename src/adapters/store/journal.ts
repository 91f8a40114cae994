/** What happened in one account, as far back as the bound reaches. */
import type { JournalEntry } from '../../app/ports.js';

export type JournalPage = { readonly entries: readonly JournalEntry[]; readonly missed: boolean };

export class Journal {
  readonly #entriesMax: number;
  /** Contiguous cursors, the newest last; at times twice as many as are kept, so that dropping is cheap. */
  #entries: JournalEntry[] = [];
  #newest = 0n;

  /** `entriesMax` is how many are kept, 1 or more. */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Cursor of the newest entry; 0 when there never was one. */
  newest(): bigint {
    return this.#newest;
  }

  append(entry: Omit<JournalEntry, 'cursor'>): void {
    this.#newest += 1n;
    this.#entries.push({ ...entry, cursor: this.#newest });
    if (this.#entries.length >= 2 * this.#entriesMax) this.#entries = this.#entries.slice(-this.#entriesMax);
  }

  /**
   * Entries after `cursor`, oldest first, at most `limit`. A cursor from before the bound has missed entries; so has
   * one from the future, which another life of the process gave out: both read on from the oldest entry kept.
   */
  after(cursor: bigint, limit: number): JournalPage {
    const kept = Math.min(this.#entries.length, this.#entriesMax);
    const oldest = this.#newest - BigInt(kept);
    const missed = cursor < oldest || cursor > this.#newest;
    const unread = missed ? kept : Number(this.#newest - cursor);
    const first = this.#entries.length - unread;
    return { entries: this.#entries.slice(first, first + limit), missed };
  }
}
