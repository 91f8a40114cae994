/** Announcements of one conference: to all or to one, one at a time for each, the others in line (CONTRACT §5.3). */
import type { CallSid } from '../../base/brands.js';
import type { Cancel } from '../../base/ports.js';
import { newTrace, type Trace } from '../../base/trace.js';
import type { Change } from '../../callbacks/status-notice.js';
import type { WebTarget } from '../../conference/state.js';
import type { Seat } from './seat.js';
import { type SoundHost, type SoundParts, soundRequestOf } from './sound-host.js';
import { SoundRun } from './sound-run.js';

/** In the line of one target, the one that is heard included. */
export const announcementsMax = 16;

/** One that goes on for longer is over then: its document plays something without end. */
export const announcementMsMax = 3_600_000;

/** `callSid` of null: to all. */
export type Announcement = {
  readonly callSid: CallSid | null;
  readonly target: WebTarget;
  /** What it was asked for by; left out or null: a trace begins here. */
  readonly trace?: Trace | null;
};

type Waiting = { readonly target: WebTarget; readonly trace: Trace };

type Line = {
  readonly waiting: Waiting[];
  readonly seat: Seat;
  run: SoundRun | null;
  cancelLimit: Cancel;
};

export class Announcements {
  readonly #parts: SoundParts;
  readonly #host: SoundHost;
  readonly #newSeat: (listener: CallSid | null) => Seat;
  readonly #lines = new Map<CallSid | null, Line>();

  constructor(parts: SoundParts, host: SoundHost, newSeat: (listener: CallSid | null) => Seat) {
    this.#parts = parts;
    this.#host = host;
    this.#newSeat = newSeat;
  }

  /** False when too many wait for the same ears. */
  add({ callSid, target, trace }: Announcement): boolean {
    const known = this.#lines.get(callSid);
    if (known !== undefined && known.waiting.length >= announcementsMax) return false;
    const line = known ?? { waiting: [], seat: this.#newSeat(callSid), run: null, cancelLimit: () => {} };
    this.#lines.set(callSid, line);
    line.waiting.push({ target, trace: trace ?? newTrace(this.#parts.random) });
    if (line.run === null) this.#begin(callSid, line);
    return true;
  }

  /** Where what is announced to this target plays; null when nothing is. */
  seatOf(callSid: CallSid | null): Seat | null {
    return this.#lines.get(callSid)?.seat ?? null;
  }

  /** Nothing is announced to anybody, nor about to be. */
  isSilent(): boolean {
    return this.#lines.size === 0;
  }

  /** Nothing is announced to who has left, and nothing once all have. */
  follow({ events }: Change): void {
    const isOver = events.some(({ kind }) => kind === 'conference-ended');
    for (const [callSid, line] of [...this.#lines]) {
      const hasLeft = events.some((event) => event.kind === 'participant-left' && event.callSid === callSid);
      if (!isOver && !hasLeft) continue;
      this.#lines.delete(callSid);
      line.run?.stop();
      line.cancelLimit();
      if (isOver) continue;
      for (const { target } of line.waiting) this.#host.announced(callSid, target.url, 'the participant has left');
    }
  }

  #begin(callSid: CallSid | null, line: Line): void {
    const conference = this.#host.conference();
    const [first] = line.waiting;
    const participant = callSid === null ? null : (conference?.participants.get(callSid) ?? null);
    if (conference === null || first === undefined) {
      this.#lines.delete(callSid);
      return;
    }
    const { target, trace } = first;
    const over = (failure: string | null): void => {
      line.cancelLimit();
      line.run = null;
      line.waiting.shift();
      this.#host.announced(callSid, target.url, failure);
      if (line.waiting.length > 0) this.#begin(callSid, line);
      else this.#lines.delete(callSid);
    };
    line.cancelLimit = this.#parts.clock.after(announcementMsMax, () => {
      line.run?.stop();
      over(null);
    });
    line.run = new SoundRun(
      this.#parts,
      {
        ...soundRequestOf(this.#parts, conference, participant),
        target,
        trace,
        atEnd: 'over',
        onFindings: (findings, source) => this.#host.found(callSid, findings, source),
        onOver: ({ failure }) => over(failure === null ? null : `${failure.code}: ${failure.rule}`),
      },
      line.seat,
    );
  }
}
