import { describe, expect, it } from 'vitest';
import { afterOutcome, afterSending, type Breaker, closedBreaker, failuresMax, permission } from './breaker.js';
import type { WebhookOutcome } from './webhook.js';

const gone: WebhookOutcome = { kind: 'failed', reason: 'connect', tookMs: 1 };
const answer: WebhookOutcome = { kind: 'answered', status: 500, tookMs: 1 };

const hear = (breaker: Breaker, outcome: WebhookOutcome, nowMs = 0): Breaker =>
  afterOutcome(breaker, { outcome, nowMs, fraction: 0.5 });

function openedAt(nowMs: number): Breaker {
  let breaker = closedBreaker;
  for (let failure = 0; failure < failuresMax; failure += 1) breaker = hear(breaker, gone, nowMs);
  return breaker;
}

describe('breaker', () => {
  it('opens after so many failures in a row, not after as many with an answer between', () => {
    let breaker = closedBreaker;
    for (let failure = 1; failure < failuresMax; failure += 1) breaker = hear(breaker, gone);
    expect(permission(breaker, 0)).toBe('all');
    const answered = hear(hear(breaker, answer), gone);
    expect(permission(answered, 0)).toBe('all');
    expect(permission(hear(breaker, gone), 0)).toBe('none');
  });

  it('lets one through after a second, and everything once that was answered', () => {
    const open = openedAt(100);
    expect(permission(open, 1099)).toBe('none');
    expect(permission(open, 1100)).toBe('one');
    const probing = afterSending(open);
    expect(permission(probing, 5000)).toBe('none');
    expect(permission(hear(probing, answer, 5000), 5000)).toBe('all');
  });

  it('stays open twice as long after each probe that fails, a minute at most', () => {
    let breaker = openedAt(0);
    const waits = Array.from({ length: 9 }, () => {
      breaker = hear(afterSending(breaker), gone, 0);
      return breaker.kind === 'open' ? breaker.untilMs : breaker.kind;
    });
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it('is not moved by what was under way when it opened, unless that is answered', () => {
    const open = openedAt(0);
    expect(hear(open, gone, 500)).toBe(open);
    expect(hear(open, answer, 500)).toBe(closedBreaker);
  });

  it.each<[WebhookOutcome, string]>([
    [{ kind: 'failed', reason: 'timeout', tookMs: 1 }, 'none'],
    [{ kind: 'failed', reason: 'tls', tookMs: 1 }, 'all'],
    [{ kind: 'failed', reason: 'dns', tookMs: 1 }, 'none'],
    [{ kind: 'failed', reason: 'protocol', tookMs: 1 }, 'none'],
    [{ kind: 'failed', reason: 'response-too-large', tookMs: 1 }, 'all'],
    [{ kind: 'failed', reason: 'too-many-redirects', tookMs: 1 }, 'all'],
    [{ kind: 'failed', reason: 'refused-by-policy', tookMs: 1 }, 'all'],
  ])('after %o it permits %s', (outcome, permitted) => {
    let breaker = closedBreaker;
    for (let failure = 0; failure < failuresMax; failure += 1) breaker = hear(breaker, outcome);
    expect(permission(breaker, 0)).toBe(permitted);
  });

  it('lets the next one see when the policy kept back the one that was to', () => {
    const probing = afterSending(openedAt(0));
    const kept = hear(probing, { kind: 'failed', reason: 'refused-by-policy', tookMs: 1 }, 1500);
    expect(permission(kept, 1500)).toBe('one');
    expect(permission(hear(afterSending(kept), gone, 1500), 3400)).toBe('none');
    expect(permission(hear(afterSending(kept), gone, 1500), 3500)).toBe('one');
  });

  it('spreads the probes of receivers that went away together', () => {
    const untils = [0, 0.999].map((fraction) => {
      const breaker = afterOutcome({ kind: 'half-open', openings: 0 }, { outcome: gone, nowMs: 0, fraction });
      return breaker.kind === 'open' ? breaker.untilMs : 0;
    });
    expect(untils[0]).toBe(750);
    expect(untils[1]).toBeGreaterThan(1240);
  });
});
