/** The players of one shard: which slots are taken and by what, as command records and from event records. */
import { assert } from '../../base/assert.js';
import { none } from '../../media/engine-layout.js';
import type { ClipId, EngineCommand, EngineEvent, LegPlayers, PlayerId, ShardId } from '../../media/engine-port.js';
import type { Clips } from './clips.js';
import type { CommandRecord } from './command-ring.js';
import type { EventRecord } from './event-ring.js';
import { createSlots, type Slot } from './slots.js';

/** `clip`: what the engine may still read; null before it was told to, and when it has said that it is done. */
type PlayerUse = { readonly slot: Slot; clip: ClipId | null; state: 'reserved' | 'open' | 'closing' };

type PlayerCommand = Extract<EngineCommand, { readonly kind: 'open-player' | 'close-player' }>;

export class Players {
  readonly #shard: ShardId;
  readonly #clips: Clips;
  readonly #slots;
  readonly #players = new Map<PlayerId, PlayerUse>();
  readonly #bySlot: (PlayerId | undefined)[] = [];

  constructor(shard: ShardId, clips: Clips, playersMax: number) {
    this.#shard = shard;
    this.#clips = clips;
    this.#slots = createSlots(playersMax);
  }

  taken(): number {
    return this.#slots.taken();
  }

  /** Null when all are taken. */
  reserve(): PlayerId | null {
    const slot = this.#slots.take();
    if (slot === null) return null;
    const id = `${this.#shard}.${slot.slot}.${slot.generation}` as PlayerId;
    this.#players.set(id, { slot, clip: null, state: 'reserved' });
    this.#bySlot[slot.slot] = id;
    return id;
  }

  release(id: PlayerId): void {
    assert(this.#player(id).state === 'reserved', 'only a player that was never opened is released');
    this.#free(id);
  }

  record(command: PlayerCommand): CommandRecord {
    const named = this.fields(command.player);
    if (command.kind === 'close-player') return { kind: 'close_player', fields: named };
    assert(this.#clips.isOpen(command.clip), 'only an open clip is played');
    assert(Number.isInteger(command.loops) && command.loops >= 0 && command.loops < none, 'loops are counted');
    return { kind: 'open_player', fields: { ...named, clip: command.clip, loops: command.loops } };
  }

  /** How records name a player. */
  fields(id: PlayerId): Readonly<Record<'player' | 'player_generation', number>> {
    const { slot } = this.#player(id);
    return { player: slot.slot, player_generation: slot.generation };
  }

  /** Part of a route_leg record. */
  routeFields(players: LegPlayers): Readonly<Record<'player' | 'player_beside', number>> {
    const [player = none, beside = none] = players.map((id) => this.#player(id).slot.slot);
    return { player, player_beside: beside };
  }

  /** The engine has been told. */
  noteApplied(command: PlayerCommand): void {
    const player = this.#player(command.player);
    if (command.kind === 'close-player') {
      assert(player.state === 'open', 'an open player is closed');
      player.state = 'closing';
      return;
    }
    assert(player.state === 'reserved', 'a reserved player is opened once');
    player.state = 'open';
    player.clip = command.clip;
    this.#clips.take(command.clip);
  }

  /** What is to be told of what the engine says of a player. */
  heard({ kind, fields }: EventRecord): readonly EngineEvent[] {
    const id = this.#bySlot[Number(fields.player)];
    const player = id === undefined ? undefined : this.#players.get(id);
    if (id === undefined || player?.slot.generation !== Number(fields.player_generation)) return [];
    if (kind === 'player_closed') {
      assert(player.state === 'closing', 'a player is closed when asked');
      this.#free(id);
      return [];
    }
    this.#giveClip(player);
    // Whoever closed it no longer waits for its end.
    return player.state === 'open' ? [{ kind: 'player-ended', player: id }] : [];
  }

  /** The engine runs no more. */
  bury(): void {
    for (const id of [...this.#players.keys()]) this.#free(id);
  }

  #free(id: PlayerId): void {
    const player = this.#player(id);
    this.#giveClip(player);
    this.#players.delete(id);
    this.#bySlot[player.slot.slot] = undefined;
    this.#slots.give(player.slot);
  }

  #giveClip(player: PlayerUse): void {
    if (player.clip !== null) this.#clips.give(player.clip);
    player.clip = null;
  }

  #player(id: PlayerId): PlayerUse {
    const player = this.#players.get(id);
    assert(player !== undefined, `player ${id} is reserved`);
    return player;
  }
}
