/**
 * Takes callbacks out of the outbox and delivers them: those of one conference strictly one after another (the outbox
 * sees to that), those of different conferences side by side. No receiver gets more than its share of what can be in
 * flight, and one that cannot be reached is left alone behind its breaker, so that it delays its own conferences and
 * nobody else's.
 */
import { type AccountSid, epochMs } from '../../base/brands.js';
import type { Cancel, Clock, Random } from '../../base/ports.js';
import { noOverrides, parseOverrides } from '../../callbacks/overrides.js';
import { receiverOf } from '../../callbacks/receiver.js';
import { judge, type Verdict } from '../../callbacks/retry-policy.js';
import { parseWebhookUrl } from '../../callbacks/url.js';
import type { Callback, WebhookOutcome } from '../../callbacks/webhook.js';
import type { Allowed } from '../allowance.js';
import type { Outbox, QueuedCallback, Webhooks } from '../ports.js';
import { AccountPace } from './account-pace.js';
import { kindOf, type Receiver, type ReceiverKind, type ReceiverLimits, Receivers } from './receivers.js';

export type DispatcherLimits = ReceiverLimits & {
  /** Callbacks taken and not yet settled, those waiting for their receiver included. */
  readonly takenMax: number;
  /** Taken at once, and sent in one turn of the event loop: others have theirs between. */
  readonly takenPerTurnMax: number;
  readonly sentPerTurnMax: number;
};

export const dispatcherLimits: DispatcherLimits = {
  inFlightMax: 2048,
  inFlightUnprovenMax: 1024,
  perReceiver: { first: 4, most: 32 },
  takenMax: 16_384,
  takenPerTurnMax: 256,
  sentPerTurnMax: 64,
  receiversMax: 10_000,
};

/** One try and what follows from it. */
export type DeliveryReport = {
  readonly callback: Callback;
  /** Tries made so far, this one included. */
  readonly attempts: number;
  /** From the commit to the end of this try. */
  readonly ageMs: number;
  readonly outcome: WebhookOutcome;
  readonly verdict: Verdict;
  /** How its receiver had answered before. */
  readonly receiver: ReceiverKind;
};

export type DispatcherObserver = (report: DeliveryReport) => void;

export type DispatcherParts = {
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: DispatcherObserver;
  readonly limits: DispatcherLimits;
  /** How old a notice of the account may become before it is given up (`judge`). */
  readonly horizonMsOf: (accountSid: AccountSid) => number;
  /** How many of the account may be sent. Left out: any number. */
  readonly allowedOf?: (accountSid: AccountSid) => Allowed;
  /** Called for each that has to wait for that. */
  readonly onPostponed?: (accountSid: AccountSid) => void;
};

