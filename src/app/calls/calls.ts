/**
 * The calls of all accounts: those in progress, bounded by what the engine takes, and a bounded history of those that
 * are over. A call sid belongs to its account: another account may use the same one and never learns of it.
 */
import { assert } from '../../base/assert.js';
import type { AccountSid, CallSid, ConferenceSid, EpochMs } from '../../base/brands.js';
import type { CallFacts } from '../../conference/state.js';
import type { LegId, LegMedia } from '../../media/engine-port.js';
import type { Answered } from '../../media/sdp/answer.js';
import { Holdings } from '../account-limits.js';
import type { CallView, MediaHandle, Refusal } from '../application.js';
import type { Metrics } from '../metrics.js';
import { CompletedCalls } from './completed-calls.js';

/** What a dial says of its call beside how it takes part. */
export type DialTraits = {
  /** The key `*` takes it out of its conference (CONTRACT §2.1). */
  readonly hangupOnStar: boolean;
};

export type Call = DialTraits & {
  readonly accountSid: AccountSid;
  readonly view: CallView;
  /** The conference it is in now; null while it is up and in none. */
  readonly joined: ConferenceSid | null;
  readonly leg: LegId;
  readonly media: LegMedia;
  /** What its last offer was answered; null for a gRPC leg, and until its dial is answered. */
  readonly answered: Answered | null;
};

export class Calls {
  readonly #metrics: Metrics;
  readonly #maxOf: (accountSid: AccountSid) => number | null;
  /** In progress and being dialed. */
  readonly #held = new Holdings<string>();
  /** Dials under way. */
  readonly #dialing = new Map<string, DialTraits>();
  readonly #live = new Map<string, Call>();
  readonly #keyOfLeg = new Map<LegId, string>();
  readonly #completed = new CompletedCalls();
  readonly #holders = new Map<string, MediaHandle>();
  readonly #keyOfHandle = new WeakMap<MediaHandle, string>();
  readonly #counts = { rtp: 0, grpc: 0 };

  constructor(metrics: Metrics, maxOf: (accountSid: AccountSid) => number | null = () => null) {
    this.#metrics = metrics;
    this.#maxOf = maxOf;
  }

