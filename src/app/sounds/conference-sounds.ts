/**
 * What is played in one conference besides what people say: to each who waits or is held its own audio, to all the
 * beeps, and announcements over everything (CONTRACT §5, §8.5). Follows the state of the conference, and says for each
 * moment what the engine is to play; whoever tells the engine asks for that.
 */
import type { CallSid } from '../../base/brands.js';
import type { Cancel } from '../../base/ports.js';
import { newTrace, type Trace } from '../../base/trace.js';
import { beepsOf } from '../../conference/beep.js';
import { isSameWaitAudio } from '../../conference/wait-audio.js';
import { noSounds, type RoomPlayer, type RoomSounds } from '../../media/engine-batch.js';
import type { LegPlayers, PlayerId } from '../../media/engine-port.js';
import type { Hears, MixPlan } from '../../media/mix-plan.js';
import { type Announcement, Announcements } from './announcements.js';
import { Seat } from './seat.js';
import { type SoundHost, type SoundParts, soundRequestOf, type TracedChange } from './sound-host.js';
import { SoundRun } from './sound-run.js';

/** Beeps of a conference at a time; those of whoever comes and goes while so many sound are left out. */
export const beepsMax = 4;

/** Before it is looked again whether the shard has a player for its hold music. */
const musicRetryMs = 100;

type OwnAudio = Extract<Hears, { readonly kind: 'own-audio' }>;

/** What one leg hears for itself. */
type Own = {
  readonly hears: OwnAudio;
  readonly seat: Seat;
  run: SoundRun | null;
  /** The hold music of the shard, and not what is at the seat. */
  isMusic: boolean;
};

type Beeping = { readonly seat: Seat; readonly except: CallSid | null };

export class ConferenceSounds {
  readonly #parts: SoundParts;
  readonly #host: SoundHost;
  readonly #own = new Map<CallSid, Own>();
  readonly #beeps = new Set<Beeping>();
  readonly #announcements: Announcements;
  #isFollowing = false;
  #cancelMusic: Cancel = () => {};

  constructor(parts: SoundParts, host: SoundHost) {
    this.#parts = parts;
    this.#host = host;
    this.#announcements = new Announcements(parts, host, (listener) => this.#newSeat(listener));
  }

