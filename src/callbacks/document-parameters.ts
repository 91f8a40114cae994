/** The parameters of a request for a document: CONTRACT §2.2, and §6.3 for a fallback. */
import type { AccountSid, CallSid, RecordingSid } from '../base/brands.js';
import type { Flavour } from '../base/flavour.js';
import { formatSid } from '../base/sids.js';
import type { CallFacts, LiveConference, Participant } from '../conference/state.js';
import { apiVersion } from './status-parameters.js';
import type { Parameters } from './webhook.js';

export type DocumentContext = {
  readonly accountSid: AccountSid;
  readonly callSid: CallSid;
  readonly call: CallFacts;
  readonly callStatus: 'in-progress' | 'completed';
  readonly flavour: Flavour;
  /** Of the dial whose `action` is requested; `seconds` in the room. Null: no action. */
  readonly dial: { readonly status: 'answered' | 'failed'; readonly seconds: number } | null;
  /** Of the request whose fallback this is. */
  readonly failure: { readonly code: number; readonly url: string } | null;
  /** Of the call itself, by the dial whose `action` is requested; never of the conference. Left out: none. */
  readonly recording?: { readonly sid: RecordingSid; readonly url: string; readonly seconds: number } | null;
};

/**
 * Names in alphabetical order, none twice. No `DialCallSid`, for there is no second leg. The file of a recording is
 * made after the request, so that its length is that of the dial.
 */
export function documentParameters(context: DocumentContext): Parameters {
  const { accountSid, callSid, call, callStatus, flavour, dial, failure, recording = null } = context;
  return parametersOf({
    ...standardFields({ accountSid, flavour }),
    ...callFields({ callSid, call, callStatus, flavour }),
    ...(dial === null ? {} : { DialCallStatus: dial.status }),
    ...(dial !== null && flavour.dialCallDuration ? { DialCallDuration: String(dial.seconds) } : {}),
    ...(recording === null
      ? {}
      : {
          RecordingDuration: String(recording.seconds),
          RecordingSid: formatSid('recording', recording.sid, flavour.sidStyle),
          RecordingUrl: recording.url,
        }),
    ...(failure === null ? {} : { ErrorCode: String(failure.code), ErrorUrl: failure.url }),
  });
}

/** Of a request for what is heard in a conference (CONTRACT §5); `participant` of null: by all of it. */
export function soundParameters(
  { accountSid, conferenceSid, room }: LiveConference,
  participant: Participant | null,
  flavour: Flavour,
): Parameters {
  return parametersOf({
    ...standardFields({ accountSid, flavour }),
    ...(participant === null ? {} : callFields({ ...participant, callStatus: 'in-progress', flavour })),
    ConferenceSid: formatSid('conference', conferenceSid, flavour.sidStyle),
    FriendlyName: room,
  });
}

type Fields = Readonly<Record<string, string>>;

const standardFields = ({ accountSid, flavour }: Pick<DocumentContext, 'accountSid' | 'flavour'>): Fields => ({
  AccountSid: formatSid('account', accountSid, flavour.sidStyle),
  ApiVersion: apiVersion,
});

const callFields = ({
  callSid,
  call,
  callStatus,
  flavour,
}: Pick<DocumentContext, 'callSid' | 'call' | 'callStatus' | 'flavour'>): Fields => ({
  CallSid: formatSid('call', callSid, flavour.sidStyle),
  CallStatus: callStatus,
  Called: call.to,
  Caller: call.from,
  Direction: call.direction,
  From: call.from,
  To: call.to,
});

const parametersOf = (fields: Fields): Parameters =>
  new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
