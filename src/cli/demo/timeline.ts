/** Tells what happens, as it happens. */
import type { Paint } from '../paint.js';
import { cast, type Name } from './screenplay.js';
import type { Testimony } from './webhook-witness.js';

export type Timeline = {
  readonly title: (text: string) => void;
  readonly act: (who: Name, what: string) => void;
  readonly speech: (who: Name, text: string) => void;
  readonly webhook: (testimony: Testimony, who: Name | null) => void;
};

const nameColumns = 6;

export function createTimeline(paint: Paint, write: (line: string) => void, elapsedMs: () => number): Timeline {
  const stamp = (): string => paint('dim', `${(elapsedMs() / 1000).toFixed(1).padStart(5)} s`);
  const named = (who: Name): string => paint(cast[who].colour, who.padEnd(nameColumns));
  return {
    title: (text) => write(`\n${paint('bold', text)}`),
    act: (who, what) => write(`${stamp()}  ${named(who)} ${what}`),
    speech: (who, text) => write(`${stamp()}  ${named(who)} ${paint(cast[who].colour, `“${text}”`)}`),
    webhook: ({ event, sequence, isSigned, isInOrder }, who) => {
      const verdict =
        isSigned && isInOrder ? paint('green', '✓ signed, in order') : paint('red', '✗ not to be trusted');
      const about = who === null ? '' : ` ${who}`;
      write(`${stamp()}  ${paint('dim', `       webhook #${sequence} ${event}${about}`)} ${verdict}`);
    },
  };
}
