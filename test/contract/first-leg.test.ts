/** CONTRACT §8.9, cases 18 to 21: which leg decides about the room. */
import { describe, expect, it } from 'vitest';
import { toldOf } from '../support/callback-script.js';
import { join, leave, tellAt } from '../support/callers.js';
import { conferenceAfter } from '../support/conference-script.js';

const first = { roomRequest: { statusCallback: tellAt('https://app/first') } };
const second = { roomRequest: { statusCallback: tellAt('https://app/second') } };

describe('first leg', () => {
  it('case 18: the second leg brings another statusCallback → it is ignored', () => {
    const told = toldOf([join('A', first), join('B', second), leave('A'), leave('B')]);
    expect(told.map(({ url }) => url)).toEqual(Array(6).fill('https://app/first'));
  });

  it('case 19: only the second leg has a statusCallback → nothing is ever sent', () => {
    expect(toldOf([join('A'), join('B', second), leave('A'), leave('B')])).toEqual([]);
  });

  it('case 20: the first leg leaves before the start → its statusCallback remains', () => {
    const cannotStart = { startConferenceOnEnter: false };
    const told = toldOf([
      join('A', { ...first, ...cannotStart }),
      join('B', { ...second, ...cannotStart }),
      leave('A'),
      join('C', second),
    ]);
    expect(told.map(({ url, parameters }) => `${url} ${parameters.StatusCallbackEvent}`)).toEqual([
      'https://app/first participant-join',
      'https://app/first participant-join',
      'https://app/first participant-leave',
      'https://app/first participant-join',
      'https://app/first conference-start',
    ]);
  });

  it('case 21: the first leg names no region, the second does → taken, and kept', () => {
    const script = conferenceAfter(join('A'));
    expect(script.tell(join('B', { roomRequest: { region: 'ie1' } }))[0]).toBe('take callback=- max=- region=ie1');
    expect(script.tell(join('C', { roomRequest: { region: 'us1' } }))).toEqual(['join C']);
    expect(script.state).toMatchObject({ settings: { region: 'ie1' } });
  });
});
