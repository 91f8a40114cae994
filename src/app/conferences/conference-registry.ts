/**
 * Which conference a room is now (CONTRACT §8.1): at most one live one for each account and name, made by the first
 * join and dropped when it ends, so that the same name gets a new sid. Creation is atomic because finding and making
 * happen in one step of the control thread.
 */
import { assert } from '../../base/assert.js';
import type { AccountSid, ConferenceSid, RoomName } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { err, ok, type Result } from '../../base/result.js';
import { newSid } from '../../base/sids.js';
import type { Trace } from '../../base/trace.js';
import type { JoinCommand } from '../../conference/commands.js';
import type { Leg, LegMedia, ShardId } from '../../media/engine-port.js';
import { type AccountLimitsOf, Holdings } from '../account-limits.js';
import type { Refusal } from '../application.js';
import { type Change, ConferenceRunner, type Joined, type RunnerParts } from './conference-runner.js';

/** A join that finds its conference just over tries the next one; a room cannot end this often in one dial. */
const attemptsMax = 8;

export type RegistryParts = Omit<RunnerParts, 'onChange' | 'flavour'> & {
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  /** Conferences that may live at once, those being made included. */
  readonly conferencesMax: number;
  /** Left out: what there is room for is the only limit. */
  readonly limitsOf?: AccountLimitsOf;
  readonly onChange: (runner: ConferenceRunner, change: Change) => void;
};

export type JoinRequest = Omit<JoinCommand, 'kind' | 'newConferenceSid'>;

export class ConferenceRegistry {
  readonly #parts: RegistryParts;
  readonly #byRoom = new Map<string, ConferenceRunner>();
  /** The rooms of each account that are in `#byRoom`. */
  readonly #ofAccount = new Holdings<string>();
  readonly #bySid = new Map<ConferenceSid, ConferenceRunner>();
  /** What the conference of a runner is called, or will be once somebody has joined. */
  readonly #sidOf = new WeakMap<ConferenceRunner, ConferenceSid>();
  /** By room: the sid that somebody knows already, and how many do. */
  readonly #held = new Map<string, { readonly sid: ConferenceSid; readonly holders: number }>();

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  /**
   * `standing`: the leg that the call has open already. `into`: no other conference than this; null: whichever the room
   * has by then.
   */
  async join(
    request: JoinRequest,
    media: LegMedia,
    standing: Leg | null = null,
    trace: Trace | null = null,
    into: ConferenceSid | null = null,
  ): Promise<Result<Joined & { runner: ConferenceRunner }, Refusal>> {
    let last: Result<Joined, Refusal> = err({ kind: 'conference-completed' });
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (into !== null && !this.#leadsTo(request.accountSid, request.room, into)) break;
      const found = this.#runnerOf(request.accountSid, request.room);
      if (!found.ok) return found;
      const runner = found.value;
      const newConferenceSid = this.#sid(runner);
      try {
        last = await runner.join({ ...request, kind: 'join', newConferenceSid }, media, standing, trace);
      } finally {
        if (runner.isUnused()) this.#forgetRoom(request.accountSid, request.room, runner);
      }
      if (last.ok) return { ok: true, value: { ...last.value, runner } };
      if (last.error.kind !== 'conference-completed') return last;
    }
    return last;
  }

