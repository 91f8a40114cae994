import { describe, expect, it } from 'vitest';
import { countingRandom } from '../../../test/support/silent.js';
import { newSrtpKey, srtpSuites } from '../srtp-key.js';
import { answerAnew } from './answer.js';
import { type LocalMedia, type Negotiation, negotiate } from './negotiate.js';

const random = countingRandom();
const local: LocalMedia = {
  host: '198.51.100.7',
  jitterMs: 60,
  security: { suites: srtpSuites, opportunistic: 'plain' },
  newKey: newSrtpKey(random),
};
const session = { port: 30_000, sessionId: '1712255535', sessionVersion: 1 };
const key = (bytes: number, fill: number): string => Buffer.alloc(bytes, fill).toString('base64');
const cm80 = (fill: number, tag = 1): string => `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key(30, fill)}`;

const offerOf = (...media: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media, ''].join('\r\n');

function accepted(offer: string, before: Negotiation | null = null, at = local): Negotiation {
  const result = negotiate(offer, at, before?.media ?? null);
  return result.ok ? result.value : expect.fail(`refused: ${result.error.field} ${result.error.rule}`);
}
const refusalOf = (offer: string) => {
  const result = negotiate(offer, local);
  return result.ok ? null : result.error;
};
const refusal = (offer: string, before: Negotiation): string | null => {
  const result = negotiate(offer, local, before.media);
  return result.ok ? null : result.error.field;
};
const cryptoOf = ({ answer }: Negotiation): string =>
  answer(session)
    .split('\r\n')
    .filter((line) => line.startsWith('a=crypto'))
    .join();

describe('negotiate, secured', () => {
  it('takes the strongest usable line and answers with a key of its own under the same tag', () => {
    const negotiation = accepted(
      offerOf(
        'm=audio 4000 RTP/SAVP 0',
        cm80(1),
        'a=crypto:2 F8_128_HMAC_SHA1_80 inline:x',
        `a=crypto:3 AEAD_AES_128_GCM inline:${key(28, 3)}|2^31|5:2`,
      ),
    );
    const { security } = negotiation.media;
    if (security.kind !== 'srtp') return expect.fail('secured');
    expect(security.inbound.reveal()).toEqual(new Uint8Array(28).fill(3));
    expect(security.inboundKeyId).toEqual({ value: 5, bytes: 2 });
    const outbound = Buffer.from(security.outbound.reveal()).toString('base64');
    expect(cryptoOf(negotiation)).toBe(`a=crypto:3 AEAD_AES_128_GCM inline:${outbound}`);
    expect(negotiation.answer(session)).toContain('m=audio 30000 RTP/SAVP 0\r\n');
  });

  it.each(['RTP/AVPF', 'RTP/SAVPF'])('answers %s as it was offered', (protocol) => {
    const { answer } = accepted(offerOf(`m=audio 4000 ${protocol} 0`, cm80(1)));
    expect(answer(session)).toContain(`m=audio 30000 ${protocol} 0\r\n`);
  });

  it('takes the secure of two lines, whichever comes first', () => {
    for (const lines of [
      ['m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/SAVP 0', cm80(1)],
      ['m=audio 4002 RTP/SAVP 0', cm80(1), 'm=audio 4000 RTP/AVP 0'],
    ]) {
      expect(accepted(offerOf(...lines)).media).toMatchObject({
        remoteRtp: { port: 4002 },
        security: { kind: 'srtp' },
      });
    }
    const second = ['m=audio 4000 RTP/SAVP 0', 'm=audio 4002 RTP/SAVP 0', cm80(1)];
    expect(accepted(offerOf(...second)).media.remoteRtp?.port).toBe(4002);
  });

  it.each([
    ['RTP/SAVP', 'a=crypto'],
    ['RTP/SAVPF', 'a=crypto'],
    ['UDP/TLS/RTP/SAVPF', 'm=audio'],
  ])('never answers %s with less', (protocol, field) => {
    const secure = `m=audio 4000 ${protocol} 0`;
    expect(refusalOf(offerOf(secure))?.field).toBe(field);
    expect(refusalOf(offerOf(secure, 'm=audio 4002 RTP/AVP 0'))?.field).toBe(field);
    expect(refusalOf(offerOf('m=audio 4002 RTP/AVP 0', secure))?.field).toBe(field);
  });

  it('takes the plain line beside a secure one that is switched off', () => {
    expect(refusalOf(offerOf('m=audio 0 RTP/SAVP 0', 'm=audio 4002 RTP/AVP 0'))).toBeNull();
  });

  it('secures RTP/AVP with keys when the policy says so, and says RTP/AVP', () => {
    const offer = offerOf('m=audio 4000 RTP/AVP 0', cm80(1));
    expect(accepted(offer).media.security.kind).toBe('plain');
    expect(cryptoOf(accepted(offer))).toBe('');
    const taken = accepted(offer, null, { ...local, security: { ...local.security, opportunistic: 'srtp' } });
    expect(taken.media.security.kind).toBe('srtp');
    expect(taken.answer(session)).toContain('m=audio 30000 RTP/AVP 0\r\n');
    expect(cryptoOf(taken)).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80');
  });

  it('shows no key but in the answer', () => {
    const negotiation = accepted(offerOf('m=audio 4000 RTP/SAVP 0', cm80(1)));
    expect(JSON.stringify(negotiation.media)).not.toMatch(/AQEB/);
    expect(JSON.stringify(negotiation.media)).toContain('[secret]');
  });
});

