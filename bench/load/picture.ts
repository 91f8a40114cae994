/** Pictures of a load: bars, one a row, of what a leg-frame cost, engine and rest. */
import type { Ink, Scene, Shape } from '../../src/cli/draw/scene.js';

export type Bar = {
  readonly name: string;
  /** CPU of the engine threads and of all else, in the picture's unit. */
  readonly engine: number;
  readonly rest: number;
  /** Said beside the bar. */
  readonly note: string;
  /** Whether it met what was asked of it; null for what is only there to compare with. */
  readonly isGood: boolean | null;
};

const gutter = 130;
const plotWidth = 640;
const noteWidth = 430;
const rowHeight = 34;
const headHeight = 76;
const footHeight = 24;
const inks = {
  paper: '#ffffff',
  dark: '#1f2937',
  grey: '#9ca3af',
  engine: '#2563eb',
  bad: '#dc2626',
  rest: '#f59e0b',
} satisfies Record<string, Ink>;

const inkOf = ({ isGood }: Bar): Ink => (isGood === null ? inks.grey : isGood ? inks.engine : inks.bad);

/** `unit` says what the bars are of. */
export function barPicture(title: string, unit: string, bars: readonly Bar[]): Scene {
  const largest = Math.max(1e-9, ...bars.map(({ engine, rest }) => engine + rest));
  const widthOf = (value: number): number => (plotWidth * Math.max(0, value)) / largest;
  const rows = bars.flatMap((bar, index): Shape[] => {
    const y = headHeight + index * rowHeight;
    const x = gutter + widthOf(bar.engine);
    const end = x + widthOf(bar.rest) + 8;
    return [
      { kind: 'text', x: 20, y: y + 18, size: 7, text: bar.name, ink: inks.dark },
      { kind: 'box', x: gutter, y: y + 4, width: widthOf(bar.engine), height: rowHeight - 12, ink: inkOf(bar) },
      { kind: 'box', x, y: y + 4, width: widthOf(bar.rest), height: rowHeight - 12, ink: inks.rest },
      { kind: 'text', x: end, y: y + 18, size: 7, text: bar.note, ink: inks.dark },
    ];
  });
  return {
    width: gutter + plotWidth + noteWidth,
    height: headHeight + bars.length * rowHeight + footHeight,
    background: inks.paper,
    shapes: [
      { kind: 'text', x: 20, y: 30, size: 14, text: title, ink: inks.dark },
      { kind: 'text', x: 20, y: 54, size: 7, text: `${unit}: engine`, ink: inks.engine },
      { kind: 'text', x: 20 + 7 * (unit.length + 11), y: 54, size: 7, text: '+ rest of the process', ink: inks.rest },
      ...rows,
    ],
  };
}
