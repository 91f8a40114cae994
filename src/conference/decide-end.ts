/**
 * The end for all: asked for through the API, brought by the leg whose going ends it, or what a new daemon finds that
 * was live when the last one died (CONTRACT §3.3, §8.1).
 */
import type { EpochMs } from '../base/brands.js';
import { ok, type Result } from '../base/result.js';
import type { EndCommand, Rejection } from './commands.js';
import type { ConferenceEnded, Event, LeftReason, ParticipantLeft } from './events.js';
import type { EndReason, LiveConference, Participant } from './state.js';

/** Everybody leaves in the order of joining; the end itself comes last and no leg caused it. */
export function decideEnd(
  state: LiveConference,
  { because }: EndCommand,
  nowMs: EpochMs,
): Result<readonly Event[], Rejection> {
  const isCutOff = because === 'daemon-restarted';
  const ended: ConferenceEnded = {
    kind: 'conference-ended',
    atMs: nowMs,
    reason: isCutOff ? 'daemon-restarted' : 'conference-ended-via-api',
    callSidEndingConference: null,
    labelEndingConference: null,
  };
  const reason = isCutOff ? 'daemon_restarted' : 'conference_ended_via_api';
  const left = everyoneElseLeft([...state.participants.values()], reason, nowMs);
  // Their media went with the daemon, so no call goes on.
  return ok([...(isCutOff ? left.map((each) => ({ ...each, callContinues: false })) : left), ended]);
}

/** Those who leave because the conference ends: each finishes its Dial, and its call goes on if something follows. */
export function everyoneElseLeft(
  others: readonly Participant[],
  reason: LeftReason,
  atMs: EpochMs,
): readonly ParticipantLeft[] {
  return others.map((participant) => ({
    kind: 'participant-left',
    atMs,
    callSid: participant.callSid,
    cause: null,
    reason,
    callContinues: participant.continuesAfterDial,
  }));
}

/** The end that `leaver` caused, as moderator or as the last to go. */
export const endedBy = (leaver: Participant, reason: EndReason, atMs: EpochMs): ConferenceEnded => ({
  kind: 'conference-ended',
  atMs,
  reason,
  callSidEndingConference: leaver.callSid,
  labelEndingConference: leaver.label,
});
