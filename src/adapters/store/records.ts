/** Commits, conferences and callbacks as the texts that are kept of them, and back. Pure. */
import type { ConferenceSummary, KnownParticipant } from '../../app/conferences/conference-lists.js';
import { noWishes } from '../../app/originations/call-wishes.js';
import { isOver, type Origination } from '../../app/originations/origination.js';
import type { Commit, Happening, JournalEntry, OriginationCommit, StoredConference } from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import { type AccountSid, type ConferenceSid, epochMs } from '../../base/brands.js';
import { receiverOf } from '../../callbacks/receiver.js';
import { type Callback, lineOf } from '../../callbacks/webhook.js';
import type { LeftReason } from '../../conference/events.js';
import {
  type CompletedConference,
  type ConferenceState,
  type LiveConference,
  type Participant,
  participantsOf,
} from '../../conference/state.js';
import type { ParticipantRow } from './list-protocol.js';
import { eventRecord, recordingRecordsOf } from './recording-records.js';
import type {
  CommitRecord,
  ConferenceRecord,
  EventRecord,
  OriginationRecord,
  SummaryRecord,
} from './store-protocol.js';
import type { CallbackRecord } from './written-records.js';

type KnownConference = Exclude<ConferenceState, { phase: 'absent' }>;

/**
 * Times are whole milliseconds on disk. Only what differs from `before` is written: a room of a thousand is not written
 * anew because one is muted.
 */
export function commitRecord({
  accountSid,
  before,
  state,
  nextSequence,
  events,
  trace,
  traces,
  callbacks,
}: Commit): CommitRecord {
  assert(state.phase !== 'absent', 'what is committed is of a conference that came to be');
  assert(state.accountSid === accountSid, 'a conference is committed for its own account');
  assert(
    callbacks.every((callback) => callback.accountSid === accountSid),
    'an account is told only of its own',
  );
  const [was, is] = [participantsOf(before), participantsOf(state)];
  const left = events.flatMap((event) =>
    event.kind === 'participant-left'
      ? [{ call: event.callSid, atMs: Math.round(event.atMs), reason: event.reason }]
      : [],
  );
  const hasLeft = new Set<string>(left.map(({ call }) => call));
  const changed: CommitRecord['changed'][number][] = [];
  for (const [call, participant] of is) {
    if (was.get(call) === participant) continue;
    const hasJoined = !was.has(call) || hasLeft.has(call);
    changed.push({
      call,
      hasJoined,
      joinedAtMs: Math.round(participant.joinedAtMs),
      data: JSON.stringify(participant),
    });
  }
  return {
    account: accountSid,
    conference: state.conferenceSid,
    isLive: state.phase !== 'completed',
    atMs: Math.round(state.updatedAtMs),
    nextSequence,
    room: state.room,
    phase: state.phase,
    hasNewPhase: before.phase !== state.phase,
    createdAtMs: Math.round(state.createdAtMs),
    state: JSON.stringify(state.phase === 'completed' ? state : { ...state, participants: undefined }),
    changed,
    left,
    events: events.map((event) => eventRecord(event, traces?.get(event) ?? trace)),
    recordings: recordingRecordsOf(events),
    callbacks: callbacks.map(callbackRecord),
  };
}

/** A daemon before this one knew of no notice at the end. */
function keptOf(state: string): CompletedConference | Omit<LiveConference, 'participants'> {
  const kept: ReturnType<typeof keptOf> = JSON.parse(state);
  return { ...kept, settings: Object.assign({ eventCallbackUrl: null }, kept.settings) };
}

export const summaryOfRecord = ({ state, participantCount }: SummaryRecord): ConferenceSummary =>
  ({ ...keptOf(state), participantCount }) as ConferenceSummary;

export function conferenceOf({ state, participants }: ConferenceRecord): KnownConference {
  const known = keptOf(state);
  if (known.phase === 'completed') return known;
  const present = participants.map(participantOf);
  return { ...known, participants: new Map(present.map((each) => [each.callSid, each])) } as LiveConference;
}

/** A daemon before this one did not keep when it was last changed. */
function participantOf(data: string): Participant {
  const kept: Participant = JSON.parse(data);
  return { ...kept, updatedAtMs: kept.updatedAtMs ?? kept.joinedAtMs };
}

export const knownParticipantOf = ({ data, left_at: atMs, left_reason: reason }: ParticipantRow): KnownParticipant => ({
  ...participantOf(data),
  left: atMs === null || reason === null ? null : { atMs: epochMs(atMs), reason: reason as LeftReason },
});

export function unfinishedOf(record: ConferenceRecord): StoredConference {
  const state = conferenceOf(record);
  assert(state.phase !== 'completed', 'a conference that was completed is finished');
  return { state, nextSequence: record.nextSequence };
}

export function entryOf(accountSid: AccountSid, { cursor, conference, atMs, trace, data }: EventRecord): JournalEntry {
  const event: Happening = JSON.parse(data);
  return {
    cursor: BigInt(cursor),
    accountSid,
    conferenceSid: conference as ConferenceSid,
    atMs: epochMs(atMs),
    event,
    traceId: trace,
  };
}

/** One that is over is not kept, and of none what the platform was asked for: no later daemon asks it. */
export function originationRecord({ origination, events, trace, callbacks }: OriginationCommit): OriginationRecord {
  const { accountSid, callSid, conferenceSid, updatedAtMs } = origination;
  return {
    account: accountSid,
    call: callSid,
    conference: conferenceSid,
    atMs: Math.round(updatedAtMs),
    data: isOver(origination) ? null : JSON.stringify({ ...origination, wishes: noWishes }),
    events: events.map((event) => eventRecord(event, trace)),
    callbacks: callbacks.map(callbackRecord),
  };
}

/** A daemon before this one knew nothing of what the platform was asked for, nor of who answered. */
export const originationOf = (data: string): Origination => ({
  wishes: noWishes,
  answeredBy: null,
  ...(JSON.parse(data) as Omit<Origination, 'wishes' | 'answeredBy'>),
});

export function callbackRecord(callback: Callback): CallbackRecord {
  const data = JSON.stringify({ ...callback, parameters: [...callback.parameters] });
  return { id: callback.id, line: lineOf(callback), receiver: receiverOf(callback.target), data };
}

export function callbackOf(data: string): Callback {
  const kept: Omit<Callback, 'parameters'> & { readonly parameters: readonly [string, string][] } = JSON.parse(data);
  return { ...kept, parameters: new Map(kept.parameters) };
}
