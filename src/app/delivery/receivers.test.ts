import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import type { EpochMs, MonotonicMs } from '../../base/brands.js';
import type { WebhookOutcome } from '../../callbacks/webhook.js';
import type { QueuedCallback } from '../ports.js';
import { dispatcherLimits } from './dispatcher.js';
import { Receivers } from './receivers.js';

const origin = 'https://h.test';
const gone: WebhookOutcome = { kind: 'failed', reason: 'connect', tookMs: 1 };

const entryOf = (id: string): QueuedCallback => ({
  callback: {
    id,
    accountSid: accountSidOf('acc'),
    conferenceSid: conferenceSidOf('a'),
    target: { url: `${origin}/`, method: 'POST' },
    parameters: new Map(),
  },
  createdAtMs: 0 as EpochMs,
  attempts: 0,
});

describe('Receivers', () => {
  it('tries one again by time, though what waits for it came while it was left alone', () => {
    let nowMs = 0;
    const receivers = new Receivers(dispatcherLimits, () => nowMs as MonotonicMs);
    for (let failures = 0; failures < 5; failures += 1) {
      receivers.add(origin, entryOf(`failing-${failures}`));
      const sent = receivers.next();
      if (sent === null) return expect.fail('it may be tried');
      receivers.heard(sent.receiver, { outcome: gone, nowMs, fraction: 0.5 });
    }
    // It was on its way here when the last of them came back.
    receivers.add(origin, entryOf('late'));
    receivers.lookAgain();
    expect(receivers.next()).toBeNull();
    nowMs = receivers.untilProbeMs() ?? expect.fail('there is a time at which it is tried');
    receivers.lookAgain();
    expect(receivers.next()?.entry.callback.id).toBe('late');
  });
});
