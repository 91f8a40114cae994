/** CONTRACT §8.9, cases 17, 27 and 36 to 39, as documents say them; each is written by the builders of both vendors. */
import { describe, expect, it } from 'vitest';
import { builders, findingsOf, firstDial, firstNoun, type Written } from '../support/documents.js';

describe.each(Object.entries(builders))('documents of %s', (_, build) => {
  const written = (attributes: Written, name = 'Room 1234'): string => {
    const response = build();
    response.dial().conference(attributes, name);
    return response.toString();
  };

  it('case 17: a name on its own indented line is the name of the room', () => {
    expect(firstNoun(written({}, '\n  Room 1234\n')).room).toBe(firstNoun(written({})).room);
    expect(firstNoun(written({}, 'room 1234')).room).not.toBe(firstNoun(written({})).room);
  });

  it('case 27: a coach that is no call sid → 13240, the leg does not join', () => {
    expect(findingsOf(written({ coach: 'nobody' }))).toEqual(['13240 error /Response/Dial[1]/Conference/@coach']);
    expect(firstDial(written({ coach: 'nobody' })).conference).toMatchObject({ ok: false, error: { code: 13240 } });
  });

  it.each([
    ['muted', 13230, false],
    ['startConferenceOnEnter', 13232, true],
    ['endConferenceOnExit', 13231, false],
  ] as const)('case 36: %s="yes" → %d, the default, and the leg joins', (name, code, value) => {
    expect(findingsOf(written({ [name]: 'yes' }))).toEqual([
      `${code} ${name === 'endConferenceOnExit' ? 'error' : 'warning'} /Response/Dial[1]/Conference/@${name}`,
    ]);
    expect(firstNoun(written({ [name]: 'yes' }))[name]).toBe(value);
  });

  it('case 36: hangupOnStar="yes" → 13213, the default', () => {
    const response = build();
    response.dial({ hangupOnStar: 'yes' }).conference({}, 'Room 1234');
    expect(findingsOf(response.toString())).toEqual(['13213 warning /Response/Dial[1]/@hangupOnStar']);
    expect(firstDial(response.toString()).attributes.hangupOnStar).toBe(false);
  });

  it.each([
    ['beep', 'loud', '13235 warning'],
    ['record', 'maybe', '13217 warning'],
    ['trim', 'x', '13239 error'],
    ['waitMethod', 'PUT', '13234 warning'],
  ])('case 37: %s="%s" → %s, and the default', (name, value, finding) => {
    expect(findingsOf(written({ [name]: value }))).toEqual([`${finding} /Response/Dial[1]/Conference/@${name}`]);
    expect(firstNoun(written({ [name]: value }))).toEqual(firstNoun(written({})));
  });

  it('case 39: a name of 0, 1, 128 and 129 characters', () => {
    const taken = (length: number): boolean => firstDial(written({}, 'é'.repeat(length))).conference.ok;
    expect([0, 1, 128, 129].map(taken)).toEqual([false, true, true, false]);
    expect(findingsOf(written({}, 'é'.repeat(129)))).toEqual(['13237 warning /Response/Dial[1]/Conference']);
  });
});

describe('case 38: more than one noun in a <Dial>', () => {
  const dialOf = (inner: string): string => `<Response><Dial>${inner}</Dial></Response>`;
  const conference = '<Conference>first</Conference>';

  it('two conferences → 13000, the first counts', () => {
    const text = dialOf(`${conference}<Conference beep="loud">second</Conference>`);
    expect(findingsOf(text)).toEqual(['13000 warning /Response/Dial[1]']);
    expect(firstNoun(text).room).toBe('first');
  });

  it('a conference and then a number → 13000, the conference', () => {
    const text = dialOf(`${conference}<Number>+15550100001</Number>`);
    expect(findingsOf(text)).toEqual(['13000 warning /Response/Dial[1]']);
    expect(firstNoun(text).room).toBe('first');
  });

  it('a number and then a conference → 13000, and Parley cannot dial a number', () => {
    const text = dialOf(`<Number>+15550100001</Number>${conference}`);
    expect(findingsOf(text)).toEqual(['13000 warning /Response/Dial[1]', '13245 warning /Response/Dial[1]']);
    expect(firstDial(text).conference).toMatchObject({ ok: false, error: { code: 13245 } });
  });
});