  /**
   * The sid of the conference of a room, which keeps it if it comes to be only later. Whoever asked gives it back once
   * (`releaseSid`).
   */
  holdSid(accountSid: AccountSid, room: RoomName): ConferenceSid {
    const key = roomKey(accountSid, room);
    const runner = this.#byRoom.get(key);
    const held = this.#held.get(key);
    const sid = runner === undefined ? (held?.sid ?? newSid('conference', this.#parts.random)) : this.#sid(runner);
    this.#held.set(key, { sid, holders: held?.sid === sid ? held.holders + 1 : 1 });
    return sid;
  }

  releaseSid(accountSid: AccountSid, room: RoomName, sid: ConferenceSid): void {
    const key = roomKey(accountSid, room);
    const held = this.#held.get(key);
    if (held?.sid !== sid) return;
    if (held.holders === 1) this.#held.delete(key);
    else this.#held.set(key, { sid, holders: held.holders - 1 });
  }

  /** Whoever joins the room now is in this conference. */
  #leadsTo(accountSid: AccountSid, room: RoomName, sid: ConferenceSid): boolean {
    const key = roomKey(accountSid, room);
    const runner = this.#byRoom.get(key);
    return (runner === undefined ? this.#held.get(key)?.sid : this.#sidOf.get(runner)) === sid;
  }

  /** The shard on which the conference of a room is mixed now; null when there is none. */
  shardOf(accountSid: AccountSid, room: RoomName): ShardId | null {
    return this.#byRoom.get(roomKey(accountSid, room))?.shard() ?? null;
  }

  /** The live conference with this sid in this account; none with null. */
  find(accountSid: AccountSid, sid: ConferenceSid | null): ConferenceRunner | null {
    const runner = sid === null ? undefined : this.#bySid.get(sid);
    const state = runner?.state();
    return runner !== undefined && state?.phase !== 'absent' && state?.accountSid === accountSid ? runner : null;
  }

  /** Whether anything of the account is recorded. */
  mayRecord(accountSid: AccountSid): boolean {
    return this.#parts.recordings.mayRecord(accountSid);
  }

  live(): readonly ConferenceRunner[] {
    return [...this.#bySid.values()];
  }

  onShard(shard: ShardId): readonly ConferenceRunner[] {
    return this.live().filter((runner) => runner.legs().isOn(shard));
  }

  #runnerOf(accountSid: AccountSid, room: RoomName): Result<ConferenceRunner, Refusal> {
    const key = roomKey(accountSid, room);
    const known = this.#byRoom.get(key);
    if (known !== undefined) return ok(known);
    if (this.#byRoom.size >= this.#parts.conferencesMax) return err({ kind: 'engine-full', what: 'rooms' });
    const max = this.#parts.limitsOf?.(accountSid).conferencesMax ?? null;
    if (max !== null && this.#ofAccount.count(accountSid) >= max) {
      this.#parts.metrics.count('parley_account_limits_reached_total', { account: accountSid, limit: 'conferences' });
      return err({ kind: 'account-limit', what: 'conferences', max });
    }
    const runner: ConferenceRunner = new ConferenceRunner({
      ...this.#parts,
      flavour: this.#parts.flavourOf(accountSid),
      onChange: (change) => this.#changed(runner, change),
    });
    const sid = this.#held.get(key)?.sid ?? newSid('conference', this.#parts.random);
    this.#sidOf.set(runner, sid);
    this.#byRoom.set(key, runner);
    this.#ofAccount.add(accountSid, key);
    return ok(runner);
  }

  #changed(runner: ConferenceRunner, change: Change): void {
    const { before, after } = change;
    if (after.phase !== 'absent' && before.phase === 'absent') this.#bySid.set(after.conferenceSid, runner);
    if (after.phase === 'completed') {
      this.#bySid.delete(after.conferenceSid);
      const key = roomKey(after.accountSid, after.room);
      if (this.#held.get(key)?.sid === after.conferenceSid) this.#held.delete(key);
      this.#forgetRoom(after.accountSid, after.room, runner);
    }
    this.#parts.onChange(runner, change);
  }

  #sid(runner: ConferenceRunner): ConferenceSid {
    const sid = this.#sidOf.get(runner);
    assert(sid !== undefined, 'a runner has a sid from its beginning');
    return sid;
  }

  #forgetRoom(accountSid: AccountSid, room: RoomName, runner: ConferenceRunner): void {
    const key = roomKey(accountSid, room);
    if (this.#byRoom.get(key) !== runner) return;
    this.#byRoom.delete(key);
    this.#ofAccount.remove(accountSid, key);
  }
}

/** A sid has no space in it, so no two pairs have the same key. */
const roomKey = (accountSid: AccountSid, room: RoomName): string => `${accountSid} ${room}`;
