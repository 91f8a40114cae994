/** The figures of a load by name, as baselines keep them. */
import type { Floor } from '../floor/floor.js';
import type { Figures } from '../support/baseline.js';
import { median, quantile } from '../support/quantile.js';
import type { Ending } from './ending.js';
import type { Limit } from './limit.js';
import type { Outcome } from './run.js';

/** Medians over the rounds. */
export function figuresOf(rounds: readonly { readonly floor: Floor | null; readonly outcome: Outcome }[]): Figures {
  const of = (figure: (outcome: Outcome) => number): number => median(rounds.map(({ outcome }) => figure(outcome)));
  const ratios = rounds.flatMap(({ floor, outcome }) =>
    floor === null
      ? []
      : [
          {
            whole: outcome.usPerLegFrame / floor.usPerLegFrame,
            engine: outcome.engineUsPerLegFrame / floor.usPerLegFrame,
          },
        ],
  );
  const storms = rounds.flatMap(({ outcome }) => (outcome.storm === null ? [] : [outcome.storm.latencyMsP99]));
  return {
    usPerLegFrame: of(({ usPerLegFrame }) => usPerLegFrame),
    engineUsPerLegFrame: of(({ engineUsPerLegFrame }) => engineUsPerLegFrame),
    ...(ratios.length === 0
      ? {}
      : {
          ratioToFloor: median(ratios.map(({ whole }) => whole)),
          engineRatioToFloor: median(ratios.map(({ engine }) => engine)),
        }),
    lateMsP99: of(({ judgement }) => judgement.lateMsP99),
    lostShare: of(({ delivered }) => 1 - delivered),
    residentBytesPerLeg: of(({ residentBytesPerLeg }) => residentBytesPerLeg),
    joinsPerSecond: of(({ joinsPerSecond }) => joinsPerSecond),
    ...(storms.length === 0 ? {} : { commandMsP99: median(storms) }),
  };
}

export const figuresOfLimit = ({ legs, steps }: Limit): Figures => ({
  legs,
  usPerLegFrame: median(steps.flatMap(({ outcome }) => (outcome.legs === legs ? [outcome.usPerLegFrame] : []))),
});

export const figuresOfEnding = ({ cycles, residentGrowth }: Ending): Figures => ({
  goneMs: quantile(
    cycles.map(({ goneMs }) => goneMs),
    1,
  ),
  deliveredMs: quantile(
    cycles.map(({ deliveredMs }) => deliveredMs),
    1,
  ),
  joinsPerSecond: median(cycles.map(({ joinsPerSecond }) => joinsPerSecond)),
  residentGrowth,
});
