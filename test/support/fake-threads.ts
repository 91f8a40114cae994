/** Shard threads on which no engine runs: a test plays it through the arena. */
import type { ShardThreads } from '../../src/adapters/engine/engine-pool.js';
import { assert } from '../../src/base/assert.js';
import { EngineSide } from './engine-side.js';

type Thread = { readonly engine: EngineSide; readonly end: () => void; readonly fail: (reason: string) => void };

const running = 1;

export class FakeThreads implements ShardThreads {
  readonly #threads: Thread[] = [];
  isDestroyed = false;
  /** How engines wake the pool. */
  ring = (): void => {};
  /** Else a test brings the engines up itself. */
  runsAtOnce = true;

  run(arena: Uint8Array<SharedArrayBuffer>): Promise<void> {
    const engine = new EngineSide(arena, () => this.ring());
    return new Promise((resolve, reject) => {
      this.#threads.push({ engine, end: resolve, fail: (reason) => reject(new Error(reason)) });
      if (this.runsAtOnce) engine.setControl('state', running);
    });
  }

  async destroy(): Promise<void> {
    this.isDestroyed = true;
  }

  engine(shard: number): EngineSide {
    return this.#thread(shard).engine;
  }

  bringUp(shard: number): void {
    this.engine(shard).setControl('state', running);
  }

  /** What the engine does when it sees the stop word. */
  obeyStop(): void {
    for (const { engine, end } of this.#threads) if (engine.control('stop') === 1) end();
  }

  end(shard: number): void {
    this.#thread(shard).end();
  }

  fail(shard: number, reason: string): void {
    this.#thread(shard).fail(reason);
  }

  #thread(shard: number): Thread {
    const thread = this.#threads[shard];
    assert(thread !== undefined, 'a shard of this pool');
    return thread;
  }
}

/** UDP as far as the pool can see it. */
export function fakeUdp() {
  const ports = new Map<number, number>();
  let next = 100;
  return {
    open: () => [...ports.values()].sort(),
    bindUdp: (_address: string, port: number): number => {
      next += 1;
      ports.set(next, port);
      return next;
    },
    udpPort: (descriptor: number): number => ports.get(descriptor) ?? -1,
    closeUdp: (descriptor: number): void => {
      ports.delete(descriptor);
    },
  };
}

/** The table of SRTP sessions as far as the pool can see it. */
export function fakeSrtp(capacity = 100) {
  const held = new Map<number, { readonly suite: number; readonly inbound: readonly number[] }>();
  /** Again, to another engine. */
  const offered: number[] = [];
  let next = 0x1_0000;
  return {
    held: () => [...held.keys()],
    made: (id: number) => held.get(id),
    makeSrtpSession: (suite: number, inboundKey: Uint8Array): number => {
      if (held.size === capacity) return 0;
      next += 1;
      held.set(next, { suite, inbound: [...inboundKey] });
      return next;
    },
    removeSrtpSession: (id: number): void => {
      assert(held.delete(id), 'a session is removed once');
    },
    offered,
    offerSrtpSession: (id: number): void => {
      assert(held.has(id), 'a session is offered while it is held');
      offered.push(id);
    },
  };
}

/** The table of clips as far as the pool can see it. */
export function fakeRings(capacity = 100) {
  const { clips: rings, addClip: addRing, removeClip: removeRing } = fakeClips(capacity);
  return { rings, addRing, removeRing };
}

/** A table of spans that only remembers which there are, and who was taken out of them. */
export function fakeSpans() {
  const held = new Set<number>();
  const left: { readonly id: number; readonly member: number }[] = [];
  let next = 0x1_0000;
  return {
    spans: () => [...held],
    left,
    addSpan: (): number => {
      next += 1;
      held.add(next);
      return next;
    },
    leaveSpan: (id: number, member: number): void => {
      left.push({ id, member });
    },
    removeSpan: (id: number): void => {
      held.delete(id);
    },
  };
}

export function fakeClips(capacity = 100) {
  const held = new Map<number, Uint8Array<SharedArrayBuffer>>();
  let next = 0x1_0000;
  return {
    clips: () => [...held.keys()],
    addClip: (memory: Uint8Array<SharedArrayBuffer>): number => {
      if (held.size === capacity) return 0;
      next += 1;
      held.set(next, memory);
      return next;
    },
    removeClip: (id: number): void => {
      assert(held.delete(id), 'a clip is removed once');
    },
  };
}
