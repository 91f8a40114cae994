/** The breaking point: how many legs a daemon holds, by the criteria; found by adding legs until it does not. */
import { Refused } from './callers.js';
import { breaches } from './criteria.js';
import { say } from './report.js';
import type { LoadRun, Outcome } from './run.js';
import { legsOf, type Shape } from './shapes.js';

export type Step = { readonly outcome: Outcome; readonly breaches: readonly string[] };
export type Limit = {
  /** The most that were held; 0 when not even the first step was. */
  readonly legs: number;
  readonly steps: readonly Step[];
  /** Why there were not more: a breach, the daemon's own refusal, or the end of what was to be tried. */
  readonly because: string;
};

export type Ramp = { readonly from: number; readonly to: number };

const growth = 1.2;
/** A step that fails has two more: machines hiccup. */
const tries = 3;
/** How near the breaking point is looked for, as a share of it. */
const precision = 0.03;

export async function findLimit(run: LoadRun, shape: Shape, ramp: Ramp): Promise<Limit> {
  const steps: Step[] = [];
  let because = 'no more were to be tried';
  let wasBroken = false;
  /** Whether so many are held. */
  const holds = async (legs: number): Promise<boolean> => {
    let why = '';
    for (let turn = 0; turn < tries; turn += 1) {
      try {
        // What was not held is remembered by the jitter buffers of those who were in it, and by the daemon.
        if (wasBroken) await run.rest();
        await run.reach(legs);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        wasBroken = true;
        because = `the daemon takes no more: ${error.message}`;
        return false;
      }
      const outcome = await run.measure();
      const broken = breaches(outcome);
      steps.push({ outcome, breaches: broken });
      sayStep(outcome, broken);
      wasBroken = broken.length > 0;
      if (!wasBroken) return true;
      why = broken.join(', ');
    }
    because = why;
    return false;
  };
  let [held, broken] = [0, Number.POSITIVE_INFINITY];
  for (let legs = legsOf(shape, ramp.from); legs <= ramp.to; legs = legsOf(shape, legs * growth)) {
    if (!(await holds(legs))) {
      broken = legs;
      break;
    }
    held = legs;
  }
  while (Number.isFinite(broken) && broken - held > Math.max(shape.step, precision * held)) {
    const middle = legsOf(shape, (held + broken) / 2);
    if (middle >= broken) break;
    if (await holds(middle)) held = middle;
    else broken = middle;
  }
  return { legs: held, steps, because };
}

function sayStep(outcome: Outcome, broken: readonly string[]): void {
  const { legs, usPerLegFrame, engineUsPerLegFrame, delivered, right, judgement, account } = outcome;
  const columns = [
    String(legs).padStart(7),
    usPerLegFrame.toFixed(2).padStart(7),
    engineUsPerLegFrame.toFixed(2).padStart(7),
    (100 * delivered).toFixed(2).padStart(9),
    judgement.lateMsP50.toFixed(2).padStart(6),
    judgement.lateMsP99.toFixed(2).padStart(6),
    judgement.lateMsP999.toFixed(2).padStart(8),
    String(account.ticksOverrun).padStart(7),
    (100 * right).toFixed(1).padStart(5),
    (outcome.residentBytesPerLeg / 1024).toFixed(0).padStart(7),
  ];
  say(`${columns.join('  ')}  ${broken.length === 0 ? 'held' : broken.join(', ')}`);
}

export const stepHead = '   legs       µs   engine  delivered  late50  late99  late99.9  overrun  right  KiB/leg';
