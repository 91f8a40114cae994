/** CONTRACT §8.9, cases 22 to 32, 41 and 45, as far as the state of the conference decides them. */
import { describe, expect, it } from 'vitest';
import type { Beep } from '../../src/conference/state.js';
import { callSidOf, document, end, join, leave, music, silence, update } from '../support/callers.js';
import { ConferenceScript, conferenceAfter } from '../support/conference-script.js';

describe('mute and hold', () => {
  it('case 22: a leg joins muted → hears, is not heard; unmuting is told once', () => {
    const script = new ConferenceScript();
    expect(script.tell(join('A'), join('B', { muted: true })).slice(1)).toEqual(['join A', 'join B', 'start by B']);
    expect(script.hearing()).toEqual({ A: '', B: 'A' });
    expect(script.tell(update('B', { muted: false }))).toEqual(['unmute B']);
    expect(script.tell(update('B', { muted: false }))).toEqual([]);
    expect(script.hearing()).toEqual({ A: 'B', B: 'A' });
  });

  it.each([
    ['with a URL', document('https://app/hold'), 'POST https://app/hold'],
    ['without one', music, 'default-music'],
    ['with an empty one', silence, 'silence'],
  ])('case 23: hold %s → only that is heard, nobody hears the leg, it stays a participant', (_, hold, heard) => {
    const script = conferenceAfter(join('A'), join('B'), join('C'));
    expect(script.tell(update('B', { hold }))).toEqual([`hold B ${heard}`]);
    expect(script.hearing()).toEqual({ A: 'C', B: heard, C: 'A' });
    expect(script.tell(update('B', { hold: null }), update('B', { hold: null }))).toEqual(['unhold B']);
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A C', C: 'A B' });
  });

  it('case 24: held and muted, then off hold → still muted', () => {
    const script = conferenceAfter(join('A'), join('B'));
    expect(script.tell(update('B', { hold: music }), update('B', { muted: true }))).toEqual([
      'hold B default-music',
      'mute B',
    ]);
    expect(script.hearing()).toEqual({ A: '', B: 'default-music' });
    expect(script.tell(update('B', { hold: null }))).toEqual(['unhold B']);
    expect(script.hearing()).toEqual({ A: '', B: 'A' });
  });

  it('case 25: another hold URL during the hold → other audio, not told again', () => {
    const script = conferenceAfter(join('A'), join('B'), update('B', { hold: music }));
    expect(script.tell(update('B', { hold: document('https://app/2') }))).toEqual([
      'hold B POST https://app/2 unannounced',
    ]);
    expect(script.tell(update('B', { hold: document('https://app/2') }))).toEqual([]);
    expect(script.hearing()).toEqual({ A: '', B: 'POST https://app/2' });
  });

  it('mute and hold before the start take effect at the start (§8.6)', () => {
    const script = conferenceAfter(join('A'), update('A', { hold: document('https://app/hold') }));
    expect(script.hearing()).toEqual({ A: 'default-music' });
    script.play(join('B'), update('B', { muted: true }));
    expect(script.hearing()).toEqual({ A: 'POST https://app/hold', B: '' });
  });

  it('endConferenceOnExit may be changed on hold, and counts while held and muted (§8.6)', () => {
    const script = conferenceAfter(join('A'), join('B', { muted: true }), update('B', { hold: music }));
    expect(script.tell(update('B', { endConferenceOnExit: true }))).toEqual(['modify B end=true']);
    expect(script.tell(leave('B')).at(-1)).toBe('end participant-with-end-conference-on-exit-left by B');
  });
});

