/** A level as a bar, which moves with every turn, and as a number, which may be read out: twice a second. */
import { make, setAttribute, setText } from './elements.js';
import { levelText, quietDbov, shareOfLevel } from './texts.js';

/** 127: silence. */
const silentDbov = 127;

export const numberEveryMs = 500;

export class Meter {
  readonly element: HTMLElement;
  readonly #meter: HTMLElement;
  readonly #fill = make('span', { class: 'fill' });
  readonly #number = make('span', { class: 'number', 'aria-hidden': 'true' });
  #numberAtMs = 0;
  #loudest = silentDbov;

  constructor(name: string) {
    this.#meter = make(
      'span',
      { class: 'meter', role: 'meter', 'aria-valuemin': String(-quietDbov), 'aria-valuemax': '0' },
      this.#fill,
    );
    this.element = make('div', { class: 'level' }, this.#meter, this.#number);
    this.name(name);
    this.#show(silentDbov);
  }

  name(name: string): void {
    setAttribute(this.#meter, 'aria-label', `Level of ${name}`);
  }

  set(level: number, nowMs: number, isCalm: boolean): void {
    this.#loudest = Math.min(this.#loudest, level);
    const isDue = nowMs - this.#numberAtMs >= numberEveryMs;
    if (!isCalm || isDue) this.#fill.style.setProperty('--share', shareOfLevel(level).toFixed(3));
    if (!isDue) return;
    this.#show(this.#loudest);
    this.#numberAtMs = nowMs;
    this.#loudest = silentDbov;
  }

  #show(level: number): void {
    setAttribute(this.#meter, 'aria-valuenow', String(-Math.min(quietDbov, level)));
    setAttribute(this.#meter, 'aria-valuetext', levelText(level));
    setText(this.#number, levelText(level));
  }
}
