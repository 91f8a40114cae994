/** Calls as parley.v1 shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CallFilter, CallView } from '../../app/application.js';
import { type Answerer, answerers } from '../../app/originations/call-wishes.js';
import type { AccountSid } from '../../base/brands.js';
import type { CallFacts } from '../../conference/state.js';
import {
  AnsweredBy,
  CallDirection,
  type CallFactsSchema,
  type CallSchema,
  CallStatus,
  MediaTransport,
} from '../../gen/parley/v1/call_pb.js';
import type { ListCallsRequest } from '../../gen/parley/v1/call_service_pb.js';
import type { Findings } from './findings.js';
import { lastBefore, readTimestamp, toTimestamp } from './timestamps.js';

export const toCall = (accountSid: AccountSid, view: CallView): MessageInitShape<typeof CallSchema> => ({
  sid: view.callSid,
  accountSid,
  facts: toFacts(view.call),
  status: toCallStatus(view.status),
  conferenceSid: view.conferenceSid ?? undefined,
  mediaTransport: transports[view.mediaKind ?? 'none'],
  startTime: toTimestamp(view.startedAtMs),
  endTime: view.endedAtMs === null ? undefined : toTimestamp(view.endedAtMs),
  answeredBy: view.answeredBy === null ? AnsweredBy.UNSPECIFIED : wireAnswerers[view.answeredBy],
});

const transports = { rtp: MediaTransport.RTP, grpc: MediaTransport.GRPC, none: MediaTransport.UNSPECIFIED } as const;

const wireStatuses: Readonly<Record<CallView['status'], CallStatus>> = {
  queued: CallStatus.QUEUED,
  ringing: CallStatus.RINGING,
  'in-progress': CallStatus.IN_PROGRESS,
  completed: CallStatus.COMPLETED,
  busy: CallStatus.BUSY,
  'no-answer': CallStatus.NO_ANSWER,
  failed: CallStatus.FAILED,
  canceled: CallStatus.CANCELED,
};

export const toCallStatus = (status: CallView['status']): CallStatus => wireStatuses[status];

const wireAnswerers: Readonly<Record<Answerer, AnsweredBy>> = {
  human: AnsweredBy.HUMAN,
  machine_start: AnsweredBy.MACHINE_START,
  machine_end_beep: AnsweredBy.MACHINE_END_BEEP,
  machine_end_silence: AnsweredBy.MACHINE_END_SILENCE,
  machine_end_other: AnsweredBy.MACHINE_END_OTHER,
  fax: AnsweredBy.FAX,
  unknown: AnsweredBy.UNKNOWN,
};

/** Null when the number has no name in this version, or says nothing. */
export const readAnswerer = (wire: AnsweredBy): Answerer | null =>
  answerers.find((each) => wireAnswerers[each] === wire) ?? null;

export const toFacts = ({ from, to, direction }: CallFacts): MessageInitShape<typeof CallFactsSchema> => ({
  from,
  to,
  direction: directions[direction],
});

const directions = {
  inbound: CallDirection.INBOUND,
  'outbound-api': CallDirection.OUTBOUND_API,
  'outbound-dial': CallDirection.OUTBOUND_DIAL,
} as const satisfies Readonly<Record<CallFacts['direction'], CallDirection>>;

/** Null when the number has no name in this version. */
export function directionOf(direction: CallDirection): CallFacts['direction'] | null {
  switch (direction) {
    case CallDirection.UNSPECIFIED:
    case CallDirection.INBOUND:
      return 'inbound';
    case CallDirection.OUTBOUND_API:
      return 'outbound-api';
    case CallDirection.OUTBOUND_DIAL:
      return 'outbound-dial';
    default:
      return null;
  }
}

/** Faults go to the findings. */
export function readCallFilter(request: ListCallsRequest, findings: Findings): CallFilter {
  return {
    from: request.from ?? null,
    to: request.to ?? null,
    status: readStatus(request.status, findings),
    startedFromMs: readTimestamp(request.startedFrom, 'started_from', findings),
    startedUntilMs: lastBefore(readTimestamp(request.startedUntil, 'started_until', findings)),
    endedFromMs: readTimestamp(request.endedFrom, 'ended_from', findings),
    endedUntilMs: lastBefore(readTimestamp(request.endedUntil, 'ended_until', findings)),
  };
}

function readStatus(status: CallStatus, findings: Findings): CallFilter['status'] {
  if (status === CallStatus.UNSPECIFIED) return null;
  const known = (Object.keys(wireStatuses) as CallView['status'][]).find((each) => wireStatuses[each] === status);
  if (known === undefined) findings.violate('status', 'must be a known status');
  return known ?? null;
}
