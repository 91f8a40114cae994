import { describe, expect, it } from 'vitest';
import { join } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import { mayStart } from './start-rule.js';
import type { Participant } from './state.js';

function participant(startConferenceOnEnter: boolean): Participant {
  const { state } = conferenceAfter(join('A', { startConferenceOnEnter }));
  const [only] = state.phase === 'init' ? state.participants.values() : [];
  if (only === undefined) throw new Error('A is in');
  return only;
}

describe('mayStart', () => {
  it.each([
    { flags: [], starts: false },
    { flags: [true], starts: false },
    { flags: [false, false], starts: false },
    { flags: [true, false], starts: true },
    { flags: [false, true], starts: true },
    { flags: [false, false, false, true], starts: true },
  ])('$flags → $starts', ({ flags, starts }) => {
    expect(mayStart(flags.map(participant))).toBe(starts);
  });
});
