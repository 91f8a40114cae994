/** When a load is still held: what a leg of a good conference may be asked to bear. */
import type { Outcome } from './run.js';

export const criteria = {
  deliveredShareMin: 0.999,
  lateMsP99Max: 5,
  ticksOverrunMax: 0,
  rightShareMin: 0.99,
  stormLatencyMsP99Max: 50,
} as const;

/** What of it is not met, in words; nothing when the load is held. */
export function breaches({ delivered, judgement, account, right, storm }: Outcome): readonly string[] {
  const overrun = account.ticksOverrun + account.ticksGivenUp;
  return [
    ...(delivered < criteria.deliveredShareMin ? [`${(100 * delivered).toFixed(2)} % delivered`] : []),
    ...(judgement.lateMsP99 > criteria.lateMsP99Max ? [`late p99 ${judgement.lateMsP99} ms`] : []),
    ...(overrun > criteria.ticksOverrunMax ? [`${overrun} ticks overrun`] : []),
    ...(right < criteria.rightShareMin ? [`${(100 * right).toFixed(2)} % right`] : []),
    ...(storm !== null && storm.failed > 0 ? [`${storm.failed} commands failed`] : []),
    ...(storm !== null && storm.latencyMsP99 > criteria.stormLatencyMsP99Max
      ? [`commands p99 ${storm.latencyMsP99.toFixed(0)} ms`]
      : []),
  ];
}
