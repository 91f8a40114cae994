/**
 * Parties that Parley asks the platform to call (CONTRACT §7.4): queued, ringing, answered, joined, or ended before
 * that. What happens to one is committed, with what the application is told of it, before anybody is answered; each
 * goes its way step by step, and many side by side.
 */
import type { AccountSid, CallSid, ConferenceSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import { newTrace, type Trace, traceparentOf } from '../../base/trace.js';
import type { CallOutcome } from '../../callbacks/call-progress.js';
import { type ConferenceState, maxParticipantsDefault, participantsOf } from '../../conference/state.js';
import type { AnswerReply, MediaOffer, OriginateRequest, OriginationReport, Refusal } from '../application.js';
import { type DialParts, dial } from '../calls/dial.js';
import type { Store } from '../ports.js';
import { noteAddFailed } from './add-failed.js';
import {
  type Advanced,
  answered,
  detected,
  ended,
  initiated,
  isOver,
  isPending,
  joined,
  type Origination,
  ringing,
} from './origination.js';
import { Originators, type TellOriginator } from './originators.js';

/** Calls of one account that nobody has answered yet (code 16021). */
export const pendingPerAccountMax = 1000;

/** Those that are over, of all accounts; the oldest are forgotten first. */
export const endedMax = 10_000;

/** After an end that could not be written. */
const endRetryMs = 1000;

export type OriginationsParts = DialParts & {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  /** As in `Originators`. */
  readonly byUrl: ConstructorParameters<typeof Originators>[0];
  readonly hasUrl: (accountSid: AccountSid) => boolean;
};

/** One that is not over. */
type Open = {
  origination: Origination;
  readonly trace: Trace;
  /** Its last step: the next one waits for it. */
  last: Promise<unknown>;
  cancelTimeout: Cancel;
};

const statuses = ['queued', 'ringing', 'answered', 'joined'] as const;

export class Originations {
  readonly #parts: OriginationsParts;
  readonly #originators: Originators;
  readonly #open = new Map<string, Open>();
  /** In the order of ending. */
  readonly #ended = new Map<string, Origination>();

  constructor(parts: OriginationsParts) {
    this.#parts = parts;
    this.#originators = new Originators(parts.byUrl);
  }

  async create(request: OriginateRequest): Promise<Result<Origination, Refusal>> {
    const created = await this.#create(request);
    if (!created.ok) {
      const { kind } = created.error;
      const reason =
        kind === 'originator-missing' ? 'no-originator' : kind === 'originations-full' ? 'too-many' : 'other';
      this.#parts.metrics.count('parley_originations_refused_total', { reason });
    }
    return created;
  }

  /** As it is, or was when it ended. */
  view(accountSid: AccountSid, callSid: CallSid): Origination | null {
    const key = keyOf(accountSid, callSid);
    return this.#open.get(key)?.origination ?? this.#ended.get(key) ?? null;
  }

  /** As they are, or were when they ended: those that are not over, and some that are. */
  ofAccount(accountSid: AccountSid): readonly Origination[] {
    const ended = [...this.#ended.values()].filter((each) => each.accountSid === accountSid);
    return [...ended, ...this.#openOf(accountSid).map(({ origination }) => origination)];
  }

  /** Of a conference, those that have not joined. */
  pendingIn(accountSid: AccountSid, conferenceSid: ConferenceSid): readonly Origination[] {
    return this.#pendingOf(accountSid).filter((each) => each.conferenceSid === conferenceSid);
  }

  /** How many are not over. */
  open(): number {
    return this.#open.size;
  }

  /** What an originator says of a call that it makes. */
  async report(
    accountSid: AccountSid,
    callSid: CallSid,
    report: OriginationReport,
  ): Promise<Result<AnswerReply | null, Refusal>> {
    const open = this.#open.get(keyOf(accountSid, callSid));
    if (open === undefined) return err(this.#refusalOf(accountSid, callSid));
    return this.#next<AnswerReply | null>(open, async () => {
      const { origination } = open;
      if (report.kind === 'machine-detected') return this.#detected(open, report);
      if (!isPending(origination)) return err({ kind: 'call-completed', callSid });
      switch (report.kind) {
        case 'ringing': {
          if (origination.life.status === 'ringing') return ok(null);
          const written = await this.#become(open, ringing(origination, this.#now(), this.#flavour(origination)));
          return written.ok ? ok(null) : written;
        }
        case 'answered':
          return this.#answered(open, report.media);
        case 'ended': {
          const over = await this.#end(open, report.outcome, { mustTell: false });
          return over ? ok(null) : err({ kind: 'store-unavailable' });
        }
      }
    });
  }

  /** A call-control service makes calls of the account from now on; null when too many do. */
  watch(accountSid: AccountSid, tell: TellOriginator): (() => void) | null {
    const stop = this.#originators.add(accountSid, tell, (calls) => {
      this.#measure();
      for (const callSid of calls) this.#give(this.#open.get(keyOf(accountSid, callSid)));
    });
    if (stop === null) return null;
    for (const open of this.#openOf(accountSid)) {
      if (!this.#originators.isGiven(open.origination.callSid)) this.#give(open);
    }
    this.#measure();
    return stop;
  }

  /** Nobody is to be called any more. False when there is no such call, or it was answered. */
  async cancel(accountSid: AccountSid, callSid: CallSid): Promise<Result<boolean, Refusal>> {
    const open = this.#open.get(keyOf(accountSid, callSid));
    if (open === undefined) return ok(false);
    return this.#next<boolean>(open, async () => {
      if (!isPending(open.origination)) return ok(false);
      return (await this.#end(open, 'canceled', { mustTell: true })) ? ok(true) : err({ kind: 'store-unavailable' });
    });
  }

  /** As `cancel`, of one that is to come into this conference. */
  async cancelIn(accountSid: AccountSid, sid: ConferenceSid, callSid: CallSid): Promise<Result<boolean, Refusal>> {
    const open = this.#open.get(keyOf(accountSid, callSid));
    return open?.origination.conferenceSid === sid ? this.cancel(accountSid, callSid) : ok(false);
  }

  /** The call, which had been answered, is over. */
  callEnded(accountSid: AccountSid, callSid: CallSid): void {
    const open = this.#open.get(keyOf(accountSid, callSid));
    if (open !== undefined) this.#endSurely(open, () => 'completed');
  }

  /** Whoever was to make it does not. */
  failed({ accountSid, callSid }: Origination): void {
    const open = this.#open.get(keyOf(accountSid, callSid));
    this.#originators.forget(callSid);
    if (open !== undefined) this.#endSurely(open, (now) => (isPending(now) ? 'failed' : null));
  }

  conferenceEnded(accountSid: AccountSid, conferenceSid: ConferenceSid): void {
    for (const open of this.#openOf(accountSid)) {
      const { origination } = open;
      if (origination.conferenceSid === conferenceSid && isPending(origination)) this.#endSurely(open, canceled);
    }
  }

  /** Nobody is called any more; those who are in are sent away by others. */
  cancelAll(): void {
    for (const open of [...this.#open.values()]) if (isPending(open.origination)) this.#endSurely(open, canceled);
  }

  async #create({ accountSid, into, trace, ...asked }: OriginateRequest): Promise<Result<Origination, Refusal>> {
    const { registry, random, store } = this.#parts;
    const runner = into === null ? null : registry.find(accountSid, into);
    if (into !== null && runner === null) {
      const known = await store.conference(accountSid, into);
      return err({ kind: known === null ? 'conference-unknown' : 'conference-completed' });
    }
    const state = runner?.state();
    const room = state === undefined || state.phase === 'absent' ? asked.conference.room : state.room;
    if (!this.#originators.hasStream(accountSid) && !this.#parts.hasUrl(accountSid)) {
      return err({ kind: 'originator-missing' });
    }
    const conferenceSid = registry.holdSid(accountSid, room);
    const call = { from: asked.from, to: asked.to, direction: 'outbound-api' } as const;
    const { from: _from, to: _to, ...rest } = asked;
    const conference = { ...asked.conference, room };
    const request = { ...rest, conference, accountSid, conferenceSid, call, callSid: newSid('call', random) };
    const refused = this.#refused(accountSid, conferenceSid, request.conference);
    const advanced = initiated(request, this.#now(), this.#flavour(request));
    const open: Open = {
      origination: advanced.origination,
      trace: trace ?? newTrace(random),
      last: Promise.resolve(),
      cancelTimeout: () => {},
    };
    const key = keyOf(accountSid, request.callSid);
    if (refused === null) this.#open.set(key, open);
    const written = refused === null ? await this.#next(open, () => this.#become(open, advanced)) : err(refused);
    if (!written.ok) {
      this.#open.delete(key);
      registry.releaseSid(accountSid, room, conferenceSid);
      return written;
    }
    const { clock } = this.#parts;
    const withinMs = Math.max(0, advanced.origination.answerUntilMs - clock.now());
    open.cancelTimeout = clock.after(withinMs, () =>
      this.#endSurely(open, (now) => (isPending(now) ? 'no-answer' : null)),
    );
    this.#give(open);
    return ok(open.origination);
  }

  /** Why nobody more may be called in there. */
  #refused(accountSid: AccountSid, sid: ConferenceSid, asked: OriginateRequest['conference']): Refusal | null {
    const pending = this.#pendingOf(accountSid);
    if (pending.length >= pendingPerAccountMax) return { kind: 'originations-full' };
    const state = this.#parts.registry.find(accountSid, sid)?.state() ?? { phase: 'absent' };
    const coming = pending.filter(({ conferenceSid }) => conferenceSid === sid);
    const present = [...participantsOf(state).values()];
    const limit = settingsOf(state)?.maxParticipants ?? asked.roomRequest.maxParticipants ?? maxParticipantsDefault;
    if (present.length + coming.length >= limit) return { kind: 'conference-full', maxParticipants: limit };
    const { label } = asked;
    const isTaken =
      present.some((each) => each.label === label) || coming.some(({ conference }) => conference.label === label);
    return label !== null && isTaken ? { kind: 'label-in-use', label } : null;
  }

  async #answered(open: Open, media: MediaOffer): Promise<Result<AnswerReply, Refusal>> {
    const { metrics } = this.#parts;
    const { origination, trace } = open;
    const nowMs = this.#now();
    const written = await this.#become(open, answered(origination, nowMs, this.#flavour(origination)));
    if (!written.ok) return written;
    open.cancelTimeout();
    metrics.observe('parley_origination_answer_seconds', {}, (nowMs - origination.createdAtMs) / 1000);
    const { accountSid, callSid, conferenceSid, call, conference, jitterBufferSize } = origination;
    const size = jitterBufferSize === null ? {} : { jitterBufferSize };
    const into = conferenceSid;
    const request = { accountSid, callSid, call, conference, into, media, hangupOnStar: false, trace, ...size };
    const reply = await dial(request, this.#parts);
    if (!reply.ok) {
      if (!(await this.#end(open, 'failed', { mustTell: false }))) this.#endSurely(open, () => 'failed');
      return reply;
    }
    // Should it be over by now, that waits behind this step.
    open.origination = joined(open.origination, this.#now()).origination;
    this.#measure();
    return ok(reply.value);
  }

  async #detected(
    open: Open,
    { answeredBy, durationMs }: Extract<OriginationReport, { kind: 'machine-detected' }>,
  ): Promise<Result<null, Refusal>> {
    const { origination } = open;
    if (isOver(origination)) return err({ kind: 'call-completed', callSid: origination.callSid });
    if (origination.answeredBy !== null) return ok(null);
    const advanced = detected(origination, answeredBy, durationMs, this.#now(), this.#flavour(origination));
    const written = await this.#become(open, advanced);
    return written.ok ? ok(null) : written;
  }

  /** One step after the other. */
  #next<T>(open: Open, step: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
    const done = open.last.then(step);
    open.last = done.catch(() => {});
    return done;
  }

  async #become(open: Open, { origination, callbacks, events }: Advanced): Promise<Result<void, Refusal>> {
    const { store, random } = this.#parts;
    const traceparent = (): string => traceparentOf(open.trace, random);
    const written = await store.commitOrigination({
      origination,
      events,
      trace: open.trace,
      callbacks: callbacks.map((callback) => ({ ...callback, traceparent: traceparent() })),
    });
    if (!written.ok) return written;
    open.origination = origination;
    this.#measure();
    return ok(undefined);
  }

  /** False when it could not be written. `mustTell`: the originator does not know of it. */
  async #end(open: Open, outcome: CallOutcome, { mustTell }: { readonly mustTell: boolean }): Promise<boolean> {
    const before = open.origination;
    if (isOver(before)) return true;
    const written = await this.#become(open, ended(before, outcome, this.#now(), this.#flavour(before)));
    if (!written.ok) return false;
    open.cancelTimeout();
    const { accountSid, callSid, conferenceSid, conference } = before;
    const key = keyOf(accountSid, callSid);
    this.#open.delete(key);
    this.#ended.set(key, open.origination);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > endedMax && oldest !== undefined) this.#ended.delete(oldest);
    this.#parts.registry.releaseSid(accountSid, conference.room, conferenceSid);
    this.#parts.metrics.count('parley_originations_total', { outcome });
    this.#measure();
    if (mustTell) this.#originators.withdraw(before, outcome, open.trace);
    else this.#originators.forget(callSid);
    if (outcome !== 'completed') noteAddFailed(before, outcome, this.#parts);
    return true;
  }

  /** However often it takes. `outcomeOf`: null when it is not to end after all. */
  #endSurely(open: Open, outcomeOf: (origination: Origination) => CallOutcome | null): void {
    this.#next<boolean>(open, async () => {
      const outcome = isOver(open.origination) ? null : outcomeOf(open.origination);
      return ok(outcome === null || (await this.#end(open, outcome, { mustTell: isPending(open.origination) })));
    }).then(
      (done) => {
        if (done.ok && !done.value) this.#parts.clock.after(endRetryMs, () => this.#endSurely(open, outcomeOf));
      },
      (error: unknown) => this.#parts.logger.error('origination-not-ended', { error }),
    );
  }

  /** Somebody who goes away may leave it to nobody: then it waits for the next, or for its time to be over. */
  #give(open: Open | undefined): void {
    if (open?.origination.life.status === 'queued') this.#originators.give(open.origination, open.trace);
  }

  #openOf(accountSid: AccountSid): readonly Open[] {
    return [...this.#open.values()].filter(({ origination }) => origination.accountSid === accountSid);
  }

  #pendingOf(accountSid: AccountSid): readonly Origination[] {
    return this.#openOf(accountSid).flatMap(({ origination }) => (isPending(origination) ? [origination] : []));
  }

  #refusalOf(accountSid: AccountSid, callSid: CallSid): Refusal {
    const isKnown = this.#ended.has(keyOf(accountSid, callSid));
    return { kind: isKnown ? 'call-completed' : 'call-unknown', callSid };
  }

  #now() {
    return this.#parts.clock.now();
  }

  #flavour({ accountSid }: { readonly accountSid: AccountSid }): Flavour {
    return this.#parts.flavourOf(accountSid);
  }

  #measure(): void {
    const { metrics } = this.#parts;
    const all = [...this.#open.values()].map(({ origination }) => origination.life.status);
    for (const status of statuses) {
      metrics.set('parley_originations_open', { status }, all.filter((each) => each === status).length);
    }
    metrics.set('parley_originators', {}, this.#originators.count());
  }
}

const canceled = (origination: Origination): CallOutcome | null => (isPending(origination) ? 'canceled' : null);

const settingsOf = (state: ConferenceState) => (state.phase === 'absent' ? null : state.settings);

/** A sid has no space in it, so no two pairs have the same key. */
const keyOf = (accountSid: AccountSid, callSid: CallSid): string => `${accountSid} ${callSid}`;
