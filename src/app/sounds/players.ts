/** The players of all shards: who wants to know that one has ended, and the one that plays the hold music to all. */
import type { EnginePort, PlayerId, ShardId } from '../../media/engine-port.js';
import type { Metrics } from '../metrics.js';
import type { Sound, SoundPort } from './sound-port.js';

export type PlayersParts = { readonly engine: EnginePort; readonly sounds: SoundPort; readonly metrics: Metrics };

type Station = { readonly player: PlayerId; readonly sound: Sound };

export class Players {
  readonly #parts: PlayersParts;
  readonly #onEnded = new Map<PlayerId, () => void>();
  readonly #stations = new Map<ShardId, Station>();

  constructor(parts: PlayersParts) {
    this.#parts = parts;
  }

  /** Null when the shard has no place for one more. Whoever has it opens it, or gives it back to the engine. */
  reserve(shard: ShardId, onEnded: () => void): PlayerId | null {
    const reserved = this.#parts.engine.reservePlayer(shard);
    if (!reserved.ok) {
      const lack = reserved.error.kind === 'engine-full' ? reserved.error.what : 'engine';
      this.#parts.metrics.count('parley_engine_refusals_total', { lack });
      return null;
    }
    this.#onEnded.set(reserved.value, onEnded);
    return reserved.value;
  }

  /** Nobody wants to know of it any more. */
  forget(player: PlayerId): void {
    this.#onEnded.delete(player);
  }

  /** As the engine tells. */
  ended(player: PlayerId): void {
    this.#onEnded.get(player)?.();
  }

  /**
   * The hold music of a shard, one player for all who hear it there: begun with the first, and never ended. Null while
   * the engine has no place for it.
   */
  music(shard: ShardId): PlayerId | null {
    const known = this.#stations.get(shard);
    if (known !== undefined) return known.player;
    const { engine, sounds } = this.#parts;
    const player = this.reserve(shard, () => {});
    if (player === null) return null;
    const sound = sounds.music();
    const opened = engine.apply(shard, [{ kind: 'open-player', player, clip: sound.clip, loops: 0 }]);
    if (opened.ok) {
      this.#stations.set(shard, { player, sound });
      return player;
    }
    sound.release();
    this.forget(player);
    engine.releasePlayer(player);
    return null;
  }

  /** All that it had is lost. */
  shardFailed(shard: ShardId): void {
    const station = this.#stations.get(shard);
    this.#stations.delete(shard);
    if (station === undefined) return;
    this.forget(station.player);
    station.sound.release();
  }
}
