/** Every way the application refuses, as a status and a code of CONTRACT §7.8 and §11. */
import type { Refusal } from '../../app/application.js';
import { failure, notFound, type RestFailure } from './failure.js';

const busy = (message: string): RestFailure => ({ ...failure(429, 20_429, message), retryAfterSeconds: 1 });
const unavailable = (message: string): RestFailure => ({ ...failure(503, 20_503, message), retryAfterSeconds: 5 });

export function restFailureOf(refusal: Refusal): RestFailure {
  switch (refusal.kind) {
    case 'conference-unknown':
    case 'participant-unknown':
    case 'call-unknown':
    case 'recording-unknown':
    case 'recording-without-file':
      return notFound;
    case 'recording-state':
      return {
        ...failure(422, 16_114, `a recording that is ${refusal.status} cannot go there`),
        isListed: true,
      };
    case 'conference-not-started':
      return failure(400, 21_220, 'the conference has not started');
    case 'recording-forbidden':
      return failure(403, 20_003, 'the account is configured to record nothing');
    case 'recording-no-space':
      return unavailable('the disk is nearly full');
    case 'recordings-full':
      return { ...failure(429, 16_021, 'as many recordings run as may'), retryAfterSeconds: 5 };
    case 'account-limit': {
      const message = `the account may have ${refusal.max} ${refusal.what} at once and has them`;
      return { ...failure(429, 16_021, message), retryAfterSeconds: 5 };
    }
    case 'originations-full':
      return { ...failure(429, 16_021, 'as many calls of the account are being made as may'), retryAfterSeconds: 5 };
    case 'originator-missing':
      return unavailable('nobody makes calls for the account now');
    case 'conference-completed':
      return failure(400, 10_000, 'the conference is over');
    case 'call-completed':
      return failure(400, 21_220, 'the call is over');
    case 'call-not-answered':
      return failure(400, 21_220, 'nobody has answered the call yet');
    case 'coach-target-missing':
      return failure(400, 16_002, 'CallSidToCoach must be a call of this conference, and the conference started');
    case 'coach-self':
      return failure(400, 16_002, 'CallSidToCoach must be another call');
    case 'coach-target-on-hold':
      return failure(400, 16_027, 'the call to coach is on hold');
    case 'conference-full':
      return failure(400, 16_020, `the conference takes ${refusal.maxParticipants} participants and has them`);
    case 'label-in-use':
      return failure(400, 16_025, 'another participant has this label');
    case 'already-joined':
      return failure(400, 16_026, 'the call is in the conference already');
    case 'document-unavailable':
      return failure(400, refusal.code, `there is no document to run: ${refusal.rule}`);
    case 'queue-full':
      return busy('too many changes wait for the conference');
    case 'announcements-full':
      return busy('too many announcements wait to be heard');
    case 'engine-full':
      return unavailable('the daemon has no place left');
    case 'engine-unavailable':
      return unavailable('no shard is working');
    case 'store-unavailable':
      return unavailable('the store does not write: nothing was done');
    case 'recording-files-away':
      return unavailable('where files of recordings are kept cannot be reached now');
    case 'draining':
      return unavailable('the daemon takes no new calls');
    default:
      // What only the gRPC face asks for can be refused in more ways.
      return failure(400, 10_000, `it cannot be done: ${refusal.kind}`);
  }
}