export interface Dispatcher {
  /** Begins with what is in the outbox already. */
  start(): void;
  /**
   * Goes on until nothing is due or under way, or until `withinMs` have passed; what waits for its next try stays in
   * the outbox. Resolves with what is left undelivered.
   */
  stop(withinMs: number): Promise<number>;
  /** Receivers of each kind, as far as they are remembered. */
  receivers(): Readonly<Record<ReceiverKind, number>>;
}

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { outbox, webhooks, clock, random, observer, limits, horizonMsOf, onPostponed = () => {} } = parts;
  const pace = new AccountPace(clock, parts.allowedOf ?? (() => ({ perSecond: 0, burst: 0 })));
  const receivers = new Receivers(limits, () => clock.monotonic());
  let isRunning = false;
  let isTaking = false;
  let mustTakeAgain = false;
  let taken = 0;
  let cancelWake: Cancel = () => {};
  let cancelTurn: Cancel | null = null;
  let onIdle = (): void => {};

  function pump(): void {
    if (!isRunning) return;
    receivers.lookAgain();
    // A turn that is to come sends what may be sent by then.
    if (cancelTurn === null) sendSome();
    void takeMore();
  }

  function sendSome(): void {
    for (let sent = 0; sent < limits.sentPerTurnMax; sent += 1) {
      const next = receivers.next();
      if (next === null) return;
      send(next.receiver, next.entry);
    }
    cancelTurn = clock.after(0, () => {
      cancelTurn = null;
      if (isRunning) sendSome();
    });
  }

  /** One request to the outbox at a time; whatever became due meanwhile is asked for with the next. */
  async function takeMore(): Promise<void> {
    mustTakeAgain = true;
    if (isTaking) return;
    isTaking = true;
    while (mustTakeAgain && isRunning && taken < limits.takenMax) {
      mustTakeAgain = false;
      const limit = Math.min(limits.takenPerTurnMax, limits.takenMax - taken);
      const { entries, nextDueAtMs } = await outbox.take({ limit, ...receivers.shares() });
      for (const entry of entries) {
        const waitMs = pace.waitMs(entry.callback.accountSid);
        if (waitMs > 0) postpone(entry, waitMs);
        else {
          taken += 1;
          receivers.add(receiverOf(entry.callback.target), entry);
        }
      }
      wakeAt(nextDueAtMs === null ? null : nextDueAtMs - clock.now());
      if (entries.length > 0) pump();
    }
    isTaking = false;
    if (taken === 0) onIdle();
  }

  /** Its account has sent as many as it may; what stands behind it in its line waits with it. */
  function postpone({ callback, attempts }: QueuedCallback, waitMs: number): void {
    onPostponed(callback.accountSid);
    outbox.retry(callback.id, attempts, epochMs(clock.now() + Math.ceil(waitMs)));
  }

  /** When the outbox or a breaker has something to be done next. */
  function wakeAt(dueInMs: number | null): void {
    cancelWake();
    const waits = [dueInMs, receivers.untilProbeMs()].filter((waitMs) => waitMs !== null);
    if (waits.length > 0) cancelWake = clock.after(Math.max(1, Math.ceil(Math.min(...waits))), pump);
  }

  function send(receiver: Receiver, entry: QueuedCallback): void {
    void webhooks.send(entry.callback).then((outcome) => {
      taken -= 1;
      const kind = kindOf(receiver);
      receivers.heard(receiver, { outcome, nowMs: clock.monotonic(), fraction: random.fraction() });
      if (isRunning) {
        settle(entry, outcome, kind);
        giveBackBehindBreaker(receiver);
      }
      pump();
    });
  }

  function settle(
    { callback, attempts: before, createdAtMs }: QueuedCallback,
    outcome: WebhookOutcome,
    receiver: ReceiverKind,
  ): void {
    const attempts = before + 1;
    const fragment = parseWebhookUrl(callback.target.url)?.fragment;
    const overrides = fragment === undefined ? noOverrides : parseOverrides(fragment);
    const ageMs = Math.max(0, clock.now() - createdAtMs);
    const horizonMs = horizonMsOf(callback.accountSid);
    const verdict = judge({ attempts, ageMs, horizonMs, outcome, overrides, fraction: random.fraction() });
    observer({ callback, attempts, ageMs, outcome, verdict, receiver });
    const { id } = callback;
    if (verdict.kind === 'retry') outbox.retry(id, attempts, epochMs(clock.now() + verdict.delayMs));
    else if (verdict.kind === 'delivered') outbox.delivered(id);
    else outbox.giveUp(id, attempts, reasonOf(outcome));
  }

  /** What waits here for a receiver that is left alone would keep others out of what may be taken. */
  function giveBackBehindBreaker(receiver: Receiver): void {
    const { breaker } = receiver;
    if (breaker.kind !== 'open') return;
    const atMs = epochMs(clock.now() + Math.max(0, breaker.untilMs - clock.monotonic()));
    for (const { callback, attempts } of receivers.giveBack(receiver)) {
      taken -= 1;
      outbox.retry(callback.id, attempts, atMs);
    }
  }

  outbox.onAvailable(pump);

  return {
    start() {
      isRunning = true;
      pump();
    },
    async stop(withinMs) {
      if (isRunning && withinMs > 0) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(withinMs, resolve);
          onIdle = () => {
            cancel();
            resolve();
          };
          pump();
        });
      }
      isRunning = false;
      cancelWake();
      cancelTurn?.();
      return outbox.depth();
    },
    receivers: () => receivers.count(),
  };
}

function reasonOf(outcome: WebhookOutcome): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.rule === undefined ? outcome.reason : `${outcome.reason}: ${outcome.rule}`;
}
