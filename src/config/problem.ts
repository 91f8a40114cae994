/** What is wrong with a configuration: where it was said, which key, and the rule that it breaks. */

/** Where a setting was said. */
export type Origin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  /** Lines and columns count from 1. */
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'default' };

/** Before it is known where that was said. */
export type Fault = {
  /** Names and places of lists, from the setting down: `['accounts', 0, 'sid']`. Empty: the file as a whole. */
  readonly path: readonly PropertyKey[];
  readonly rule: string;
};

export type Problem = Fault & { readonly origin: Origin };

export const originText = (origin: Origin): string => {
  switch (origin.kind) {
    case 'flag':
      return origin.flag;
    case 'environment':
      return origin.variable;
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`;
    case 'default':
      return 'default';
  }
};

/** Those of the file as they stand in it, before the others. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const placeOf = ({ origin }: Problem) =>
    origin.kind === 'file' ? ([origin.line, origin.column] as const) : ([Number.POSITIVE_INFINITY, 0] as const);
  return problems.toSorted((one, other) => {
    const [[line, column], [otherLine, otherColumn]] = [placeOf(one), placeOf(other)];
    return line === otherLine ? column - otherColumn : line < otherLine ? -1 : 1;
  });
}

/** `parley.yaml:3:1: jitterMs: must be …`, `PARLEY_ACCOUNTS.0.sid: must be …`, `--shards: must be …`. */
export function problemText({ origin, path, rule }: Problem): string {
  const [name, ...below] = path.map(String);
  if (origin.kind === 'flag' || origin.kind === 'environment') {
    return `${[originText(origin), ...below].join('.')}: ${rule}`;
  }
  const key = name === undefined ? [] : [[name, ...below].join('.')];
  return [...(origin.kind === 'file' ? [originText(origin)] : []), ...key, rule].join(': ');
}
