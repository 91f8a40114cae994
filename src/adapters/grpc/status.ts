/** Every way the application refuses, as a gRPC status with the code of CONTRACT §11. The only such table. */
import { status } from '@grpc/grpc-js';
import type { Refusal } from '../../app/application.js';
import { assertNever } from '../../base/assert.js';
import type { Failure } from './failure.js';

/** Which field of a request a refusal is about, by the method that was called. */
export type FieldsAtFault = Readonly<Partial<Record<Refusal['kind'], string>>>;

export function failureOf(refusal: Refusal, fieldsAtFault: FieldsAtFault = {}): Failure {
  const field = fieldsAtFault[refusal.kind];
  const stated = statement(refusal);
  return { ...stated, violations: field === undefined ? [] : [{ field, description: stated.message }] };
}

type Statement = Omit<Failure, 'violations'>;

const state = (code: status, reason: string, contractCode: number | null, message: string): Statement => ({
  code,
  reason,
  contractCode,
  message,
});

function statement(refusal: Refusal): Statement {
  switch (refusal.kind) {
    case 'conference-full':
      return state(
        status.RESOURCE_EXHAUSTED,
        'CONFERENCE_FULL',
        16020,
        `the conference takes ${refusal.maxParticipants} participants and has them`,
      );
    case 'already-joined':
      return state(status.ALREADY_EXISTS, 'ALREADY_JOINED', 16026, 'the call is in the conference already');
    case 'label-in-use':
      return state(status.ALREADY_EXISTS, 'LABEL_IN_USE', 16025, 'another participant has this label');
    case 'coach-target-missing':
      return coachTargetMissing;
    case 'coach-self':
      return state(status.FAILED_PRECONDITION, 'COACH_SELF', 13240, 'a call cannot coach itself');
    case 'coach-target-on-hold':
      return state(status.FAILED_PRECONDITION, 'COACH_TARGET_ON_HOLD', 16027, 'the call to coach is on hold');
    case 'participant-unknown':
      return state(status.NOT_FOUND, 'PARTICIPANT_UNKNOWN', 20404, 'the call is not in the conference');
    case 'conference-unknown':
      return state(status.NOT_FOUND, 'CONFERENCE_UNKNOWN', 20404, 'there is no such conference');
    case 'conference-completed':
      return state(status.FAILED_PRECONDITION, 'CONFERENCE_COMPLETED', 10000, 'the conference is over');
    case 'engine-full':
      return state(status.RESOURCE_EXHAUSTED, 'ENGINE_FULL', null, `the daemon has no ${lacks[refusal.what]} left`);
    case 'digits-full':
      return state(status.RESOURCE_EXHAUSTED, 'DIGITS_FULL', null, 'too many keys wait to be played to the party');
    case 'engine-unavailable':
      return state(status.UNAVAILABLE, 'ENGINE_UNAVAILABLE', null, 'no shard is working');
    case 'call-unknown':
      return state(status.NOT_FOUND, 'CALL_UNKNOWN', 20404, 'there is no such call');
    case 'call-exists':
      return state(status.ALREADY_EXISTS, 'CALL_EXISTS', null, 'a live call has this sid');
    case 'call-completed':
      return state(status.FAILED_PRECONDITION, 'CALL_COMPLETED', 21220, 'the call is over');
    case 'call-not-answered':
      return state(status.FAILED_PRECONDITION, 'CALL_NOT_ANSWERED', 21220, 'nobody has answered the call yet');
    case 'media-unacceptable':
      return state(
        status.INVALID_ARGUMENT,
        'MEDIA_UNACCEPTABLE',
        null,
        `the media offer cannot be taken: ${refusal.field}: ${refusal.rule}`,
      );
    case 'digits-not-negotiated':
      return state(
        status.FAILED_PRECONDITION,
        'DIGITS_NOT_NEGOTIATED',
        null,
        "the media of the call is not RTP, or its offer had no telephone-event with the codec's clock (RFC 4733)",
      );
    case 'media-not-grpc':
      return state(
        status.FAILED_PRECONDITION,
        'MEDIA_NOT_GRPC',
        null,
        'the media of the call does not travel over gRPC',
      );
    case 'media-not-rtp':
      return state(status.FAILED_PRECONDITION, 'MEDIA_NOT_RTP', null, 'the media of the call does not travel over RTP');
    case 'media-attached-elsewhere':
      return state(
        status.FAILED_PRECONDITION,
        'MEDIA_ATTACHED_ELSEWHERE',
        null,
        'another stream has the call attached',
      );
    case 'document-unavailable':
      return state(
        status.FAILED_PRECONDITION,
        'DOCUMENT_UNAVAILABLE',
        refusal.code,
        `there is no document to run: ${refusal.rule}`,
      );
    case 'announcements-full':
      return state(status.RESOURCE_EXHAUSTED, 'ANNOUNCEMENTS_FULL', null, 'too many announcements wait to be heard');
    case 'queue-full':
      return state(status.RESOURCE_EXHAUSTED, 'QUEUE_FULL', null, 'too many commands wait for the conference');
    case 'store-unavailable':
      return state(status.UNAVAILABLE, 'STORE_UNAVAILABLE', null, 'the store does not write: nothing was done');
    case 'recording-files-away':
      return state(
        status.UNAVAILABLE,
        'RECORDING_FILES_AWAY',
        null,
        'where files of recordings are kept cannot be reached now',
      );
    case 'recording-unknown':
      return state(status.NOT_FOUND, 'RECORDING_UNKNOWN', 20404, 'there is no such recording');
    case 'recording-without-file':
      return state(
        status.FAILED_PRECONDITION,
        'RECORDING_WITHOUT_FILE',
        20404,
        `the recording is ${refusal.status} and has no file`,
      );
    case 'recording-state':
      return state(
        status.FAILED_PRECONDITION,
        'RECORDING_STATE',
        16114,
        `a recording that is ${refusal.status} cannot go there`,
      );
    case 'conference-not-started':
      return state(status.FAILED_PRECONDITION, 'CONFERENCE_NOT_STARTED', 21220, 'the conference has not started');
    case 'recording-forbidden':
      return state(status.PERMISSION_DENIED, 'RECORDING_FORBIDDEN', 20003, 'the account is not allowed to record');
    case 'recording-no-space':
      return state(status.RESOURCE_EXHAUSTED, 'RECORDING_NO_SPACE', null, 'the disk is nearly full');
    case 'recordings-full':
      return state(status.RESOURCE_EXHAUSTED, 'RECORDINGS_FULL', null, 'as many recordings run as may');
    case 'account-limit':
      return state(
        status.RESOURCE_EXHAUSTED,
        'ACCOUNT_LIMIT',
        16021,
        `the account may have ${refusal.max} ${refusal.what} at once and has them`,
      );
    case 'originations-full':
      return state(status.RESOURCE_EXHAUSTED, 'ORIGINATIONS_FULL', 16021, 'as many calls are being made as may');
    case 'originator-missing':
      return state(status.UNAVAILABLE, 'ORIGINATOR_MISSING', null, 'nobody makes calls for the account now');
    case 'draining':
      return state(status.UNAVAILABLE, 'DRAINING', null, 'the daemon takes no new calls');
  }
  return assertNever(refusal);
}

/** Also the answer to a `coach` that is no sid at all: whatever is wrong with a coach is 13240 (CONTRACT §8.3). */
export const coachTargetMissing: Statement = state(
  status.FAILED_PRECONDITION,
  'COACH_TARGET_MISSING',
  13240,
  'the call to coach is not in this conference, or the conference has not started',
);

const lacks: Readonly<Record<Extract<Refusal, { kind: 'engine-full' }>['what'], string>> = {
  legs: 'leg slots',
  rooms: 'mix rooms',
  lanes: 'lanes',
  ports: 'UDP ports',
  'srtp-sessions': 'SRTP sessions',
  codecs: 'Opus codecs',
  recorders: 'recorders',
  clips: 'clips',
  players: 'players',
  'tick-time': 'tick time',
  'command-ring': 'room for commands',
  'same-shard': 'room on the shard of the call',
};
