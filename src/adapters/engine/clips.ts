/**
 * The clips of the process: made known to the native side when opened, and taken from it again when they are closed and
 * the last player that may still read them has said that it does not.
 */
import { assert } from '../../base/assert.js';
import { withdrawClip } from '../../media/clip-memory.js';
import type { ClipId } from '../../media/engine-port.js';

/** What is needed of the addon. */
export type ClipTable = {
  /** The id of a clip, whose memory is kept until it is removed; 0 when there is no place for one more. */
  addClip(memory: Uint8Array<SharedArrayBuffer>): number;
  /** REQUIRES: no engine plays it, nor will open a player of it. */
  removeClip(id: number): void;
};

type ClipUse = { readonly memory: SharedArrayBuffer; players: number; isClosed: boolean };

export class Clips {
  readonly #table: ClipTable;
  readonly #clips = new Map<ClipId, ClipUse>();

  constructor(table: ClipTable) {
    this.#table = table;
  }

  /** Null when there is no place for one more. */
  open(memory: SharedArrayBuffer): ClipId | null {
    const id = this.#table.addClip(new Uint8Array(memory));
    if (id === 0) return null;
    // The one place that numbers clips.
    const clip = id as ClipId;
    this.#clips.set(clip, { memory, players: 0, isClosed: false });
    return clip;
  }

  close(clip: ClipId): void {
    const use = this.#use(clip);
    assert(!use.isClosed, 'a clip is closed once');
    use.isClosed = true;
    withdrawClip(use.memory);
    this.#removeUnused(clip, use);
  }

  isOpen(clip: ClipId): boolean {
    return this.#clips.get(clip)?.isClosed === false;
  }

  /** An engine is told to play it; `give` when that is over. */
  take(clip: ClipId): void {
    this.#use(clip).players += 1;
  }

  give(clip: ClipId): void {
    const use = this.#use(clip);
    use.players -= 1;
    this.#removeUnused(clip, use);
  }

  #removeUnused(clip: ClipId, { isClosed, players }: ClipUse): void {
    if (!isClosed || players > 0) return;
    this.#clips.delete(clip);
    this.#table.removeClip(clip);
  }

  #use(clip: ClipId): ClipUse {
    const use = this.#clips.get(clip);
    assert(use !== undefined, `clip ${clip} is open`);
    return use;
  }
}
