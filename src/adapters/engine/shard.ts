/**
 * The control thread's side of one shard: which slots, sockets and lanes are taken, what is said to the engine and
 * heard from it. Everything returns at once; the engine acts at its next tick edge.
 */
import { assert, assertNever } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import type {
  EngineCommand,
  EngineEvent,
  EngineRefusal,
  Lane,
  Leg,
  LegId,
  LegMedia,
  MixRoom,
  MixRoomId,
  PlayerId,
  RecorderId,
  ShardId,
  ShardView,
} from '../../media/engine-port.js';
import { frameBytes } from '../../media/frame-bytes.js';
import type { LegStatistics, QualityCounts } from '../../media/leg-statistics.js';
import type { RoomRateHz } from '../../media/room-rate.js';
import type { Arena } from './arena.js';
import { type Abroad, commandRecords, type Holdings, nobodyAbroad, type ShardCommand } from './command-records.js';
import { createCommandRing } from './command-ring.js';
import { ControlWords } from './control-words.js';
import { createEventRing, type EventRecord } from './event-ring.js';
import { openLane, standingLane } from './lane.js';
import { legEvents } from './leg-events.js';
import { type Belongings, type KeptSeat, LegTable, needsLoan } from './leg-table.js';
import { NewcomerLoad } from './newcomer-load.js';
import { Players } from './players.js';
import { Recorders } from './recorders.js';
import { RoomTable } from './room-table.js';
import type { LegUse, ShardParts } from './shard-parts.js';
import type { Slot } from './slots.js';
import { dropSessions, type LegSrtp, type Sessions, takeSessions } from './srtp-sessions.js';
import { readLegStatistics, readQualityCounts, readShardGauges, readTickLoad, shardStats } from './stats.js';

/** An open-leg is followed by what is said of its voice. */
const recordsPerCommandMax = 2;

export class Shard {
  readonly id: ShardId;
  readonly arena: Arena;
  readonly control: ControlWords;
  /** False: those who ask for a leg are refused before they ask here (EnginePool). */
  takesNewcomers = true;
  readonly #parts: ShardParts;
  readonly #commands;
  readonly #events;
  readonly #legs: LegTable;
  /** Closed here, to go on in another shard: who waits for what is theirs. */
  readonly #leaving = new Map<LegId, (belongings: Belongings | null) => void>();
  readonly #rooms: RoomTable;
  /** Of legs whose media changed in a batch that is not applied yet. */
  readonly #rekeyed = new Set<LegSrtp>();
  readonly #players: Players;
  readonly #recorders: Recorders;
  readonly #newcomers;
  readonly #stats;
  #alive = true;
  /** Before the first: one less. */
  #appliedBatch = -1;

  constructor(parts: ShardParts) {
    const { arena } = parts;
    this.id = parts.id;
    this.arena = arena;
    this.control = new ControlWords(arena);
    this.#parts = parts;
    this.#stats = shardStats(arena);
    this.#commands = createCommandRing(arena);
    this.#events = createEventRing(arena);
    this.#legs = new LegTable(parts);
    this.#newcomers = new NewcomerLoad(() => this.#legs.allIn(), parts.clock);
    this.#rooms = new RoomTable(parts.id, arena.limits.roomsMax);
    this.#players = new Players(parts.id, parts.clips, arena.limits.playersMax);
    this.#recorders = new Recorders(parts.id, parts.rings, arena.limits.recordersMax);
  }

  /** Slots count as taken from the reservation on, before the engine has heard of them. */
  view(): ShardView {
    const { arena } = this;
    const { legsMax, roomsMax, lanesMax, playersMax, recordersMax } = arena.limits;
    return {
      shard: this.id,
      alive: this.#alive,
      ...this.#legs.taken(),
      ...{ legsMax, lanesMax, roomsMax, playersMax, recordersMax },
      rooms: this.#rooms.taken(),
      players: this.#players.taken(),
      recorders: this.#recorders.taken(),
      takesNewcomers: this.takesNewcomers,
      ...readShardGauges(arena),
      expectedLoad: this.expectedLoad(),
      legLoad: this.#newcomers.another(readTickLoad(arena)),
      stats: this.#stats,
    };
  }

