/** What happened becomes what is: the only way a conference changes. */
import { assert, assertNever } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type { ConferenceCreated, ConferenceEnded, Event } from './events.js';
import type {
  CompletedConference,
  ConferenceState,
  LiveConference,
  Participant,
  RunningConference,
  WaitingConference,
} from './state.js';

type Participants = ReadonlyMap<CallSid, Participant>;
/** What is heard in a conference, and who did not come into it, is no update of it. */
const changesNothing: readonly Event['kind'][] = [
  'participant-speech-changed',
  'announcement-ended',
  'participant-add-failed',
];

type Editor = (participants: Participants) => Map<CallSid, Participant>;

/** The state after `event`; `state` stays as it was. Never fails: an event that cannot have happened is a bug. */
export function evolve(state: ConferenceState, event: Event): ConferenceState {
  return evolveAll(state, [event]);
}

/**
 * The state after `events`, in order. Copies the participants once, not once an event: all may leave in one command.
 */
export function evolveAll(state: ConferenceState, events: readonly Event[]): ConferenceState {
  const edit = editorOfOneCopy();
  return events.reduce<ConferenceState>((reached, event) => step(reached, event, edit), state);
}

/** Copies the map it is first given, then hands out that same copy: no state between two events is ever seen. */
function editorOfOneCopy(): Editor {
  let copy: Map<CallSid, Participant> | null = null;
  return (participants) => {
    if (copy === null || copy !== participants) copy = new Map(participants);
    return copy;
  };
}

function step(state: ConferenceState, event: Event, edit: Editor): ConferenceState {
  if (event.kind === 'conference-created') {
    assert(state.phase === 'absent', 'a conference is created once');
    return created(event);
  }
  assert(state.phase === 'init' || state.phase === 'in-progress', `${event.kind} happens to a live conference`);
  const updatedAtMs = changesNothing.includes(event.kind) ? state.updatedAtMs : event.atMs;
  const live: LiveConference = { ...state, updatedAtMs };
  switch (event.kind) {
    case 'room-settings-taken':
      return { ...live, settings: event.settings };
    case 'participant-joined':
      return { ...live, participants: joined(live.participants, event.participant, edit) };
    case 'conference-started':
      assert(live.phase === 'init', 'a conference starts once');
      return { ...live, phase: 'in-progress', startedAtMs: event.atMs };
    case 'participant-left':
      return { ...live, participants: left(live.participants, event.callSid, edit) };
    case 'conference-ended':
      return completed(live, event);
    case 'participant-muted':
      return changed(live, event.callSid, { muted: event.muted, updatedAtMs }, edit);
    case 'participant-held':
      return changed(live, event.callSid, { hold: event.hold, updatedAtMs }, edit);
    case 'participant-modified':
      return changed(live, event.callSid, { updatedAtMs, ...event.changes }, edit);
    case 'participant-speech-changed':
      return changed(live, event.callSid, { speaking: event.speaking }, edit);
    case 'announcement-ended':
    case 'participant-add-failed':
      return live;
    default:
      return assertNever(event);
  }
}

const created = ({ accountSid, conferenceSid, room, settings, atMs }: ConferenceCreated): WaitingConference => ({
  phase: 'init',
  accountSid,
  conferenceSid,
  room,
  settings,
  createdAtMs: atMs,
  updatedAtMs: atMs,
  participants: new Map(),
});

function joined(participants: Participants, newcomer: Participant, edit: Editor): Participants {
  assert(!participants.has(newcomer.callSid), 'a call joins once');
  return edit(participants).set(newcomer.callSid, newcomer);
}

/** The coaches of the leg that goes stay, and are heard by nobody (CONTRACT §8.3). */
function left(participants: Participants, callSid: CallSid, edit: Editor): Participants {
  const staying = edit(participants);
  assert(staying.delete(callSid), 'only a participant leaves');
  for (const coach of staying.values()) {
    if (coach.coaching?.target === callSid) staying.set(coach.callSid, { ...coach, coaching: { target: null } });
  }
  return staying;
}

function changed(
  live: LiveConference,
  callSid: CallSid,
  changes: Partial<Participant>,
  edit: Editor,
): WaitingConference | RunningConference {
  const participant = live.participants.get(callSid);
  assert(participant !== undefined, 'only a participant changes');
  return { ...live, participants: edit(live.participants).set(callSid, { ...participant, ...changes }) };
}

function completed(live: LiveConference, event: ConferenceEnded): CompletedConference {
  assert(live.participants.size === 0, 'everybody has left before the end');
  const { accountSid, conferenceSid, room, createdAtMs, updatedAtMs, settings } = live;
  return {
    phase: 'completed',
    accountSid,
    conferenceSid,
    room,
    createdAtMs,
    updatedAtMs,
    settings,
    startedAtMs: live.phase === 'in-progress' ? live.startedAtMs : null,
    endedAtMs: event.atMs,
    endReason: event.reason,
    callSidEndingConference: event.callSidEndingConference,
  };
}
