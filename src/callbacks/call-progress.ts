/** What an application is told of a call that was made for it: call progress callbacks (CONTRACT §7.4). */
import type { AccountSid, CallSid, ConferenceSid, EpochMs } from '../base/brands.js';
import type { Flavour } from '../base/flavour.js';
import { formatSid, type SidStyle } from '../base/sids.js';
import { addFailures, type CallFacts, type WebTarget } from '../conference/state.js';
import { rfc2822 } from './rfc2822.js';
import { apiVersion } from './status-parameters.js';
import type { Callback } from './webhook.js';

/** Tokens of `StatusCallbackEvent` of a call. */
export const callProgressTokens = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallProgressToken = (typeof callProgressTokens)[number];

export type CallProgressCallback = WebTarget & { readonly events: readonly CallProgressToken[] };

/** How a call that was made ended: `completed` was answered, the others were not, or not let in. */
export const callOutcomes = ['completed', ...addFailures] as const;
export type CallOutcome = (typeof callOutcomes)[number];

export type CallProgress =
  | { readonly token: 'initiated' | 'ringing' | 'answered' }
  /** `seconds` since it was answered. */
  | { readonly token: 'completed'; readonly outcome: CallOutcome; readonly seconds: number };

export type CallProgressContext = {
  readonly accountSid: AccountSid;
  readonly callSid: CallSid;
  readonly conferenceSid: ConferenceSid;
  readonly call: CallFacts;
  readonly callback: CallProgressCallback | null;
  readonly flavour: Flavour;
  readonly atMs: EpochMs;
  /** Value of `AnsweredBy`; null: nobody has said. */
  readonly answeredBy: string | null;
  /** From 0 on, one more with each progress of the call, whether anybody asked for it or not. */
  readonly sequenceNumber: number;
};

const statuses = { initiated: 'initiated', ringing: 'ringing', answered: 'in-progress' } as const;

/** Null when nobody asked to be told of it. */
export function callProgressCallback(progress: CallProgress, context: CallProgressContext): Callback | null {
  const { accountSid, callSid, conferenceSid, call, callback, flavour, atMs, answeredBy } = context;
  const { sequenceNumber } = context;
  if (callback === null || !callback.events.includes(progress.token)) return null;
  const fields = {
    AccountSid: formatSid('account', accountSid, flavour.sidStyle),
    ApiVersion: apiVersion,
    CallSid: formatSid('call', callSid, flavour.sidStyle),
    CallStatus: progress.token === 'completed' ? progress.outcome : statuses[progress.token],
    Called: call.to,
    Caller: call.from,
    CallbackSource: 'call-progress-events',
    Direction: call.direction,
    From: call.from,
    SequenceNumber: String(sequenceNumber),
    Timestamp: rfc2822(atMs),
    To: call.to,
    ...(progress.token === 'completed' ? { CallDuration: String(progress.seconds) } : {}),
    ...(answeredBy === null ? {} : { AnsweredBy: answeredBy }),
  };
  return {
    id: `${callSid}-call-${sequenceNumber}`,
    accountSid,
    conferenceSid,
    callSid,
    target: { url: callback.url, method: callback.method },
    parameters: new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export type MachineDetectionContext = Pick<CallProgressContext, 'accountSid' | 'callSid' | 'conferenceSid'> & {
  readonly target: WebTarget;
  readonly sidStyle: SidStyle;
};

/** Who answered, and how many milliseconds it took to find that out (`AmdStatusCallback`). */
export function machineDetectionCallback(
  by: string,
  durationMs: number,
  { accountSid, callSid, conferenceSid, target, sidStyle }: MachineDetectionContext,
): Callback {
  const fields = {
    AccountSid: formatSid('account', accountSid, sidStyle),
    AnsweredBy: by,
    CallSid: formatSid('call', callSid, sidStyle),
    MachineDetectionDuration: String(durationMs),
  };
  const id = `${callSid}-machine-detection`;
  return { id, accountSid, conferenceSid, callSid, target, parameters: new Map(Object.entries(fields)) };
}
