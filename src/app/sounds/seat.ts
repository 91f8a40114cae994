/** A place at which one sound plays at a time; one that is put there is let go behind its end. */
import type { PlayerId, ShardId } from '../../media/engine-port.js';
import type { Players } from './players.js';
import type { Sound } from './sound-port.js';

/** What plays there now. */
export type Seated = { readonly player: PlayerId; readonly sound: Sound; readonly loops: number };

export class Seat {
  readonly #players: Players;
  readonly #shard: () => ShardId | null;
  readonly #onChange: () => void;
  #seated: Seated | null = null;

  /** `shard`: that of whoever listens, null when they are gone. `onChange`: the engine is to be told. */
  constructor(players: Players, shard: () => ShardId | null, onChange: () => void) {
    this.#players = players;
    this.#shard = shard;
    this.#onChange = onChange;
  }

  seated(): Seated | null {
    return this.#seated;
  }

  /**
   * Plays it in place of what plays now; `loops` of 0: without end. False when there is no player for it. `onEnded`:
   * it was heard to its end, and the seat is empty.
   */
  play(sound: Sound, loops: number, onEnded: () => void): boolean {
    this.#drop();
    const shard = this.#shard();
    const player = shard === null ? null : this.#players.reserve(shard, () => this.#ended(onEnded));
    if (player === null) sound.release();
    else this.#seated = { player, sound, loops };
    this.#onChange();
    return player !== null;
  }

  stop(): void {
    if (this.#seated === null) return;
    this.#drop();
    this.#onChange();
  }

  #ended(onEnded: () => void): void {
    this.#drop();
    onEnded();
    this.#onChange();
  }

  #drop(): void {
    const seated = this.#seated;
    this.#seated = null;
    if (seated === null) return;
    this.#players.forget(seated.player);
    seated.sound.release();
  }
}
