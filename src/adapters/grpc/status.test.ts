import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { callSid } from '../../../test/support/grpc/fake-application.js';
import type { Refusal } from '../../app/application.js';
import { failureOf } from './status.js';

const sid = callSid('1');

/** One row for every kind there is: the type of the table sees to that. */
const table: {
  readonly [Kind in Refusal['kind']]: readonly [Extract<Refusal, { kind: Kind }>, string, number | null];
} = {
  'conference-full': [{ kind: 'conference-full', maxParticipants: 2 }, 'RESOURCE_EXHAUSTED', 16020],
  'already-joined': [{ kind: 'already-joined', callSid: sid }, 'ALREADY_EXISTS', 16026],
  'label-in-use': [{ kind: 'label-in-use', label: 'x' }, 'ALREADY_EXISTS', 16025],
  'coach-target-missing': [{ kind: 'coach-target-missing', callSid: sid }, 'FAILED_PRECONDITION', 13240],
  'coach-self': [{ kind: 'coach-self', callSid: sid }, 'FAILED_PRECONDITION', 13240],
  'coach-target-on-hold': [{ kind: 'coach-target-on-hold', callSid: sid }, 'FAILED_PRECONDITION', 16027],
  'participant-unknown': [{ kind: 'participant-unknown', callSid: sid }, 'NOT_FOUND', 20404],
  'conference-unknown': [{ kind: 'conference-unknown' }, 'NOT_FOUND', 20404],
  'conference-completed': [{ kind: 'conference-completed' }, 'FAILED_PRECONDITION', 10000],
  'engine-full': [{ kind: 'engine-full', what: 'legs' }, 'RESOURCE_EXHAUSTED', null],
  'digits-full': [{ kind: 'digits-full' }, 'RESOURCE_EXHAUSTED', null],
  'digits-not-negotiated': [{ kind: 'digits-not-negotiated', callSid: sid }, 'FAILED_PRECONDITION', null],
  'engine-unavailable': [{ kind: 'engine-unavailable' }, 'UNAVAILABLE', null],
  'call-unknown': [{ kind: 'call-unknown', callSid: sid }, 'NOT_FOUND', 20404],
  'call-exists': [{ kind: 'call-exists', callSid: sid }, 'ALREADY_EXISTS', null],
  'call-completed': [{ kind: 'call-completed', callSid: sid }, 'FAILED_PRECONDITION', 21220],
  'call-not-answered': [{ kind: 'call-not-answered', callSid: sid }, 'FAILED_PRECONDITION', 21220],
  'media-unacceptable': [{ kind: 'media-unacceptable', field: 'm=', rule: 'no codec' }, 'INVALID_ARGUMENT', null],
  'media-not-grpc': [{ kind: 'media-not-grpc', callSid: sid }, 'FAILED_PRECONDITION', null],
  'media-not-rtp': [{ kind: 'media-not-rtp', callSid: sid }, 'FAILED_PRECONDITION', null],
  'media-attached-elsewhere': [{ kind: 'media-attached-elsewhere', callSid: sid }, 'FAILED_PRECONDITION', null],
  'announcements-full': [{ kind: 'announcements-full' }, 'RESOURCE_EXHAUSTED', null],
  'queue-full': [{ kind: 'queue-full' }, 'RESOURCE_EXHAUSTED', null],
  'store-unavailable': [{ kind: 'store-unavailable' }, 'UNAVAILABLE', null],
  'document-unavailable': [
    { kind: 'document-unavailable', code: 11_217, rule: 'the answer was 404' },
    'FAILED_PRECONDITION',
    11_217,
  ],
  'recording-unknown': [{ kind: 'recording-unknown' }, 'NOT_FOUND', 20404],
  'recording-files-away': [{ kind: 'recording-files-away' }, 'UNAVAILABLE', null],
  'recording-without-file': [{ kind: 'recording-without-file', status: 'in-progress' }, 'FAILED_PRECONDITION', 20404],
  'recording-state': [{ kind: 'recording-state', status: 'stopped' }, 'FAILED_PRECONDITION', 16114],
  'conference-not-started': [{ kind: 'conference-not-started' }, 'FAILED_PRECONDITION', 21220],
  'recording-forbidden': [{ kind: 'recording-forbidden' }, 'PERMISSION_DENIED', 20003],
  'recording-no-space': [{ kind: 'recording-no-space' }, 'RESOURCE_EXHAUSTED', null],
  'account-limit': [{ kind: 'account-limit', what: 'calls', max: 2 }, 'RESOURCE_EXHAUSTED', 16021],
  'recordings-full': [{ kind: 'recordings-full' }, 'RESOURCE_EXHAUSTED', null],
  'originations-full': [{ kind: 'originations-full' }, 'RESOURCE_EXHAUSTED', 16021],
  'originator-missing': [{ kind: 'originator-missing' }, 'UNAVAILABLE', null],
  draining: [{ kind: 'draining' }, 'UNAVAILABLE', null],
};

describe('failureOf', () => {
  it.each(Object.values(table))('%o', (refusal, code, contractCode) => {
    const failure = failureOf(refusal);
    expect([status[failure.code], failure.contractCode]).toEqual([code, contractCode]);
    expect(failure.message).toMatch(/^[\x20-\x7e]+$/);
    expect(failure.violations).toEqual([]);
  });

  it('gives each cause a reason of its own', () => {
    const reasons = Object.values(table).map(([refusal]) => failureOf(refusal).reason);
    expect(new Set(reasons).size).toBe(reasons.length);
  });

  it('names the field at fault when the method has one for it', () => {
    expect(
      failureOf({ kind: 'label-in-use', label: 'x' }, { 'label-in-use': 'a.b', draining: 'c' }).violations,
    ).toEqual([{ field: 'a.b', description: 'another participant has this label' }]);
  });
});
