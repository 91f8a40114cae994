import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { ParticipantTime } from './participant-time.js';

function world() {
  const clock = new VirtualClock();
  const metrics = recordingMetrics();
  const time = new ParticipantTime(clock, metrics);
  const seconds = (name: string): number =>
    metrics.value('parley_account_participant_seconds_total', { account: accountSidOf(name) });
  return { clock, time, seconds };
}

const [a, b] = [accountSidOf('a'), accountSidOf('b')];

describe('ParticipantTime', () => {
  it('adds up what each was in, of each account apart', async () => {
    const { clock, time, seconds } = world();
    time.came(a);
    await clock.advance(2000);
    time.came(a);
    time.came(b);
    await clock.advance(3000);
    time.went(a);
    await clock.advance(1000);
    time.went(a);
    time.went(b);
    await clock.advance(5000);
    time.measure();
    expect([seconds('a'), seconds('b')]).toEqual([2 + 2 * 3 + 1, 4]);
  });

  it('grows while somebody is in, and no second is counted twice', async () => {
    const { clock, time, seconds } = world();
    time.came(a);
    await clock.advance(1500);
    time.measure();
    expect(seconds('a')).toBe(1.5);
    time.measure();
    await clock.advance(500);
    time.went(a);
    expect(seconds('a')).toBe(2);
  });
});
