import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { local, realOffers, session, text } from '../../../test/support/sdp-offers.js';
import { negotiate } from './negotiate.js';

describe('negotiate, given offers gone wrong', () => {
  const scrap = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '\r\n',
      '\n',
      'm=',
      'a=',
      '0',
      '99999',
      ' ',
      '/',
      'IN IP4 ',
      'RTP/AVP',
      '__proto__',
      'm=audio 1 RTP/AVP 0',
    ),
  );
  const edit = fc.record({ offer: fc.nat(), from: fc.nat(), cut: fc.nat({ max: 12 }), put: scrap });

  const numberForType = [
    { offer: 0, from: 496035374, cut: 9, put: ' ' },
    { offer: 0, from: 1166953203, cut: 11, put: '99999' },
  ];

  /** Cuts and pastes in a real offer, then looks at whatever comes back. */
  function check(offer: string): void {
    const result = negotiate(offer, local);
    if (!result.ok) {
      expect(result.error.field).not.toBe('');
      expect(result.error.rule).not.toBe('');
      return;
    }
    const answer = result.value.answer(session);
    const offeredLines = offer.split(/\r\n|\n/).filter((line) => line.startsWith('m='));
    const { media } = parse(answer);
    const { codec, rateHz, payloadType, alternatives, ptimeMs, opus } = result.value.media;
    // Whatever was offered, the engine is told nothing that it would refuse.
    expect(['pcmu', 'pcma'].includes(codec) ? [8000] : [8000, 16_000, 24_000, 44_100, 48_000]).toContain(rateHz);
    expect([10, 20, 40, 60]).toContain(ptimeMs);
    expect(opus === null).toBe(codec !== 'opus');
    expect(new Set([payloadType, ...alternatives.map((other) => other.payloadType)]).size).toBe(
      1 + alternatives.length,
    );
    expect(media).toHaveLength(offeredLines.length);
    // The parser here makes a number of a type that looks like one.
    expect(media.map(({ type }) => String(type))).toEqual(offeredLines.map((line) => line.slice(2, line.indexOf(' '))));
    expect(media.filter(({ port }) => port !== 0).map(({ port }) => port)).toEqual([session.port]);
    expect(answer).toMatch(/^(?:[a-z]=[^\r\n]*\r\n)+$/);
  }

  it('never throws, and its answers parse', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 6 }), (which, edits) => {
        check(
          edits.reduce(
            (offer, { from, cut, put }) => {
              const at = from % (offer.length + 1);
              return offer.slice(0, at) + put + offer.slice(at + cut);
            },
            realOffers[which % realOffers.length] ?? '',
          ),
        );
      }),
      { numRuns: 4000, examples: [[2147483639, numberForType]] },
    );
  });

  it('never throws over lines in any order', () => {
    const lines = realOffers.flatMap((offer) => offer.split(/\r?\n/));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 30 }), (picked) => {
        check(text('v=0', ...picked.filter((line) => line !== '')));
      }),
      { numRuns: 2000 },
    );
  });
});
