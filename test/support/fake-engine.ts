/**
 * An engine that mixes nothing but insists on the rules of EnginePort: what is opened was reserved, what is routed is
 * open, and nothing is given back twice. A test can make it full, slow to listen, or dead.
 */
import { assert, assertNever } from '../../src/base/assert.js';
import { err, ok, type Result } from '../../src/base/result.js';
import { withdrawClip } from '../../src/media/clip-memory.js';
import type {
  ClipId,
  EngineCommand,
  EngineEvent,
  EnginePort,
  EngineRefusal,
  Lane,
  Leg,
  LegId,
  LegMedia,
  LegRoute,
  MixRoom,
  MixRoomId,
  PlayerId,
  RecorderId,
  RecorderMode,
  RecorderSource,
  ShardId,
  ShardView,
} from '../../src/media/engine-port.js';
import { endRecording } from '../../src/media/recording-memory.js';

import type { FakeLeg, FakePlayer, FakeRecorder } from './fake-engine-parts.js';
import { quietLeg } from './leg-statistics.js';

const localOf = (port: number | null): Leg['local'] => (port === null ? null : { host: '127.0.0.1', port });

export class FakeEngine implements EnginePort {
  readonly batches: (readonly EngineCommand[])[] = [];
  /** What `reserveLeg` and the others that may refuse, refuse with; null: they do as they are asked. */
  legRefusal: EngineRefusal | null = null;
  applyRefusal: EngineRefusal | null = null;
  clipRefusal: EngineRefusal | null = null;
  playerRefusal: EngineRefusal | null = null;
  recorderRefusal: EngineRefusal | null = null;
  spansTo: ShardId | null = null; // where rooms have their next legs; null: at home
  /** Called at the edge of a tick: a batch was applied, and the next frame will be mixed so. */
  onApplied: () => void = () => {};
  /** Called while a leg is in neither shard. */
  onMoving: () => Promise<void> | void = () => {};
  readonly #shards: number;
  readonly #legs = new Map<LegId, FakeLeg>();
  readonly #rooms = new Map<MixRoomId, { shard: number; rateHz: number | null }>();
  readonly #clips = new Map<ClipId, SharedArrayBuffer>();
  readonly #players = new Map<PlayerId, FakePlayer>();
  readonly #recorders = new Map<RecorderId, FakeRecorder>();
  readonly #dead = new Set<number>();
  readonly #listeners: ((event: EngineEvent) => void)[] = [];
  #next = 0;

  constructor(shards = 1) {
    this.#shards = shards;
  }

