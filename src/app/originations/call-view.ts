/** A call that is made for Parley, as it is shown beside others: until it is in its conference, and if it never is. */
import type { CallView } from '../application.js';
import type { Origination, OriginationStatus } from './origination.js';

const statuses: Readonly<Record<OriginationStatus, CallView['status']>> = {
  queued: 'queued',
  ringing: 'ringing',
  answered: 'in-progress',
  joined: 'in-progress',
  completed: 'completed',
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'failed',
  canceled: 'canceled',
};

export const callViewOf = ({ callSid, call, conferenceSid, createdAtMs, life, answeredBy }: Origination): CallView => ({
  ...{ callSid, call, conferenceSid, answeredBy },
  status: statuses[life.status],
  startedAtMs: createdAtMs,
  endedAtMs: 'endedAtMs' in life ? life.endedAtMs : null,
  mediaKind: null,
});

/** Whether it is being made, and nobody has answered. */
export const isBeingMade = ({ status }: CallView): boolean => status === 'queued' || status === 'ringing';
