/**
 * The media engine as the control plane sees it: one shard for each worker thread of a pool, each running one endless
 * task. No work per packet or per tick is done here, nor while nothing happens: an engine rings when it has something
 * to tell, events are then looked for every 10 ms until there are none, and everything else is on demand.
 */
import { assert } from '../../base/assert.js';
import type { Cancel, Clock, Logger, Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';
import type { Endpoint } from '../../media/endpoint.js';
import { layoutVersion } from '../../media/engine-layout.js';
import { layoutChecksum } from '../../media/engine-layout-offsets.js';
import type {
  EngineCommand,
  EngineEvent,
  EngineLack,
  EnginePort,
  EngineRefusal,
  Leg,
  LegId,
  LegMedia,
  MixRoomId,
  PlayerId,
  RecorderId,
  ShardId,
} from '../../media/engine-port.js';
import { createArena } from './arena.js';
import { Clips, type ClipTable } from './clips.js';
import type { EventBell } from './event-bell.js';
import { bySpareTime, placeConference } from './placement.js';
import type { RingTable } from './recorders.js';
import { RoomSpans, type SpanTable } from './room-spans.js';
import { createRtpSockets, type PortRange, type UdpSockets } from './rtp-sockets.js';
import { Shard } from './shard.js';
import {
  type MemoryAddon,
  memoryBytes,
  type ShardLimits,
  type ShardMemory,
  shardMemory,
  withRings,
} from './shard-memory.js';
import type { SrtpSessions } from './srtp-sessions.js';
import type { Ranking, SpeechTimes } from './voice-records.js';

/** How often events are looked for while they come: many are then heard in one turn of this thread. */
const lookMs = 10;
const startLimitMs = 10_000;
const startPollMs = 5;

/** Two ticks: by then the engine has read the ring. */
const retryMs = 10;

export type EnginePoolOptions = {
  readonly shards: number;
  readonly limits: ShardLimits;
  /** Share of a 5 ms tick beyond which a shard takes no newcomer, above 0 to 1. */
  readonly tickLoadMax: number;
  /** SCHED_FIFO priority of the shards, 1 to 99; 0 leaves them as they are. */
  readonly realtimePriority: number;
  /** Literal addresses: sockets are bound to the first, SDP answers name the second. */
  readonly bindHost: string;
  readonly advertisedHost: string;
  readonly rtpPorts: PortRange;
  readonly speech: SpeechTimes;
  readonly ranking: Ranking;
  /** Silence of a peer after which it may go on from another address; 0: never. */
  readonly relatchMs: number;
};

/** What is needed of the addon on the control thread. */
export type PoolAddon = UdpSockets &
  SrtpSessions &
  MemoryAddon &
  ClipTable &
  RingTable &
  SpanTable & {
    layout(): { readonly version: number; readonly checksum: number };
  };

/** What another shard may have when this one has not. */
const ofOneShard: ReadonlySet<EngineLack> = new Set(['legs', 'codecs', 'lanes', 'tick-time']);

/** Its peer is where it was heard last, whatever its offer said. */
const heardAt = (media: LegMedia, remote: Endpoint | null): LegMedia =>
  media.transport === 'rtp' && remote !== null ? { ...media, remoteRtp: remote } : media;

/** Of the thread: see EnginePoolOptions, and EventBell for the descriptor of `bell`. */
export type ShardOptions = { readonly realtimePriority: number; readonly bell: number };

/** Runs the endless task of a shard on a thread of its own. */
export interface ShardThreads {
  /** Resolves when the engine returned, which it does only when asked to stop; rejects when the thread failed. */
  run(arena: Uint8Array<SharedArrayBuffer>, options: ShardOptions): Promise<void>;
  /** REQUIRES: every task has settled. */
  destroy(): Promise<void>;
}

export type EnginePoolParts = {
  readonly options: EnginePoolOptions;
  readonly addon: PoolAddon;
  readonly threads: ShardThreads;
  readonly openBell: (onRing: () => void) => EventBell;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
};

export interface EnginePool extends EnginePort {
  /** Resolves once every shard ticks; rejects when the addon has another layout or a shard does not come up. */
  start(): Promise<void>;
  /** Stops every shard and ends its thread. */
  stop(): Promise<void>;
  /** What each shard takes, from its start on. */
  memory(): ShardMemory;
}

export function createEnginePool(parts: EnginePoolParts): EnginePool {
  const { options, addon, threads, clock, random, logger } = parts;
  const { realtimePriority } = options;
  const listeners: ((event: EngineEvent) => void)[] = [];
  const sockets = createRtpSockets(addon, options.bindHost, options.rtpPorts);
  const clips = new Clips(addon);
  const shards = Array.from(
    { length: options.shards },
    (_, index) =>
      new Shard({
        // The one place that numbers shards.
        id: index as ShardId,
        arena: createArena(withRings(options.limits)),
        sockets,
        srtp: addon,
        clips,
        rings: addon,
        advertisedHost: options.advertisedHost,
        speech: options.speech,
        ranking: options.ranking,
        relatchMs: options.relatchMs,
        clock,
        random,
        logger,
      }),
  );
  const spans = new RoomSpans(addon, options.shards, (id) => shardOf(id));
  const tasks: Promise<void>[] = [];
  let isStopping = false;
  let isAsleep = false;
  let stopLooking: Cancel = () => {};
  const bell = parts.openBell(() => {
    if (isAsleep && !isStopping) look();
  });

  /** Legs that are on another shard than the one they are named by. */
  const moved = new Map<LegId, Shard>();

  const tell = (event: EngineEvent): void => {
    if (event.kind === 'leg-closed') moved.delete(event.leg);
    for (const listener of listeners) listener(event);
  };
  const shardOf = (id: LegId | MixRoomId | PlayerId | RecorderId): Shard => {
    const shard = moved.get(id as LegId) ?? shards[Number.parseInt(id, 10)];
    assert(shard !== undefined, `${id} names a shard`);
    return shard;
  };
  /** Whether a shard has time for one more leg. */
  const tickRefusal = (shard: Shard): EngineRefusal | null =>
    shard.isAlive() && !(shard.takesNewcomers && shard.expectedLoad() < options.tickLoadMax)
      ? { kind: 'engine-full', what: 'tick-time' }
      : null;
  /** Whether one of them had said something. */
  const hear = (): boolean => {
    let isQuiet = true;
    for (const shard of shards) {
      const events = shard.poll();
      if (events === null) continue;
      isQuiet = false;
      for (const event of events) tell(event);
    }
    return !isQuiet;
  };
  /** What comes often is heard of together; after the last of it nobody looks until an engine rings. */
  const look = (): void => {
    isAsleep = !hear();
    if (isAsleep) {
      for (const shard of shards) shard.control.lookNoMore();
      return;
    }
    spans.sweep();
    stopLooking = clock.after(lookMs, look);
  };
  const fail = (shard: Shard, reason: string): void => {
    spans.shardFailed(shard);
    shard.bury();
    spans.sweep();
    if (isStopping) return;
    logger.error('shard-failed', { shard: shard.id, reason });
    tell({ kind: 'shard-failed', shard: shard.id, reason });
  };
  const watch = (shard: Shard): Promise<void> =>
    threads.run(shard.arena.bytes, { realtimePriority, bell: bell.descriptor }).then(
      () => fail(shard, 'the engine returned unasked'),
      (error: unknown) => fail(shard, messageOf(error)),
    );
  const reserveLeg = (shard: Shard, media: LegMedia): Result<Leg, EngineRefusal> => {
    const refusal = tickRefusal(shard);
    return refusal === null ? shard.reserveLeg(media) : err(refusal);
  };
  /** Those that a room spans already come first: the fewer take part in its turns, the less there is to wait for. */
  const shardsBeside = (home: Shard, room: MixRoomId): readonly Shard[] =>
    shards
      .filter((shard) => shard !== home && shard.isAlive())
      .sort(
        (a, b) => Number(spans.hasSeat(room, b)) - Number(spans.hasSeat(room, a)) || bySpareTime(a.view(), b.view()),
      );
  /** What concerns a shard that is gone is lost with it; all others take their part, or none does. */
  const apply = (home: Shard, batch: readonly EngineCommand[]): Result<void, EngineRefusal> => {
    const { parts, abroad, noteApplied } = spans.split(home, batch);
    const living = [...parts].filter(([shard, part]) => shard.isAlive() && part.length > 0);
    if (living.length > 1 && !living.every(([shard, part]) => shard.hasPlaceFor(part))) {
      return err({ kind: 'engine-full', what: 'command-ring' });
    }
    // What a shard may still refuse is about a leg alone, and those elsewhere come first.
    for (const [shard, part] of living.reverse()) {
      const applied = shard.apply(part, abroad);
      if (!applied.ok) return applied;
    }
    noteApplied();
    return home.isAlive() ? ok(undefined) : err({ kind: 'engine-unavailable' });
  };
  const memory = (): ShardMemory => {
    const [shard] = shards;
    assert(shard !== undefined, 'there is a shard');
    return shardMemory(addon, shard.arena);
  };
  const pause = (delayMs: number): Promise<void> => new Promise((resolve) => clock.after(delayMs, resolve));

  return {
    async start() {
      const { version, checksum } = addon.layout();
      if (version !== layoutVersion || checksum !== layoutChecksum()) {
        throw new Error('the native addon was built from another engine layout: build it again (npm run build)');
      }
      const parts = memory();
      logger.info('engine-memory', { shards: shards.length, bytesPerShard: memoryBytes(parts), parts });
      tasks.push(...shards.map(watch));
      const startedAt = clock.monotonic();
      while (!shards.every((shard) => shard.isRunning())) {
        const dead = shards.find((shard) => !shard.isAlive());
        if (dead !== undefined) throw new Error(`shard ${dead.id} failed to start`);
        if (clock.monotonic() - startedAt > startLimitMs) throw new Error('the shards did not start in time');
        await pause(startPollMs);
      }
      look();
    },
    async stop() {
      isStopping = true;
      stopLooking();
      for (const shard of shards) shard.control.askToStop();
      await Promise.all(tasks);
      await threads.destroy();
      bell.close();
    },
    memory,
    shards: () => shards.map((shard) => shard.view()),
    place: () =>
      placeConference(
        shards.map((shard) => shard.view()),
        options.tickLoadMax,
      ),
    reserveRoom: (id) => shards[id]?.reserveRoom() ?? err({ kind: 'engine-unavailable' }),
    reserveLeg(id, media) {
      const shard = shards[id];
      return shard === undefined ? err({ kind: 'engine-unavailable' }) : reserveLeg(shard, media);
    },
    reserveLegFor(room, media) {
      const home = shardOf(room.id);
      const leg = reserveLeg(home, media);
      if (leg.ok || leg.error.kind !== 'engine-full' || !ofOneShard.has(leg.error.what)) return leg;
      for (const shard of shardsBeside(home, room.id)) {
        if (tickRefusal(shard) !== null) continue;
        const there = spans.reserve(room.id, home, shard, media);
        if (there.ok) return there;
      }
      return leg;
    },
    async moveLeg(id, media, to) {
      const [from, target] = [shardOf(id), shards[to]];
      if (target === undefined) return err({ kind: 'engine-unavailable' });
      const refusal = tickRefusal(target);
      if (refusal !== null) return err(refusal);
      const seat = target.keepSeat(media);
      if (!seat.ok) return seat;
      const remote = from.statistics(id)?.remote ?? null;
      const handed = from.handOver(id, media);
      if (!handed.ok) {
        target.giveUpSeat(seat.value);
        return handed;
      }
      const belongings = await handed.value;
      if (belongings === null) {
        target.giveUpSeat(seat.value);
        return err({ kind: 'engine-unavailable' });
      }
      moved.set(id, target);
      const leg = target.adoptLeg(id, seat.value, belongings);
      const opening = { kind: 'open-leg', leg: id, media: heardAt(media, remote) } as const;
      while (leg !== null) {
        const opened = target.apply([opening]);
        if (opened.ok) return ok(leg);
        if (opened.error.kind !== 'engine-full') break;
        await pause(retryMs);
      }
      moved.delete(id);
      return err({ kind: 'engine-unavailable' });
    },
    releaseLeg(leg) {
      shardOf(leg).releaseLeg(leg);
      spans.release(leg);
    },
    releaseRoom: (room) => shardOf(room).releaseRoom(room),
    admitNewcomers(id, isOpen) {
      const shard = shards[id];
      if (shard !== undefined) shard.takesNewcomers = isOpen;
    },
    tellOfSpeech(isAsked) {
      for (const shard of shards) shard.control.tellOfSpeech(isAsked);
    },
    openClip(memory) {
      const clip = clips.open(memory);
      return clip === null ? err({ kind: 'engine-full', what: 'clips' }) : ok(clip);
    },
    closeClip: (clip) => clips.close(clip),
    reservePlayer: (id) => shards[id]?.reservePlayer() ?? err({ kind: 'engine-unavailable' }),
    releasePlayer: (player) => shardOf(player).releasePlayer(player),
    reserveRecorder: (id, memory) => shards[id]?.reserveRecorder(memory) ?? err({ kind: 'engine-unavailable' }),
    releaseRecorder: (recorder) => shardOf(recorder).releaseRecorder(recorder),
    apply(id, batch) {
      const shard = shards[id];
      return shard === undefined ? err({ kind: 'engine-unavailable' }) : apply(shard, batch);
    },
    lane: (leg) => shardOf(leg).lane(leg),
    statistics: (leg) => shardOf(leg).statistics(leg),
    qualityCounts: (leg) => shardOf(leg).qualityCounts(leg),
    onEvent(listener) {
      listeners.push(listener);
    },
  };
}
