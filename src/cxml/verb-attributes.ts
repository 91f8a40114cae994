/** Attributes of the verbs beside `<Dial>`. */
import { integer, method, text } from './attribute-rule.js';

const loopsMax = 1000;
/** Longer than a call may last without saying more. */
const pauseSecondsMax = 14_400;

/** `loop`: 0 is without end. */
export const playAttributes = { loop: integer([0, loopsMax], 1, { code: 13410 }) };

const voiceCharactersMax = 64;

/** Which voices there are is known to whoever speaks. */
export const sayAttributes = {
  voice: text(voiceCharactersMax, { code: 13511 }),
  language: text(voiceCharactersMax, { code: 13512 }),
  loop: integer([0, loopsMax], 1, { code: 13510 }),
};

/** `length`: seconds. */
export const pauseAttributes = { length: integer([0, pauseSecondsMax], 1, { code: 13910 }) };

export const redirectAttributes = { method: method({ code: 13221 }) };
