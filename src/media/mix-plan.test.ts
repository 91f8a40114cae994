import { describe, expect, it } from 'vitest';
import { callSidOf, document, end, join, leave, music, silence, update } from '../../test/support/callers.js';
import { ConferenceScript, conferenceAfter } from '../../test/support/conference-script.js';
import { mixPlan } from './mix-plan.js';

const hold = document('https://app/hold');
const coach = (name: string) => ({ coach: callSidOf(name) });

describe('mixPlan', () => {
  it('has no routes for a conference that nobody is in', () => {
    expect(mixPlan(new ConferenceScript().state).size).toBe(0);
    expect(mixPlan(conferenceAfter(join('A'), end).state).size).toBe(0);
  });

  it('gives everybody who waits their own audio, also the muted and the held, and mixes nobody', () => {
    const wait = document('https://app/wait');
    const script = conferenceAfter(
      join('A', { startConferenceOnEnter: false }),
      join('B', { startConferenceOnEnter: false, wait: silence, muted: true }),
      join('C', { startConferenceOnEnter: false, wait }),
      update('C', { hold }),
    );
    expect(script.hearing()).toEqual({ A: 'default-music', B: 'silence', C: 'POST https://app/wait' });
    for (const { sends } of mixPlan(script.state).values()) expect(sends).toEqual({ kind: 'nobody' });
    script.play(join('D'));
    expect(script.hearing()).toEqual({ A: 'D', B: 'A D', C: 'POST https://app/hold', D: 'A' });
  });

  it('mixes everyone for everyone else once started', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C'));
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A C', C: 'A B' });
    expect(mixPlan(script.state).get(callSidOf('A'))).toEqual({ sends: { kind: 'room' }, hears: { kind: 'room' } });
  });

  it('has one route for all who talk, and one for all who only listen', () => {
    const muted = { muted: true };
    const { state } = conferenceAfter(join('A'), join('B'), join('C', muted), join('D', muted));
    expect(new Set(mixPlan(state).values()).size).toBe(2);
  });

  it('plays no music to the one who is left', () => {
    expect(conferenceAfter(join('A'), join('B'), leave('B')).hearing()).toEqual({ A: '' });
  });

  it('mutes a voice, not an ear', () => {
    expect(conferenceAfter(join('A', { muted: true }), join('B'), join('C')).hearing()).toEqual({
      A: 'B C',
      B: 'C',
      C: 'B',
    });
  });

  it('cuts a held leg off both ways', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C'), update('B', { hold }));
    expect(script.hearing()).toEqual({ A: 'C', B: 'POST https://app/hold', C: 'A' });
  });

  it('keeps a held and muted leg muted after the hold', () => {
    const script = conferenceAfter(
      join('A'),
      join('B'),
      update('B', { hold: music, muted: true }),
      update('B', { hold: null }),
    );
    expect(script.hearing()).toEqual({ A: '', B: 'A' });
  });

  it('carries the voice of a coach to the coached leg alone', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'A' }));
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A', C: 'A B' });
    script.play(update('C', coach('B')));
    expect(script.hearing()).toEqual({ A: 'B', B: 'A C', C: 'A B' });
  });

  it.each([
    ['muted', { muted: true }, 'A B'],
    ['held', { hold: music }, 'default-music'],
  ])('lets a coach who is %s be heard by nobody', (_, changes, heard) => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'A' }), update('C', changes));
    expect(script.hearing()).toEqual({ A: 'B', B: 'A', C: heard });
  });

  it('sends the voice of a coach nowhere while the coached leg is on hold, and none once it has gone', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'A' }), update('A', { hold: music }));
    expect(mixPlan(script.state).get(callSidOf('C'))?.sends).toEqual({ kind: 'nobody' });
    script.play(leave('A'));
    expect(mixPlan(script.state).get(callSidOf('C'))?.sends).toEqual({ kind: 'nobody' });
    expect(script.hearing()).toEqual({ B: '', C: 'B' });
  });

  it('keeps the order of joining', () => {
    expect([...mixPlan(conferenceAfter(join('B'), join('A'), join('C')).state).keys()]).toEqual(
      ['B', 'A', 'C'].map(callSidOf),
    );
  });
});
