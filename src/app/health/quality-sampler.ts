/**
 * Looks at every RTP leg that is given to a room once in ten seconds, and adds what the time since the last look was
 * like to histograms. A few legs at a time, so that thousands do not hold the control thread up.
 */
import type { Cancel, Clock } from '../../base/ports.js';
import type { EnginePort, LegId } from '../../media/engine-port.js';
import { type LegQuality, legQuality } from '../../media/leg-quality.js';
import type { QualityCounts } from '../../media/leg-statistics.js';
import type { Calls } from '../calls/calls.js';
import type { Metrics } from '../metrics.js';
import { beatMs } from './beat.js';

export const sampleEveryMs = 10_000;
const slices = sampleEveryMs / beatMs;

export type QualitySamplerParts = {
  readonly calls: Pick<Calls, 'legs'>;
  readonly engine: Pick<EnginePort, 'qualityCounts'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

export interface QualitySampler {
  start(): void;
  stop(): void;
}

export function createQualitySampler({ calls, engine, clock, metrics }: QualitySamplerParts): QualitySampler {
  let looks = new Map<LegId, QualityCounts>();
  let queue: readonly LegId[] = [];
  let slice = 0;
  let cancel: Cancel = () => {};

  const sample = (leg: LegId): void => {
    const now = engine.qualityCounts(leg);
    if (now === null) return;
    const before = looks.get(leg);
    looks.set(leg, now);
    // A leg that nobody was given in the meantime was neither good nor bad.
    if (before === undefined || now.framesHeard === before.framesHeard) return;
    observe(metrics, now, legQuality(now, before));
  };
  const look = (): void => {
    if (slice === 0) {
      queue = calls.legs();
      const live = new Set(queue);
      looks = new Map([...looks].filter(([leg]) => live.has(leg)));
    }
    const [begin, end] = [slice, slice + 1].map((each) => Math.floor((queue.length * each) / slices));
    for (const leg of queue.slice(begin, end)) sample(leg);
    slice = (slice + 1) % slices;
    cancel = clock.after(beatMs, look);
  };
  return { start: look, stop: () => cancel() };
}

function observe(metrics: Metrics, now: QualityCounts, quality: LegQuality): void {
  metrics.observe('parley_leg_mos', {}, quality.mos);
  metrics.observe('parley_leg_loss_ratio', {}, quality.lossRatio);
  metrics.observe('parley_leg_jitter_seconds', {}, now.jitterMs / 1000);
  metrics.observe('parley_leg_playout_delay_seconds', {}, now.playoutDelayMs / 1000);
  metrics.observe('parley_leg_playout_target_seconds', {}, now.playout.targetDelayMs / 1000);
  metrics.observe('parley_leg_clock_drift_ratio', {}, Math.abs(now.playout.clockDriftPpm) / 1e6);
  if (now.roundTripMs !== null) metrics.observe('parley_leg_round_trip_seconds', {}, now.roundTripMs / 1000);
  if (now.speaking) metrics.observe('parley_leg_speech_level_dbov', {}, -now.speechLevelDbov);
}
