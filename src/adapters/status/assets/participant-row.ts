/** One participant: who it is, how loud, when it spoke, how well it is heard, and what may be done. */
import type { ParticipantPicture, Quality } from '../wire.js';
import { make, setAttribute, setText } from './elements.js';
import { Meter, numberEveryMs } from './meter.js';
import { gradeOf, listed, percentText } from './texts.js';
import { Timeline } from './timeline.js';

export type RowAction = 'mute' | 'hold' | 'announce' | 'remove';
export type OnRowAction = (action: RowAction, participant: ParticipantPicture) => void;

const labels: Readonly<Record<RowAction, string>> = {
  mute: 'Mute',
  hold: 'Hold',
  announce: 'Announce',
  remove: 'Remove',
};

const cell = (name: string, ...children: readonly Node[]): HTMLElement =>
  make('td', { role: 'cell', class: name }, ...children);

export class ParticipantRow {
  readonly element: HTMLElement;
  readonly #name = make('bdi', { class: 'name' });
  readonly #parties = make('span', { class: 'parties' });
  readonly #marks = make('span', { class: 'marks' });
  readonly #grade = make('span', { class: 'grade' });
  readonly #facts = make('span', { class: 'numbers' });
  readonly #coding = make('span', { class: 'coding' });
  readonly #meter: Meter;
  readonly #timeline = new Timeline();
  readonly #buttons = new Map<RowAction, HTMLButtonElement>();
  #participant: ParticipantPicture;
  #drawnAtMs = 0;

  /** `onAction`: null where nothing may be done. */
  constructor(participant: ParticipantPicture, onAction: OnRowAction | null) {
    this.#participant = participant;
    this.#meter = new Meter(participant.name);
    const who = make(
      'th',
      { role: 'rowheader', scope: 'row', class: 'who-cell' },
      this.#name,
      this.#marks,
      this.#parties,
    );
    this.element = make(
      'tr',
      { role: 'row' },
      who,
      cell('level-cell', this.#meter.element),
      cell('timeline-cell', this.#timeline.element),
      cell('quality-cell', this.#grade, this.#facts, this.#coding),
    );
    if (onAction !== null) this.element.append(cell('actions-cell', this.#actions(onAction)));
    this.update(participant);
    this.quality(null);
    this.#timeline.draw(performance.now());
  }

  update(participant: ParticipantPicture): void {
    this.#participant = participant;
    const { name, from, to, muted, held, coaching, endsOnExit, coding, isSecured } = participant;
    setText(this.#name, name);
    setAttribute(this.#name, 'title', name);
    setText(this.#parties, [from, to].filter((party) => party.trim() !== '').join(' \u2192\u00a0'));
    const marks = [
      muted ? 'Muted' : '',
      held ? 'On hold' : '',
      coaching ? 'Coaching' : '',
      endsOnExit ? 'Ends on exit' : '',
    ].filter((mark) => mark !== '');
    if (this.#marks.dataset.marks !== marks.join()) {
      this.#marks.replaceChildren(...marks.map((mark) => make('span', { class: 'mark' }, mark)));
      this.#marks.dataset.marks = marks.join();
    }
    this.element.classList.toggle('silenced', muted || held);
    setText(this.#coding, listed([coding, isSecured ? 'SRTP' : '']));
    this.#meter.name(name);
    for (const [action, button] of this.#buttons) {
      setAttribute(button, 'aria-label', `${labels[action]} ${name}`);
      if (action === 'mute') setAttribute(button, 'aria-pressed', String(muted));
      if (action === 'hold') setAttribute(button, 'aria-pressed', String(held));
    }
  }

  /** `isCalm`: whoever looks asked for less motion. */
  level(level: number, isSpeaking: boolean, nowMs: number, isCalm: boolean): void {
    const { muted, held } = this.#participant;
    this.#meter.set(level, nowMs, isCalm);
    this.#timeline.note(nowMs, muted || held ? 'muted' : isSpeaking ? 'speech' : null);
    this.element.classList.toggle('speaking', isSpeaking && !muted && !held);
    if (isCalm && nowMs - this.#drawnAtMs < numberEveryMs) return;
    this.#drawnAtMs = nowMs;
    this.#timeline.draw(nowMs);
  }

  quality(quality: Quality | null): void {
    if (quality === null || quality.mos === null) {
      setAttribute(this.#grade, 'class', 'grade none');
      setText(this.#grade, quality === null ? '\u2013' : 'no media');
      setText(this.#facts, '');
      return;
    }
    const { mos, loss, concealed, jitterMs, roundTripMs } = quality;
    const grade = gradeOf(mos);
    setAttribute(this.#grade, 'class', `grade ${grade}`);
    setText(this.#grade, `${mos.toFixed(1)} ${grade}`);
    const facts = [
      `${percentText(loss)} lost`,
      ...(concealed > 0 ? [`${percentText(concealed)} made up`] : []),
      `jitter ${jitterMs.toFixed(0)} ms`,
      ...(roundTripMs === null ? [] : [`RTT ${roundTripMs.toFixed(0)} ms`]),
    ];
    setText(this.#facts, listed(facts));
  }

  /** The button that is nearest to what had the focus. */
  focus(): void {
    this.#buttons.get('mute')?.focus();
  }

  #actions(onAction: OnRowAction): HTMLElement {
    const buttons = (['mute', 'hold', 'announce', 'remove'] as const).map((action) => {
      const button = make('button', { type: 'button', class: 'button' }, labels[action]);
      button.addEventListener('click', () => onAction(action, this.#participant));
      this.#buttons.set(action, button);
      return button;
    });
    return make('div', { class: 'actions' }, ...buttons);
  }
}
