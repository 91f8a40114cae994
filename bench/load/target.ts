/** The daemon under load: one that is started for it on this machine, or anybody's own. */
import { startDaemon } from '../../src/cli/daemon-process.js';
import type { Coding } from './shapes.js';

export type Target = {
  /** host:port of the gRPC API. */
  readonly grpcAddress: string;
  /** Base URL of its metrics. */
  readonly httpUrl: string;
  readonly token: string | null;
  readonly stop: () => Promise<void>;
};

export type OwnDaemon = { readonly address: string; readonly metrics: string; readonly token: string | null };

export const connectTo = ({ address, metrics, token }: OwnDaemon): Target => ({
  grpcAddress: address,
  httpUrl: metrics.replace(/\/(metrics)?$/, ''),
  token,
  stop: async () => {},
});

/** With room for `legs` in each shard, and without admission by tick time: it is to be driven beyond what it takes. */
export async function startTarget(legs: number, coding: Coding, shards = 1): Promise<Target> {
  const places = String(Math.max(64, legs + 16));
  const daemon = await startDaemon({
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_SHARDS: String(shards),
    PARLEY_API_REQUESTS_PER_SECOND: '0',
    PARLEY_TICK_LOAD_MAX: '1',
    PARLEY_LEGS_PER_SHARD: places,
    PARLEY_ROOMS_PER_SHARD: places,
    PARLEY_OPUS_LEGS_PER_SHARD: coding === 'opus' ? places : '0',
  });
  return {
    grpcAddress: daemon.grpcAddress,
    httpUrl: daemon.httpUrl,
    token: null,
    stop: async () => {
      await daemon.stop();
    },
  };
}
