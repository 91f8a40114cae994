/** A store that takes its time: commits wait until the test lets them through, or fail. */
import { MemoryStore } from '../../src/adapters/store/memory-store.js';
import type { Commit } from '../../src/app/ports.js';
import type { Callback } from '../../src/callbacks/webhook.js';

export class SlowStore extends MemoryStore {
  readonly callbacks: Callback[];
  readonly commits: Commit[] = [];
  isHolding = false;
  failure: Error | null = null;
  readonly #held: (() => void)[] = [];

  constructor() {
    const callbacks: Callback[] = [];
    super({ append: (added) => callbacks.push(...added) });
    this.callbacks = callbacks;
  }

  override async commit(commit: Commit): Promise<void> {
    if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.failure !== null) throw this.failure;
    this.commits.push(commit);
    await super.commit(commit);
  }

  /** Lets through what waits, oldest first, and all that follows. */
  letThrough(): void {
    this.isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }
}
