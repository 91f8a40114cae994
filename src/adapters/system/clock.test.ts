import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

describe('systemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs an action once, when its time has come', () => {
    const action = vi.fn();
    systemClock.after(1000, action);
    vi.advanceTimersByTime(999);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(action).toHaveBeenCalledTimes(1);
  });

  it('waits longer than one timer of the platform can', () => {
    const action = vi.fn();
    const fiftyDaysMs = 50 * 86_400_000;
    systemClock.after(fiftyDaysMs, action);
    vi.advanceTimersByTime(fiftyDaysMs - 1);
    expect(action).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
  });

  it('cancels, in the first stretch of a long wait and in the last, and twice', () => {
    const action = vi.fn();
    const cancelEarly = systemClock.after(10, action);
    const cancelLate = systemClock.after(2 ** 31 + 10, action);
    cancelEarly();
    cancelEarly();
    vi.advanceTimersByTime(2 ** 31);
    cancelLate();
    vi.advanceTimersByTime(1000);
    expect(action).not.toHaveBeenCalled();
  });

  it('tells the wall clock, and an interval that a step of the wall clock does not touch', () => {
    const before = systemClock.monotonic();
    vi.setSystemTime(1_712_255_535_000);
    vi.advanceTimersByTime(250);
    expect(systemClock.now()).toBe(1_712_255_535_250);
    expect(systemClock.monotonic() - before).toBeLessThan(60_000);
  });
});