describe('negotiate, during a call', () => {
  const plain = accepted(offerOf('m=audio 4000 RTP/AVP 0 8', 'a=rtcp-mux'));
  const secured = accepted(offerOf('m=audio 4000 RTP/SAVP 0', cm80(1)));

  it('takes another codec, address and direction', () => {
    const next = accepted(
      offerOf('m=audio 5000 RTP/AVP 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=rtcp-mux', 'a=sendonly'),
      plain,
    );
    expect(next.media).toMatchObject({
      codec: 'pcma',
      telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
      remoteRtp: { host: '192.0.2.9', port: 5000 },
      direction: 'recvonly',
      parked: false,
    });
  });

  it('goes on with the keys, and makes new ones for another key', () => {
    const same = accepted(offerOf('m=audio 4000 RTP/SAVP 0', cm80(1, 7)), secured);
    expect(same.media.security).toBe(secured.media.security);
    expect(cryptoOf(same)).toBe(cryptoOf(secured).replace(':1 ', ':7 '));
    const other = accepted(offerOf('m=audio 4000 RTP/SAVP 0', cm80(2)), secured);
    expect(cryptoOf(other)).not.toBe(cryptoOf(secured));
  });

  it('refuses to become plain, and may become secure', () => {
    expect(refusal(offerOf('m=audio 4000 RTP/AVP 0'), secured)).toBe('m=audio');
    expect(refusal(offerOf('m=audio 4000 RTP/AVP 0', cm80(1)), secured)).toBe('m=audio');
    expect(refusal(offerOf('m=audio 4000 RTP/SAVP 0'), secured)).toBe('a=crypto');
    expect(accepted(offerOf('m=audio 4000 RTP/SAVP 0', 'a=rtcp-mux', cm80(1)), plain).media.security.kind).toBe('srtp');
  });

  it('keeps to the sockets it has', () => {
    expect(refusal(offerOf('m=audio 4000 RTP/AVP 0'), plain)).toBe('a=rtcp-mux');
    const apart = accepted(offerOf('m=audio 4000 RTP/AVP 0'));
    const next = accepted(offerOf('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'), apart);
    expect(next.media.rtcpMux).toBe(false);
    expect(next.answer(session)).not.toContain('rtcp-mux');
  });

  it.each([
    ['sendrecv', 'recvonly'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'inactive'],
    ['inactive', 'inactive'],
  ])('takes an address taken back, %s, as the call on hold', (offered, direction) => {
    const held = accepted(offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0', 'a=rtcp-mux', `a=${offered}`), plain);
    expect(held.media).toMatchObject({ parked: true, direction, remoteRtp: { host: '192.0.2.9', port: 4000 } });
    expect(held.answer(session)).toContain(`a=${direction}\r\n`);
    const back = accepted(offerOf('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'), held);
    expect(back.media).toMatchObject({ parked: false, direction: 'sendrecv' });
  });

  it('does not take an address that was never given for one taken back', () => {
    const offer = offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0');
    expect(accepted(offer, accepted(offer)).media).toMatchObject({ parked: false, remoteRtp: null });
  });
});

describe('answerAnew', () => {
  it('counts the versions of what changed, and repeats what did not', () => {
    const first = accepted(offerOf('m=audio 4000 RTP/AVP 0'));
    const answered = { session, text: first.answer(session) };
    expect(answerAnew(accepted(offerOf('m=audio 4000 RTP/AVP 0'), first).answer, answered)).toEqual(answered);
    const second = answerAnew(accepted(offerOf('m=audio 4000 RTP/AVP 8'), first).answer, answered);
    expect(second.session).toEqual({ ...session, sessionVersion: 2 });
    expect(second.text).toContain('o=- 1712255535 2 IN IP4');
    const third = answerAnew(accepted(offerOf('m=audio 4000 RTP/AVP 8', 'a=inactive'), first).answer, second);
    expect(third.text).toContain('o=- 1712255535 3 IN IP4');
  });
});
