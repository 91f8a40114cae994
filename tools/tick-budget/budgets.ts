/** The budgets of docs/tick.md, and what was counted beside them. */

/** Instructions for a leg and frame. */
export type Budget = {
  readonly phase: string;
  /** Method of the engine; null of the row that stands for all. */
  readonly method: string | null;
  readonly budget: number;
};

export type Verdict = { readonly phase: string; readonly counted: number; readonly budget: number };

/** Of a function: instructions in it and in what it calls, and how often it was called. */
export type Count = { readonly instructions: number; readonly calls: number };

/** Who is called once for each leg and frame. */
const onceALegFrame = 'RtpMedia::PullFrame';

const numberIn = (text: string): number => Number(text.replaceAll(',', ''));

/** Rows `| phase | method | counted | budget |` of a page. */
export function budgetsIn(page: string): readonly Budget[] {
  const rows = page.matchAll(/^\| ([^|]+) \| (?:`(\w+)`)? *\| [\d,]+ \| ([\d,]+) \|$/gm);
  return [...rows].map(([, phase = '', method, budget = '']) => ({
    phase: phase.replace(/,? some .*/, ''),
    method: method ?? null,
    budget: numberIn(budget),
  }));
}

/** By `Class::Method`, of `callgrind_annotate --inclusive=yes --tree=caller`: blocks of callers, then the called. */
export function countsIn(annotated: string): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  let calls = 0;
  for (const line of annotated.split('\n')) {
    const [, instructions = '', mark, rest = ''] = /^ *([\d,]+) \([ \d.]+%\) {2}([<*]) +(.*)$/.exec(line) ?? [];
    if (mark === undefined) calls = 0;
    if (mark === '<') calls += numberIn(/\(([\d,]+)x\)/.exec(rest)?.[1] ?? '0');
    const name = mark === '*' ? /:parley::(\w+::\w+)\(/.exec(rest)?.[1] : undefined;
    if (name !== undefined) counts.set(name, { instructions: numberIn(instructions), calls });
  }
  return counts;
}

/** Throws when a method is no function of its own, as where files are optimised as one. */
export function verdictsOf(budgets: readonly Budget[], counts: ReadonlyMap<string, Count>): readonly Verdict[] {
  const countOf = (name: string): Count => {
    const count = counts.get(name);
    if (count === undefined) throw new Error(`no function ${name} was seen`);
    return count;
  };
  const legFrames = countOf(onceALegFrame).calls;
  const eachOf = (method: string): number => countOf(`Engine::${method}`).instructions / legFrames;
  const sum = budgets.reduce((total, { method }) => total + (method === null ? 0 : eachOf(method)), 0);
  return budgets.map(({ phase, method, budget }) => ({
    phase,
    budget,
    counted: Math.round(method === null ? sum : eachOf(method)),
  }));
}
