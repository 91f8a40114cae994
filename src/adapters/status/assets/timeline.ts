/** The last thirty seconds of one participant, drawn: now is at the right. */
import { make, makeSvg, setAttribute } from './elements.js';
import { type SpurtKind, Spurts, shownMs } from './spurts.js';

const describeEveryMs = 2000;
const height = 100;
/** Of each kind, from the top. */
const heights: Readonly<Record<SpurtKind, number>> = { speech: 100, muted: 16 };

export class Timeline {
  readonly element: HTMLElement;
  readonly #svg = makeSvg('svg', { viewBox: `0 0 ${shownMs} ${height}`, preserveAspectRatio: 'none', role: 'img' });
  readonly #spurts = new Spurts();
  readonly #bars: SVGElement[] = [];
  #describedAtMs = Number.NEGATIVE_INFINITY;

  constructor() {
    this.element = make('div', { class: 'timeline' }, this.#svg);
  }

  note(nowMs: number, kind: SpurtKind | null): void {
    this.#spurts.note(nowMs, kind);
  }

  draw(nowMs: number): void {
    const shown = this.#spurts.shown(nowMs);
    while (this.#bars.length > shown.length) this.#bars.pop()?.remove();
    shown.forEach(({ kind, fromMs, untilMs }, index) => {
      const bar = this.#bars[index] ?? this.#add();
      setAttribute(bar, 'class', kind);
      setAttribute(bar, 'x', String(Math.round(shownMs - (nowMs - fromMs))));
      setAttribute(bar, 'width', String(Math.max(120, Math.round(untilMs - fromMs))));
      setAttribute(bar, 'y', String((height - heights[kind]) / 2));
      setAttribute(bar, 'height', String(heights[kind]));
    });
    if (nowMs - this.#describedAtMs < describeEveryMs) return;
    this.#describedAtMs = nowMs;
    const seconds = Math.round(this.#spurts.spokenMs(nowMs) / 1000);
    setAttribute(this.#svg, 'aria-label', `Spoke ${seconds} of the last 30 seconds`);
  }

  #add(): SVGElement {
    const bar = makeSvg('rect', {});
    this.#svg.append(bar);
    this.#bars.push(bar);
    return bar;
  }
}