  /** Refused when a call with this sid is in progress or being dialed, or one too many; else `settle` must follow. */
  claim(accountSid: AccountSid, callSid: CallSid, traits: DialTraits): Refusal | null {
    const key = callKey(accountSid, callSid);
    if (this.#dialing.has(key) || this.#live.has(key)) return { kind: 'call-exists', callSid };
    const max = this.#maxOf(accountSid);
    if (max !== null && this.#held.count(accountSid) >= max) {
      this.#metrics.count('parley_account_limits_reached_total', { account: accountSid, limit: 'calls' });
      return { kind: 'account-limit', what: 'calls', max };
    }
    this.#dialing.set(key, traits);
    this.#held.add(accountSid, key);
    return null;
  }

  /** The dial is over, whatever came of it. */
  settle(accountSid: AccountSid, callSid: CallSid): void {
    const key = callKey(accountSid, callSid);
    this.#dialing.delete(key);
    if (!this.#live.has(key)) this.#held.remove(accountSid, key);
  }

  begin(
    accountSid: AccountSid,
    facts: { readonly callSid: CallSid; readonly call: CallFacts; readonly startedAtMs: EpochMs },
    place: { readonly conferenceSid: ConferenceSid | null; readonly leg: LegId; readonly media: LegMedia },
  ): void {
    const key = callKey(accountSid, facts.callSid);
    const traits = this.#dialing.get(key);
    assert(!this.#live.has(key) && traits !== undefined, 'a call begins once, by a dial');
    const { conferenceSid, leg, media } = place;
    const mediaKind = media.transport === 'rtp' ? 'rtp' : 'grpc';
    this.#completed.remove(accountSid, facts.callSid);
    this.#live.set(key, {
      accountSid,
      joined: conferenceSid,
      view: { ...facts, status: 'in-progress', conferenceSid, endedAtMs: null, mediaKind, answeredBy: null },
      leg,
      media,
      answered: null,
      ...traits,
    });
    this.#keyOfLeg.set(leg, key);
    this.#add(mediaKind, 1);
    this.#metrics.count('parley_account_calls_total', { account: accountSid });
  }

  /** What the dial that it runs next says of it; a call that is not there yet begins with it. */
  change(accountSid: AccountSid, callSid: CallSid, traits: DialTraits): void {
    const key = callKey(accountSid, callSid);
    const call = this.#live.get(key);
    if (call !== undefined) this.#live.set(key, { ...call, ...traits });
    if (this.#dialing.has(key)) this.#dialing.set(key, traits);
  }

  /** It was up and in no conference. */
  enter(accountSid: AccountSid, callSid: CallSid, conferenceSid: ConferenceSid): void {
    this.#move(accountSid, callSid, (call) => ({
      ...call,
      joined: conferenceSid,
      view: { ...call.view, conferenceSid },
    }));
  }

  /** It has left its conference and is up. */
  leave(accountSid: AccountSid, callSid: CallSid): void {
    this.#move(accountSid, callSid, (call) => ({ ...call, joined: null }));
  }

  /** The leg that it had. */
  end(accountSid: AccountSid, callSid: CallSid, endedAtMs: EpochMs): LegId {
    const key = callKey(accountSid, callSid);
    const call = this.#live.get(key);
    assert(call !== undefined, 'only a call in progress ends');
    this.#live.delete(key);
    if (!this.#dialing.has(key)) this.#held.remove(accountSid, key);
    this.#keyOfLeg.delete(call.leg);
    this.#holders.delete(key);
    this.#add(call.media.transport === 'rtp' ? 'rtp' : 'grpc', -1);
    const hasPlace = this.#completed.add(accountSid, { ...call.view, status: 'completed', endedAtMs });
    if (!hasPlace) this.#metrics.count('parley_calls_forgotten_total', {});
    return call.leg;
  }

  /** An offer was answered. Nothing when the call is over by now. */
  answer(accountSid: AccountSid, callSid: CallSid, media: LegMedia, answered: Answered): void {
    const key = callKey(accountSid, callSid);
    const call = this.#live.get(key);
    if (call !== undefined) this.#live.set(key, { ...call, media, answered });
  }

  live(accountSid: AccountSid, callSid: CallSid): Call | null {
    return this.#live.get(callKey(accountSid, callSid)) ?? null;
  }

  /** The call in progress whose media this leg is. */
  onLeg(leg: LegId): Call | null {
    const key = this.#keyOfLeg.get(leg);
    return key === undefined ? null : (this.#live.get(key) ?? null);
  }

  /** Of all calls in progress. */
  legs(): readonly LegId[] {
    return [...this.#keyOfLeg.keys()];
  }

  /** In progress or over. */
  view(accountSid: AccountSid, callSid: CallSid): CallView | null {
    const key = callKey(accountSid, callSid);
    return this.#live.get(key)?.view ?? this.#completed.view(accountSid, callSid);
  }

  /** Those in progress and those that are over and still known; newest first. */
  ofAccount(accountSid: AccountSid): readonly CallView[] {
    const prefix = callKey(accountSid, '');
    const views = [...this.#completed.ofAccount(accountSid)];
    for (const [key, { view }] of this.#live) if (key.startsWith(prefix)) views.push(view);
    return views.sort(newestFirst);
  }

  dialing(): number {
    return this.#dialing.size;
  }

  /** Calls in progress. */
  open(): number {
    return this.#live.size;
  }

  /** Who has the lane of a gRPC call; at most one at a time. */
  holder(accountSid: AccountSid, callSid: CallSid): MediaHandle | null {
    return this.#holders.get(callKey(accountSid, callSid)) ?? null;
  }

  hold(accountSid: AccountSid, handle: MediaHandle): void {
    const key = callKey(accountSid, handle.callSid);
    this.#holders.set(key, handle);
    this.#keyOfHandle.set(handle, key);
  }

  /** Nothing when another has the lane by now. */
  letGo(handle: MediaHandle): void {
    const key = this.#keyOfHandle.get(handle);
    if (key !== undefined && this.#holders.get(key) === handle) this.#holders.delete(key);
  }

  #move(accountSid: AccountSid, callSid: CallSid, moved: (call: Call) => Call): void {
    const key = callKey(accountSid, callSid);
    const call = this.#live.get(key);
    assert(call !== undefined, 'only a call in progress comes and goes');
    this.#live.set(key, moved(call));
  }

  #add(mediaKind: 'rtp' | 'grpc', change: 1 | -1): void {
    this.#counts[mediaKind] += change;
    this.#metrics.set('parley_calls', { media: mediaKind }, this.#counts[mediaKind]);
  }
}

/** In the order of lists. */
export const newestFirst = (one: CallView, other: CallView): number =>
  other.startedAtMs - one.startedAtMs || (one.callSid < other.callSid ? -1 : 1);

const callKey = (accountSid: AccountSid, callSid: CallSid | ''): string => `${accountSid} ${callSid}`;
