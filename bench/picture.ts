/** The picture of a run: CPU of a leg-frame as a multiple of the bare echo's, each round a bar. */
import type { Ink, Scene, Shape } from '../src/cli/draw/scene.js';

/** Of one round, each as a multiple of the echo of the same round. */
export type RoundRatio = {
  /** Of the engine threads, and of all else in the process. */
  readonly engine: number;
  readonly rest: number;
};

const gutter = 130;
const plotWidth = 700;
const rowHeight = 34;
const headHeight = 76;
const footHeight = 40;
const inks = {
  paper: '#ffffff',
  dark: '#1f2937',
  grey: '#9ca3af',
  engine: '#2563eb',
  rest: '#f59e0b',
} satisfies Record<string, Ink>;

export function ratioPicture(title: string, rounds: readonly RoundRatio[]): Scene {
  const largest = Math.max(2, ...rounds.map(({ engine, rest }) => engine + rest));
  const widthOf = (ratio: number): number => (plotWidth * ratio) / largest;
  const rows: readonly (RoundRatio & { readonly name: string; readonly ink: Ink })[] = [
    { name: 'bare echo', engine: 1, rest: 0, ink: inks.grey },
    ...rounds.map((round, index) => ({ ...round, name: `round ${index + 1}`, ink: inks.engine })),
  ];
  const bottom = headHeight + rows.length * rowHeight;
  const bars = rows.flatMap(({ name, engine, rest, ink }, index): Shape[] => {
    const y = headHeight + index * rowHeight;
    const x = gutter + widthOf(engine);
    return [
      { kind: 'text', x: 20, y: y + 18, size: 7, text: name, ink: inks.dark },
      { kind: 'box', x: gutter, y: y + 4, width: widthOf(engine), height: rowHeight - 12, ink },
      { kind: 'box', x, y: y + 4, width: widthOf(rest), height: rowHeight - 12, ink: inks.rest },
      { kind: 'text', x: x + widthOf(rest) + 8, y: y + 18, size: 7, text: (engine + rest).toFixed(2), ink: inks.dark },
    ];
  });
  return {
    width: gutter + plotWidth + 60,
    height: bottom + footHeight,
    background: inks.paper,
    shapes: [
      { kind: 'text', x: 20, y: 30, size: 14, text: title, ink: inks.dark },
      { kind: 'text', x: 20, y: 54, size: 7, text: 'CPU of a leg-frame / that of the echo: engine', ink: inks.engine },
      { kind: 'text', x: 310, y: 54, size: 7, text: '+ rest of the process', ink: inks.rest },
      ...bars,
      { kind: 'box', x: gutter + widthOf(1), y: headHeight, width: 1, height: bottom - headHeight, ink: inks.dark },
    ],
  };
}
