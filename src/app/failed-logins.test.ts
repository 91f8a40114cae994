import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../test/support/callers.js';
import { recordingMetrics } from '../../test/support/silent.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { FailedLogins, networkOf, ofAddress, ofPair } from './failed-logins.js';

const [a, b] = [accountSidOf('a'), accountSidOf('b')];

function script() {
  const clock = new VirtualClock();
  const metrics = recordingMetrics();
  const logins = new FailedLogins(clock, metrics);
  /** How many of so many are told that they were wrong, and not to wait. */
  const refused = (count: number, named: typeof a | null = a, from = '192.0.2.1'): number =>
    Array.from({ length: count }, () => logins.failed({ from, named })).filter((wait) => wait === 0).length;
  return { clock, metrics, logins, refused };
}

describe('failed logins', () => {
  it('are a few at once, and then one now and then, for an address and the account it names', async () => {
    const { clock, logins, refused } = script();
    expect(refused(50)).toBe(ofPair.burst);
    expect(logins.waitSeconds({ from: '192.0.2.1', named: a })).toBe(6);
    await clock.advance(6000);
    expect(logins.waitSeconds({ from: '192.0.2.1', named: a })).toBe(0);
    expect(refused(5)).toBe(1);
  });

  it('keep nobody else waiting: not other accounts of the address, nor the account from elsewhere', () => {
    const { logins, refused } = script();
    refused(50);
    const others = [
      { from: '192.0.2.1', named: b },
      { from: '192.0.2.1', named: null },
      { from: '192.0.2.2', named: a },
    ];
    for (const login of others) expect(logins.waitSeconds(login)).toBe(0);
  });

  it('are bounded for an address in all, whatever it names', () => {
    const { refused } = script();
    const names = Array.from({ length: 400 }, (_, index) => accountSidOf(String(index)));
    expect(names.reduce((sum, named) => sum + refused(1, named), 0)).toBe(ofAddress.burst);
    expect(refused(1, null)).toBe(0);
    expect(refused(1, null, '192.0.2.2')).toBe(1);
  });

  it('are counted by what was answered', () => {
    const { metrics, refused } = script();
    refused(ofPair.burst + 3);
    expect(metrics.value('parley_failed_logins_total', { answer: 'refused' })).toBe(ofPair.burst);
    expect(metrics.value('parley_failed_logins_total', { answer: 'limited' })).toBe(3);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
