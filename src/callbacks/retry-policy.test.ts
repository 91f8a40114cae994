import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noOverrides, parseOverrides } from './overrides.js';
import { documentRetryMs, judge, type Verdict } from './retry-policy.js';
import type { WebhookOutcome } from './webhook.js';

const answered = (status: number): WebhookOutcome => ({ kind: 'answered', status, tookMs: 1 });
type FailureReason = Extract<WebhookOutcome, { kind: 'failed' }>['reason'];
const failed = (reason: FailureReason): WebhookOutcome => ({ kind: 'failed', reason, tookMs: 1 });

const hourMs = 3_600_000;
const policy = { ageMs: 0, horizonMs: 24 * hourMs, overrides: noOverrides, fraction: 0.5 };

const verdictAfter = (attempts: number, outcome: WebhookOutcome, fragment = '', times = {}): Verdict =>
  judge({ ...policy, attempts, outcome, overrides: parseOverrides(fragment), ...times });

describe('judge', () => {
  it.each([200, 201, 204, 299])('takes %i for delivered', (status) => {
    expect(verdictAfter(1, answered(status))).toEqual({ kind: 'delivered' });
  });

  it.each([400, 404, 410, 304])('tries three times in all what the receiver refuses with %i', (status) => {
    expect([1, 2, 3].map((attempts) => verdictAfter(attempts, answered(status)))).toEqual([
      { kind: 'retry', delayMs: 1000 },
      { kind: 'retry', delayMs: 2000 },
      { kind: 'give-up' },
    ]);
  });

  it.each<FailureReason>(['too-many-redirects', 'response-too-large'])(
    'tries three times in all where the answer has %s',
    (reason) => {
      expect([1, 2, 3].map((attempts) => verdictAfter(attempts, failed(reason)).kind)).toEqual([
        ...['retry', 'retry', 'give-up'],
      ]);
    },
  );

  it('tries three times in all without a horizon, as the vendors do', () => {
    const kinds = [1, 2, 3].map((attempts) => verdictAfter(attempts, failed('connect'), '', { horizonMs: 0 }).kind);
    expect(kinds).toEqual(['retry', 'retry', 'give-up']);
  });

  it.each<WebhookOutcome>([answered(500), answered(429), answered(408), failed('connect'), failed('timeout')])(
    'goes on to the horizon after %o, five minutes apart at most',
    (outcome) => {
      const delays = [1, 2, 3, 8, 9, 10, 1000].map((attempts) => {
        const verdict = verdictAfter(attempts, outcome);
        return verdict.kind === 'retry' ? verdict.delayMs : verdict.kind;
      });
      expect(delays).toEqual([1000, 2000, 4000, 128_000, 256_000, 300_000, 300_000]);
      expect(verdictAfter(300, outcome, '', { ageMs: 24 * hourMs - 300_000 }).kind).toBe('retry');
      expect(verdictAfter(300, outcome, '', { ageMs: 24 * hourMs - 299_999 })).toEqual({ kind: 'give-up' });
    },
  );

  it.each<WebhookOutcome>([
    answered(304),
    answered(404),
    answered(503),
    failed('connect'),
    failed('dns'),
    failed('tls'),
    failed('timeout'),
    failed('protocol'),
    failed('too-many-redirects'),
    failed('response-too-large'),
  ])('tries again after %o', (outcome) => {
    expect(verdictAfter(1, outcome).kind).toBe('retry');
  });

  it('does not knock again where the policy forbids it', () => {
    expect(verdictAfter(1, failed('refused-by-policy'), 'rc=5&rp=all')).toEqual({ kind: 'give-up' });
  });

  it('takes the number of retries from the URL', () => {
    expect(verdictAfter(1, answered(500), 'rc=0')).toEqual({ kind: 'give-up' });
    expect(verdictAfter(5, answered(500), 'rc=5').kind).toBe('retry');
    expect(verdictAfter(6, answered(500), 'rc=5')).toEqual({ kind: 'give-up' });
  });

  it.each<[string, WebhookOutcome, Verdict['kind']]>([
    ['4xx', answered(404), 'retry'],
    ['4xx', answered(500), 'give-up'],
    ['5xx', answered(500), 'retry'],
    ['ct', failed('connect'), 'retry'],
    ['ct', failed('timeout'), 'give-up'],
    ['rt', failed('timeout'), 'retry'],
    ['rt', failed('protocol'), 'give-up'],
    ['all', failed('protocol'), 'retry'],
    ['ct,5xx', answered(502), 'retry'],
  ])('under rp=%s answers %o with %s', (policy, outcome, kind) => {
    expect(verdictAfter(1, outcome, `rp=${policy}`).kind).toBe(kind);
  });

  it('spreads the waits around the back-off', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (fraction) => {
        const verdict = judge({ ...policy, attempts: 2, outcome: answered(500), fraction });
        expect(verdict.kind).toBe('retry');
        if (verdict.kind === 'retry') expect(verdict.delayMs >= 1000 && verdict.delayMs <= 3000).toBe(true);
      }),
    );
    const edges = [0, 0.999_999].map((fraction) => judge({ ...policy, attempts: 1, outcome: answered(500), fraction }));
    expect(edges).toEqual([
      { kind: 'retry', delayMs: 500 },
      { kind: 'retry', delayMs: 1500 },
    ]);
  });
});

describe('documentRetryMs', () => {
  const waitAfter = (attempts: number, outcome: WebhookOutcome, fragment = '') =>
    documentRetryMs(attempts, outcome, parseOverrides(fragment));

  it('asks once, unless the URL says how often', () => {
    expect(waitAfter(1, answered(500))).toBeNull();
    expect([1, 2, 3].map((attempts) => waitAfter(attempts, answered(500), 'rc=2'))).toEqual([100, 200, null]);
  });

  it.each<[string, WebhookOutcome, boolean]>([
    ['rc=1', answered(200), false],
    ['rc=1', answered(304), false],
    ['rc=1', answered(404), true],
    ['rc=1&rp=5xx', answered(404), false],
    ['rc=1&rp=ct', failed('dns'), true],
    ['rc=1&rp=ct', failed('timeout'), false],
    ['rc=1&rp=all', failed('refused-by-policy'), false],
  ])('under %s asks again after %o: %s', (fragment, outcome, isAskedAgain) => {
    expect(waitAfter(1, outcome, fragment) !== null).toBe(isAskedAgain);
  });
});
