import { describe, expect, it } from 'vitest';
import { srtpSuites } from '../srtp-key.js';
import { companionsOf } from './companions.js';
import { clientLevelUri, mixerLevelsUri } from './header-extensions.js';
import { negotiate } from './negotiate.js';
import { type OfferedMedia, parseOffer } from './offer.js';

function offered(formats: string, ...attributes: readonly string[]): OfferedMedia {
  const lines = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', `m=audio 4000 RTP/AVP ${formats}`, ...attributes];
  const parsed = parseOffer(`${lines.join('\r\n')}\r\n`);
  const media = parsed.ok ? parsed.value.media[0] : undefined;
  return media ?? expect.fail('the offer has a line of audio');
}
const narrow = { payloadType: 0, clockRateHz: 8000 };
const wide = { payloadType: 111, clockRateHz: 48_000 };
const anything = () => true;

describe('companionsOf', () => {
  it('finds redundancy that carries the codec', () => {
    const opus = ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:63 red/48000/2', 'a=fmtp:63 111/111'];
    expect(companionsOf(offered('111 63', ...opus), wide, anything).redundancyPayloadType).toBe(63);
    const either = ['a=rtpmap:96 RED/8000', 'a=rtpmap:97 red/8000', 'a=fmtp:96 8/8', 'a=fmtp:97 8/0/0'];
    expect(companionsOf(offered('0 8 96 97', ...either), narrow, anything).redundancyPayloadType).toBe(97);
    expect(companionsOf(offered('0 96', 'a=rtpmap:96 red/8000'), narrow, anything).redundancyPayloadType).toBe(96);
  });

  it('takes none of another clock, that the line does not list, or that cannot be told from RTCP', () => {
    expect(companionsOf(offered('0 96', 'a=rtpmap:96 red/16000'), narrow, anything).redundancyPayloadType).toBeNull();
    expect(companionsOf(offered('0', 'a=rtpmap:96 red/8000'), narrow, anything).redundancyPayloadType).toBeNull();
    const onPort = companionsOf(offered('0 72', 'a=rtpmap:72 red/8000'), narrow, (type) => type !== 72);
    expect(onPort.redundancyPayloadType).toBeNull();
  });

  it('finds comfort noise, static at 8000 Hz and mapped at any', () => {
    expect(companionsOf(offered('0 13'), narrow, anything).comfortNoisePayloadType).toBe(13);
    expect(companionsOf(offered('0 13', 'a=rtpmap:13 CN/8000'), narrow, anything).comfortNoisePayloadType).toBe(13);
    expect(companionsOf(offered('111 13'), wide, anything).comfortNoisePayloadType).toBeNull();
    const linear = companionsOf(
      offered('97 13 98', 'a=rtpmap:98 CN/16000'),
      { payloadType: 97, clockRateHz: 16_000 },
      anything,
    );
    expect(linear.comfortNoisePayloadType).toBe(98);
    expect(companionsOf(offered('0'), narrow, anything).comfortNoisePayloadType).toBeNull();
  });

  it('is not confused by nonsense', () => {
    const strange = ['a=rtpmap:96 red/8000', 'a=fmtp:96 0/x/999999999999', 'a=rtpmap:97 red', 'a=rtpmap:x CN/8000'];
    expect(companionsOf(offered('0 96 97 x 999', ...strange), narrow, anything)).toEqual({
      redundancyPayloadType: 96,
      comfortNoisePayloadType: null,
    });
  });
});

describe('an offer of all of it', () => {
  it('is taken up and answered', () => {
    const offer = [
      'v=0',
      'o=- 1 1 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 4000 RTP/AVP 8 97 13 101',
      'a=rtpmap:97 red/8000',
      'a=fmtp:97 8/8',
      'a=rtpmap:101 telephone-event/8000',
      `a=extmap:1 ${clientLevelUri} vad=on`,
      `a=extmap:2 ${mixerLevelsUri}`,
      '',
    ].join('\r\n');
    const negotiated = negotiate(offer, {
      host: '192.0.2.9',
      jitterMs: 40,
      security: { suites: srtpSuites, opportunistic: 'plain' },
      newKey: () => expect.fail('nothing is secured'),
    });
    if (!negotiated.ok) return expect.fail(negotiated.error.rule);
    expect(negotiated.value.media).toMatchObject({
      payloadType: 8,
      telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
      companions: { redundancyPayloadType: 97, comfortNoisePayloadType: 13 },
      headerExtensions: { clientLevelId: 1, mixerLevelsId: 2 },
    });
    const lines = negotiated.value.answer({ port: 6000, sessionId: '1', sessionVersion: 1 }).split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'm=audio 6000 RTP/AVP 8 97 13 101',
        'a=rtpmap:97 red/8000',
        'a=fmtp:97 8/8',
        'a=rtpmap:13 CN/8000',
        'a=fmtp:101 0-15',
        `a=extmap:1/recvonly ${clientLevelUri}`,
        `a=extmap:2/sendonly ${mixerLevelsUri}`,
      ]),
    );
  });
});
