/** What a shard may spend on sound (ADR 0015). Part of the one definition in engine-layout.ts. */
import type { Block } from './engine-layout-block.js';

/** Of encoders of Opus: beyond it there is none. */
export const opusComplexityMax = 10;

/** Places of a ranked room: beyond it there are none. */
export const talkersMax = 64;

export const effortCommand: Block = {
  name: 'limit_effort',
  what: 'Bounds what the shard spends on sound from now on, whatever legs and rooms ask for: a step of brown-out',
  fields: [
    ['opus_complexity_max', 'u32', '0 to 10; 10: as each leg asks'],
    ['ranked_above_max', 'u32', 'rooms of more legs than this are ranked, unless they never are; none: as each asks'],
    ['talkers_max', 'u32', '1 to 64: places of a ranked room at most; 64: as each room asks'],
  ],
};
