/**
 * A call that Parley asked the platform to make, from the request for a participant to the end of the call (CONTRACT
 * §7.4). Pure: what happens to it makes the next state and what the application is told.
 */
import type { AccountSid, CallSid, ConferenceSid, EpochMs } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import {
  type CallOutcome,
  type CallProgress,
  type CallProgressCallback,
  callProgressCallback,
  machineDetectionCallback,
} from '../../callbacks/call-progress.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { JoinCommand } from '../../conference/commands.js';
import type { AddFailure, CallFacts } from '../../conference/state.js';
import type { JitterBufferSize } from '../../cxml/conference-attributes.js';
import type { ConferenceNoun } from '../../cxml/conference-noun.js';
import { type Answerer, type CallWishes, noWishes } from './call-wishes.js';

/** `Timeout`, seconds. */
export const originationTimeoutSeconds = { min: 5, max: 600, default: 60 } as const;

/** Vendors let it ring for so much longer, for what the network takes (CONTRACT §7.4). */
const bufferMs = 5000;

/** What is asked for. */
export type OriginationRequest = {
  readonly accountSid: AccountSid;
  readonly callSid: CallSid;
  readonly conferenceSid: ConferenceSid;
  readonly call: CallFacts;
  /** How it takes part once it is answered; its room is that of the conference. */
  readonly conference: Omit<ConferenceNoun, 'jitterBufferSize'> & Pick<JoinCommand, 'timeLimitSeconds' | 'recording'>;
  readonly jitterBufferSize: JitterBufferSize | null;
  /** Shown to the party in place of `from`; null: as the platform does. */
  readonly callerId: string | null;
  /** Whether those in the conference are to hear it ring: for the platform, which has that sound. */
  readonly earlyMedia: boolean;
  readonly timeoutSeconds: number;
  readonly wishes: CallWishes;
  readonly statusCallback: CallProgressCallback | null;
};

type Life =
  | { readonly status: 'queued' | 'ringing' }
  /** `answered`: it is being let in. `joined`: it is, or was, in its conference. */
  | { readonly status: 'answered' | 'joined'; readonly answeredAtMs: EpochMs }
  | { readonly status: CallOutcome; readonly endedAtMs: EpochMs };

/** The state of one; plain data, kept as it is. */
export type Origination = OriginationRequest & {
  readonly createdAtMs: EpochMs;
  readonly updatedAtMs: EpochMs;
  /** If nobody has answered by then nobody does. */
  readonly answerUntilMs: EpochMs;
  readonly life: Life;
  /** Null: nobody has said. */
  readonly answeredBy: Answerer | null;
  /** Of its next progress. */
  readonly nextSequence: number;
};

export type OriginationStatus = Life['status'];

/** A call is as far as this; of one that was in its conference only its other events tell more. */
export type CallProgressed = {
  readonly kind: 'call-progressed';
  readonly callSid: CallSid;
  readonly call: CallFacts;
  readonly label: string | null;
  readonly status: 'queued' | 'ringing' | 'answered' | AddFailure;
  readonly atMs: EpochMs;
};

export type Advanced = {
  readonly origination: Origination;
  readonly callbacks: readonly Callback[];
  readonly events: readonly CallProgressed[];
};

export const isPending = ({ life: { status } }: Origination): boolean => status === 'queued' || status === 'ringing';

export const isOver = ({ life }: Origination): boolean => 'endedAtMs' in life;

export function initiated(request: OriginationRequest, nowMs: EpochMs, flavour: Flavour): Advanced {
  const origination: Origination = {
    ...request,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    answerUntilMs: (nowMs + request.timeoutSeconds * 1000 + bufferMs) as EpochMs,
    life: { status: 'queued' },
    answeredBy: null,
    nextSequence: 0,
  };
  return told(origination, { token: 'initiated' }, nowMs, flavour);
}

/** REQUIRES: it is queued. */
export const ringing = (origination: Origination, nowMs: EpochMs, flavour: Flavour): Advanced =>
  told({ ...origination, life: { status: 'ringing' } }, { token: 'ringing' }, nowMs, flavour);

/** REQUIRES: it is pending. */
export const answered = (origination: Origination, nowMs: EpochMs, flavour: Flavour): Advanced =>
  told({ ...origination, life: { status: 'answered', answeredAtMs: nowMs } }, { token: 'answered' }, nowMs, flavour);

/** REQUIRES: it was answered. */
export const joined = (origination: Origination, nowMs: EpochMs): Advanced => ({
  origination:
    'answeredAtMs' in origination.life
      ? { ...origination, updatedAtMs: nowMs, life: { ...origination.life, status: 'joined' } }
      : origination,
  callbacks: [],
  events: [],
});

/** REQUIRES: it is not over. */
export function ended(origination: Origination, outcome: CallOutcome, nowMs: EpochMs, flavour: Flavour): Advanced {
  const { life } = origination;
  const seconds = 'answeredAtMs' in life ? Math.max(0, Math.floor((nowMs - life.answeredAtMs) / 1000)) : 0;
  // What it was made with need not be known any more.
  const over: Origination = { ...origination, wishes: noWishes, life: { status: outcome, endedAtMs: nowMs } };
  return told(over, { token: 'completed', outcome, seconds }, nowMs, flavour);
}

/** The platform has found out who answered, `durationMs` after that. REQUIRES: it is not over, nobody has said. */
export function detected(
  origination: Origination,
  by: Answerer,
  durationMs: number,
  nowMs: EpochMs,
  flavour: Flavour,
): Advanced {
  const { accountSid, callSid, conferenceSid, wishes } = origination;
  const target = wishes.machineDetection?.callback ?? null;
  const known: Origination = { ...origination, answeredBy: by, updatedAtMs: nowMs };
  if (target === null) return { origination: known, callbacks: [], events: [] };
  const context = { accountSid, callSid, conferenceSid, target, sidStyle: flavour.sidStyle };
  return { origination: known, callbacks: [machineDetectionCallback(by, durationMs, context)], events: [] };
}

/** What becomes of one whose daemon died: the party of one that was answered was cut off. */
export const cutOff = (origination: Origination, nowMs: EpochMs, flavour: Flavour): Advanced =>
  ended(origination, isPending(origination) ? 'failed' : 'completed', nowMs, flavour);

function told(origination: Origination, progress: CallProgress, atMs: EpochMs, flavour: Flavour): Advanced {
  const { accountSid, callSid, conferenceSid, call, statusCallback: callback, nextSequence } = origination;
  const about = { accountSid, callSid, conferenceSid, call, callback, flavour, atMs };
  const context = { ...about, answeredBy: origination.answeredBy, sequenceNumber: nextSequence };
  const notice = callProgressCallback(progress, context);
  const { status } = origination.life;
  const { label } = origination.conference;
  return {
    origination: { ...origination, updatedAtMs: atMs, nextSequence: nextSequence + 1 },
    callbacks: notice === null ? [] : [notice],
    events:
      status === 'joined' || status === 'completed'
        ? []
        : [{ kind: 'call-progressed', callSid, call, label, status, atMs }],
  };
}
