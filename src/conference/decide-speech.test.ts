import { describe, expect, it } from 'vitest';
import { join, leave, music, speech, tellAt, tellOfSpeechAt, update } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import type { JoinCommand } from './commands.js';

const asks: Partial<JoinCommand> = {
  roomRequest: {
    statusCallback: tellOfSpeechAt('https://app/1'),
    maxParticipants: null,
    region: null,
    eventCallbackUrl: null,
  },
};
const talking = () => conferenceAfter(join('A', asks), join('B'));

describe('speech', () => {
  it('happens once each way', () => {
    const script = talking();
    expect(script.tell(speech('A', true), speech('A', true))).toEqual(['speak A']);
    expect(script.tell(speech('A', false), speech('A', false))).toEqual(['silent A']);
  });

  it('is no event where nobody asked for it', () => {
    const roomRequest = {
      statusCallback: tellAt('https://app/1'),
      maxParticipants: null,
      region: null,
      eventCallbackUrl: null,
    };
    expect(conferenceAfter(join('A', { roomRequest }), join('B')).tell(speech('A', true))).toEqual([]);
    expect(conferenceAfter(join('A'), join('B')).tell(speech('A', true))).toEqual([]);
  });

  it('does not begin before the start', () => {
    expect(conferenceAfter(join('A', asks)).tell(speech('A', true))).toEqual([]);
  });

  it.each([
    ['muted', { muted: true }],
    ['held', { hold: music }],
  ])('does not begin while %s, and what had begun stops', (_, changes) => {
    const script = talking();
    script.play(speech('A', true), update('A', changes), update('B', changes));
    expect(script.tell(speech('B', true))).toEqual([]);
    expect(script.tell(speech('A', false))).toEqual(['silent A']);
    expect(script.tell(speech('A', true))).toEqual([]);
  });

  it('of a coach is speech', () => {
    const script = talking();
    script.play(join('C', { coach: 'A' }));
    expect(script.tell(speech('C', true))).toEqual(['speak C']);
  });

  it('ends without a word when the leg leaves', () => {
    const script = talking();
    script.play(join('C'), speech('A', true));
    expect(script.tell(leave('A'))).toEqual(['leave A participant_hung_up completed']);
    expect(script.refuse(speech('A', false))).toBe('participant-unknown A');
  });

  it('is no update of the conference', () => {
    const script = talking();
    const before = script.state;
    script.wait(1000);
    script.play(speech('A', true));
    expect(script.state).toMatchObject({ updatedAtMs: before.phase === 'in-progress' && before.updatedAtMs });
  });
});