  /** The change is committed; REQUIRES: the engine is told of it, and of the sounds, next. */
  follow(change: TracedChange, plan: MixPlan): void {
    this.#isFollowing = true;
    for (const [callSid, own] of this.#own) {
      if (!isSame(own.hears, plan.get(callSid)?.hears)) this.#stop(callSid, own);
    }
    const newcomers = new Set(
      change.events.flatMap((event) => (event.kind === 'participant-joined' ? [event.participant.callSid] : [])),
    );
    for (const [callSid, { hears }] of plan) {
      if (hears.kind !== 'own-audio' || this.#own.has(callSid)) continue;
      this.#begin(callSid, hears, { isNewcomer: newcomers.has(callSid), trace: this.#traceOf(callSid, change) });
    }
    for (const { which, except } of beepsOf(change.before, change.events, change.after)) this.#beep(which, except);
    this.#announcements.follow(change);
    if (plan.size === 0) for (const beeping of [...this.#beeps]) this.#silence(beeping);
    this.#isFollowing = false;
  }

  /** False when too many wait for the same ears. REQUIRES: the conference is live, and whom it is for is in. */
  announce(announcement: Announcement): boolean {
    return this.#announcements.add(announcement);
  }

  /** One beep to all who hear the room; `over` once it has sounded, or will not. */
  beepToAll(over: () => void): void {
    this.#beep('enter', null, over);
  }

  /** For the engine, as it is now. */
  picture(plan: MixPlan): RoomSounds {
    if (this.#own.size === 0 && this.#beeps.size === 0 && this.#announcements.isSilent()) return noSounds;
    const players = new Map<PlayerId, RoomPlayer>();
    const open = (seat: Seat, inRoom: RoomPlayer['inRoom']): PlayerId | null => {
      const seated = seat.seated();
      if (seated === null) return null;
      players.set(seated.player, { clip: seated.sound.clip, loops: seated.loops, inRoom });
      return seated.player;
    };
    const toAll = this.#announcements.seatOf(null);
    const announced = toAll === null ? null : open(toAll, { except: null });
    for (const { seat, except } of this.#beeps) {
      open(seat, { except: except === null ? null : this.#host.legOf(except) });
    }
    const heardBy = new Map<CallSid, LegPlayers>();
    for (const [callSid, { hears }] of plan) {
      const own = this.#own.get(callSid);
      const ownPlayer = own === undefined ? null : own.isMusic ? this.#music(callSid) : open(own.seat, null);
      const seat = this.#announcements.seatOf(callSid);
      // Whoever waits does not hear the room, and is announced to all the same, on the home of the room; whoever is
      // held is not.
      const isAtHome = this.#host.shardOf(callSid) === this.#host.shard();
      const overWait = hears.kind === 'own-audio' && hears.use === 'wait' && isAtHome ? announced : null;
      const alone = (seat === null ? null : open(seat, null)) ?? overWait;
      const heard = legPlayers(ownPlayer, alone);
      if (heard.length > 0) heardBy.set(callSid, heard);
    }
    return { players, heardBy };
  }

  /** Of the last that happened to it: what it hears now comes of that. */
  #traceOf(callSid: CallSid, { events, traces }: TracedChange): Trace {
    const own = events.findLast((event) =>
      event.kind === 'participant-joined'
        ? event.participant.callSid === callSid
        : 'callSid' in event && event.callSid === callSid,
    );
    return (own === undefined ? undefined : traces.get(own)) ?? newTrace(this.#parts.random);
  }

  #begin(
    callSid: CallSid,
    hears: OwnAudio,
    { isNewcomer, trace }: { readonly isNewcomer: boolean; readonly trace: Trace },
  ): void {
    const own: Own = { hears, seat: this.#newSeat(callSid), run: null, isMusic: hears.audio.kind === 'default-music' };
    this.#own.set(callSid, own);
    const conference = this.#host.conference();
    const participant = conference?.participants.get(callSid);
    if (hears.audio.kind !== 'document' || conference === null || participant === undefined) return;
    const { target } = hears.audio;
    const { flavour } = this.#parts;
    own.run = new SoundRun(
      this.#parts,
      {
        ...soundRequestOf(this.#parts, conference, participant),
        target,
        trace,
        atEnd: flavour.waitDocumentEnd === 'fetched-again' ? 'again' : 'over',
        onFindings: (findings, source) => this.#host.found(callSid, findings, source),
        onOver: ({ unavailable }) => {
          if (unavailable === null || this.#own.get(callSid) !== own) return;
          if (hears.use === 'hold') this.#fallBack(own);
          else if (isNewcomer) this.#host.waitFailed(callSid);
        },
      },
      own.seat,
    );
  }

  /** A hold goes on, whatever becomes of its URL (CONTRACT §5.2). */
  #fallBack(own: Own): void {
    own.isMusic = true;
    this.#changed();
  }

  #stop(callSid: CallSid, { run, seat }: Own): void {
    this.#own.delete(callSid);
    run?.stop();
    seat.stop();
  }

  #beep(which: 'enter' | 'exit', except: CallSid | null, over: () => void = () => {}): void {
    if (this.#beeps.size >= beepsMax) {
      this.#parts.metrics.count('parley_beeps_left_out_total', {});
      over();
      return;
    }
    const beeping: Beeping = { seat: this.#newSeat(null), except };
    this.#beeps.add(beeping);
    const end = (): void => {
      this.#beeps.delete(beeping);
      over();
    };
    if (!beeping.seat.play(this.#parts.sounds.beep(which), 1, end)) end();
  }

  #silence(beeping: Beeping): void {
    this.#beeps.delete(beeping);
    beeping.seat.stop();
  }

  #music(listener: CallSid): PlayerId | null {
    const shard = this.#host.shardOf(listener);
    const player = shard === null ? null : this.#parts.players.music(shard);
    this.#cancelMusic();
    if (player === null) this.#cancelMusic = this.#parts.clock.after(musicRetryMs, () => this.#changed());
    return player;
  }

  /** A listener of null: the whole room. */
  #newSeat(listener: CallSid | null): Seat {
    return new Seat(
      this.#parts.players,
      () => (listener === null ? this.#host.shard() : this.#host.shardOf(listener)),
      () => this.#changed(),
    );
  }

  #changed(): void {
    if (!this.#isFollowing) this.#host.changed();
  }
}

function isSame(hears: OwnAudio, now: Hears | undefined): boolean {
  return now?.kind === 'own-audio' && now.use === hears.use && isSameWaitAudio(now.audio, hears.audio);
}

function legPlayers(own: PlayerId | null, announced: PlayerId | null): LegPlayers {
  if (own === null) return announced === null ? [] : [announced];
  return announced === null ? [own] : [own, announced];
}
