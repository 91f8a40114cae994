/** A leg comes in (CONTRACT §1.3, §8.1, §8.3, §8.4). */
import { assert } from '../base/assert.js';
import { type EpochMs, epochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import { coachRefusal } from './coaching.js';
import type { JoinCommand, Rejection } from './commands.js';
import type { Event } from './events.js';
import { capacityOf, settingsWith } from './room-settings.js';
import { mayStart } from './start-rule.js';
import type { AbsentConference, LiveConference, Participant, RoomSettings } from './state.js';

/** The first leg creates the conference; a later one may be the second that it takes to start. */
export function decideJoin(
  state: AbsentConference | LiveConference,
  command: JoinCommand,
  nowMs: EpochMs,
): Result<readonly Event[], Rejection> {
  const newcomer = newcomerOf(command, nowMs);
  const joined: Event = { kind: 'participant-joined', atMs: nowMs, participant: newcomer };
  if (state.phase === 'absent') {
    const refusal = refusalOf(state, [], command, command.roomRequest);
    return refusal === null ? ok([createdBy(command, nowMs), joined]) : err(refusal);
  }

  assert(state.accountSid === command.accountSid, 'a leg joins a conference of its own account');
  assert(state.room === command.room, 'a leg joins the conference of the room it names');
  const present = [...state.participants.values()];
  const settings = settingsWith(state.settings, command.roomRequest);
  const refusal = refusalOf(state, present, command, settings);
  if (refusal !== null) return err(refusal);

  const events: Event[] = [];
  if (settings !== state.settings) events.push({ kind: 'room-settings-taken', atMs: nowMs, settings });
  events.push(joined);
  if (state.phase === 'init' && mayStart([...present, newcomer])) {
    events.push({ kind: 'conference-started', atMs: nowMs, callSid: newcomer.callSid });
  }
  return ok(events);
}

/**
 * The first reason that keeps the leg out. Capacity is that of the room with the newcomer in it, so the first leg to
 * name a limit is measured by the limit it brings, and no room is ever fuller than its settings allow.
 */
function refusalOf(
  state: AbsentConference | LiveConference,
  present: readonly Participant[],
  command: JoinCommand,
  settings: RoomSettings,
): Rejection | null {
  const { callSid, label, coach } = command;
  if (present.some((participant) => participant.callSid === callSid)) return { kind: 'already-joined', callSid };
  const maxParticipants = capacityOf(settings);
  if (present.length >= maxParticipants) return { kind: 'conference-full', maxParticipants };
  if (label !== null && present.some((participant) => participant.label === label)) {
    return { kind: 'label-in-use', label };
  }
  return coach === null ? null : coachRefusal(state, callSid, coach);
}

const createdBy = (command: JoinCommand, nowMs: EpochMs): Event => ({
  kind: 'conference-created',
  atMs: nowMs,
  accountSid: command.accountSid,
  conferenceSid: command.newConferenceSid,
  room: command.room,
  settings: command.roomRequest,
});

const newcomerOf = (command: JoinCommand, nowMs: EpochMs): Participant => ({
  callSid: command.callSid,
  call: command.call,
  label: command.label,
  joinedAtMs: nowMs,
  updatedAtMs: nowMs,
  timeLimitAtMs: epochMs(nowMs + command.timeLimitSeconds * 1000),
  muted: command.muted,
  hold: null,
  wait: command.wait,
  beep: command.beep,
  startConferenceOnEnter: command.startConferenceOnEnter,
  endConferenceOnExit: command.endConferenceOnExit,
  coaching: command.coach === null ? null : { target: command.coach },
  speaking: false,
  continuesAfterDial: command.continuesAfterDial,
  ...(command.recording === undefined ? {} : { recording: command.recording }),
});
