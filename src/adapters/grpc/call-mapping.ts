/** Calls as parley.v1 shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CallView } from '../../app/application.js';
import type { AccountSid } from '../../base/brands.js';
import type { CallFacts } from '../../conference/state.js';
import {
  CallDirection,
  type CallFactsSchema,
  type CallSchema,
  CallStatus,
  MediaTransport,
} from '../../gen/parley/v1/call_pb.js';
import { toTimestamp } from './timestamps.js';

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
