/** What a shard is held to when its ticks come near their end (ADR 0015). */
import { opusComplexityMax, talkersMax } from './engine-layout-effort.js';

/** What a shard may spend on sound, whatever its legs and rooms ask for. */
export type Effort = {
  /** 0 to 10; 10: as each leg asks. */
  readonly opusComplexityMax: number;
  /** Rooms of more legs than this are ranked, unless they never are; null: as each asks. At least 1. */
  readonly rankedAboveMax: number | null;
  /** Legs mixed at once in a ranked room, 1 to 64; 64: as each asks. */
  readonly talkersMax: number;
};

export const unboundedEffort: Effort = { opusComplexityMax, rankedAboveMax: null, talkersMax };
