/**
 * All spools of the process: a tenth of them is served every 20 ms, so that each is at most 220 ms behind and the work
 * is even. While the disk stands still so does this, and the rings fill; nobody else waits.
 */
import type { RecordingSid } from '../../base/brands.js';
import { messageOf } from '../../base/thrown.js';
import type { TimelineNote } from '../../recordings/course.js';
import type { FromSpools, SpoolFigures, ToSpools } from './capture-protocol.js';
import { chunkBytes, Spool, type SpoolOrder, type SpoolParts } from './spool.js';

export const stepMs = 20;
const slices = 10;

/** A spool that grows is synced as often as this. */
const syncEveryMs = 5000;
/** Syncs at a time: each takes a thread of the pool that the whole process shares, for as long as the disk wants. */
const syncsMax = 2;
/** How long the end of a recording is tried to be written on a disk that refuses it. */
const endTriesMs = 60_000;
const figuresEveryMs = 1000;

type Held = {
  readonly spool: Spool;
  readonly slice: number;
  /** `ending`: its files are being concluded. */
  state: 'running' | 'ending';
  isFailing: boolean;
  isSyncing: boolean;
  syncedAtMs: number;
  /** When its end was seen; null before. */
  endedAtMs: number | null;
};

export type SpoolsParts = Omit<SpoolParts, 'chunk'> & {
  /** Never steps. */
  readonly monotonic: () => number;
  readonly tell: (message: FromSpools) => void;
};

const noFigures = (): Omit<SpoolFigures, 'failing' | 'unsyncedMs'> => ({
  writes: 0,
  bytes: 0,
  slowestMs: 0,
  writingMs: 0,
  failures: 0,
  gapFrames: { disk: 0, engine: 0 },
});

export class Spools {
  readonly #parts: SpoolsParts;
  readonly #chunk = new Uint8Array(chunkBytes);
  readonly #spools = new Map<RecordingSid, Held>();
  readonly #endings = new Set<Promise<void>>();
  #slice = 0;
  #opened = 0;
  #syncs = 0;
  #figures = noFigures();
  #figuresAtMs = 0;

  constructor(parts: SpoolsParts) {
    this.#parts = parts;
  }

  hear(message: Exclude<ToSpools, { kind: 'close' }>): void {
    switch (message.kind) {
      case 'open':
        this.#open(message.order);
        return;
      case 'note':
        this.#note(message.recording, message.at, message.note);
        return;
      case 'forget':
        this.#forget(message.recording);
        return;
    }
  }

