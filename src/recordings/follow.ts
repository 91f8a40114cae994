/**
 * What a conference's own life asks of its recordings (CONTRACT §8.7): they begin with it, or with the leg they are of,
 * and none outlives what it is of.
 */
import type { CallSid, EpochMs, RecordingSid } from '../base/brands.js';
import type { Event } from '../conference/events.js';
import type { ConferenceState, LegRecording, RecordingCallback, RecordingTrim } from '../conference/state.js';
import { type RecordingChanged, type Recordings, recordingChanged } from './events.js';
import { stopped } from './life.js';
import { callSidOfRecording, isRunning, type Recording } from './recording.js';

/** CONTRACT §1.2. */
export const conferenceTrimDefault: RecordingTrim = 'trim-silence';

export type FollowInput = {
  readonly before: ConferenceState;
  readonly events: readonly Event[];
  readonly after: ConferenceState;
  readonly recordings: Recordings;
  /** What is asked for and may not be is passed over (the account may not record). */
  readonly isAllowed: boolean;
  /** Those of the conference have tracks and a timeline. */
  readonly hasTracks: boolean;
  readonly newSid: () => RecordingSid;
};

type Known = Exclude<ConferenceState, { phase: 'absent' }>;

/** In the order of `events`. */
export function recordingsFollow(input: FollowInput): readonly RecordingChanged[] {
  const { events, after } = input;
  if (after.phase === 'absent') return [];
  const stops = events.flatMap((event) => stopsOf(event, input.recordings));
  if (!input.isAllowed) return stops;
  const begins = events.flatMap((event) => beginsOf(event, after, input));
  return [...stops, ...begins];
}

function stopsOf(event: Event, recordings: Recordings): readonly RecordingChanged[] {
  if (event.kind !== 'participant-left' && event.kind !== 'conference-ended') return [];
  const callSid = event.kind === 'participant-left' ? event.callSid : null;
  return [...recordings.values()].flatMap((recording) =>
    isRunning(recording) && callSidOfRecording(recording) === callSid
      ? [recordingChanged(stopped(recording, event.atMs))]
      : [],
  );
}

function beginsOf(event: Event, after: Known, { before, newSid, hasTracks }: FollowInput): readonly RecordingChanged[] {
  if (event.kind === 'participant-joined') {
    const { callSid, recording } = event.participant;
    return recording === undefined
      ? []
      : [recordingChanged(legRecording(after, callSid, recording, newSid(), event.atMs))];
  }
  // From the start on, or once somebody who comes later is the first to say so.
  const isAsked =
    event.kind === 'conference-started' ||
    (event.kind === 'room-settings-taken' && before.phase === 'in-progress' && !asksToRecord(before));
  if (!isAsked || after.phase !== 'in-progress' || !asksToRecord(after)) return [];
  const recording = conferenceRecording(after, { source: 'conference', hasTracks }, newSid(), event.atMs);
  return [recordingChanged(recording)];
}

export const asksToRecord = (state: ConferenceState): boolean =>
  state.phase !== 'absent' && state.settings.recording?.record === true;

export type ConferenceRecordingWishes = {
  readonly source: 'conference' | 'start-conference-recording';
  /** Left out: as the room was told. */
  readonly trim?: RecordingTrim;
  readonly callback?: RecordingCallback;
  readonly hasTracks: boolean;
};

/** One that begins now. */
export function conferenceRecording(
  { accountSid, conferenceSid, settings }: Known,
  { source, trim, callback, hasTracks }: ConferenceRecordingWishes,
  sid: RecordingSid,
  atMs: EpochMs,
): Recording {
  const ofRoom = settings.recording;
  return {
    sid,
    accountSid,
    conferenceSid,
    subject: { kind: 'conference' },
    source,
    channels: 1,
    trim: trim ?? ofRoom?.trim ?? conferenceTrimDefault,
    callback: callback ?? ofRoom?.callback ?? null,
    ...(hasTracks ? { hasTracks } : {}),
    createdAtMs: atMs,
    updatedAtMs: atMs,
    life: { status: 'in-progress' },
  };
}

const legRecording = (
  { accountSid, conferenceSid }: Known,
  callSid: CallSid,
  { channels, track, trim, callback, source }: LegRecording,
  sid: RecordingSid,
  atMs: EpochMs,
): Recording => ({
  sid,
  accountSid,
  conferenceSid,
  subject: { kind: 'call', callSid, track },
  source: source ?? 'dial-verb',
  channels,
  trim,
  callback,
  createdAtMs: atMs,
  updatedAtMs: atMs,
  life: { status: 'in-progress' },
});

/** The recording of the conference itself that runs, and was begun last; null when none does. */
export function currentOf(recordings: Recordings): Recording | null {
  const running = [...recordings.values()].filter(
    (recording) => recording.subject.kind === 'conference' && isRunning(recording),
  );
  return running.at(-1) ?? null;
}
