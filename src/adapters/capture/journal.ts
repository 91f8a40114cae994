/**
 * The journal beside a spool: what the samples do not say, a line for each entry, each with its checksum. Lines are
 * only appended, so that after a crash all of them are whole but perhaps the last. Bytes from the disk are parsed by a
 * total function.
 */
import { crc32 } from 'node:zlib';
import type { Capture, Channels } from '../../app/recordings/recorder-port.js';
import type { RecordingSid } from '../../base/brands.js';
import type { Gap, TimelineEntry } from '../../recordings/course.js';

export type Begin = {
  readonly kind: 'begin';
  readonly recording: RecordingSid;
  readonly memo: string;
  readonly rateHz: number;
  readonly channels: Channels;
  /** Of the first frame: what the wall clock showed, and its turn, as all shards count; null when there is none. */
  readonly wallMs: number | null;
  readonly turn: number | null;
};

export type End = {
  readonly kind: 'end';
  readonly frames: number;
  readonly why: Capture['why'];
  readonly notesLost: number;
};

export type JournalLine = Begin | TimelineEntry | ({ readonly kind: 'gap' } & Gap) | End;

export function journalText(lines: readonly JournalLine[]): string {
  return lines.map((line) => textOf(JSON.stringify(line))).join('');
}

const textOf = (json: string): string => `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;

/** Larger journals are read no further. */
export const journalBytesMax = 64 * 1024 * 1024;

/** Lines from the first to the last before one that is not whole, or is none of these. Never throws. */
export function parseJournal(bytes: Uint8Array): readonly JournalLine[] {
  const text = new TextDecoder().decode(bytes.subarray(0, journalBytesMax));
  const lines: JournalLine[] = [];
  let at = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    const line = parseLine(text.slice(at, end));
    if (line === null || (line.kind === 'begin') !== (lines.length === 0)) break;
    lines.push(line);
    if (line.kind === 'end') break;
    at = end + 1;
  }
  return lines;
}

function parseLine(text: string): JournalLine | null {
  const json = text.slice(9);
  if (!/^[0-9a-f]{8} $/.test(text.slice(0, 9)) || crc32(json) !== Number.parseInt(text.slice(0, 8), 16)) return null;
  try {
    const value: unknown = JSON.parse(json);
    return isLine(value) ? value : null;
  } catch {
    return null;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value);
const isText = (value: unknown): boolean => typeof value === 'string';

type Fields = Readonly<Record<string, unknown>>;

const isNote = (note: unknown): boolean => {
  if (typeof note !== 'object' || note === null) return false;
  const { what, who, label } = note as Fields;
  return isText(what) && (who === null || isText(who)) && (label === undefined || isText(label));
};

/** By kind, what its fields must be. */
const rules: Readonly<Record<string, (line: Fields) => boolean>> = {
  begin: ({ recording, memo, rateHz, channels, wallMs, turn }) =>
    isText(recording) &&
    isText(memo) &&
    isCount(rateHz) &&
    rateHz > 0 &&
    rateHz % 50 === 0 &&
    (channels === 1 || channels === 2) &&
    isCountOrNull(wallMs) &&
    isCountOrNull(turn),
  note: ({ at, note }) => isCount(at) && isNote(note),
  pause: ({ at, mode }) => isCount(at) && (mode === 'silent' || mode === 'skipping'),
  resume: ({ at, skipped }) => isCount(at) && isCount(skipped),
  clock: ({ at, wallMs }) => isCount(at) && isCount(wallMs),
  gap: ({ at, frames, why }) => isCount(at) && isCount(frames) && (why === 'disk' || why === 'engine'),
  end: ({ frames, why, notesLost }) => isCount(frames) && (why === 'ended' || why === 'failed') && isCount(notesLost),
};

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null) return false;
  const { kind } = value as Fields;
  if (typeof kind !== 'string' || !Object.hasOwn(rules, kind)) return false;
  return rules[kind]?.(value as Fields) === true;
}

/** Null when they do not begin. `frames`: how many the spool has, where no end says so. */
export function captureOf(lines: readonly JournalLine[], audioPath: string, frames: number): Capture | null {
  const [begin] = lines;
  if (begin?.kind !== 'begin') return null;
  const end = lines.at(-1);
  const length = end?.kind === 'end' ? end.frames : frames;
  const gaps = lines.flatMap((line) => (line.kind === 'gap' ? [gapWithin(line, length)] : []));
  return {
    recording: begin.recording,
    memo: begin.memo,
    audioPath,
    rateHz: begin.rateHz,
    channels: begin.channels,
    frames: length,
    startedAtMs: begin.wallMs,
    firstTurn: begin.turn,
    gaps: gaps.filter((gap) => gap.frames > 0),
    timeline: lines.filter(isTimeline),
    notesLost: end?.kind === 'end' ? end.notesLost : 0,
    why: end?.kind === 'end' ? end.why : 'failed',
  };
}

/** What was written of a gap before a crash. */
function gapWithin({ at, frames, why }: Gap, length: number): Gap {
  return { at: Math.min(at, length), frames: Math.max(0, Math.min(frames, length - at)), why };
}

const isTimeline = (line: JournalLine): line is TimelineEntry =>
  line.kind === 'note' || line.kind === 'pause' || line.kind === 'resume' || line.kind === 'clock';
