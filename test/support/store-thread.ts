/** The store without a thread: what is asked in one turn is done in one transaction, when the test lets it. */

import { type Database, openDatabase } from '../../src/adapters/store/database.js';
import type { StoreThread } from '../../src/adapters/store/sqlite-store.js';
import { StoreCore } from '../../src/adapters/store/store-core.js';
import type { BatchReply, StoreBounds, StoreRequest } from '../../src/adapters/store/store-protocol.js';

export const storeBounds: StoreBounds = {
  journalEntriesMax: 10_000,
  completedConferencesMax: 1000,
  leftParticipantsMax: 1000,
  historyMs: 86_400_000,
  callbacksPerAccountMax: 1000,
  deadLettersPerAccountMax: 1000,
};

export class StoreThreadDouble implements StoreThread {
  readonly database: Database;
  readonly core: StoreCore;
  /** How many requests each transaction had. */
  readonly batches: number[] = [];
  isHolding = false;
  #waiting: StoreRequest[] = [];
  #onReply = (_reply: BatchReply): void => {};
  #onFailure = (_error: unknown): void => {};

  constructor(path = ':memory:', bounds: Partial<StoreBounds> = {}) {
    this.database = openDatabase(path);
    this.core = new StoreCore(this.database, { ...storeBounds, ...bounds });
  }

  send(requests: readonly StoreRequest[]): void {
    this.#waiting.push(...requests);
    if (!this.isHolding) this.work();
  }

  /** One transaction of all that waits. */
  work(): void {
    const requests = this.#waiting;
    if (requests.length === 0) return;
    this.#waiting = [];
    this.batches.push(requests.length);
    this.#onReply(this.core.execute(requests));
  }

  onReply(listener: (reply: BatchReply) => void): void {
    this.#onReply = listener;
  }

  onFailure(listener: (error: unknown) => void): void {
    this.#onFailure = listener;
  }

  fail(error: unknown): void {
    this.#onFailure(error);
  }

  async close(): Promise<void> {
    this.core.close();
  }
}
