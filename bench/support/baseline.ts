/** Figures kept to be compared with later ones. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Named figures; of all of them less is better, unless the name says so many a second, or `legs`. */
export type Figures = Readonly<Record<string, number>>;

type Baseline = { readonly machine: unknown; readonly figures: Figures };

const isMoreBetter = (name: string): boolean => /perSecond|a second$|^legs$/.test(name);

export function saveBaseline(path: string, machine: unknown, figures: Figures): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine, figures } satisfies Baseline, null, 2)}\n`);
}

export type Comparison = {
  readonly name: string;
  readonly before: number;
  readonly now: number;
  /** 0.1: a tenth worse. */
  readonly worse: number;
};

/** Every figure that both have; throws when there is no baseline. */
export function compareWith(path: string, figures: Figures): readonly Comparison[] {
  if (!existsSync(path)) throw new Error(`no baseline at ${path}: make one with --save-baseline`);
  const { figures: earlier }: Baseline = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(figures).flatMap(([name, now]) => {
    const before = earlier[name];
    if (before === undefined) return [];
    const change = before === 0 ? (now === 0 ? 0 : Number.POSITIVE_INFINITY) : now / before - 1;
    return [{ name, before, now, worse: isMoreBetter(name) ? -change : change }];
  });
}
