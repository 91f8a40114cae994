/** The conference that is open. Rows stay the elements they are while the list changes, and so does the focus. */
import type { Action, Levels, ParticipantPicture, Qualities, RoomPicture } from '../wire.js';
import { askForUrl, askToRemove } from './dialogs.js';
import { byId, make, place, setAttribute, setText } from './elements.js';
import { ParticipantRow, type RowAction } from './participant-row.js';
import { peopleTable } from './people-table.js';
import { countText, durationText, listed } from './texts.js';

/** `what`: for whoever did it, once it is done. */
export type Perform = (action: Action, what: string) => void;

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

export class RoomView {
  readonly #perform: Perform;
  #mayAct = false;
  #room: RoomPicture | null = null;
  readonly #people = peopleTable('room-title');
  readonly #rows = new Map<string, ParticipantRow>();
  readonly #announce = make('button', { type: 'button', class: 'button' }, 'Announce to all');
  readonly #record = make('button', { type: 'button', class: 'button' }, 'Record');

  constructor(perform: Perform) {
    this.#perform = perform;
    this.#announce.addEventListener('click', () => this.#announceToAll());
    this.#record.addEventListener('click', () => this.#toggleRecording());
  }

  /** May whoever looks change something? */
  mayAct(mayAct: boolean): void {
    if (mayAct !== this.#mayAct) this.#forgetRows();
    this.#mayAct = mayAct;
    this.#people.actions.hidden = !mayAct;
  }

  show(room: RoomPicture): void {
    if (room.sid !== this.#room?.sid) this.#forgetRows();
    const isNew = this.#room === null || room.sid !== this.#room.sid;
    this.#room = room;
    if (isNew) byId('room-title').replaceChildren(make('bdi', {}, room.room));
    byId('room-tools').hidden = !this.#mayAct;
    place(byId('room-tools'), this.#mayAct ? [this.#announce, this.#record] : []);
    setAttribute(this.#record, 'aria-pressed', String(room.recording !== 'none'));
    this.#record.disabled = !room.isStarted && room.recording === 'none';
    this.#showRows(room.participants);
    place(byId('people-place'), room.participants.length === 0 ? [] : [this.#people.element]);
    const more = countText(room.more, 'more participant is', 'more participants are');
    setText(byId('room-hint'), room.more > 0 ? `${more} in; shown are those who spoke last.` : '');
    this.tick();
  }

  /** What it says of time. */
  tick(): void {
    const room = this.#room;
    if (room === null) return;
    const facts = [
      countText(room.participants.length + room.more, 'participant', 'participants'),
      room.startedAtMs === null ? 'waiting to start' : `started ${durationText(Date.now() - room.startedAtMs)} ago`,
      room.recording === 'none' ? 'not recorded' : room.recording === 'paused' ? 'recording paused' : 'recording',
      room.account ?? '',
    ];
    setText(byId('room-facts'), listed(facts));
    byId('room').classList.toggle('recording', room.recording === 'in-progress');
  }

  /** Nothing is open, or what was is over. */
  clear(title: string, hint: string): void {
    this.#room = null;
    this.#forgetRows();
    setText(byId('room-title'), title);
    setText(byId('room-facts'), '');
    setText(byId('room-hint'), hint);
    place(byId('people-place'), []);
    byId('room').classList.remove('recording');
    place(byId('room-tools'), []);
  }

  levels({ version, levels, speaking }: Levels): void {
    if (version !== this.#room?.version) return;
    const nowMs = performance.now();
    this.#room.participants.forEach(({ callSid }, index) => {
      this.#rows.get(callSid)?.level(levels[index] ?? 127, speaking[index] === '1', nowMs, calm.matches);
    });
  }

  qualities({ version, legs }: Qualities): void {
    if (version !== this.#room?.version) return;
    this.#room.participants.forEach(({ callSid }, index) => {
      this.#rows.get(callSid)?.quality(legs[index] ?? null);
    });
  }

  #showRows(participants: readonly ParticipantPicture[]): void {
    const staying = new Set(participants.map(({ callSid }) => callSid));
    for (const [callSid, row] of [...this.#rows]) {
      if (staying.has(callSid)) continue;
      this.#rows.delete(callSid);
      // Whoever was on a row that goes is not left nowhere.
      if (row.element.contains(document.activeElement)) byId('room-title').focus();
    }
    const rows = participants.map((participant) => {
      const known = this.#rows.get(participant.callSid);
      known?.update(participant);
      const row = known ?? new ParticipantRow(participant, this.#mayAct ? (...asked) => this.#act(...asked) : null);
      this.#rows.set(participant.callSid, row);
      return row.element;
    });
    place(this.#people.rows, rows);
  }

  #forgetRows(): void {
    this.#rows.clear();
    place(this.#people.rows, []);
  }

  #act(action: RowAction, { callSid, name, muted, held }: ParticipantPicture): void {
    const room = this.#room;
    if (room === null) return;
    const of = { conference: room.sid, call: callSid };
    switch (action) {
      case 'mute':
        this.#perform({ ...of, do: muted ? 'unmute' : 'mute' }, `${name} is ${muted ? 'no longer muted' : 'muted'}.`);
        return;
      case 'hold':
        this.#perform({ ...of, do: held ? 'resume' : 'hold' }, `${name} is ${held ? 'back' : 'on hold'}.`);
        return;
      case 'announce':
        askForUrl(`Announce to ${name}`, (url) =>
          this.#perform({ ...of, do: 'announce', url }, `It is announced to ${name}.`),
        );
        return;
      case 'remove':
        askToRemove(name, room.room, () => this.#perform({ ...of, do: 'remove' }, `${name} was removed.`));
        return;
    }
  }

  #announceToAll(): void {
    const { sid: conference } = this.#room ?? { sid: null };
    if (conference === null) return;
    askForUrl('Announce to all', (url) =>
      this.#perform({ do: 'announce', conference, url }, 'It is announced to all.'),
    );
  }

  #toggleRecording(): void {
    const room = this.#room;
    if (room === null) return;
    const { sid: conference } = room;
    if (room.recording === 'none') this.#perform({ do: 'record', conference }, 'The conference is recorded.');
    else this.#perform({ do: 'stop-recording', conference }, 'The recording is stopped.');
  }
}
