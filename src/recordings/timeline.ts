/**
 * What happened in a conference while it was recorded, on the clock of the files: who was in, muted, held or a coach,
 * who spoke, where the recording was paused and where something was lost.
 */
import { frameMs, type Gap, type TimelineEntry } from './course.js';
import type { Spurt } from './talk-spurts.js';

export const timelineKinds = ['join', 'leave', 'muted', 'held', 'coaching', 'talk', 'pause', 'gap'] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** `join` and `leave` are moments: they end where they start. Seconds of the file. */
export type TimelineItem = {
  readonly kind: TimelineKind;
  readonly start: number;
  readonly end: number;
  /** Null: it is about the recording itself. */
  readonly callSid: string | null;
  readonly label: string | null;
  /** Of a pause: `silence`, or `skip`. Of a gap: `disk`, `engine`, or `crash`. */
  readonly detail?: string;
  /** Of a pause that was skipped: how long it was. */
  readonly skippedSeconds?: number;
};

export type Timeline = {
  readonly items: readonly TimelineItem[];
  /** Notes and spurts that there were too many of. */
  readonly lost: number;
};

/** Of all participants of a recording. */
export const spurtsMax = 100_000;

/** Whose track it is and what is known of it; frames are those of the mix. */
export type TrackCourse = {
  readonly callSid: string;
  readonly label: string | null;
  /** Samples of the file, trimming left out already. */
  readonly spurts: readonly Spurt[];
  readonly gaps: readonly (Omit<Gap, 'why'> & { readonly why: Gap['why'] | 'crash' })[];
};

export type TimelineInput = {
  readonly rateHz: number;
  /** What is kept of the mix, in samples. */
  readonly kept: { readonly first: number; readonly end: number };
  readonly timeline: readonly TimelineEntry[];
  readonly gaps: readonly Gap[];
  readonly notesLost: number;
  readonly tracks: readonly TrackCourse[];
};

/** Between two places on the clock of the mix, in samples; the second may be open still. */
type Stretch = Omit<TimelineItem, 'start' | 'end'> & { readonly first: number; readonly end: number };

export function timelineOf(input: TimelineInput): Timeline {
  const { kept, rateHz, tracks } = input;
  const seconds = (sample: number): number => (Math.min(Math.max(sample, kept.first), kept.end) - kept.first) / rateHz;
  const placed = [...partyStretches(input), ...pauseStretches(input), ...gapStretches(input)]
    .map(({ first, end, ...item }): TimelineItem => ({ ...item, start: seconds(first), end: seconds(end) }))
    .filter(({ kind, start, end, detail }) => isMoment(kind, detail) || end > start);
  const spoken = tracks.flatMap(({ callSid, label, spurts }) =>
    spurts.map(
      ({ start, end }): TimelineItem => ({ kind: 'talk', start: start / rateHz, end: end / rateHz, callSid, label }),
    ),
  );
  const talk = spoken.sort(inOrder).slice(0, spurtsMax);
  return {
    items: [...placed, ...talk].sort(inOrder),
    lost: input.notesLost + spoken.length - talk.length,
  };
}

const isMoment = (kind: TimelineKind, detail?: string): boolean =>
  kind === 'join' || kind === 'leave' || (kind === 'pause' && detail === 'skip');

/** What begins at one moment: who comes before what it does, and what it does before it goes. */
const ranks: Readonly<Record<TimelineKind, number>> = {
  join: 0,
  muted: 1,
  held: 2,
  coaching: 3,
  talk: 4,
  pause: 5,
  gap: 6,
  leave: 7,
};
const inOrder = (a: TimelineItem, b: TimelineItem): number =>
  a.start - b.start || ranks[a.kind] - ranks[b.kind] || a.end - b.end;

const begins: Readonly<Record<string, TimelineKind>> = { mute: 'muted', hold: 'held', coach: 'coaching' };
const ends: Readonly<Record<string, TimelineKind>> = { unmute: 'muted', unhold: 'held', uncoach: 'coaching' };

/** Of one who is in: what is so of it now, and from which sample on. */
type Party = { readonly label: string | null; readonly open: Map<TimelineKind, number> };

function partyStretches({ timeline, rateHz, kept }: TimelineInput): readonly Stretch[] {
  const parties = new Map<string, Party>();
  const stretches: Stretch[] = [];
  const close = (callSid: string, { label, open }: Party, kind: TimelineKind, end: number): void => {
    const first = open.get(kind);
    if (first !== undefined && open.delete(kind)) stretches.push({ kind, first, end, callSid, label });
  };
  const closeAll = (callSid: string, party: Party, end: number): void => {
    for (const kind of [...party.open.keys()]) close(callSid, party, kind, end);
  };
  for (const entry of timeline) {
    if (entry.kind !== 'note') continue;
    const { what, who: callSid, label = null } = entry.note;
    if (callSid === null) continue;
    const at = samplesOf(entry.at, rateHz);
    const party = parties.get(callSid) ?? { label, open: new Map() };
    parties.set(callSid, party);
    const [begun, ended] = [begins[what], ends[what]];
    if (what === 'join') stretches.push({ kind: 'join', first: at, end: at, callSid, label: party.label });
    if (begun !== undefined && !party.open.has(begun)) party.open.set(begun, at);
    if (ended !== undefined) close(callSid, party, ended, at);
    if (what !== 'leave') continue;
    closeAll(callSid, party, at);
    parties.delete(callSid);
    stretches.push({ kind: 'leave', first: at, end: at, callSid, label: party.label });
  }
  for (const [callSid, party] of parties) closeAll(callSid, party, kept.end);
  return stretches;
}

function pauseStretches({ timeline, rateHz, kept }: TimelineInput): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const pause = { kind: 'pause', callSid: null, label: null } as const;
  let silentFrom: number | null = null;
  for (const entry of timeline) {
    if (entry.kind !== 'pause' && entry.kind !== 'resume') continue;
    const at = samplesOf(entry.at, rateHz);
    if (entry.kind === 'pause') {
      if (entry.mode === 'silent') silentFrom ??= at;
    } else if (entry.skipped > 0) {
      const skippedSeconds = (entry.skipped * frameMs) / 1000;
      stretches.push({ ...pause, first: at, end: at, detail: 'skip', skippedSeconds });
    } else if (silentFrom !== null) {
      stretches.push({ ...pause, first: silentFrom, end: at, detail: 'silence' });
      silentFrom = null;
    }
  }
  return silentFrom === null
    ? stretches
    : [...stretches, { ...pause, first: silentFrom, end: kept.end, detail: 'silence' }];
}

function gapStretches({ gaps, tracks, rateHz }: TimelineInput): readonly Stretch[] {
  const stretch = (
    { at, frames, why }: TrackCourse['gaps'][number],
    callSid: string | null,
    label: string | null,
  ): Stretch => ({
    kind: 'gap',
    first: samplesOf(at, rateHz),
    end: samplesOf(at + frames, rateHz),
    callSid,
    label,
    detail: why,
  });
  return [
    ...gaps.map((gap) => stretch(gap, null, null)),
    ...tracks.flatMap((track) => track.gaps.map((gap) => stretch(gap, track.callSid, track.label))),
  ];
}

const samplesOf = (frames: number, rateHz: number): number => (frames * frameMs * rateHz) / 1000;