  /** Of the work of a tick, as a share of its 5 ms (ShardView). Asked for before a newcomer is let in. */
  expectedLoad(): number {
    return this.#newcomers.expected(readTickLoad(this.arena));
  }

  isAlive(): boolean {
    return this.#alive;
  }

  isRunning(): boolean {
    return this.#alive && this.control.isRunning();
  }

  /** `wanted`: the quarter of the frame it is to be mixed in; left out: that with the fewest rooms. */
  reserveRoom(wanted: number | null = null): Result<MixRoom, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    const id = this.#rooms.reserve(wanted);
    return id === null ? err({ kind: 'engine-full', what: 'rooms' }) : ok({ id, shard: this.id });
  }

  releaseRoom(id: MixRoomId): void {
    if (this.#alive) this.#rooms.free(id);
  }

  phaseOf(room: MixRoomId): number {
    return this.#rooms.get(room).phase;
  }

  /** REQUIRES: the engine was told to open it. */
  rateOf(id: MixRoomId): RoomRateHz {
    const { rateHz } = this.#rooms.get(id);
    assert(rateHz !== null, `room ${id} is open`);
    return rateHz;
  }

  /** Null: no leg of this name is here. */
  slotOf(leg: LegId): Slot | null {
    return this.#legs.find(leg)?.slot ?? null;
  }

  /** Half of the command ring is kept for those already in: a newcomer is refused before they are delayed. */
  reserveLeg(media: LegMedia): Result<Leg, EngineRefusal> {
    const refusal = this.#newcomerRefusal();
    return refusal === null ? this.#legs.reserve(media) : err(refusal);
  }

  releaseLeg(id: LegId): void {
    if (!this.#alive) return;
    assert(this.#legs.get(id).state === 'reserved', 'only a leg that was never opened is released');
    this.#legs.free(id);
  }

  /** A seat for a leg of another shard: `adoptLeg` or `giveUpSeat` follows. */
  keepSeat(media: LegMedia): Result<KeptSeat, EngineRefusal> {
    const refusal = this.#newcomerRefusal();
    return refusal === null ? this.#legs.keep(media) : err(refusal);
  }

  giveUpSeat(seat: KeptSeat): void {
    if (this.#alive) this.#legs.giveUp(seat);
  }

  /** Null, and the leg is lost, when the shard is gone by now. */
  adoptLeg(id: LegId, seat: KeptSeat, belongings: Belongings): Leg | null {
    if (this.#alive) return this.#legs.adopt(id, seat, belongings);
    this.#legs.discard(belongings);
    return null;
  }

  /**
   * Closes the leg without a word to its peer, and gives its belongings away within some ticks; null when the shard
   * failed before, and the leg with it. REQUIRES: an open leg in no room that is played nothing.
   */
  handOver(id: LegId, media: LegMedia): Result<Promise<Belongings | null>, EngineRefusal> {
    const leg = this.#legs.get(id);
    const { lane } = leg;
    if (!leg.srtp.mayMove()) return err({ kind: 'engine-full', what: 'srtp-sessions' });
    const close: EngineCommand = { kind: 'close-leg', leg: id };
    // A parked peer is sent no goodbye: some phones hang up by that.
    const park: readonly EngineCommand[] =
      media.transport === 'rtp' ? [{ kind: 'update-leg', leg: id, media: { ...media, parked: true } }] : [];
    const told = this.apply([...park, close]);
    if (!told.ok) return told;
    leg.state = 'leaving';
    leg.lane = lane && standingLane(lane.written());
    return ok(new Promise((resolve) => this.#leaving.set(id, resolve)));
  }

  reservePlayer(): Result<PlayerId, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    const id = this.#players.reserve();
    return id === null ? err({ kind: 'engine-full', what: 'players' }) : ok(id);
  }

  releasePlayer(id: PlayerId): void {
    if (this.#alive) this.#players.release(id);
  }

  reserveRecorder(memory: SharedArrayBuffer): Result<RecorderId, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    const id = this.#recorders.reserve(memory);
    return id === null ? err({ kind: 'engine-full', what: 'recorders' }) : ok(id);
  }

  releaseRecorder(id: RecorderId): void {
    if (this.#alive) this.#recorders.release(id);
  }

  /** Whether a batch would find a place in the command ring now. */
  hasPlaceFor(batch: readonly ShardCommand[]): boolean {
    return this.#commands.free() >= recordsPerCommandMax * batch.length;
  }

  /** Number of the batch that was taken last, and whether the engine has applied one. */
  lastBatch(): number {
    return this.#commands.lastBatch();
  }
  hasApplied(batch: number): boolean {
    return !this.#alive || ((this.#appliedBatch - batch) | 0) >= 0;
  }

  /** `abroad`: where legs are that the batch names and that are on another shard. */
  apply(batch: readonly ShardCommand[], abroad: Abroad = nobodyAbroad): Result<void, EngineRefusal> {
    if (!this.#alive) return err({ kind: 'engine-unavailable' });
    // Commands change what legs are assumed to cost.
    this.#newcomers.note();
    if (!batch.every((command) => command.kind !== 'send-digits' || this.#legs.takesDigits(command))) {
      return err({ kind: 'digits-full' });
    }
    const updates = batch.filter((command) => command.kind === 'update-leg');
    const borrowers = updates.filter(({ leg, media }) => needsLoan(media) && !this.#legs.get(leg).borrows).length;
    if (!this.#legs.hasCodecs(borrowers)) return err({ kind: 'engine-full', what: 'codecs' });
    const sessions = takeSessions(
      updates.map(({ leg, media }) => ({ srtp: this.#legs.get(leg).srtp, security: media.security })),
    );
    if (sessions === null) return err({ kind: 'engine-full', what: 'srtp-sessions' });
    if (
      !this.#commands.publish(batch.flatMap((command) => commandRecords(command, this.#holdings(sessions, abroad))))
    ) {
      dropSessions(sessions);
      return err({ kind: 'engine-full', what: 'command-ring' });
    }
    for (const command of batch) this.#noteApplied(command, sessions);
    return ok(undefined);
  }

  lane(id: LegId): Lane | null {
    return this.#legs.find(id)?.lane ?? null;
  }

  statistics(id: LegId): LegStatistics | null {
    const leg = this.#legs.find(id);
    return leg?.state === 'open' ? readLegStatistics(this.arena, leg.slot.slot) : null;
  }

  qualityCounts(id: LegId): QualityCounts | null {
    const leg = this.#legs.find(id);
    return leg?.state === 'open' ? readQualityCounts(this.arena, leg.slot.slot) : null;
  }

  /** What is to be told of what the engine said since the last call; null: it said nothing. */
  poll(): readonly EngineEvent[] | null {
    const records = this.#events.drain();
    return records.length === 0 ? null : records.flatMap((record) => this.#heard(record));
  }

  /** The engine runs no more: nothing of its legs is touched from now on, and their sockets are closed. */
  bury(): void {
    this.#alive = false;
    for (const id of this.#legs.ids()) this.#legs.free(id);
    for (const resolve of this.#leaving.values()) resolve(null);
    this.#leaving.clear();
    for (const id of this.#rooms.ids()) this.#rooms.free(id);
    this.#players.bury();
    this.#recorders.bury();
  }

  #newcomerRefusal(): EngineRefusal | null {
    if (!this.#alive) return { kind: 'engine-unavailable' };
    const isRingBusy = this.#commands.free() < this.arena.limits.commandRecords / 2;
    return isRingBusy ? { kind: 'engine-full', what: 'command-ring' } : null;
  }

  #holdings(sessions: Sessions, abroad: Abroad): Holdings {
    const [leg, room] = [(id: LegId) => this.#legs.get(id), (id: MixRoomId) => this.#rooms.get(id)];
    const find = (id: LegId) => this.#legs.find(id);
    const [players, recorders, parts] = [this.#players, this.#recorders, this.#parts];
    return { find, abroad, leg, room, players, recorders, sessions, parts };
  }

  #noteApplied(command: ShardCommand, sessions: Sessions): void {
    switch (command.kind) {
      case 'update-leg': {
        const leg = this.#legs.get(command.leg);
        const { srtp } = leg;
        this.#legs.code(leg, command.media);
        const next = sessions.get(srtp);
        assert(next !== undefined, 'a session was found for each update');
        srtp.goOver(next, this.#commands.lastBatch());
        this.#rekeyed.add(srtp);
        return;
      }
      case 'open-leg': {
        const leg = this.#legs.get(command.leg);
        leg.state = 'open';
        if (leg.laneSlot !== null && command.media.transport === 'lane') {
          const bytes = frameBytes(command.media.codec, command.media.rateHz);
          leg.lane = openLane(this.arena, leg.laneSlot.slot, bytes, leg.lane?.written());
        }
        return;
      }
      case 'close-leg': {
        const leg = this.#legs.get(command.leg);
        leg.state = 'closing';
        leg.lane = null;
        return;
      }
      case 'close-room':
        // Commands are applied in order, so the slot may be named again in the very next batch.
        this.#rooms.free(command.room);
        return;
      case 'send-digits': {
        const leg = this.#legs.get(command.leg);
        leg.digitsGiven = (leg.digitsGiven + command.digits.length) >>> 0;
        return;
      }
      case 'open-player':
      case 'close-player':
        this.#players.noteApplied(command);
        return;
      case 'open-recorder':
      case 'set-recorder':
      case 'close-recorder':
        this.#recorders.noteApplied(command);
        return;
      case 'open-room':
      case 'set-room-rate':
        this.#rooms.noteRate(command.room, command.rateHz);
        return;
      case 'route-leg':
        this.#legs.hear(command.leg, command.room !== null && command.route.sends.kind !== 'nobody');
        return;
      case 'span-room':
      case 'limit-effort':
      case 'play-to-room':
        return;
      default:
        assertNever(command);
    }
  }

  #heard(record: EventRecord): readonly EngineEvent[] {
    const about = this.#legs.onSlot({ slot: record.leg, generation: record.generation });
    switch (record.kind) {
      case 'leg_closed':
        return about === null ? [] : this.#closed(about.id, about.leg);
      case 'batch_applied':
        this.#appliedBatch = Number(record.fields.batch);
        for (const srtp of this.#rekeyed) {
          if (srtp.applied(Number(record.fields.batch))) this.#rekeyed.delete(srtp);
        }
        return [];
      case 'player_ended':
      case 'player_closed':
        return this.#players.heard(record);
      case 'recorder_closed':
        this.#recorders.heardClosed(record);
        return [];
      case 'command_refused':
        about?.leg.srtp.doubt();
        this.#parts.logger.error('engine-command-refused', { shard: this.id, record });
        return [];
      default:
        return about === null ? [] : legEvents(record, about.id);
    }
  }

  #closed(id: LegId, { state, srtp }: LegUse): readonly EngineEvent[] {
    this.#newcomers.note();
    this.#rekeyed.delete(srtp);
    const giveAway = this.#leaving.get(id);
    if (giveAway === undefined) {
      assert(state === 'closing', 'a leg is closed when asked');
      this.#legs.free(id);
      return [{ kind: 'leg-closed', leg: id }];
    }
    this.#leaving.delete(id);
    srtp.move();
    giveAway(this.#legs.letGo(id));
    return [];
  }
}
