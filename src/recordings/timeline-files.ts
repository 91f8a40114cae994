/** The timeline of a recording as files: JSON for programs, and labels that Audacity lays under the tracks. */
import type { ConferenceSid, RecordingSid } from '../base/brands.js';
import { formatSid, parseSid, type SidStyle } from '../base/sids.js';
import type { Timeline, TimelineItem } from './timeline.js';

/** What the files say of the recording itself. */
export type TimelineHead = {
  readonly recordingSid: RecordingSid;
  readonly conferenceSid: ConferenceSid;
  /** How its account writes sids. */
  readonly sidStyle: SidStyle;
  readonly rateHz: number;
  /** Of each file. */
  readonly samples: number;
  /** What the wall clock showed at the first of them; null: nobody knows. */
  readonly startedAtMs: number | null;
};

/** Pieces of one JSON document, an entry a line. */
export function* timelineJson(
  head: TimelineHead,
  tracks: readonly { readonly number: number; readonly callSid: string; readonly label: string | null }[],
  { items, lost }: Timeline,
): Generator<string> {
  const { sidStyle } = head;
  const said = {
    version: 1,
    recording_sid: formatSid('recording', head.recordingSid, sidStyle),
    conference_sid: formatSid('conference', head.conferenceSid, sidStyle),
    start_time: head.startedAtMs === null ? null : new Date(head.startedAtMs).toISOString(),
    sample_rate_hz: head.rateHz,
    samples: head.samples,
    entries_lost: lost,
    tracks: tracks.map(({ number, callSid, label }) => ({ number, call_sid: named(callSid, sidStyle), label })),
  };
  yield `${JSON.stringify(said).slice(0, -1)},"entries":[`;
  for (const [index, item] of items.entries())
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(entryOf(item, sidStyle))}`;
  yield '\n]}\n';
}

const entryOf = ({ kind, start, end, callSid, label, detail, skippedSeconds }: TimelineItem, sidStyle: SidStyle) => ({
  kind,
  start: rounded(start),
  end: rounded(end),
  call_sid: callSid === null ? null : named(callSid, sidStyle),
  label,
  ...(detail === undefined ? {} : { [kind === 'pause' ? 'behavior' : 'cause']: detail }),
  ...(skippedSeconds === undefined ? {} : { skipped_seconds: skippedSeconds }),
});

/** A microsecond is less than a sample. */
const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** Lines of start, end and what is there, tabs between them, in seconds. */
export function* audacityLabels({ items }: Timeline, sidStyle: SidStyle): Generator<string> {
  for (const item of items) yield `${item.start.toFixed(6)}\t${item.end.toFixed(6)}\t${labelOf(item, sidStyle)}\n`;
}

function labelOf({ kind, callSid, label, detail, skippedSeconds }: TimelineItem, sidStyle: SidStyle): string {
  const sid = callSid === null ? null : named(callSid, sidStyle);
  const who = sid === null ? [] : [label === null ? sid : `${label} (${sid})`];
  const length = skippedSeconds === undefined ? [] : [`${skippedSeconds} s`];
  const words = [kind, ...who, ...(detail === undefined ? [] : [detail]), ...length].join(' ');
  // Whoever chose a label chose neither where a line ends nor what a terminal does.
  return words.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function named(callSid: string, sidStyle: SidStyle): string {
  const sid = parseSid('call', callSid);
  return sid === null ? callSid : formatSid('call', sid, sidStyle);
}
