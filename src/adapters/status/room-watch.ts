/**
 * One room that is looked at, by however many: who is shown, how loud each is, how well each is heard. Looked at once
 * in a turn and sent to all, so that a second viewer costs no second look.
 */
import type { LiveLeg, LiveRooms } from '../../app/status/live-rooms.js';
import type { AccountSid, CallSid, ConferenceSid } from '../../base/brands.js';
import type { LiveConference, Participant } from '../../conference/state.js';
import type { LegMedia } from '../../media/engine-port.js';
import type { LegStatistics } from '../../media/leg-statistics.js';
import { eventText } from './event-text.js';
import { type NameOf, qualityOf, roomPicture } from './pictures.js';
import type { RoomPicture } from './wire.js';

/** Of more participants those are shown who spoke last. */
export const participantsShownMax = 100;

/** Of those who are not shown, how many are listened to in one turn: in a room of ten thousand each in ten seconds. */
export const heardInTurnMax = 100;

/** Quality is that of the time since the look before the last. */
const lookEveryMs = 5000;

type Look = { readonly atMs: number; readonly legs: ReadonlyMap<CallSid, LegStatistics> };
const noLook: Look = { atMs: 0, legs: new Map() };

export type Turn = {
  /** Null: the room is not there any more. */
  readonly room: { readonly version: number; readonly text: string } | null;
  readonly levels: string;
  /** Empty in most turns. */
  readonly quality: string;
};
const over: Turn = { room: null, levels: '', quality: '' };

export type RoomWatchParts = {
  readonly rooms: LiveRooms;
  readonly owner: AccountSid;
  readonly sid: ConferenceSid;
  readonly accountOf: NameOf;
};

export class RoomWatch {
  readonly #parts: RoomWatchParts;
  #seen: LiveConference | null = null;
  #picture: RoomPicture | null = null;
  #text = '';
  #shown: readonly Participant[] = [];
  readonly #spokeAtMs = new Map<CallSid, number>();
  #next = 0;
  #looks: readonly [Look, Look] = [noLook, noLook];

  constructor(parts: RoomWatchParts) {
    this.#parts = parts;
  }

  /** `isSlow`: once a second, when what changes slowly is looked at, too. */
  turn(nowMs: number, isSlow: boolean): Turn {
    const { rooms, owner, sid } = this.#parts;
    const conference = rooms.conference(owner, sid);
    if (conference === null) return over;
    if (conference !== this.#seen || isSlow) this.#draw(conference);
    const legs = this.#shown.map(({ callSid }) => rooms.leg(owner, callSid));
    this.#shown.forEach(({ callSid }, index) => {
      if (legs[index]?.statistics.speaking) this.#spokeAtMs.set(callSid, nowMs);
    });
    this.#hearOthers(conference, nowMs);
    const version = this.#picture?.version ?? 0;
    return {
      room: { version, text: this.#text },
      levels: eventText('levels', {
        version,
        levels: legs.map((leg) => leg?.statistics.inputLevelDbov ?? 127),
        speaking: legs.map((leg) => (leg?.statistics.speaking ? '1' : '0')).join(''),
      }),
      quality: isSlow ? this.#quality(version, legs, nowMs) : '',
    };
  }

  #draw(conference: LiveConference): void {
    const { rooms, owner, sid, accountOf } = this.#parts;
    this.#seen = conference;
    this.#shown = this.#choose(conference);
    const facts = {
      conference,
      account: accountOf(conference),
      recording: rooms.recording(owner, sid),
      shown: this.#shown,
      mediaOf: ({ callSid }: Participant): LegMedia | null => rooms.leg(owner, callSid)?.media ?? null,
    };
    const version = this.#picture?.version ?? 0;
    const same = eventText('room', roomPicture({ ...facts, version }));
    if (this.#picture !== null && same === this.#text) return;
    this.#picture = roomPicture({ ...facts, version: version + 1 });
    this.#text = eventText('room', this.#picture);
  }

  /** In the order of joining, whoever of them is chosen. */
  #choose({ participants }: LiveConference): readonly Participant[] {
    const all = [...participants.values()];
    for (const callSid of this.#spokeAtMs.keys()) if (!participants.has(callSid)) this.#spokeAtMs.delete(callSid);
    if (all.length <= participantsShownMax) return all;
    const spoke = ({ callSid }: Participant): number => this.#spokeAtMs.get(callSid) ?? 0;
    const latest = [...all].sort((a, b) => spoke(b) - spoke(a)).slice(0, participantsShownMax);
    const chosen = new Set(latest);
    return all.filter((participant) => chosen.has(participant));
  }

  #hearOthers({ participants }: LiveConference, nowMs: number): void {
    if (participants.size <= participantsShownMax) return;
    const all = [...participants.keys()];
    for (let count = 0; count < Math.min(heardInTurnMax, all.length); count += 1) {
      this.#next = (this.#next + 1) % all.length;
      const callSid = all[this.#next];
      if (callSid === undefined) continue;
      const leg = this.#parts.rooms.leg(this.#parts.owner, callSid);
      if (leg?.statistics.speaking) this.#spokeAtMs.set(callSid, nowMs);
    }
  }

  #quality(version: number, legs: readonly (LiveLeg | null)[], nowMs: number): string {
    const now: Look = {
      atMs: nowMs,
      legs: new Map(
        this.#shown.flatMap(({ callSid }, index) => {
          const leg = legs[index];
          return leg == null ? [] : [[callSid, leg.statistics] as const];
        }),
      ),
    };
    const [before] = this.#looks;
    const qualities = this.#shown.map(({ callSid }, index) => {
      const leg = legs[index];
      const past = before.legs.get(callSid);
      return leg == null || past === undefined ? null : qualityOf(leg, past, nowMs - before.atMs);
    });
    const [older, newer] = this.#looks;
    if (older === noLook) this.#looks = [now, now];
    else if (nowMs - newer.atMs >= lookEveryMs) this.#looks = [newer, now];
    return eventText('quality', { version, legs: qualities });
  }
}
