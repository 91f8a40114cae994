/** CONTRACT §8.9, cases 33 to 35 and 39: who is kept out. */
import { describe, expect, it } from 'vitest';
import { parseRoomName } from '../../src/conference/room-name.js';
import { join, leave, music, update } from '../support/callers.js';
import { conferenceAfter } from '../support/conference-script.js';

const ofTwo = { roomRequest: { maxParticipants: 2 } };

describe('capacity', () => {
  it('case 33: maxParticipants 2, a third leg → not in', () => {
    const script = conferenceAfter(join('A', ofTwo), join('B'));
    expect(script.refuse(join('C'))).toBe('conference-full 2');
    expect(script.refuse(join('C', { roomRequest: { maxParticipants: 9 } }))).toBe('conference-full 2');
    expect(script.hearing()).toEqual({ A: 'B', B: 'A' });
  });

  it('case 33: the muted, the held, coaches and those who wait count as well', () => {
    const ofFour = { roomRequest: { maxParticipants: 4 } };
    const talking = conferenceAfter(join('A', ofFour), join('B', { muted: true }), join('C', { coach: 'A' }));
    talking.play(update('C', { hold: music }), join('D'));
    expect(talking.refuse(join('E'))).toBe('conference-full 4');
    const waiting = conferenceAfter(
      join('A', { ...ofTwo, startConferenceOnEnter: false }),
      join('B', { startConferenceOnEnter: false }),
    );
    expect(waiting.refuse(join('C'))).toBe('conference-full 2');
  });

  it('case 33: a room that names no limit takes 250', () => {
    const names = Array.from({ length: 251 }, (_, index) => `n${index}`);
    const script = conferenceAfter(...names.slice(0, 250).map((name) => join(name)));
    expect(script.refuse(join('n250'))).toBe('conference-full 250');
  });

  it('case 34: after one has left, the next may join', () => {
    const script = conferenceAfter(join('A', ofTwo), join('B'), leave('A'));
    expect(script.tell(join('C'))).toEqual(['join C']);
  });
});

describe('labels and names', () => {
  it('case 35: a label already in use → not in', () => {
    const script = conferenceAfter(join('A', { label: 'agent' }), join('B', { label: 'Agent' }));
    expect(script.refuse(join('C', { label: 'agent' }))).toBe('label-in-use agent');
    expect(script.tell(join('C'), join('D'))).toEqual(['join C', 'join D']);
  });

  it('a call that is in already → not in twice (16026)', () => {
    expect(conferenceAfter(join('A')).refuse(join('A'))).toBe('already-joined A');
  });

  it.each([
    [0, false],
    [1, true],
    [128, true],
    [129, false],
  ])('case 39: a name of %i characters → taken: %s', (length, isTaken) => {
    expect(parseRoomName('x'.repeat(length)) !== null).toBe(isTaken);
  });
});
