/**
 * Pages that follow what goes on. There is one turn each 100 ms for all of them, and none while nobody looks. What a
 * page does not read is not kept for it: it misses turns, and is sent away when it reads nothing at all.
 */
import type { Metrics } from '../../app/metrics.js';
import type { LiveRooms } from '../../app/status/live-rooms.js';
import type { AccountSid, ConferenceSid } from '../../base/brands.js';
import type { Cancel, Clock } from '../../base/ports.js';
import { eventText } from './event-text.js';
import { type DaemonFacts, daemonPicture, listOf, type NameOf } from './pictures.js';
import { RoomWatch, type Turn } from './room-watch.js';
import type { Viewer } from './wire.js';

export const turnMs = 100;
/** Every so many turns all that changes slowly is looked at. */
const slowTurns = 10;

/** Pages that follow at a time, and of these those of one account, and those without one. */
export const viewersMax = 64;
export const viewersOfOneMax = 16;

/** What a page has not read when it begins to miss turns. */
export const unreadBytesMax = 256 * 1024;
/** Missed in a row, ten seconds: then it is sent away. */
export const missedTurnsMax = 100;

/** Where a page's events are written to. */
export interface Sink {
  write(text: string): void;
  /** Written and not read yet. */
  unreadBytes(): number;
  end(): void;
}

export type Watching = {
  /** Null: a visitor, who is shown nothing of any account. */
  readonly accountSid: AccountSid | null;
  readonly isOperator: boolean;
  /** False from when its token opens nothing any more, or another account. */
  readonly isStillLetIn: () => boolean;
  readonly viewer: Viewer;
  readonly room: ConferenceSid | null;
};

type Page = Watching & {
  readonly sink: Sink;
  readonly watch: RoomWatch | null;
  roomVersion: number;
  daemon: string;
  conferences: string;
  missed: number;
};