  /** To be called every stepMs while there are any (SpoolsPace). */
  step(): void {
    this.#slice = (this.#slice + 1) % slices;
    for (const held of [...this.#spools.values()]) if (held.slice === this.#slice) this.#serve(held);
    this.#syncDue();
    this.#tellFigures();
  }

  /** Writes what is here, and ends what has ended: the process is about to. */
  async close(): Promise<void> {
    for (const held of [...this.#spools.values()]) this.#serve(held);
    await Promise.all(this.#endings);
    for (const { spool } of this.#spools.values()) spool.close();
  }

  size(): number {
    return this.#spools.size;
  }

  #open(order: SpoolOrder): void {
    this.#opened += 1;
    this.#spools.set(order.recording, {
      spool: new Spool(order, { ...this.#parts, chunk: this.#chunk }),
      slice: this.#opened % slices,
      state: 'running',
      isFailing: false,
      isSyncing: false,
      syncedAtMs: this.#parts.monotonic(),
      endedAtMs: null,
    });
  }

  #note(recording: RecordingSid, at: number, note: TimelineNote): void {
    this.#spools.get(recording)?.spool.note(at, note);
  }

  #forget(recording: RecordingSid): void {
    const held = this.#spools.get(recording);
    if (held === undefined || held.state === 'ending') return;
    held.spool.close();
    this.#spools.delete(recording);
    this.#parts.tell({ kind: 'forgotten', recording });
  }

  #serve(held: Held): void {
    if (held.state === 'ending') return;
    const beganAtMs = this.#parts.monotonic();
    const isAtEnd = this.#attempt(held, () => {
      const turn = held.spool.turn();
      const { disk, engine } = held.spool.takeGapFrames();
      const { gapFrames, ...figures } = this.#figures;
      this.#figures = {
        ...figures,
        writes: figures.writes + (turn.written > 0 ? 1 : 0),
        bytes: figures.bytes + turn.written,
        gapFrames: { disk: gapFrames.disk + disk, engine: gapFrames.engine + engine },
      };
      return turn.isAtEnd;
    });
    const tookMs = this.#parts.monotonic() - beganAtMs;
    this.#figures = {
      ...this.#figures,
      slowestMs: Math.max(this.#figures.slowestMs, tookMs),
      writingMs: this.#figures.writingMs + tookMs,
    };
    if (held.spool.hasEnded()) held.endedAtMs ??= this.#parts.monotonic();
    if (isAtEnd === true) {
      // Its files are closed when nobody waits for them.
      if (held.isSyncing) return;
      held.state = 'ending';
      this.#conclude(held);
    } else if (held.endedAtMs !== null) this.#giveUpInTime(held);
  }

  /** Null when the disk refused. */
  #attempt<T>(held: Held, work: () => T): T | null {
    try {
      const result = work();
      this.#noteHealth(held, null);
      return result;
    } catch (error) {
      this.#noteHealth(held, error);
      return null;
    }
  }

  #noteHealth(held: Held, error: unknown): void {
    const { recording } = held.spool.order;
    if (error === null) {
      if (held.isFailing) this.#parts.tell({ kind: 'recovered', recording });
      held.isFailing = false;
      return;
    }
    this.#figures = { ...this.#figures, failures: this.#figures.failures + 1 };
    const why = messageOf(error);
    if (!held.isFailing) this.#parts.tell({ kind: 'trouble', recording, why });
    held.isFailing = true;
  }

  /** The last header, then the line that says it is over, each on disk before what follows it. */
  #conclude(held: Held): void {
    const ending: Promise<void> = this.#concludeNow(held).then(
      () => this.#finish(held, false),
      (error: unknown) => {
        this.#noteHealth(held, error);
        // Tried again with its slice.
        held.state = 'running';
        this.#giveUpInTime(held);
      },
    );
    this.#endings.add(ending);
    void ending.finally(() => this.#endings.delete(ending));
  }

  async #concludeNow({ spool }: Held): Promise<void> {
    await this.#syncAll(spool.complete());
    await this.#syncAll(spool.conclude());
  }

  #giveUpInTime(held: Held): void {
    if (held.endedAtMs === null || this.#parts.monotonic() - held.endedAtMs < endTriesMs) return;
    this.#finish(held, true);
  }

  #finish(held: Held, isGivenUp: boolean): void {
    const { spool } = held;
    spool.close();
    this.#spools.delete(spool.order.recording);
    this.#noteHealth(held, null);
    const capture = spool.capture();
    const told = capture !== null && isGivenUp ? { ...capture, why: 'failed' as const } : capture;
    this.#parts.tell({ kind: 'over', recording: spool.order.recording, capture: told });
  }

  async #syncAll(files: readonly number[]): Promise<void> {
    for (const file of files) await this.#parts.files.sync(file);
  }

  /** Those that are due, the longest due first, as many as may be at a time. */
  #syncDue(): void {
    const nowMs = this.#parts.monotonic();
    for (const held of this.#spools.values()) {
      if (this.#syncs >= syncsMax) return;
      if (held.state === 'ending' || held.isSyncing || nowMs - held.syncedAtMs < syncEveryMs) continue;
      void this.#sync(held);
    }
  }

  async #sync(held: Held): Promise<void> {
    const startedAtMs = this.#parts.monotonic();
    const files = this.#attempt(held, () => held.spool.refresh()) ?? [];
    held.isSyncing = true;
    this.#syncs += 1;
    try {
      await this.#syncAll(files);
      held.syncedAtMs = startedAtMs;
    } catch (error) {
      this.#noteHealth(held, error);
      held.syncedAtMs = startedAtMs;
    } finally {
      this.#syncs -= 1;
      held.isSyncing = false;
    }
  }

  #tellFigures(): void {
    const nowMs = this.#parts.monotonic();
    if (nowMs - this.#figuresAtMs < figuresEveryMs) return;
    this.#figuresAtMs = nowMs;
    const all = [...this.#spools.values()];
    const failing = all.filter(({ isFailing }) => isFailing).length;
    const unsyncedMs = Math.max(0, ...all.map(({ syncedAtMs }) => nowMs - syncedAtMs));
    this.#parts.tell({ kind: 'figures', figures: { ...this.#figures, failing, unsyncedMs } });
    this.#figures = noFigures();
  }
}
