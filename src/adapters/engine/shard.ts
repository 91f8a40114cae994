/**
 * The control thread's side of one shard: which slots, sockets and lanes are taken, what is said to the engine and
 * heard from it. Everything returns at once; the engine acts at its next tick edge.
 */
import { assert, assertNever } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { digitsPerCommandMax } from '../../media/engine-layout.js';
import type {
  EngineCommand,
  EngineEvent,
  EngineRefusal,
  Lane,
  Leg,
  LegId,
  LegMedia,
  LegStatistics,
  MixRoom,
  MixRoomId,
  PlayerId,
  ShardId,
  ShardView,
} from '../../media/engine-port.js';
import { frameBytes } from '../../media/frame-bytes.js';
import { type Arena, placed } from './arena.js';
import { commandRecords, type Holdings } from './command-records.js';
import { createCommandRing } from './command-ring.js';
import { createEventRing, type EventRecord } from './event-ring.js';
import { openLane, resetLane } from './lane.js';
import { offsetOf } from './layout-access.js';
import { legEvents } from './leg-events.js';
import { Players } from './players.js';
import type { LegUse, RoomUse, ShardParts } from './shard-parts.js';
import { createSlots } from './slots.js';
import { dropSessions, type LegSrtp, openSrtp, type Sessions, takeSessions } from './srtp-sessions.js';
import { digitsDone, readLegStatistics, readShardStat, readShardStats } from './stats.js';

/** Rooms are mixed in one of four quarters of the 20 ms frame, so that a shard never does all its work at once. */
const phases = 4;
const tickNs = 5_000_000;

/** Words of `state` in the control block. */
const stateRunning = 1;

export class Shard {
  readonly id: ShardId;
  readonly arena: Arena;
  readonly #parts: ShardParts;
  readonly #commands;
  readonly #events;
  readonly #legSlots;
  readonly #laneSlots;
  readonly #roomSlots;
  readonly #legs = new Map<LegId, LegUse>();
  readonly #legBySlot: (LegId | undefined)[] = [];
  readonly #rooms = new Map<MixRoomId, RoomUse>();
  /** Of legs whose media changed in a batch that is not applied yet. */
  readonly #rekeyed = new Set<LegSrtp>();
  readonly #players: Players;
  #opusLegs = 0;
  readonly #roomsInPhase = new Array<number>(phases).fill(0);
  #alive = true;

  constructor(parts: ShardParts) {
    const { arena } = parts;
    this.id = parts.id;
    this.arena = arena;
    this.#parts = parts;
    this.#commands = createCommandRing(arena);
    this.#events = createEventRing(arena);
    this.#legSlots = createSlots(arena.limits.legsMax);
    this.#laneSlots = createSlots(arena.limits.lanesMax);
    this.#roomSlots = createSlots(arena.limits.roomsMax);
    this.#players = new Players(parts.id, parts.clips, arena.limits.playersMax);
  }

  /** Slots count as taken from the reservation on, before the engine has heard of them. */
  view(): ShardView {
    const { limits } = this.arena;
    return {
      shard: this.id,
      alive: this.#alive,
      legs: this.#legSlots.taken(),
      legsMax: limits.legsMax,
      rooms: this.#roomSlots.taken(),
      roomsMax: limits.roomsMax,
      lanes: this.#laneSlots.taken(),
      lanesMax: limits.lanesMax,
      players: this.#players.taken(),
      playersMax: limits.playersMax,
      tickLoad: this.tickLoad(),
      realtimeScheduling: readShardStat(this.arena, 'realtime_scheduling') === 1,
      cpuSeconds: readShardStat(this.arena, 'cpu_ns') / 1e9,
      stats: readShardStats(this.arena),
    };
  }

  /** Moving average of the work of a tick, as a share of its 5 ms. */
  tickLoad(): number {
    return readShardStat(this.arena, 'tick_work_ema_ns') / tickNs;
  }

  isAlive(): boolean {
    return this.#alive;
  }

  isRunning(): boolean {
    return this.#alive && Atomics.load(this.arena.words, this.#controlWord('state')) === stateRunning;
  }

