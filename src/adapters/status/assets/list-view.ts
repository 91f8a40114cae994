/** Which conferences there are. */
import type { ConferenceList, ConferencePicture } from '../wire.js';
import { byId, make, place, setAttribute, setText } from './elements.js';
import { countText, durationText } from './texts.js';

/** A room is open when the address of the page ends in this and its sid. */
export const hashOf = (sid: string): string => `#/${sid}`;

type Entry = {
  readonly item: HTMLElement;
  readonly link: HTMLAnchorElement;
  readonly about: HTMLElement;
  readonly people: HTMLElement;
  conference: ConferencePicture;
};

export class ListView {
  readonly #entries = new Map<string, Entry>();
  #open: string | null = null;

  show({ shown, more }: ConferenceList): void {
    const staying = new Set(shown.map(({ sid }) => sid));
    for (const [sid, { item }] of [...this.#entries]) {
      if (staying.has(sid)) continue;
      this.#entries.delete(sid);
      if (item.contains(document.activeElement)) byId('main').focus();
    }
    place(
      byId('list'),
      shown.map((conference) => this.#entry(conference).item),
    );
    setText(byId('list-count'), String(shown.length + more));
    const hint =
      shown.length === 0
        ? 'No conference is live.'
        : more > 0
          ? `${countText(more, 'older one', 'older ones')} not shown.`
          : '';
    setText(byId('list-hint'), hint);
    this.tick();
  }

  /** Nobody is signed in. */
  hide(hint: string): void {
    this.#entries.clear();
    place(byId('list'), []);
    setText(byId('list-count'), '');
    setText(byId('list-hint'), hint);
  }

  open(sid: string | null): void {
    this.#open = sid;
    for (const [each, { link }] of this.#entries) this.#mark(each, link);
  }

  tick(): void {
    for (const { about, people, conference } of this.#entries.values()) {
      const since = durationText(Date.now() - conference.createdAtMs);
      const facts = [conference.isStarted ? since : `waiting, ${since}`, conference.account ?? ''];
      setText(about, facts.filter((each) => each !== '').join(' \u00b7 '));
      setText(people, String(conference.participants));
      setAttribute(people, 'aria-label', countText(conference.participants, 'participant', 'participants'));
    }
  }

  #entry(conference: ConferencePicture): Entry {
    const known = this.#entries.get(conference.sid);
    if (known !== undefined) {
      known.conference = conference;
      return known;
    }
    const about = make('span', { class: 'about' });
    const people = make('span', { class: 'people-count', role: 'img' });
    const name = make('bdi', { class: 'room-name', title: conference.room }, conference.room);
    const link = make('a', { href: hashOf(conference.sid) }, name, people, about);
    const entry: Entry = { item: make('li', {}, link), link, about, people, conference };
    this.#entries.set(conference.sid, entry);
    this.#mark(conference.sid, link);
    return entry;
  }

  #mark(sid: string, link: HTMLAnchorElement): void {
    if (sid === this.#open) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
