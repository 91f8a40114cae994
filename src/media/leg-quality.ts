/** How well a leg is heard, from what its shard counted: now, since it began, or between two looks. */
import { concealed, type Rating, rate } from './e-model.js';
import type { QualityCounts } from './leg-statistics.js';

/** Sound waits for its packet to be full before it is sent. */
const packetMs = 20;

export type LegQuality = Rating & {
  /** Share of the packets sent that were lost, or came too late to be played, and that nothing repaired (FEC, RED). */
  readonly lossRatio: number;
  /** 1 when losses come alone, more when they come in bursts (G.107 §3.5). */
  readonly burstRatio: number;
  /** From the party's mouth to the mix: packet, half the round trip, jitter buffer. */
  readonly delayMs: number;
};

/** Counters at an earlier look; null: since the leg began. */
export function legQuality(now: QualityCounts, before: QualityCounts | null = null): LegQuality {
  const since = (count: (counts: QualityCounts) => number): number =>
    Math.max(0, count(now) - (before === null ? 0 : count(before)));
  const lost = since(({ packetsLost }) => packetsLost);
  const late = since(({ packetsLate }) => packetsLate);
  const repaired = since(({ packetsRecovered, playout }) => packetsRecovered + playout.gapsRestored);
  const sent = since(({ packetsReceived }) => packetsReceived) + lost;
  const missed = Math.max(0, lost + late - repaired);
  const lossRatio = sent === 0 ? 0 : Math.min(1, missed / sent);
  const gaps = since(({ playout }) => playout.gaps);
  const meanRun = gaps === 0 ? 1 : since(({ framesConcealed }) => framesConcealed) / gaps;
  const burstRatio = Math.max(1, meanRun * (1 - lossRatio));
  const delayMs = packetMs + (now.roundTripMs ?? 0) / 2 + now.playoutDelayMs;
  return { ...rate({ equipment: concealed, delayMs, lossRatio, burstRatio }), lossRatio, burstRatio, delayMs };
}
