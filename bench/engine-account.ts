/** What the daemon's own metrics say of its engine threads over the measured time. */
import { type Counters, readCounters } from '../src/cli/counters.js';
import type { Watch } from './load.js';

export type EngineAccount = {
  /** CPU of the engine threads alone; the rest of the process is JavaScript, its collector and the control plane. */
  readonly cpuSeconds: number;
  /** Ticks that worked longer than 5 ms, ran late back to back, or were given up. */
  readonly ticksOverrun: number;
  readonly ticksCaughtUp: number;
  readonly ticksGivenUp: number;
};

const metrics: Readonly<Record<keyof EngineAccount, string>> = {
  cpuSeconds: 'parley_shard_cpu_seconds_total',
  ticksOverrun: 'parley_shard_ticks_overrun_total',
  ticksCaughtUp: 'parley_shard_ticks_caught_up_total',
  ticksGivenUp: 'parley_shard_ticks_reanchored_total',
};

/** `httpUrl` is the base of the daemon's metrics; the account may be taken after the watch has ended. */
export function watchEngine(httpUrl: string): { readonly watch: Watch; readonly account: () => EngineAccount } {
  let [before, after]: (Counters | null)[] = [null, null];
  const moved = (name: string): number => (after?.(name) ?? 0) - (before?.(name) ?? 0);
  return {
    watch: {
      begin: async () => {
        before = await readCounters(httpUrl);
      },
      end: async () => {
        after = await readCounters(httpUrl);
      },
    },
    account: () => ({
      cpuSeconds: moved(metrics.cpuSeconds),
      ticksOverrun: moved(metrics.ticksOverrun),
      ticksCaughtUp: moved(metrics.ticksCaughtUp),
      ticksGivenUp: moved(metrics.ticksGivenUp),
    }),
  };
}
