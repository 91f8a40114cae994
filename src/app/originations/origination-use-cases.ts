/** Having the platform call somebody, and what it says of that. */
import { err, ok } from '../../base/result.js';
import type { Application } from '../application.js';
import type { Admission } from '../drain.js';
import type { Originations } from './originations.js';

export type OriginationUseCases = Pick<
  Application,
  'createParticipant' | 'origination' | 'pendingParticipants' | 'reportOrigination' | 'makeCalls'
>;

export const originationUseCases = (originations: Originations, admission: () => Admission): OriginationUseCases => ({
  createParticipant: async (request) =>
    admission() === 'all' || (admission() === 'live-conferences' && request.into !== null)
      ? originations.create(request)
      : err({ kind: 'draining' }),
  origination(accountSid, callSid) {
    const view = originations.view(accountSid, callSid);
    return view === null ? err({ kind: 'call-unknown', callSid }) : ok(view);
  },
  pendingParticipants: (accountSid, sid) => originations.pendingIn(accountSid, sid),
  reportOrigination: (...report) => originations.report(...report),
  makeCalls(accountSid, tell) {
    const stop = originations.watch(accountSid, tell);
    return stop === null ? err({ kind: 'queue-full' }) : ok(stop);
  },
});