describe('coach', () => {
  it('case 26: a coach hears all and is heard by the coached leg alone', () => {
    const script = conferenceAfter(join('A'), join('B'));
    expect(script.tell(join('C', { coach: 'B' }))).toEqual(['join C']);
    expect(script.hearing()).toEqual({ A: 'B', B: 'A C', C: 'A B' });
    script.play(update('C', { muted: true }));
    expect(script.hearing()).toEqual({ A: 'B', B: 'A', C: 'A B' });
  });

  it('case 27: a coach of a leg that nobody knows, or of itself → refused, not in', () => {
    const script = conferenceAfter(join('A'), join('B'));
    expect(script.refuse(join('C', { coach: 'X' }))).toBe('coach-target-missing X');
    expect(script.refuse(join('C', { coach: 'C' }))).toBe('coach-self C');
    expect(script.hearing()).toEqual({ A: 'B', B: 'A' });
  });

  it('case 27: a coach of a room that has not started → refused, also when its coming would start it', () => {
    expect(new ConferenceScript().refuse(join('C', { coach: 'A' }))).toBe('coach-target-missing A');
    expect(conferenceAfter(join('A')).refuse(join('C', { coach: 'A' }))).toBe('coach-target-missing A');
  });

  it('case 27: a coach of a leg on hold → refused', () => {
    const script = conferenceAfter(join('A'), join('B'), update('B', { hold: music }));
    expect(script.refuse(join('C', { coach: 'B' }))).toBe('coach-target-on-hold B');
  });

  it('case 28: a coach of a leg that is in another room, or was in this one → refused', () => {
    const elsewhere = conferenceAfter(join('D'), join('E'));
    const script = conferenceAfter(join('A'), join('B'), leave('B'));
    expect(script.refuse(join('C', { coach: 'D' }))).toBe('coach-target-missing D');
    expect(script.refuse(join('C', { coach: 'B' }))).toBe('coach-target-missing B');
    expect(elsewhere.tell(join('C', { coach: 'D' }))).toEqual(['join C']);
  });

  it('case 29: coaching ends → heard by all, told as a modification; it may begin again with another leg', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }));
    expect(script.tell(update('C', { coach: null }))).toEqual(['modify C coaching=off']);
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A C', C: 'A B' });
    expect(script.tell(update('C', { coach: callSidOf('A') }))).toEqual(['modify C coaching=A']);
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A', C: 'A B' });
  });

  it('case 30: the coached leg leaves → the coach stays, heard by nobody, and keeps the room open', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }), leave('B'));
    expect(script.hearing()).toEqual({ A: '', C: 'A' });
    if (script.state.phase !== 'in-progress') throw new Error('the room stays');
    expect(script.state.participants.get(callSidOf('C'))?.coaching).toEqual({ target: null });
    expect(script.tell(leave('A'))).toHaveLength(1);
    expect(script.state.phase).toBe('in-progress');
    expect(script.tell(leave('C')).at(-1)).toBe('end last-participant-left by C');
  });
});

describe('beep and wait audio', () => {
  const beeps: readonly (readonly [Beep, boolean, string | null])[] = [
    ['true', true, null],
    ['true', false, 'on-enter'],
    ['on-enter', true, 'true'],
    ['on-enter', false, null],
    ['on-exit', true, null],
    ['on-exit', false, 'false'],
    ['false', true, 'on-exit'],
    ['false', false, null],
  ];
  it.each(beeps)('case 31: beep %s with BeepOnExit %s → %s', (beep, beepOnExit, expected) => {
    const script = conferenceAfter(join('A', { beep }), join('B'));
    expect(script.tell(update('A', { beepOnExit }))).toEqual(expected === null ? [] : [`modify A beep=${expected}`]);
  });

  it('case 41: an empty waitUrl → silence while waiting; a new WaitUrl replaces it at once', () => {
    const script = conferenceAfter(join('A', { wait: silence }));
    expect(script.hearing()).toEqual({ A: 'silence' });
    expect(script.tell(update('A', { wait: music }), update('A', { wait: music }))).toEqual([
      'modify A wait=default-music',
    ]);
    expect(script.hearing()).toEqual({ A: 'default-music' });
  });

  it('case 45: from the start on nobody is to hear wait audio, not even after the others left', () => {
    const script = conferenceAfter(join('A', { wait: document('https://app/wait') }), join('B'));
    expect(script.hearing()).toEqual({ A: 'B', B: 'A' });
    script.play(leave('B'));
    expect(script.hearing()).toEqual({ A: '' });
    script.play(end);
    expect(script.hearing()).toEqual({});
  });
});
