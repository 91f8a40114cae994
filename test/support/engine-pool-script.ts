/** A pool of engines on threads that are none, and what is said to it. */
import { expect } from 'vitest';
import { createEnginePool, type EnginePoolOptions } from '../../src/adapters/engine/engine-pool.js';
import type { EventBell } from '../../src/adapters/engine/event-bell.js';
import type { Result } from '../../src/base/result.js';
import { layoutVersion, memoryParts } from '../../src/media/engine-layout.js';
import { layoutChecksum } from '../../src/media/engine-layout-offsets.js';
import type {
  EngineCommand,
  EngineEvent,
  Leg,
  LegMedia,
  MixRoom,
  RtpMedia,
  ShardId,
} from '../../src/media/engine-port.js';
import type { SeenRecord } from './engine-side.js';
import { FakeThreads, fakeClips, fakeRings, fakeSpans, fakeSrtp, fakeUdp } from './fake-threads.js';
import { countingRandom, recordingLogger } from './silent.js';
import { VirtualClock } from './virtual-clock.js';

export const options: EnginePoolOptions = {
  shards: 2,
  limits: { legsMax: 4, roomsMax: 3, lanesMax: 2, opusLegsMax: 1, playersMax: 3, recordersMax: 2 },
  tickLoadMax: 0.6,
  realtimePriority: 20,
  bindHost: '127.0.0.1',
  advertisedHost: '192.0.2.1',
  rtpPorts: { first: 20_000, last: 20_099 },
  speech: { startMs: 200, stopMs: 500 },
  ranking: { above: 64, talkersMax: 6 },
  relatchMs: 1500,
};
/** Of a shard, each part another. */
export const memory = Object.values(memoryParts).map((part) => 1000 + part);
export const rtp: RtpMedia = {
  transport: 'rtp',
  codec: 'pcma',
  rateHz: 8000,
  channels: 1,
  payloadType: 8,
  alternatives: [{ codec: 'g722', payloadType: 9 }],
  opus: null,
  ptimeMs: 40,
  telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
  companions: { redundancyPayloadType: 96, comfortNoisePayloadType: 13 },
  headerExtensions: { clientLevelId: 1, mixerLevelsId: null },
  remoteRtp: { host: '198.51.100.7', port: 4000 },
  remoteRtcp: { host: '198.51.100.7', port: 4005 },
  rtcpMux: false,
  direction: 'sendrecv',
  parked: false,
  security: { kind: 'plain' },
  jitterMs: 40,
};
export const opusMedia: RtpMedia = {
  ...rtp,
  codec: 'opus',
  rateHz: 16_000,
  alternatives: [],
  ptimeMs: 20,
  opus: { bitrateBps: 24_000, playbackRateHz: 16_000, fec: true, dtx: false, cbr: true },
};
export const frames: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 20 };
export const shard0 = 0 as ShardId;
export const shard1 = 1 as ShardId;

export function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) return expect.fail(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

export function poolOf(wishes: Partial<EnginePoolOptions> = {}, checksum = layoutChecksum()) {
  const clock = new VirtualClock();
  const threads = new FakeThreads();
  const udp = fakeUdp();
  const srtp = fakeSrtp();
  const table = fakeClips(2);
  const rings = fakeRings();
  const spans = fakeSpans();
  const addon = {
    ...udp,
    ...srtp,
    ...table,
    ...rings,
    ...spans,
    layout: () => ({ version: layoutVersion, checksum }),
    shardMemory: () => memory,
  };
  const logger = recordingLogger();
  const random = countingRandom();
  const openBell = (onRing: () => void): EventBell => {
    threads.ring = onRing;
    return { descriptor: 7, close: () => {} };
  };
  const pool = createEnginePool({
    options: { ...options, ...wishes },
    addon,
    threads,
    openBell,
    clock,
    random,
    logger,
  });
  const events: EngineEvent[] = [];
  pool.onEvent((event) => events.push(event));
  const start = async (): Promise<void> => {
    const started = pool.start();
    await clock.advance(20);
    await started;
  };
  const say = (...batch: EngineCommand[]): void => value(pool.apply(shard0, batch));
  const rtpLeg = (): Leg => value(pool.reserveLeg(shard0, rtp));
  const laneLeg = (): Leg => value(pool.reserveLeg(shard0, frames));
  const room = (): MixRoom => value(pool.reserveRoom(shard0));
  return { pool, clock, threads, udp, srtp, table, rings, spans, logger, events, start, say, rtpLeg, laneLeg, room };
}
/** Slot and generation as the engine saw them in open_leg. */
export const openedIn = (records: readonly SeenRecord[]): SeenRecord => {
  const opened = records.find(({ kind }) => kind === 'open_leg');
  return opened ?? expect.fail('a leg was opened');
};
