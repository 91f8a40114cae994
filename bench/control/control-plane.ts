/**
 * How much the control plane does in a second: joins, commands, and events told to many watchers, beside calls of a
 * bare gRPC server from the same client. Each is on disk before it is answered.
 */
import { createHash } from 'node:crypto';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService, type DialResponse } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../../src/gen/parley/v1/dial_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { bareService, startBareGrpc } from '../support/bare-grpc.js';
import type { Row } from '../support/rows.js';

/** Requests in flight together. */
const atOnce = 32;
const roomLegs = 3;
const watchers = 10;

/** Runs `job` for 0 to below `count`, many at once; resolves with how many a second. */
async function rate(count: number, job: (number: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (count * 1000) / (performance.now() - startedMs);
}

async function bareRate(count: number): Promise<number> {
  const bare = await startBareGrpc();
  const client = new Client(bare.address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = bareService.call;
  const request = Buffer.alloc(100, 1);
  try {
    return await rate(
      count,
      () =>
        new Promise((resolve, reject) => {
          client.makeUnaryRequest(
            path,
            requestSerialize,
            responseDeserialize,
            request,
            new Metadata(),
            (error, reply) => (error === null ? resolve(reply) : reject(error)),
          );
        }),
    );
  } finally {
    client.close();
    bare.stop();
  }
}

class Platform {
  readonly #client: ApiClient;

  constructor(address: string) {
    this.#client = new ApiClient(address, null);
  }

  dial(roomName: string): Promise<DialResponse> {
    return this.#client.call(CallService.method.dial, {
      instruction: {
        case: 'dial',
        value: { conference: { roomName, beep: Beep.FALSE, waitUrl: '', maxParticipants: 9999 } },
      },
      media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } },
    });
  }

  mute({ callSid, conferenceSid }: DialResponse, muted: boolean): Promise<unknown> {
    return this.#client.call(ParticipantService.method.updateParticipant, { callSid, conferenceSid, muted });
  }

  async participants({ conferenceSid }: DialResponse): Promise<number> {
    const { participants } = await this.#client.call(ParticipantService.method.listParticipants, {
      conferenceSid,
      pageSize: 1000,
    });
    return participants.length;
  }

  /** Counts events until it is asked how many. */
  watch(): { readonly ready: Promise<void>; readonly count: () => number; readonly stop: () => void } {
    const stream = this.#client.watch(EventService.method.watchEvents, {});
    let count = 0;
    const ready = new Promise<void>((resolve) => {
      stream.on('data', ({ message }) => {
        if (message.case === 'watchStarted') resolve();
        if (message.case === 'event') count += 1;
      });
    });
    stream.on('error', () => {});
    return { ready, count: () => count, stop: () => stream.cancel() };
  }

  close(): void {
    this.#client.close();
  }
}

const hashOf = (...values: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);

export async function* controlPlane(isSmoke: boolean): AsyncGenerator<Row> {
  const joins = isSmoke ? 12 : 300;
  const commands = isSmoke ? 24 : 3000;
  const bare = await bareRate(isSmoke ? 50 : 5000);
  const row = (name: string, perSecond: number, checksum: string): Row => ({
    name,
    value: perSecond,
    unit: 'a second',
    ratios: `${(perSecond / bare).toFixed(3)} of bare gRPC calls`,
    checksum,
  });
  yield row('bare gRPC calls', bare, hashOf('bare'));
  const daemon = await startDaemon({
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_TICK_LOAD_MAX: '1',
    PARLEY_API_REQUESTS_PER_SECOND: '0',
    PARLEY_LANES_PER_SHARD: '1024',
  });
  const platform = new Platform(daemon.grpcAddress);
  try {
    const spread: DialResponse[] = [];
    const spreadRate = await rate(joins, async (number) => {
      spread[number] = await platform.dial(`room ${Math.floor(number / roomLegs)}`);
    });
    const sizes = await Promise.all(spread.map((call) => platform.participants(call)));
    yield row(`joins, rooms of ${roomLegs}`, spreadRate, hashOf(sizes));

    const together: DialResponse[] = [];
    const togetherRate = await rate(joins, async (number) => {
      together[number] = await platform.dial('all');
    });
    const [first] = together;
    if (first === undefined) throw new Error('nobody came');
    yield row('joins, one room', togetherRate, hashOf(await platform.participants(first)));

    const watching = Array.from({ length: watchers }, () => platform.watch());
    await Promise.all(watching.map(({ ready }) => ready));
    const startedMs = performance.now();
    const commandRate = await rate(commands, (number) => {
      const call = spread[number % joins];
      if (call === undefined) throw new Error('nobody to mute');
      return platform.mute(call, Math.floor(number / joins) % 2 === 0);
    });
    yield row(`commands, ${watchers} watchers`, commandRate, hashOf(commands));

    while (watching.some(({ count }) => count() < commands)) await new Promise((resolve) => setTimeout(resolve, 5));
    const seconds = (performance.now() - startedMs) / 1000;
    yield row('events told', (watchers * commands) / seconds, hashOf(watching.map(({ count }) => count())));
    for (const { stop } of watching) stop();
  } finally {
    platform.close();
    await daemon.stop();
  }
}
