/**
 * After a crash (DESIGN §8): conferences that were live when the last daemon died are ended with that reason, their
 * participants leave, their recordings stop, and the callbacks that this makes join those that were not delivered, in
 * order. Runs before anybody is let in. A crash in the middle of it leaves the rest to the next start.
 */
import { assert } from '../base/assert.js';
import type { AccountSid } from '../base/brands.js';
import type { Flavour } from '../base/flavour.js';
import type { Clock, Logger, Random } from '../base/ports.js';
import { newTrace, traceparentOf } from '../base/trace.js';
import { decide } from '../conference/decide.js';
import { evolveAll } from '../conference/evolve.js';
import { withCallEvents } from './calls/call-events.js';
import type { Metrics } from './metrics.js';
import { cutOff, type Origination } from './originations/origination.js';
import type { Store, StoredConference } from './ports.js';
import { recordedStep } from './recordings/recorded-step.js';
import type { RecordingDesk } from './recordings/recording-desk.js';

export type RecoveryParts = {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  readonly recordings: Pick<RecordingDesk, 'line'>;
};

/** Resolves with how many conferences were ended. Rejects when that cannot be written: nobody may be let in then. */
export async function recover(parts: RecoveryParts): Promise<number> {
  const open = await parts.store.openOriginations();
  await Promise.all(open.map((each) => endOrigination(each, parts)));
  if (open.length > 0) parts.logger.warn('calls-cut-off', { count: open.length });
  const unfinished = await parts.store.unfinished();
  // All at once: the store makes few transactions of them.
  await Promise.all(unfinished.map((each) => endCutOff(each, parts)));
  if (unfinished.length > 0) parts.logger.warn('conferences-cut-off', { count: unfinished.length });
  return unfinished.length;
}

/** Those who made it are told nothing: they were never asked by this daemon. */
async function endOrigination(
  before: Origination,
  { store, clock, metrics, random, flavourOf }: RecoveryParts,
): Promise<void> {
  const { origination, callbacks, events } = cutOff(before, clock.now(), flavourOf(before.accountSid));
  const trace = newTrace(random);
  const committed = await store.commitOrigination({
    origination,
    events,
    trace,
    callbacks: callbacks.map((callback) => ({ ...callback, traceparent: traceparentOf(trace, random) })),
  });
  if (!committed.ok) throw new Error('calls that were cut off cannot be ended: the store does not write');
  const { status } = origination.life;
  if (status === 'completed' || status === 'failed') metrics.count('parley_originations_total', { outcome: status });
}

async function endCutOff(
  { state: before, nextSequence: firstSequence }: StoredConference,
  { store, clock, metrics, random, flavourOf, recordings: desk }: RecoveryParts,
): Promise<void> {
  const { accountSid, conferenceSid } = before;
  const trace = newTrace(random);
  const decided = decide(before, { kind: 'end', because: 'daemon-restarted' }, clock.now());
  assert(decided.ok, 'a live conference can be ended');
  const events = decided.value;
  const state = evolveAll(before, events);
  const flavour = flavourOf(accountSid);
  const kept = await desk.line(accountSid, conferenceSid);
  const step = { before, events, after: state, recordings: kept.all(), place: null };
  const made = recordedStep(kept, step, { nextSequence: firstSequence, flavour });
  const { callbacks, nextSequence } = made;
  const committed = await store.commit({
    accountSid,
    before,
    state,
    nextSequence,
    events: [...withCallEvents(events), ...made.recorded],
    trace,
    callbacks: callbacks.map((callback) => ({ ...callback, traceparent: traceparentOf(trace, random) })),
  });
  if (!committed.ok) throw new Error('conferences that were cut off cannot be ended: the store does not write');
  kept.take(made.recordings, state, events);
  metrics.count('parley_conferences_ended_total', { reason: 'daemon-restarted' });
}
