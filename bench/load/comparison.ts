/** Says how figures stand beside those of a baseline. */
import { compareWith, type Figures } from '../support/baseline.js';
import { say } from './report.js';

/** False when one of them is worse by more than `noise`, 0.1 for a tenth. */
export function sayComparison(path: string, figures: Figures, noise: number): boolean {
  say(`\nbeside ${path}`);
  const compared = compareWith(path, figures);
  for (const { name, before, now, worse } of compared) {
    const verdict = worse > noise ? 'WORSE' : worse < -noise ? 'better' : 'alike';
    const change = Number.isFinite(worse)
      ? `${(100 * Math.abs(worse)).toFixed(1)} % ${worse > 0 ? 'worse' : 'better'}`
      : '';
    const [was, is] = [before, now].map((value) => value.toPrecision(4).padStart(10));
    say(`  ${name.padEnd(22)} ${was} → ${is}  ${verdict} ${change}`);
  }
  return compared.every(({ worse }) => worse <= noise);
}
