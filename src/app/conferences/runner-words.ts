/** Small questions that the runner of a conference asks. */
import type { CallSid } from '../../base/brands.js';
import type { Event } from '../../conference/events.js';

/** The call that leaves by this event and is up all the same. */
export const goingOn = (event: Event): readonly CallSid[] =>
  event.kind === 'participant-left' && event.callContinues ? [event.callSid] : [];

export const isSome = <T>(values: readonly T[]): values is readonly [T, ...T[]] => values.length > 0;
