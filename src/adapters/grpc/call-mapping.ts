/** Calls as parley.v1 shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CallFilter, CallView } from '../../app/application.js';
import type { AccountSid } from '../../base/brands.js';
import type { CallFacts } from '../../conference/state.js';
import {
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
  status: view.status === 'in-progress' ? CallStatus.IN_PROGRESS : CallStatus.COMPLETED,
  conferenceSid: view.conferenceSid ?? undefined,
  mediaTransport: view.mediaKind === 'rtp' ? MediaTransport.RTP : MediaTransport.GRPC,
  startTime: toTimestamp(view.startedAtMs),
  endTime: view.endedAtMs === null ? undefined : toTimestamp(view.endedAtMs),
});

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
  switch (status) {
    case CallStatus.UNSPECIFIED:
      return null;
    case CallStatus.IN_PROGRESS:
      return 'in-progress';
    case CallStatus.COMPLETED:
      return 'completed';
    default:
      findings.violate('status', 'must be a known status');
      return null;
  }
}
