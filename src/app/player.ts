/** Playing to a call that is in no conference: not there yet. Whoever asks is told so; nothing is said to be heard. */
import { err } from '../base/result.js';
import type { Player } from './ports.js';

export const noPlayer: Player = {
  play: async () => err({ code: 13_420, rule: 'nothing is played yet' }),
};
