/** The machine's clocks: the only place that reads them for the control plane. */
import { performance } from 'node:perf_hooks';
import { epochMs, monotonicMs } from '../../base/brands.js';
import type { Cancel, Clock } from '../../base/ports.js';

/** Node fires at once what is set further ahead than this. */
const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (delayMs, action) => {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, timerMsMax);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : action()), stepMs).unref();
    };
    arm(delayMs);
    const cancel: Cancel = () => clearTimeout(timer);
    return cancel;
  },
};
