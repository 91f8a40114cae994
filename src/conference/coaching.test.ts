import { describe, expect, it } from 'vitest';
import { callSidOf, join, music, update } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import { coachRefusal } from './coaching.js';
import { absentConference } from './state.js';

const [a, b, stranger] = [callSidOf('A'), callSidOf('B'), callSidOf('X')];
const { state: waiting } = conferenceAfter(join('A'));
const { state: running } = conferenceAfter(join('A'), join('B'));
const { state: held } = conferenceAfter(join('A'), join('B'), update('B', { hold: music }));

describe('coachRefusal', () => {
  it('allows another leg of a running conference', () => {
    expect(coachRefusal(running, a, b)).toBeNull();
    expect(coachRefusal(running, stranger, b)).toBeNull();
  });

  it.each([
    { why: 'oneself', state: running, coach: a, target: a, kind: 'coach-self' },
    { why: 'oneself in an empty room', state: absentConference, coach: a, target: a, kind: 'coach-self' },
    { why: 'a leg that is not in', state: running, coach: a, target: stranger, kind: 'coach-target-missing' },
    { why: 'a leg of a room that waits', state: waiting, coach: b, target: a, kind: 'coach-target-missing' },
    { why: 'anybody in no room', state: absentConference, coach: a, target: b, kind: 'coach-target-missing' },
    { why: 'a leg on hold', state: held, coach: a, target: b, kind: 'coach-target-on-hold' },
  ])('refuses to coach $why', ({ state, coach, target, kind }) => {
    expect(coachRefusal(state, coach, target)).toEqual({ kind, callSid: target });
  });
});
