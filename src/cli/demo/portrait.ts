/** The picture of the demo: for each caller what it said and, below, what it heard, in the colours of the voices. */
import { textWidth } from '../draw/png.js';
import type { Ink, Scene, Shape } from '../draw/scene.js';
import type { Performance } from './director.js';
import { evidenceRateHz, type Heard, type Utterance } from './evidence.js';
import { cast, type Name, names } from './screenplay.js';

const gutter = 170;
const plotWidth = 1400;
const headHeight = 150;
const laneHeight = 124;
const saidHeight = 40;
const footHeight = 44;
const margin = 20;

/** Peak that fills a lane: speech and not the largest sample there could be. */
const fullPeak = 18_000;
const silentPeak = 24;

const paper: Ink = '#ffffff';
const dark: Ink = '#1f2937';
const grey: Ink = '#9ca3af';
const pale: Ink = '#f3f4f6';
const rule: Ink = '#d1d5db';

type Axis = { readonly fromMs: number; readonly toMs: number };

const columnMs = ({ fromMs, toMs }: Axis): number => (toMs - fromMs) / plotWidth;
const xOf = (axis: Axis, atMs: number): number => gutter + (atMs - axis.fromMs) / columnMs(axis);

/** Peak of each pixel column of a sound that begins at `startedAtMs`. */
function peaks(axis: Axis, startedAtMs: number, samples: Int16Array): readonly number[] {
  const perColumn = (columnMs(axis) * evidenceRateHz) / 1000;
  const first = ((axis.fromMs - startedAtMs) * evidenceRateHz) / 1000;
  return Array.from({ length: plotWidth }, (_, column) => {
    const from = Math.max(0, Math.floor(first + column * perColumn));
    const to = Math.max(0, Math.floor(first + (column + 1) * perColumn));
    let peak = 0;
    for (let index = from; index < to; index++) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
    return peak;
  });
}

/** Whose voice a column of a recording shows: those who speak then and are to be heard take turns, column by column. */
function inkAt(utterances: readonly Utterance[], listener: Name, atMs: number, column: number): Ink {
  const lateMs = 150;
  const speakers = utterances.filter(({ who, heardBy, startedAtMs, samples }) => {
    const endedAtMs = startedAtMs + (samples.length * 1000) / evidenceRateHz + lateMs;
    return who !== listener && heardBy.includes(listener) && atMs >= startedAtMs && atMs <= endedAtMs;
  });
  const speaker = speakers[Math.floor(column / 3) % Math.max(1, speakers.length)];
  return speaker === undefined ? grey : cast[speaker.who].ink;
}

function saidWave(axis: Axis, { utterances }: Performance, name: Name, y: number): Shape {
  const loudest = new Array<number>(plotWidth).fill(0);
  for (const { who, startedAtMs, samples } of utterances) {
    if (who !== name) continue;
    peaks(axis, startedAtMs, samples).forEach((peak, column) => {
      loudest[column] = Math.max(loudest[column] ?? 0, peak);
    });
  }
  const columns = loudest.map((peak) => ({
    peak: Math.min(1, peak / fullPeak),
    ink: peak > silentPeak ? cast[name].ink : rule,
  }));
  return { kind: 'wave', x: gutter, y, halfHeight: saidHeight / 2 - 2, columns };
}

function heardWave(axis: Axis, { utterances }: Performance, heard: Heard, y: number): Shape {
  const columns = peaks(axis, heard.startedAtMs, heard.samples).map((peak, column) => ({
    peak: Math.min(1, peak / fullPeak),
    ink: peak > silentPeak ? inkAt(utterances, heard.who, axis.fromMs + column * columnMs(axis), column) : rule,
  }));
  return { kind: 'wave', x: gutter, y, halfHeight: (laneHeight - saidHeight) / 2 - 8, columns };
}

function lane(axis: Axis, performance: Performance, name: Name, index: number): readonly Shape[] {
  const top = headHeight + index * laneHeight;
  const heard = performance.recordings.find(({ who }) => who === name);
  const heardY = top + saidHeight + (laneHeight - saidHeight) / 2 - 4;
  return [
    { kind: 'box', x: gutter, y: top + saidHeight, width: plotWidth, height: laneHeight - saidHeight - 8, ink: pale },
    { kind: 'text', x: margin, y: top + 26, size: 14, text: name, ink: cast[name].ink },
    { kind: 'text', x: margin, y: top + 46, size: 7, text: cast[name].role, ink: grey },
    { kind: 'text', x: gutter - 44, y: top + 24, size: 7, text: 'said', ink: grey },
    { kind: 'text', x: gutter - 44, y: heardY + 4, size: 7, text: 'heard', ink: grey },
    saidWave(axis, performance, name, top + saidHeight / 2),
    ...(heard === undefined ? [] : [heardWave(axis, performance, heard, heardY)]),
  ];
}

/** Labels take turns on rows, so that neighbours do not write over each other. */
const labelRows = 5;
const labelSize = 7;
const labelGap = 3;
const pictureWidth = gutter + plotWidth + margin;

/** Right of its line; left of it where the picture would cut it off. */
function labelX(lineX: number, text: string): number {
  const width = textWidth(text, labelSize);
  return lineX + labelGap + width <= pictureWidth - margin ? lineX + labelGap : lineX - labelGap - width;
}

export function portrait(performance: Performance, title: string): Scene {
  const { marks, utterances } = performance;
  const fromMs = (marks[0]?.atMs ?? 0) - 300;
  const lastMs = Math.max(...utterances.map(({ startedAtMs, samples }) => startedAtMs + samples.length / 8));
  const axis: Axis = { fromMs, toMs: Math.max(lastMs, marks.at(-1)?.atMs ?? 0) + 1200 };
  const bottom = headHeight + names.length * laneHeight;
  const seconds = Array.from({ length: Math.ceil((axis.toMs - fromMs) / 5000) }, (_, index) => index * 5);
  return {
    width: pictureWidth,
    height: bottom + footHeight,
    background: paper,
    shapes: [
      { kind: 'text', x: margin, y: 34, size: 14, text: title, ink: dark },
      ...names.flatMap((name, index) => lane(axis, performance, name, index)),
      ...marks.flatMap(({ atMs, text }, index): Shape[] => {
        const x = Math.round(xOf(axis, atMs));
        const y = 62 + (index % labelRows) * 18;
        return [
          { kind: 'box', x, y: y + 3, width: 1, height: bottom - y - 11, ink: rule },
          { kind: 'text', x: labelX(x, text), y, size: labelSize, text, ink: dark },
        ];
      }),
      ...seconds.map((second): Shape => {
        const x = Math.round(xOf(axis, fromMs + second * 1000));
        return { kind: 'text', x, y: bottom + 22, size: 7, text: `${second} s`, ink: grey };
      }),
    ],
  };
}
