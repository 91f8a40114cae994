/** Participants as parley.v1 shows them, and what may be changed of them (CONTRACT §7.4). */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ParticipantView } from '../../app/application.js';
import type { AccountSid, CallSid, ConferenceSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import type { ParticipantChanges } from '../../conference/commands.js';
import type { LeftReason as Reason } from '../../conference/events.js';
import type { Beep, Participant, WaitAudio, WebTarget } from '../../conference/state.js';
import { Beep as WireBeep } from '../../gen/parley/v1/dial_pb.js';
import { LeftReason, type ParticipantSchema, type WaitAudioSchema } from '../../gen/parley/v1/participant_pb.js';
import type { UpdateParticipantRequest } from '../../gen/parley/v1/participant_service_pb.js';
import { HttpMethod as WireMethod } from '../../gen/parley/v1/web_pb.js';
import { toFacts } from './call-mapping.js';
import { readMethod, readUrl } from './fields.js';
import type { Findings } from './findings.js';
import { coachTargetMissing } from './status.js';
import { toTimestamp } from './timestamps.js';

export const toParticipant = (
  accountSid: AccountSid,
  conferenceSid: ConferenceSid,
  participant: Participant & Partial<Pick<ParticipantView, 'left'>>,
): MessageInitShape<typeof ParticipantSchema> => ({
  conferenceSid,
  callSid: participant.callSid,
  accountSid,
  facts: toFacts(participant.call),
  label: participant.label ?? undefined,
  muted: participant.muted,
  hold: participant.hold !== null,
  coaching: participant.coaching !== null,
  callSidToCoach: participant.coaching?.target ?? undefined,
  speaking: participant.speaking,
  startConferenceOnEnter: participant.startConferenceOnEnter,
  endConferenceOnExit: participant.endConferenceOnExit,
  beep: toBeep(participant.beep),
  waitAudio: toWaitAudio(participant.wait),
  holdAudio: participant.hold === null ? undefined : toWaitAudio(participant.hold),
  joinTime: toTimestamp(participant.joinedAtMs),
  timeLimitTime: toTimestamp(participant.timeLimitAtMs),
  updateTime: toTimestamp(participant.updatedAtMs),
  leaveTime: participant.left == null ? undefined : toTimestamp(participant.left.atMs),
  leftReason: participant.left == null ? LeftReason.UNSPECIFIED : toLeftReason(participant.left.reason),
});

export const toLeftReason = (reason: Reason): LeftReason => reasons[reason];

const reasons: Readonly<Record<Reason, LeftReason>> = {
  participant_hung_up: LeftReason.PARTICIPANT_HUNG_UP,
  participant_updated_via_api: LeftReason.PARTICIPANT_UPDATED_VIA_API,
  moderator_ended_conference: LeftReason.MODERATOR_ENDED_CONFERENCE,
  conference_ended_via_api: LeftReason.CONFERENCE_ENDED_VIA_API,
  daemon_restarted: LeftReason.DAEMON_RESTARTED,
  participant_add_failed: LeftReason.PARTICIPANT_ADD_FAILED,
};

export const toBeep = (beep: Beep): WireBeep => beeps[beep];

const beeps: Readonly<Record<Beep, WireBeep>> = {
  true: WireBeep.TRUE,
  false: WireBeep.FALSE,
  'on-enter': WireBeep.ON_ENTER,
  'on-exit': WireBeep.ON_EXIT,
};

export function toWaitAudio(audio: WaitAudio): MessageInitShape<typeof WaitAudioSchema> {
  switch (audio.kind) {
    case 'default-music':
      return { source: { case: 'defaultMusic', value: {} } };
    case 'silence':
      return { source: { case: 'silence', value: {} } };
    case 'document': {
      const method = audio.target.method === 'GET' ? WireMethod.GET : WireMethod.POST;
      return { source: { case: 'document', value: { url: audio.target.url, method } } };
    }
  }
}

/** Only what the request names; faults go to the findings. */
export function readChanges(request: UpdateParticipantRequest, findings: Findings): ParticipantChanges {
  const hold = readHold(request, findings);
  const coach = readCoach(request, findings);
  const wait = readWait(request, findings);
  const changes: ParticipantChanges = {
    ...(request.muted === undefined ? {} : { muted: request.muted }),
    ...(hold === undefined ? {} : { hold }),
    ...(coach === undefined ? {} : { coach }),
    ...(wait === undefined ? {} : { wait }),
    ...(request.beepOnExit === undefined ? {} : { beepOnExit: request.beepOnExit }),
    ...(request.endConferenceOnExit === undefined ? {} : { endConferenceOnExit: request.endConferenceOnExit }),
  };
  const isSaid = Object.keys(changes).length > 0 || request.announceUrl !== undefined;
  if (!isSaid && findings.failure() === null) {
    findings.violate('', 'at least one change is required');
  }
  return changes;
}

/** What is to be announced to it; null when nothing is, or after reporting what is wrong. */
export function readAnnouncement(request: UpdateParticipantRequest, findings: Findings): WebTarget | null {
  const method = readMethod(request.announceMethod, 'POST', 'announce_method', 13221, findings);
  if (request.announceUrl === undefined) return null;
  const url = readUrl(request.announceUrl, 'announce_url', 11_100, findings);
  return url === null || method === null ? null : { url, method };
}

function readHold(request: UpdateParticipantRequest, findings: Findings): WaitAudio | null | undefined {
  const method = readMethod(request.holdMethod, 'GET', 'hold_method', 13221, findings);
  if (request.hold !== true) return request.hold === undefined ? undefined : null;
  if (request.holdUrl === undefined) return { kind: 'default-music' };
  if (request.holdUrl.trim() === '') return { kind: 'silence' };
  const url = readUrl(request.holdUrl, 'hold_url', 13233, findings);
  return url === null || method === null ? undefined : { kind: 'document', target: { url, method } };
}

function readWait(request: UpdateParticipantRequest, findings: Findings): WaitAudio | undefined {
  const method = readMethod(request.waitMethod, 'POST', 'wait_method', 13234, findings);
  if (request.waitUrl === undefined) return undefined;
  if (request.waitUrl.trim() === '') return { kind: 'silence' };
  const url = readUrl(request.waitUrl, 'wait_url', 13233, findings);
  return url === null || method === null ? undefined : { kind: 'document', target: { url, method } };
}

/** Undefined: coaching stays as it is; null: it ends. */
function readCoach(request: UpdateParticipantRequest, findings: Findings): CallSid | null | undefined {
  const { coaching, callSidToCoach } = request;
  if (coaching === false) return null;
  const text = callSidToCoach?.trim() ?? '';
  if (text === '') {
    if (coaching === true || callSidToCoach !== undefined) {
      findings.violate('call_sid_to_coach', 'is required to coach', 16002);
    }
    return undefined;
  }
  const coach = parseSid('call', text);
  if (coach === null) {
    const violations = [{ field: 'call_sid_to_coach', description: 'is no call sid' }];
    findings.refuse({ ...coachTargetMissing, violations });
  }
  return coach ?? undefined;
}