  reserveRoom(): Result<MixRoom, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    const slot = this.#roomSlots.take();
    if (slot === null) return err({ kind: 'engine-full', what: 'rooms' });
    const id = `${this.id}.${slot.slot}.${slot.generation}` as MixRoomId;
    const phase = this.#roomsInPhase.indexOf(Math.min(...this.#roomsInPhase));
    this.#roomsInPhase[phase] = (this.#roomsInPhase[phase] ?? 0) + 1;
    this.#rooms.set(id, { slot, phase });
    return ok({ id, shard: this.id });
  }

  releaseRoom(id: MixRoomId): void {
    if (this.#alive) this.#freeRoom(id);
  }

  #freeRoom(id: MixRoomId): void {
    const room = this.#room(id);
    this.#rooms.delete(id);
    this.#roomSlots.give(room.slot);
    this.#roomsInPhase[room.phase] = (this.#roomsInPhase[room.phase] ?? 0) - 1;
  }

  /** Half of the command ring is kept for those already in: a newcomer is refused before they are delayed. */
  reserveLeg(media: LegMedia): Result<Leg, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    if (this.#commands.free() < this.arena.limits.commandRecords / 2) {
      return err({ kind: 'engine-full', what: 'command-ring' });
    }
    const isOpus = media.codec === 'opus';
    if (isOpus && this.#opusLegs === this.arena.limits.opusLegsMax) {
      return err({ kind: 'engine-full', what: 'codecs' });
    }
    const slot = this.#legSlots.take();
    if (slot === null) return err({ kind: 'engine-full', what: 'legs' });
    const taken = this.#takePlace(media);
    if (!taken.ok) {
      this.#legSlots.give(slot);
      return taken;
    }
    const { place, laneSlot, srtp } = taken.value;
    const id = `${this.id}.${slot.slot}.${slot.generation}` as LegId;
    this.#legs.set(id, { slot, place, laneSlot, srtp, isOpus, lane: null, digitsGiven: 0, state: 'reserved' });
    if (isOpus) this.#opusLegs += 1;
    this.#legBySlot[slot.slot] = id;
    const local = place.kind === 'rtp' ? { host: this.#parts.advertisedHost, port: place.sockets.port } : null;
    return ok({ id, shard: this.id, local });
  }

  releaseLeg(id: LegId): void {
    if (!this.#alive) return;
    assert(this.#leg(id).state === 'reserved', 'only a leg that was never opened is released');
    this.#freeLeg(id);
  }

  reservePlayer(): Result<PlayerId, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    const id = this.#players.reserve();
    return id === null ? err({ kind: 'engine-full', what: 'players' }) : ok(id);
  }

  releasePlayer(id: PlayerId): void {
    if (this.#alive) this.#players.release(id);
  }

  apply(batch: readonly EngineCommand[]): Result<void, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    if (!batch.every((command) => this.#hasRoomForDigits(command))) return err({ kind: 'digits-full' });
    const updates = batch.filter((command) => command.kind === 'update-leg');
    const newOpusLegs = updates.filter(({ leg, media }) => media.codec === 'opus' && !this.#leg(leg).isOpus).length;
    if (this.#opusLegs + newOpusLegs > this.arena.limits.opusLegsMax)
      return err({ kind: 'engine-full', what: 'codecs' });
    const sessions = takeSessions(
      updates.map(({ leg, media }) => ({ srtp: this.#leg(leg).srtp, security: media.security })),
    );
    if (sessions === null) return err({ kind: 'engine-full', what: 'srtp-sessions' });
    if (!this.#commands.publish(batch.flatMap((command) => commandRecords(command, this.#holdings(sessions))))) {
      dropSessions(sessions);
      return err({ kind: 'engine-full', what: 'command-ring' });
    }
    for (const command of batch) this.#noteApplied(command, sessions);
    return ok(undefined);
  }

  lane(id: LegId): Lane | null {
    return this.#legs.get(id)?.lane ?? null;
  }

  statistics(id: LegId): LegStatistics | null {
    const leg = this.#legs.get(id);
    return leg?.state === 'open' ? readLegStatistics(this.arena, leg.slot.slot) : null;
  }

  /** What the engine said since the last call. */
  poll(): readonly EngineEvent[] {
    return this.#events.drain().flatMap((record) => this.#heard(record));
  }

  /** Asks the engine to return within a tick. */
  askToStop(): void {
    Atomics.store(this.arena.words, this.#controlWord('stop'), 1);
  }

  /** The engine runs no more: nothing of its legs is touched from now on, and their sockets are closed. */
  bury(): void {
    this.#alive = false;
    for (const id of [...this.#legs.keys()]) this.#freeLeg(id);
    for (const id of [...this.#rooms.keys()]) this.#freeRoom(id);
    this.#players.bury();
  }

  #controlWord(name: string): number {
    return (this.arena.offsets.control + offsetOf(placed.control, name)) / 4;
  }

  #takePlace(media: LegMedia): Result<Pick<LegUse, 'place' | 'laneSlot' | 'srtp'>, EngineRefusal> {
    const srtp = openSrtp(this.#parts.srtp, media.transport === 'rtp' ? media.security : { kind: 'plain' });
    if (srtp === null) return err({ kind: 'engine-full', what: 'srtp-sessions' });
    if (media.transport === 'lane') {
      const laneSlot = this.#laneSlots.take();
      if (laneSlot === null) return err({ kind: 'engine-full', what: 'lanes' });
      resetLane(this.arena, laneSlot.slot);
      return ok({ place: { kind: 'lane', lane: laneSlot.slot }, laneSlot, srtp });
    }
    const sockets = this.#parts.sockets.open(media.rtcpMux);
    if (sockets !== null) return ok({ place: { kind: 'rtp', sockets }, laneSlot: null, srtp });
    srtp.close();
    return err({ kind: 'engine-full', what: 'ports' });
  }

  #freeLeg(id: LegId): void {
    const leg = this.#leg(id);
    this.#legs.delete(id);
    this.#legBySlot[leg.slot.slot] = undefined;
    this.#legSlots.give(leg.slot);
    if (leg.isOpus) this.#opusLegs -= 1;
    if (leg.laneSlot !== null) this.#laneSlots.give(leg.laneSlot);
    if (leg.place.kind === 'rtp') this.#parts.sockets.close(leg.place.sockets);
    leg.srtp.close();
    this.#rekeyed.delete(leg.srtp);
  }

  #leg(id: LegId): LegUse {
    const leg = this.#legs.get(id);
    assert(leg !== undefined, `leg ${id} is reserved`);
    return leg;
  }

  #room(id: MixRoomId): RoomUse {
    const room = this.#rooms.get(id);
    assert(room !== undefined, `room ${id} is reserved`);
    return room;
  }

  #holdings(sessions: Sessions): Holdings {
    const [leg, room] = [(id: LegId) => this.#leg(id), (id: MixRoomId) => this.#room(id)];
    return { leg, room, players: this.#players, sessions, parts: this.#parts };
  }

  #hasRoomForDigits(command: EngineCommand): boolean {
    if (command.kind !== 'send-digits') return true;
    const { digitsGiven, slot, state } = this.#leg(command.leg);
    const waiting = (digitsGiven - digitsDone(this.arena, slot.slot)) >>> 0;
    // A leg whose opening still waits for room in the ring hears nothing yet.
    return state === 'open' && waiting + command.digits.length <= digitsPerCommandMax;
  }

  #noteApplied(command: EngineCommand, sessions: Sessions): void {
    switch (command.kind) {
      case 'update-leg': {
        const leg = this.#leg(command.leg);
        const { srtp } = leg;
        const isOpus = command.media.codec === 'opus';
        this.#opusLegs += Number(isOpus) - Number(leg.isOpus);
        leg.isOpus = isOpus;
        const next = sessions.get(srtp);
        assert(next !== undefined, 'a session was found for each update');
        srtp.goOver(next, this.#commands.lastBatch());
        this.#rekeyed.add(srtp);
        return;
      }
      case 'open-leg': {
        const leg = this.#leg(command.leg);
        leg.state = 'open';
        if (leg.laneSlot !== null && command.media.transport === 'lane') {
          const bytes = frameBytes(command.media.codec, command.media.rateHz);
          leg.lane = openLane(this.arena, leg.laneSlot.slot, bytes);
        }
        return;
      }
      case 'close-leg': {
        const leg = this.#leg(command.leg);
        leg.state = 'closing';
        leg.lane = null;
        return;
      }
      case 'close-room':
        // Commands are applied in order, so the slot may be named again in the very next batch.
        this.#freeRoom(command.room);
        return;
      case 'send-digits': {
        const leg = this.#leg(command.leg);
        leg.digitsGiven = (leg.digitsGiven + command.digits.length) >>> 0;
        return;
      }
      case 'open-player':
      case 'close-player':
        this.#players.noteApplied(command);
        return;
      case 'open-room':
      case 'set-room-rate':
      case 'route-leg':
      case 'play-to-room':
        return;
      default:
        assertNever(command);
    }
  }

  #heard(record: EventRecord): readonly EngineEvent[] {
    const id = this.#legBySlot[record.leg];
    const leg = id === undefined ? undefined : this.#legs.get(id);
    const isAboutLeg = leg !== undefined && leg.slot.generation === record.generation;
    switch (record.kind) {
      case 'leg_closed':
        if (id === undefined || !isAboutLeg) return [];
        assert(leg.state === 'closing', 'a leg is closed when asked');
        this.#freeLeg(id);
        return [{ kind: 'leg-closed', leg: id }];
      case 'batch_applied':
        for (const srtp of this.#rekeyed) {
          if (srtp.applied(Number(record.fields.batch))) this.#rekeyed.delete(srtp);
        }
        return [];
      case 'player_ended':
      case 'player_closed':
        return this.#players.heard(record);
      case 'command_refused':
        if (isAboutLeg) leg.srtp.doubt();
        this.#parts.logger.error('engine-command-refused', { shard: this.id, record });
        return [];
      default:
        return id !== undefined && isAboutLeg ? legEvents(record, id) : [];
    }
  }
}
