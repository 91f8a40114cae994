import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { type Callback, type CallbackKind, endCallbackId, type WebhookOutcome } from '../../callbacks/webhook.js';
import { callbackObserver } from './callback-observer.js';
import type { DeliveryReport } from './dispatcher.js';

const conferenceSid = conferenceSidOf('c');
const callbackWith = (wishes: Partial<Callback>): Callback => ({
  id: `${conferenceSid}-status-1`,
  accountSid: accountSidOf('acc'),
  conferenceSid,
  target: { url: 'https://h.test/', method: 'POST' },
  parameters: new Map(),
  ...wishes,
});

const gone: WebhookOutcome = { kind: 'failed', reason: 'connect', tookMs: 2000 };

function observed(report: Partial<DeliveryReport>) {
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const givenUp: string[] = [];
  callbackObserver(metrics, logger, ({ id }) => givenUp.push(id))({
    ...{ callback: callbackWith({}), attempts: 1, ageMs: 70, receiver: 'quick', verdict: { kind: 'delivered' } },
    outcome: { kind: 'answered', status: 204, tookMs: 30 },
    ...report,
  });
  return { metrics, logger, givenUp };
}

describe('callbackObserver', () => {
  it.each<[CallbackKind, Partial<Callback>]>([
    ['status', {}],
    ['end', { id: endCallbackId(conferenceSid) }],
    ['call', { id: 'ringing', callSid: callSidOf('A') }],
  ])('tells a callback of kind %s from the others', (kind, wishes) => {
    const { metrics } = observed({ callback: callbackWith(wishes) });
    const labels = { kind, outcome: 'delivered', answer: '2xx' } as const;
    expect(metrics.value('parley_callback_attempts_total', labels)).toBe(1);
    expect(metrics.value('parley_callback_attempt_duration_seconds', { kind, receiver: 'quick' })).toBe(1);
    expect(metrics.value('parley_callback_delivery_duration_seconds', { kind, receiver: 'quick' })).toBe(1);
  });

  it('counts what is tried again, and logs what is not', () => {
    const again = observed({ outcome: gone, verdict: { kind: 'retry', delayMs: 1000 }, receiver: 'unproven' });
    const attempts = (of: typeof again, outcome: 'retried' | 'dropped') =>
      of.metrics.value('parley_callback_attempts_total', { kind: 'status', outcome, answer: 'connect' });
    expect(attempts(again, 'retried')).toBe(1);
    const times = { kind: 'status', receiver: 'unproven' } as const;
    expect(again.metrics.value('parley_callback_delivery_duration_seconds', times)).toBe(0);
    expect(again.logger.lines).toEqual([]);
    const given = observed({ outcome: gone, verdict: { kind: 'give-up' } });
    expect(attempts(given, 'dropped')).toBe(1);
    expect(given.logger.lines).toEqual([{ level: 'warn', event: 'callback-dropped' }]);
    expect([again.givenUp, given.givenUp]).toEqual([[], [`${conferenceSid}-status-1`]]);
    const ofCall = callbackWith({ id: 'ringing', callSid: callSidOf('A') });
    expect(observed({ callback: ofCall, outcome: gone, verdict: { kind: 'give-up' } }).givenUp).toEqual([]);
  });
});
