/**
 * On which shards rooms are mixed at less where few of their legs have more (room-rate.ts): on none until it is said.
 * A room goes by its home.
 */
import type { ShardId } from '../../media/engine-port.js';

export class RoomRateSaving {
  readonly #saving = new Set<ShardId>();
  readonly #listeners: ((shard: ShardId) => void)[] = [];

  saves(shard: ShardId): boolean {
    return this.#saving.has(shard);
  }

  save(shard: ShardId, isSaving: boolean): void {
    if (this.saves(shard) === isSaving) return;
    if (isSaving) this.#saving.add(shard);
    else this.#saving.delete(shard);
    for (const listener of this.#listeners) listener(shard);
  }

  /** This shard saves now, or does so no longer. */
  onChange(listener: (shard: ShardId) => void): void {
    this.#listeners.push(listener);
  }
}