  shards(): readonly ShardView[] {
    return Array.from({ length: this.#shards }, (_, index) => ({
      // A fake may number its shards, too.
      shard: index as ShardId,
      alive: !this.#dead.has(index),
      legs: [...this.#legs.values()].filter(({ shard }) => shard === index).length,
      legsMax: 100,
      rooms: [...this.#rooms.values()].filter(({ shard }) => shard === index).length,
      roomsMax: 100,
      lanes: 0,
      lanesMax: 100,
      players: [...this.#players.values()].filter(({ shard }) => shard === index).length,
      playersMax: 100,
      recorders: [...this.#recorders.values()].filter(({ shard }) => shard === index).length,
      recordersMax: 100,
      tickLoad: 0.1,
      expectedLoad: 0.1,
      legLoad: 0.001,
      takesNewcomers: true,
      realtimeScheduling: false,
      cpuSeconds: 0,
      stats: { ticks: 1 },
    }));
  }

  place(): Result<ShardId, EngineRefusal> {
    const best = this.shards()
      .filter(({ alive }) => alive)
      .sort((a, b) => a.legs - b.legs)[0];
    return best === undefined ? err({ kind: 'engine-unavailable' }) : ok(best.shard);
  }

  reserveRoom(shard: ShardId) {
    if (this.#dead.has(shard)) return err({ kind: 'engine-unavailable' as const });
    const id = `room-${this.#next++}` as MixRoomId;
    this.#rooms.set(id, { shard, rateHz: null });
    return ok({ id, shard });
  }

  reserveLeg(shard: ShardId, { transport }: LegMedia): Result<Leg, EngineRefusal> {
    if (this.#dead.has(shard)) return err({ kind: 'engine-unavailable' });
    if (this.legRefusal !== null) return err(this.legRefusal);
    const id = `leg-${this.#next++}` as LegId;
    const port = transport === 'rtp' ? 20_000 + this.#next * 2 : null;
    this.#legs.set(id, { shard, port, media: null, route: null });
    return ok({ id, shard, local: localOf(port) });
  }

  reserveLegFor(room: MixRoom, media: LegMedia): Result<Leg, EngineRefusal> {
    return this.reserveLeg(this.spansTo ?? room.shard, media);
  }

  /** Takes a turn of the event loop, and as long as `onMoving` in between. */
  async moveLeg(id: LegId, media: LegMedia, to: ShardId): Promise<Result<Leg, EngineRefusal>> {
    const leg = this.#legs.get(id);
    assert(leg?.media != null && leg.route === null, 'an open leg moves that is in no room');
    if (this.#dead.has(to)) return err({ kind: 'engine-unavailable' });
    if (this.legRefusal !== null) return err(this.legRefusal);
    leg.media = null;
    await new Promise((resolve) => setImmediate(resolve));
    await this.onMoving();
    if (this.#dead.has(leg.shard) || this.#dead.has(to)) {
      this.#legs.delete(id);
      return err({ kind: 'engine-unavailable' });
    }
    leg.shard = to;
    leg.media = media;
    return ok({ id, shard: to, local: localOf(leg.port) });
  }

  releaseLeg(id: LegId): void {
    const leg = this.#legs.get(id);
    if (leg === undefined && this.#dead.size > 0) return;
    assert(leg !== undefined && leg.media === null, 'only a reserved leg is released');
    this.#legs.delete(id);
  }

  releaseRoom(id: MixRoomId): void {
    const room = this.#rooms.get(id);
    if (room === undefined && this.#dead.size > 0) return;
    assert(room !== undefined && room.rateHz === null, 'only a reserved room is released');
    this.#rooms.delete(id);
  }

  /** Nothing here makes its shards refuse anybody. */
  admitNewcomers(): void {}

  /** Whoever wants to hear of speech says it here. */
  tellOfSpeech(): void {}

  openClip(memory: SharedArrayBuffer): Result<ClipId, EngineRefusal> {
    if (this.clipRefusal !== null) return err(this.clipRefusal);
    this.#next += 1;
    const clip = this.#next as ClipId;
    this.#clips.set(clip, memory);
    return ok(clip);
  }

  closeClip(clip: ClipId): void {
    const memory = this.#clips.get(clip);
    assert(memory !== undefined, 'an open clip is closed once');
    this.#clips.delete(clip);
    withdrawClip(memory);
    for (const [id, player] of this.#players) if (player.clip === clip) this.endPlayer(id);
  }

  reservePlayer(shard: ShardId): Result<PlayerId, EngineRefusal> {
    if (this.#dead.has(shard)) return err({ kind: 'engine-unavailable' });
    if (this.playerRefusal !== null) return err(this.playerRefusal);
    const id = `player-${this.#next++}` as PlayerId;
    this.#players.set(id, { shard, clip: null, loops: 0, room: null, except: null, hasEnded: false });
    return ok(id);
  }

  releasePlayer(id: PlayerId): void {
    const player = this.#players.get(id);
    if (player === undefined && this.#dead.size > 0) return;
    assert(player !== undefined && player.clip === null, 'only a reserved player is released');
    this.#players.delete(id);
  }

  reserveRecorder(shard: ShardId, memory: SharedArrayBuffer): Result<RecorderId, EngineRefusal> {
    if (this.#dead.has(shard)) return err({ kind: 'engine-unavailable' });
    if (this.recorderRefusal !== null) return err(this.recorderRefusal);
    const id = `recorder-${this.#next++}` as RecorderId;
    this.#recorders.set(id, { shard, memory, opened: null });
    return ok(id);
  }

  releaseRecorder(id: RecorderId): void {
    const recorder = this.#recorders.get(id);
    if (recorder === undefined && this.#dead.size > 0) return;
    assert(recorder !== undefined && recorder.opened === null, 'only a reserved recorder is released');
    endRecording(recorder.memory, 'over');
    this.#recorders.delete(id);
  }

  apply(shard: ShardId, batch: readonly EngineCommand[]): Result<void, EngineRefusal> {
    if (this.#dead.has(shard)) return err({ kind: 'engine-unavailable' });
    if (this.applyRefusal !== null) return err(this.applyRefusal);
    assert(batch.length > 0, 'an empty batch is not worth a call');
    for (const command of batch) this.#obey(command, shard);
    this.batches.push(batch);
    this.onApplied();
    return ok(undefined);
  }

  lane(id: LegId): Lane | null {
    const written: Uint8Array[] = [];
    if (this.#legs.get(id)?.media?.transport !== 'lane') return null;
    return {
      write: (frame) => written.push(frame) > 0,
      read: () => null,
      hadVoice: () => false,
      written: () => written.length,
      played: () => 0,
      clear: () => {},
    };
  }

  statistics(id: LegId) {
    if (this.#legs.get(id)?.media == null) return null;
    return quietLeg;
  }
  qualityCounts = () => null;

  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** The shard dies with everything on it. */
  fail(shard: number): void {
    this.#dead.add(shard);
    for (const [id, leg] of this.#legs) if (leg.shard === shard) this.#legs.delete(id);
    for (const [id, room] of this.#rooms) if (room.shard === shard) this.#rooms.delete(id);
    for (const [id, player] of this.#players) if (player.shard === shard) this.#players.delete(id);
    for (const [id, recorder] of this.#recorders) {
      if (recorder.shard !== shard) continue;
      endRecording(recorder.memory, 'failed');
      this.#recorders.delete(id);
    }
    this.tell({ kind: 'shard-failed', shard: shard as ShardId, reason: 'test' });
  }

  tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Legs and rooms reserved or open. */
  held(): { readonly legs: number; readonly rooms: number } {
    return { legs: this.#legs.size, rooms: this.#rooms.size };
  }

  /** Clips open, and players reserved or open. */
  heldSounds(): { readonly clips: number; readonly players: number } {
    return { clips: this.#clips.size, players: this.#players.size };
  }

  /** Players open and not ended, with the room each plays to; those that only legs hear have none. */
  playing(): readonly (Omit<FakePlayer, 'shard' | 'hasEnded'> & { readonly player: PlayerId })[] {
    return [...this.#players]
      .filter(([, { clip, hasEnded }]) => clip !== null && !hasEnded)
      .map(([player, { clip, loops, room, except }]) => ({ player, clip, loops, room, except }));
  }

  /** Recorders that are open, by id. */
  recording(): ReadonlyMap<RecorderId, { readonly source: RecorderSource; readonly mode: RecorderMode }> {
    return new Map([...this.#recorders].flatMap(([id, { opened }]) => (opened === null ? [] : [[id, opened]])));
  }

  /** The clip was played out. */
  endPlayer(id: PlayerId): void {
    const player = this.#players.get(id);
    assert(player !== undefined && player.clip !== null, 'an open player ends');
    if (player.hasEnded) return;
    player.hasEnded = true;
    this.tell({ kind: 'player-ended', player: id });
  }

  /** Null before it was routed, and for one in no room that is played nothing. */
  routeOf(leg: LegId): LegRoute | null {
    return this.#legs.get(leg)?.route ?? null;
  }

  openLegs(): readonly LegRoute[] {
    return [...this.#legs.values()].flatMap(({ route }) => (route === null ? [] : [route]));
  }

  roomRates(): readonly number[] {
    return [...this.#rooms.values()].flatMap(({ rateHz }) => (rateHz === null ? [] : [rateHz]));
  }

  /** Batches are for rooms of one shard, and for all those that they span. */
  readonly #mayBeTold = (shard: number, other: number): boolean => shard === other || other === this.spansTo;

  #obey(command: EngineCommand, shard: number): void {
    switch (command.kind) {
      case 'open-room': {
        const room = this.#rooms.get(command.room);
        assert(room?.rateHz === null && room.shard === shard, 'a reserved room is opened once');
        room.rateHz = command.rateHz;
        return;
      }
      case 'set-room-rate': {
        const room = this.#rooms.get(command.room);
        assert(room !== undefined && room.rateHz !== null, 'an open room');
        room.rateHz = command.rateHz;
        return;
      }
      case 'close-room':
        assert(this.#rooms.delete(command.room), 'a known room is closed');
        return;
      case 'open-leg': {
        const leg = this.#legs.get(command.leg);
        assert(leg?.media === null && this.#mayBeTold(shard, leg.shard), 'a reserved leg is opened once');
        leg.media = command.media;
        return;
      }
      case 'update-leg': {
        const leg = this.#legs.get(command.leg);
        assert(leg?.media?.transport === 'rtp', 'an open RTP leg is updated');
        assert(leg.media.rtcpMux === command.media.rtcpMux, 'its sockets stay');
        leg.media = command.media;
        return;
      }
      case 'route-leg': {
        const leg = this.#legs.get(command.leg);
        assert(leg !== undefined && leg.media !== null, 'an open leg is routed');
        assert(command.room === null || this.#rooms.get(command.room)?.rateHz != null, 'to an open room');
        for (const id of command.route.players) {
          const player = this.#players.get(id);
          assert(player?.clip != null && player.shard === leg.shard, 'an open player of its shard is heard');
        }
        leg.route = command.room === null && command.route.players.length === 0 ? null : command.route;
        return;
      }
      case 'open-player': {
        const player = this.#players.get(command.player);
        assert(player?.clip === null && this.#mayBeTold(shard, player.shard), 'a reserved player is opened once');
        assert(this.#clips.has(command.clip), 'an open clip is played');
        player.clip = command.clip;
        player.loops = command.loops;
        return;
      }
      case 'close-player':
        assert(this.#players.get(command.player)?.clip != null, 'an open player is closed');
        this.#players.delete(command.player);
        return;
      case 'play-to-room': {
        const player = this.#players.get(command.player);
        assert(player !== undefined && player.clip !== null && player.room === null, 'an open player, to one room');
        assert(this.#rooms.get(command.room)?.rateHz != null, 'to an open room');
        assert(command.except === null || this.#legs.get(command.except)?.media != null, 'but for an open leg');
        player.room = command.room;
        player.except = command.except;
        return;
      }
      case 'open-recorder': {
        const recorder = this.#recorders.get(command.recorder);
        assert(
          recorder?.opened === null && this.#mayBeTold(shard, recorder.shard),
          'a reserved recorder is opened once',
        );
        assert(this.#rooms.get(command.room)?.rateHz != null, 'on an open room');
        const { room, source, mode } = command;
        const leg = source.kind === 'mix' ? { shard, media: {} } : this.#legs.get(source.leg);
        assert(leg?.media != null && leg.shard === recorder.shard, 'or a leg that is open, on its shard');
        recorder.opened = { room, source, mode };
        return;
      }
      case 'set-recorder': {
        const opened = this.#recorders.get(command.recorder)?.opened ?? null;
        assert(opened !== null && opened.mode !== command.mode, 'an open recorder is changed');
        opened.mode = command.mode;
        return;
      }
      case 'close-recorder': {
        const recorder = this.#recorders.get(command.recorder);
        assert(recorder !== undefined && recorder.opened !== null, 'an open recorder is closed');
        endRecording(recorder.memory, 'over');
        this.#recorders.delete(command.recorder);
        return;
      }
      case 'send-digits': {
        const media = this.#legs.get(command.leg)?.media;
        assert(media?.transport === 'rtp' && media.telephoneEvents !== null, 'keys go where they can');
        return;
      }
      case 'close-leg':
        assert(this.#legs.get(command.leg)?.media != null, 'an open leg is closed');
        this.#legs.delete(command.leg);
        return;
      case 'limit-effort':
        return;
      default:
        assertNever(command);
    }
  }
}
