/** A store that takes its time: commits wait until the test lets them through, or fail. */
import { MemoryStore } from '../../src/adapters/store/memory-store.js';
import type { Origination } from '../../src/app/originations/origination.js';
import type { Commit, OriginationCommit, RecordingCommit, StoreFailure, StoreHealth } from '../../src/app/ports.js';
import { err, type Result } from '../../src/base/result.js';
import type { Callback } from '../../src/callbacks/webhook.js';

export class SlowStore extends MemoryStore {
  readonly callbacks: Callback[];
  readonly commits: Commit[] = [];
  /** As they were committed, one after the other. */
  readonly originations: Origination[] = [];
  isHolding = false;
  /** From now on nothing is written. */
  isFailing = false;
  readonly #held: (() => void)[] = [];

  constructor() {
    const callbacks: Callback[] = [];
    super({ append: (added) => callbacks.push(...added) });
    this.callbacks = callbacks;
  }

  override async commit(commit: Commit): Promise<Result<void, StoreFailure>> {
    if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.isFailing) return err({ kind: 'store-unavailable' });
    this.commits.push(commit);
    return super.commit(commit);
  }

  override async commitOrigination(commit: OriginationCommit): Promise<Result<void, StoreFailure>> {
    if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.isFailing) return err({ kind: 'store-unavailable' });
    this.originations.push(commit.origination);
    return super.commitOrigination(commit);
  }

  override async commitRecordings(commit: RecordingCommit): Promise<Result<void, StoreFailure>> {
    return this.isFailing ? err({ kind: 'store-unavailable' }) : super.commitRecordings(commit);
  }

  override health(): StoreHealth {
    return this.isFailing ? { ok: false, why: 'the disk is full' } : { ok: true };
  }

  /** Lets through what waits, oldest first, and all that follows. */
  letThrough(): void {
    this.isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }
}
