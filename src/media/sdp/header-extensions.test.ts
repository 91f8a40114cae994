import { describe, expect, it } from 'vitest';
import { answeredExtensions, clientLevelUri, headerExtensions, mixerLevelsUri } from './header-extensions.js';
import { type OfferedMedia, parseOffer } from './offer.js';

function offered(...attributes: readonly string[]): OfferedMedia {
  const lines = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', 'm=audio 4000 RTP/AVP 0', ...attributes];
  const parsed = parseOffer(`${lines.join('\r\n')}\r\n`);
  const media = parsed.ok ? parsed.value.media[0] : undefined;
  return media ?? expect.fail('the offer has a line of audio');
}
const none = { clientLevelId: null, mixerLevelsId: null };

describe('headerExtensions', () => {
  it('finds both levels by their names', () => {
    const media = offered(
      `a=extmap:1 ${clientLevelUri} vad=on`,
      'a=extmap:2 urn:other',
      `a=extmap:20 ${mixerLevelsUri}`,
    );
    expect(headerExtensions(media)).toEqual({ clientLevelId: 1, mixerLevelsId: 20 });
  });

  it('finds nothing where nothing is', () => {
    expect(headerExtensions(offered())).toEqual(none);
  });

  it.each([
    ['the client would not send its level', `a=extmap:1/recvonly ${clientLevelUri}`],
    ['the client would send the levels of the mix', `a=extmap:1/sendonly ${mixerLevelsUri}`],
    ['both are off', `a=extmap:1/inactive ${clientLevelUri}`],
    ['the identifier is 0', `a=extmap:0 ${clientLevelUri}`],
    ['the identifier ends a short header', `a=extmap:15 ${clientLevelUri}`],
    ['the identifier is for offers only', `a=extmap:4096 ${mixerLevelsUri}`],
    ['the identifier is no number', `a=extmap:x ${mixerLevelsUri}`],
  ])('passes over one of which %s', (_, line) => {
    expect(headerExtensions(offered(line))).toEqual(none);
  });

  it('gives one identifier to one of them', () => {
    const media = offered(`a=extmap:1 ${clientLevelUri}`, `a=extmap:1 ${mixerLevelsUri}`);
    expect(headerExtensions(media)).toEqual({ clientLevelId: 1, mixerLevelsId: null });
  });

  it('answers each for the direction that it is used in', () => {
    expect(answeredExtensions({ clientLevelId: 1, mixerLevelsId: 2 })).toEqual([
      { value: 1, direction: 'recvonly', uri: clientLevelUri },
      { value: 2, direction: 'sendonly', uri: mixerLevelsUri },
    ]);
    expect(answeredExtensions(none)).toEqual([]);
  });
});
