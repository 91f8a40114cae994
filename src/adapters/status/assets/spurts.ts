/** When somebody spoke in the last thirty seconds, or was muted: stretches of time, in the order of beginning. */

export const shownMs = 30_000;

/** A turn that comes late makes no pause. Those of speech are longer than this, as speech is over after 500 ms. */
export const bridgedMs = 600;

export type SpurtKind = 'speech' | 'muted';
export type Spurt = { readonly kind: SpurtKind; readonly fromMs: number; readonly untilMs: number };

export class Spurts {
  #all: readonly Spurt[] = [];

  /** What is so now, by a clock that never steps. */
  note(nowMs: number, kind: SpurtKind | null): void {
    const last = this.#all.at(-1);
    const kept = this.#all.filter(({ untilMs }) => untilMs > nowMs - shownMs);
    if (kind === null) this.#all = kept;
    else if (last !== undefined && last.kind === kind && nowMs - last.untilMs <= bridgedMs) {
      this.#all = [...kept.slice(0, -1), { ...last, untilMs: nowMs }];
    } else this.#all = [...kept, { kind, fromMs: nowMs, untilMs: nowMs }];
  }

  shown(nowMs: number): readonly Spurt[] {
    const firstMs = nowMs - shownMs;
    return this.#all.flatMap((spurt) =>
      spurt.untilMs <= firstMs ? [] : [{ ...spurt, fromMs: Math.max(spurt.fromMs, firstMs) }],
    );
  }

  /** Of the time that is shown. */
  spokenMs(nowMs: number): number {
    return this.shown(nowMs).reduce(
      (sum, { kind, fromMs, untilMs }) => sum + (kind === 'speech' ? untilMs - fromMs : 0),
      0,
    );
  }
}
