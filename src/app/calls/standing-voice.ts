/** What a call that is in no conference is played (`<Play>`, `<Say>`), and what the engine was told of that. */
import type { Cancel, Clock } from '../../base/ports.js';
import type { EngineCommand, EnginePort, Leg, LegRoute, PlayerId } from '../../media/engine-port.js';
import type { Players } from '../sounds/players.js';
import { Seat } from '../sounds/seat.js';

/** Two ticks: by then the engine has read the ring. */
const retryMs = 10;

export type StandingVoiceParts = { readonly engine: EnginePort; readonly clock: Clock; readonly players: Players };

export class StandingVoice {
  readonly seat: Seat;
  readonly #parts: StandingVoiceParts;
  readonly #leg: () => Leg | null;
  #told: PlayerId | null = null;
  /** At the seat, and the engine never heard of it. */
  #untold: PlayerId | null = null;
  #cancelRetry: Cancel = () => {};

  /** `leg`: the open leg of the call, which is in no room while anything is played here. */
  constructor(parts: StandingVoiceParts, leg: () => Leg | null) {
    this.#parts = parts;
    this.#leg = leg;
    this.seat = new Seat(
      parts.players,
      () => leg()?.shard ?? null,
      () => this.#tell(),
    );
  }

  /** The engine plays something still: the leg must not be told to be elsewhere. */
  isBusy(): boolean {
    return this.#told !== null;
  }

  /** Brings the engine to what is at the seat; what it has no room for now it is told later. */
  #tell(): void {
    const { engine, clock } = this.#parts;
    const seated = this.seat.seated();
    const player = seated?.player ?? null;
    this.#cancelRetry();
    if (this.#untold !== null && this.#untold !== player) engine.releasePlayer(this.#untold);
    this.#untold = player === this.#told ? null : player;
    const leg = this.#leg();
    if (leg === null || player === this.#told) return;
    const batch: EngineCommand[] = [{ kind: 'route-leg', leg: leg.id, room: null, route: routeOf(player) }];
    if (seated !== null) {
      const { sound, loops } = seated;
      batch.unshift({ kind: 'open-player', player: seated.player, clip: sound.clip, loops });
    }
    if (this.#told !== null) batch.push({ kind: 'close-player', player: this.#told });
    const told = engine.apply(leg.shard, batch);
    if (!told.ok && told.error.kind === 'engine-full') {
      this.#cancelRetry = clock.after(retryMs, () => this.#tell());
      return;
    }
    this.#told = player;
    this.#untold = null;
  }
}

const routeOf = (player: PlayerId | null): LegRoute => ({
  sends: { kind: 'nobody' },
  hears: 'silence',
  players: player === null ? [] : [player],
});