export type ViewersParts = {
  readonly rooms: LiveRooms;
  readonly daemon: () => DaemonFacts;
  readonly nameOf: (accountSid: AccountSid) => string | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** A comment, by which the page knows that nothing has changed. */
const stillThere = ':\n\n';

const nobody: NameOf = () => null;

export class Viewers {
  readonly #parts: ViewersParts;
  readonly #pages = new Set<Page>();
  readonly #watches = new Map<string, RoomWatch>();
  #turns = 0;
  #cancel: Cancel = () => {};

  constructor(parts: ViewersParts) {
    this.#parts = parts;
  }

  /** The page is let go by calling what is returned; null: as many follow as may. */
  add(watching: Watching, sink: Sink): (() => void) | null {
    const { metrics } = this.#parts;
    const ofOne = [...this.#pages].filter(({ accountSid }) => accountSid === watching.accountSid).length;
    if (this.#pages.size >= viewersMax || ofOne >= viewersOfOneMax) {
      metrics.count('parley_status_refused_total', { why: 'viewers' });
      return null;
    }
    const page: Page = {
      ...watching,
      sink,
      watch: this.#watchOf(watching),
      ...{ roomVersion: 0, daemon: '', conferences: '', missed: 0 },
    };
    this.#pages.add(page);
    this.#count();
    sink.write(eventText('viewer', watching.viewer));
    const isMissing = watching.accountSid !== null && page.watch === null;
    if (watching.room !== null && isMissing) sink.write(eventText('gone', { sid: watching.room }));
    // The first picture at once, whatever turn it is.
    this.#slow([page]);
    if (this.#pages.size === 1) this.#cancel = this.#parts.clock.after(turnMs, () => this.#turn());
    return () => this.#remove(page);
  }

  /** Tokens may have been taken away. */
  accountsChanged(): void {
    for (const page of [...this.#pages]) if (!page.isStillLetIn()) this.#sendAway(page);
  }

  size(): number {
    return this.#pages.size;
  }

  /** All of them go. */
  close(): void {
    for (const page of [...this.#pages]) this.#sendAway(page);
  }

  #watchOf({ accountSid, isOperator, room }: Watching): RoomWatch | null {
    if (accountSid === null || room === null) return null;
    const { rooms } = this.#parts;
    const owner = isOperator ? rooms.ownerOf(room) : accountSid;
    if (owner === null || rooms.conference(owner, room) === null) return null;
    const accountOf = isOperator ? this.#nameOf : nobody;
    // Operators are shown whose it is.
    const key = `${owner} ${room} ${isOperator}`;
    const watch = this.#watches.get(key) ?? new RoomWatch({ rooms, owner, sid: room, accountOf });
    this.#watches.set(key, watch);
    return watch;
  }

  readonly #nameOf: NameOf = ({ accountSid }) => this.#parts.nameOf(accountSid) ?? accountSid;

  #turn(): void {
    this.#turns += 1;
    const isSlow = this.#turns % slowTurns === 0;
    const nowMs = this.#parts.clock.monotonic();
    const turns = new Map<RoomWatch, Turn>();
    if (isSlow) this.#slow([...this.#pages]);
    for (const page of [...this.#pages]) {
      if (!this.#mayBeSent(page) || page.watch === null) continue;
      const turn = turns.get(page.watch) ?? page.watch.turn(nowMs, isSlow);
      turns.set(page.watch, turn);
      this.#sendRoom(page, turn);
    }
    if (this.#pages.size > 0) this.#cancel = this.#parts.clock.after(turnMs, () => this.#turn());
  }

  #sendRoom(page: Page, { room, levels, quality }: Turn): void {
    if (room === null) {
      if (page.roomVersion >= 0) page.sink.write(eventText('gone', { sid: page.room ?? '' }));
      page.roomVersion = -1;
      return;
    }
    const picture = room.version === page.roomVersion ? '' : room.text;
    page.roomVersion = room.version;
    page.sink.write(`${picture}${levels}${quality}`);
  }

  /** How the daemon is, and which conferences there are: one text for all who are shown the same. */
  #slow(pages: readonly Page[]): void {
    const { rooms } = this.#parts;
    const daemon = eventText('daemon', daemonPicture(this.#parts.daemon()));
    const lists = new Map<AccountSid | null, string>();
    const listFor = ({ accountSid, isOperator }: Page): string => {
      if (accountSid === null) return '';
      const of = isOperator ? null : accountSid;
      const text =
        lists.get(of) ?? eventText('conferences', listOf(rooms.conferences(of), isOperator ? this.#nameOf : nobody));
      lists.set(of, text);
      return text;
    };
    for (const page of pages) {
      if (page.sink.unreadBytes() > unreadBytesMax) continue;
      const conferences = listFor(page);
      const news = `${daemon === page.daemon ? '' : daemon}${conferences === page.conferences ? '' : conferences}`;
      page.sink.write(news === '' ? stillThere : news);
      page.daemon = daemon;
      page.conferences = conferences;
    }
  }

  #mayBeSent(page: Page): boolean {
    if (page.sink.unreadBytes() <= unreadBytesMax) {
      page.missed = 0;
      return true;
    }
    page.missed += 1;
    this.#parts.metrics.count('parley_status_turns_skipped_total', {});
    if (page.missed >= missedTurnsMax) this.#sendAway(page);
    return false;
  }

  #sendAway(page: Page): void {
    page.sink.end();
    this.#remove(page);
  }

  #remove(page: Page): void {
    if (!this.#pages.delete(page)) return;
    const isWatched = [...this.#pages].some(({ watch }) => watch === page.watch);
    if (!isWatched) for (const [key, watch] of this.#watches) if (watch === page.watch) this.#watches.delete(key);
    if (this.#pages.size === 0) this.#cancel();
    this.#count();
  }

  #count(): void {
    this.#parts.metrics.set('parley_status_viewers', {}, this.#pages.size);
  }
}
