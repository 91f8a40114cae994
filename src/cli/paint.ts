/** Colour for a terminal, and only for one: NO_COLOR and pipes are respected, FORCE_COLOR insists. */

const codes = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export type PaintSettings = {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export function createPaint({ isTerminal, environment }: PaintSettings): Paint {
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0';
  const coloured = environment.NO_COLOR === undefined && (forced || isTerminal);
  return (colour, text) => (coloured ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}
