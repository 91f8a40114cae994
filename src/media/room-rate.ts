/**
 * The rate a room is mixed at: the highest that two of its legs can make use of, for a single one would hear nobody
 * better for it, and narrowband is a sixth of the work of fullband. Up at once; down only when less has been enough
 * for a while, so that a caller who comes and goes does not change the room each time.
 */
import { type MonotonicMs, monotonicMs } from '../base/brands.js';

export type RoomRateHz = 8000 | 16_000 | 48_000;

const widebandHz = 16_000;
const fullbandHz = 48_000;

/** From this rate on a leg has what only a fullband room carries; 24 kHz is served well by wideband. */
const fullbandLegHz = 44_100;

/** Of a room, measured: at a fifth the saving is small and at a third there is none, whoever talks. */
const fullbandShareSaved = 1 / 5;
const fullbandShareKept = 1 / 3;

/** `legRatesHz` are the codec rates of all who are in, waiting, muted and held ones included: they may yet speak. */
export function roomRate(legRatesHz: Iterable<number>): RoomRateHz {
  let wideband = 0;
  let fullband = 0;
  for (const rateHz of legRatesHz) {
    if (rateHz >= widebandHz) wideband += 1;
    if (rateHz >= fullbandLegHz) fullband += 1;
  }
  if (fullband >= 2) return fullbandHz;
  return wideband >= 2 ? widebandHz : 8000;
}

/** What a room is mixed at, and whether that is less than it is held at. */
export type MixedRate = { readonly rateHz: RoomRateHz; readonly isSaved: boolean };

/**
 * What a room is mixed at where less is to be spent (ADR 0015): wideband, where few have more than that. Whoever is
 * below saves by it; whoever is above is brought down and up again, which costs more than it saves where they are many.
 * `wasSaved`: it is mixed at less already, and is so until they are more than a few again.
 */
export function savedRate(heldHz: RoomRateHz, legRatesHz: readonly number[], wasSaved: boolean): MixedRate {
  const fullband = legRatesHz.filter((legHz) => legHz >= fullbandLegHz).length;
  const share = wasSaved ? fullbandShareKept : fullbandShareSaved;
  const isSaved = heldHz > widebandHz && fullband <= legRatesHz.length * share;
  return { rateHz: isSaved ? widebandHz : heldHz, isSaved };
}

/** How long less must be enough before a room is mixed at less. */
export const lowerRateAfterMs = 30_000;

/** What a room is mixed at, and when that may end. */
export type HeldRate = {
  readonly rateHz: RoomRateHz;
  /** When to look again: less is enough now, and may be used then; null while it is not. */
  readonly lowerAtMs: MonotonicMs | null;
};

/** `before` is null for a room that was not open. */
export function holdRate(before: HeldRate | null, neededHz: RoomRateHz, nowMs: MonotonicMs): HeldRate {
  if (before === null || neededHz >= before.rateHz) return { rateHz: neededHz, lowerAtMs: null };
  const lowerAtMs = before.lowerAtMs ?? monotonicMs(nowMs + lowerRateAfterMs);
  return nowMs >= lowerAtMs ? { rateHz: neededHz, lowerAtMs: null } : { rateHz: before.rateHz, lowerAtMs };
}
