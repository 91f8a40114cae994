import { describe, expect, it } from 'vitest';
import { saysNothing, tellAt } from '../../test/support/callers.js';
import { capacityOf, settingsWith } from './room-settings.js';

const first = {
  statusCallback: tellAt('https://app/first'),
  maxParticipants: 5,
  region: 'ie1',
  eventCallbackUrl: 'https://app/1',
};
const later = {
  statusCallback: tellAt('https://app/later'),
  maxParticipants: 9,
  region: 'us1',
  eventCallbackUrl: 'https://app/2',
};

describe('settingsWith', () => {
  it('keeps what an earlier leg said, and the very object when nothing was taken', () => {
    expect(settingsWith(first, later)).toBe(first);
    expect(settingsWith(saysNothing, saysNothing)).toBe(saysNothing);
  });

  it('takes the limit, the region and the URL of the end from the first leg that says them, one by one', () => {
    expect(settingsWith({ ...first, region: null }, later)).toEqual({ ...first, region: 'us1' });
    expect(settingsWith({ ...first, maxParticipants: null }, later)).toEqual({ ...first, maxParticipants: 9 });
    expect(settingsWith({ ...first, eventCallbackUrl: null }, later)).toEqual({
      ...first,
      eventCallbackUrl: 'https://app/2',
    });
  });

  it('never takes a statusCallback, even when the first leg left it blank', () => {
    expect(settingsWith({ ...first, statusCallback: null }, later)).toEqual({ ...first, statusCallback: null });
    expect(settingsWith(saysNothing, later)).toEqual({ ...later, statusCallback: null });
  });
});

describe('capacityOf', () => {
  it.each([
    [null, 250],
    [1, 1],
    [250, 250],
    [100_000, 100_000],
    [100_001, 100_000],
  ])('maxParticipants %s admits %s', (maxParticipants, capacity) => {
    expect(capacityOf({ ...saysNothing, maxParticipants })).toBe(capacity);
  });
});
