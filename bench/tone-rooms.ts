/**
 * A daemon in this very process, with callers of another process in rooms of three, each saying a tone; and how late
 * its engine has woken up for its ticks, by the engine's own histogram.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../src/adapters/system/logger.js';
import { RtpCaller } from '../src/cli/caller/rtp-caller.js';
import { Tone } from '../src/cli/caller/voice.js';
import { readCounters } from '../src/cli/counters.js';
import { ApiClient } from '../src/client/api-client.js';
import { parseConfig } from '../src/config/config.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../src/gen/parley/v1/dial_pb.js';
import { type Daemon, startDaemon } from '../src/main.js';
import { tickHistogramEdgesUs } from '../src/media/engine-layout-stats.js';

export type Lateness = {
  readonly ticks: number;
  /** The edge below which so many ticks woke up, in µs; infinite above the last. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly overrun: number;
  readonly caughtUp: number;
  readonly concealed: number;
};

export type ToneRooms = {
  readonly addresses: Daemon['addresses'];
  /** Of the time between the two readings. */
  readonly during: (action: () => Promise<void>) => Promise<Lateness>;
  readonly close: () => Promise<void>;
};

const self = fileURLToPath(import.meta.url);

/** The other process: callers in rooms of three until its parent is gone. */
async function call(address: string, legs: number): Promise<void> {
  const client = new ApiClient(address, null);
  for (let leg = 0; leg < legs; leg += 1) {
    const voice = new Tone({ hz: 440 + 20 * leg, amplitude: 4000, rateHz: 8000 });
    const caller = await RtpCaller.open({ voice, laws: ['pcmu'] });
    const conference = { roomName: `room ${Math.floor(leg / 3)}`, beep: Beep.FALSE };
    const { media } = await client.call(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference } },
      media: { case: 'rtp', value: { sdpOffer: caller.offer() } },
    });
    if (media.case === 'rtp') caller.start(media.value.sdpAnswer);
  }
  process.send?.('talking');
}

/** `wishes`: settings of the daemon beside those that let it find free ports and keep nothing. */
export async function openToneRooms(legs: number, wishes: Readonly<Record<string, string>> = {}): Promise<ToneRooms> {
  const environment = {
    PARLEY_DATA_DIR: 'memory',
    PARLEY_GRPC_LISTEN: '127.0.0.1:0',
    PARLEY_HTTP_LISTEN: '127.0.0.1:0',
    PARLEY_REST_LISTEN: '127.0.0.1:0',
    PARLEY_RTP_PORTS: '0',
    PARLEY_SHARDS: '1',
    ...wishes,
  };
  const config = parseConfig({ environment, file: null });
  if (!config.ok) throw new Error(config.error.join('\n'));
  const daemon = await startDaemon(config.value, createLogger('error'));
  const child = fork(self, ['--call', daemon.addresses.grpc, String(legs)], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  const httpUrl = `http://${daemon.addresses.http}`;
  return {
    addresses: daemon.addresses,
    async during(action) {
      const before = await reading(httpUrl);
      await action();
      return difference(before, await reading(httpUrl));
    },
    async close() {
      child.kill();
      await daemon.stop();
    },
  };
}

type Reading = { readonly buckets: readonly number[]; readonly counter: (name: string) => number };

async function reading(httpUrl: string): Promise<Reading> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  const bucket = /^parley_shard_tick_lateness_seconds_bucket\{.*\} (\d+)$/gm;
  const buckets = [...text.matchAll(bucket)].map(([, count]) => Number(count));
  return { buckets, counter: await readCounters(httpUrl) };
}

function difference(before: Reading, after: Reading): Lateness {
  const buckets = after.buckets.map((count, index) => count - (before.buckets[index] ?? 0));
  const ticks = buckets.at(-1) ?? 0;
  const below = (share: number): number =>
    tickHistogramEdgesUs[buckets.findIndex((count) => count >= share * ticks)] ?? Number.POSITIVE_INFINITY;
  const moved = (name: string): number =>
    after.counter(`parley_shard_${name}`) - before.counter(`parley_shard_${name}`);
  return {
    ...{ ticks, p50Us: below(0.5), p99Us: below(0.99), p999Us: below(0.999) },
    overrun: moved('ticks_overrun_total'),
    caughtUp: moved('ticks_caught_up_total'),
    concealed: moved('frames_concealed_total'),
  };
}

if (process.argv[2] === '--call') {
  process.on('disconnect', () => process.exit(0));
  await call(process.argv[3] ?? '', Number(process.argv[4]));
}
