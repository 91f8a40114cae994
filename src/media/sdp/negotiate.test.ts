import { describe, expect, it } from 'vitest';
import {
  asterisk,
  baresip,
  carrier,
  chrome,
  deskPhone,
  ffmpeg,
  freeswitch,
  gstreamer,
  head,
  linphone,
  local,
  offerOf,
  session,
  text,
} from '../../../test/support/sdp-offers.js';
import { type LocalMedia, type Negotiation, negotiate } from './negotiate.js';
import { lineCharactersMax, mediaLinesMax, offerBytesMax } from './offer.js';

function accepted(offer: string, at: LocalMedia = local): Negotiation {
  const result = negotiate(offer, at);
  if (!result.ok) throw new Error(`refused: ${result.error.field} ${result.error.rule}`);
  return result.value;
}

const refusal = (offer: string) => {
  const result = negotiate(offer, local);
  return result.ok ? null : result.error;
};
const answerLines = (offer: string, at: LocalMedia = local) => accepted(offer, at).answer(session).split('\r\n');

describe('negotiate', () => {
  it('takes the first codec a carrier offers, and its digits', () => {
    expect(accepted(carrier).media).toEqual({
      transport: 'rtp',
      codec: 'pcmu',
      rateHz: 8000,
      channels: 1,
      payloadType: 0,
      alternatives: [{ codec: 'pcma', payloadType: 8 }],
      opus: null,
      ptimeMs: 20,
      telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
      companions: { redundancyPayloadType: null, comfortNoisePayloadType: null },
      headerExtensions: { clientLevelId: null, mixerLevelsId: null },
      remoteRtp: { host: '192.0.2.40', port: 17_436 },
      remoteRtcp: { host: '192.0.2.40', port: 17_437 },
      rtcpMux: false,
      direction: 'sendrecv',
      parked: false,
      security: { kind: 'plain' },
      jitterMs: 60,
    });
  });

  it('takes Opus, the digits of the same clock, and what is said of how to send', () => {
    expect(accepted(freeswitch).media).toMatchObject({
      codec: 'opus',
      rateHz: 48_000,
      channels: 1,
      payloadType: 102,
      telephoneEvents: { payloadType: 103, clockRateHz: 48_000 },
      alternatives: [],
      opus: { bitrateBps: 30_000, playbackRateHz: 48_000, fec: true, dtx: false, cbr: false },
    });
    expect(accepted(chrome).media).toMatchObject({
      codec: 'opus',
      payloadType: 111,
      telephoneEvents: { payloadType: 110, clockRateHz: 48_000 },
    });
  });

  it('takes digits of 8000 Hz beside Opus where there are no others, and beside no clock they do not divide', () => {
    const beside = (...attributes: string[]) => {
      const offer = offerOf('m=audio 4000 RTP/AVP 96 101 102', 'a=rtpmap:101 telephone-event/8000', ...attributes);
      return { events: accepted(offer).media.telephoneEvents, lines: answerLines(offer) };
    };
    const opus = beside('a=rtpmap:96 opus/48000/2');
    expect(opus.events).toEqual({ payloadType: 101, clockRateHz: 8000 });
    expect(opus.lines).toContain('a=rtpmap:101 telephone-event/8000');
    expect(opus.lines).toContain('a=fmtp:101 0-15');
    const both = beside('a=rtpmap:96 opus/48000/2', 'a=rtpmap:102 telephone-event/48000');
    expect(both.events).toEqual({ payloadType: 102, clockRateHz: 48_000 });
    expect(beside('a=rtpmap:96 L16/44100').events).toBeNull();
  });

  it('sends a narrower Opus to who plays no more', () => {
    expect(accepted(asterisk).media).toMatchObject({
      codec: 'opus',
      rateHz: 16_000,
      telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
      opus: { bitrateBps: 20_000, playbackRateHz: 16_000, fec: true, dtx: true, cbr: true },
    });
  });

  it('takes G.722 at twice its clock, and the others of that clock beside it', () => {
    expect(accepted(deskPhone).media).toMatchObject({
      codec: 'g722',
      rateHz: 16_000,
      payloadType: 9,
      telephoneEvents: { payloadType: 101, clockRateHz: 8000 },
      alternatives: [
        { codec: 'pcmu', payloadType: 0 },
        { codec: 'pcma', payloadType: 8 },
      ],
    });
  });

  it('passes over codecs it does not have', () => {
    expect(accepted(linphone).media).toMatchObject({ codec: 'opus', payloadType: 96 });
    expect(accepted(linphone.replace('opus/48000/2', 'speex/16000')).media).toMatchObject({ codec: 'pcma' });
  });

  it.each([
    ['a=rtpmap:96 L16/48000', 48_000, 1],
    ['a=rtpmap:96 L16/48000/2', 48_000, 2],
    ['a=rtpmap:96 L16/44100/1', 44_100, 1],
    ['a=rtpmap:96 L16/24000', 24_000, 1],
  ])('takes %s', (mapping, rateHz, channels) => {
    const { media } = accepted(offerOf('m=audio 4000 RTP/AVP 96', mapping));
    expect(media).toMatchObject({ codec: 'l16', rateHz, channels, payloadType: 96, ptimeMs: 20 });
  });

  it('takes the payload types of CD audio and of G.722 without a mapping', () => {
    const chosen = (type: number) => accepted(offerOf(`m=audio 4000 RTP/AVP ${type}`)).media;
    expect(chosen(10)).toMatchObject({ codec: 'l16', rateHz: 44_100, channels: 2 });
    expect(chosen(11)).toMatchObject({ codec: 'l16', rateHz: 44_100, channels: 1 });
    expect(chosen(9)).toMatchObject({ codec: 'g722', rateHz: 16_000, channels: 1 });
  });

  it.each([
    ['0', ['a=ptime:60'], 60],
    ['0', ['a=ptime:40', 'a=maxptime:60'], 40],
    ['0', ['a=ptime:10'], 10],
    ['0', ['a=ptime:30'], 20],
    ['0', ['a=ptime:60', 'a=maxptime:40'], 20],
    ['0', ['a=maxptime:10'], 10],
    ['0', ['a=ptime:0'], 20],
    ['9', ['a=ptime:60'], 60],
    ['96', ['a=rtpmap:96 L16/16000', 'a=ptime:40'], 40],
    ['96', ['a=rtpmap:96 L16/16000', 'a=ptime:60'], 20],
    ['96', ['a=rtpmap:96 L16/48000', 'a=ptime:40'], 20],
    ['96', ['a=rtpmap:96 opus/48000/2', 'a=ptime:40'], 20],
  ])('sends %s with %j in packets of %d ms', (format, attributes, ptimeMs) => {
    const offer = offerOf(`m=audio 4000 RTP/AVP ${format}`, ...attributes);
    expect(accepted(offer).media.ptimeMs).toBe(ptimeMs);
    expect(answerLines(offer)).toContain(`a=ptime:${ptimeMs}`);
  });

  it('takes linear audio under a dynamic payload type', () => {
    expect(accepted(baresip).media).toMatchObject({
      codec: 'l16',
      rateHz: 16_000,
      payloadType: 96,
      telephoneEvents: { payloadType: 97, clockRateHz: 16_000 },
      remoteRtcp: { host: '192.0.2.60', port: 10_481 },
    });
  });

  it('takes a static payload type without a mapping, and lines that end in LF', () => {
    expect(accepted(ffmpeg).media).toMatchObject({
      codec: 'pcmu',
      telephoneEvents: null,
      remoteRtp: { host: '127.0.0.1', port: 5004 },
    });
  });

  it('takes an IPv6 address given with the media', () => {
    const { media } = accepted(gstreamer, { ...local, host: '2001:db8::7' });
    expect(media).toMatchObject({ codec: 'l16', rateHz: 8000, remoteRtp: { host: '2001:db8::20', port: 5006 } });
    expect(media.direction).toBe('recvonly');
  });

  it('takes another address for RTCP', () => {
    expect(accepted(linphone).media).toMatchObject({
      codec: 'opus',
      remoteRtp: { host: '192.0.2.70', port: 7078 },
      remoteRtcp: { host: '192.0.2.71', port: 7090 },
      rtcpMux: false,
    });
  });

  it('sends RTCP to the RTP port when both share it', () => {
    const { media } = accepted(offerOf('m=audio 4000 RTP/AVP 8', 'a=rtcp:4009', 'a=rtcp-mux'));
    expect(media).toMatchObject({ rtcpMux: true, remoteRtcp: { host: '192.0.2.9', port: 4000 } });
  });

  it('does not take a payload type that RTCP packets look like on a shared port', () => {
    const lines = ['m=audio 4000 RTP/AVP 72 8', 'a=rtpmap:72 L16/16000'];
    expect(accepted(offerOf(...lines)).media).toMatchObject({ payloadType: 72 });
    expect(accepted(offerOf(...lines, 'a=rtcp-mux')).media).toMatchObject({ payloadType: 8 });
  });

  it('learns an address that the offer does not know', () => {
    const unknown = accepted(offerOf('m=audio 4000 RTP/AVP 8', 'c=IN IP4 0.0.0.0', 'a=rtcp:4001'));
    expect(unknown.media).toMatchObject({ remoteRtp: null, remoteRtcp: null });
  });

  it('takes the address of the media before that of the session', () => {
    const { media } = accepted(offerOf('m=audio 4000 RTP/AVP 8', 'c=IN IP4 192.0.2.10'));
    expect(media.remoteRtp).toEqual({ host: '192.0.2.10', port: 4000 });
  });

  it.each([
    [[], 'sendrecv'],
    [['a=sendonly'], 'recvonly'],
    [['a=recvonly'], 'sendonly'],
    [['a=inactive'], 'inactive'],
  ])('mirrors %j as %s', (attributes, direction) => {
    expect(accepted(offerOf('m=audio 4000 RTP/AVP 0', ...attributes)).media.direction).toBe(direction);
    expect(answerLines(offerOf('m=audio 4000 RTP/AVP 0', ...attributes))).toContain(`a=${direction}`);
  });

  it('mirrors a direction given for the session unless the media has its own', () => {
    const lines = [...head, 'a=sendonly', 'm=audio 4000 RTP/AVP 0'];
    expect(accepted(text(...lines)).media.direction).toBe('recvonly');
    expect(accepted(text(...lines, 'a=sendrecv')).media.direction).toBe('sendrecv');
  });

  it.each([
    ['no version', text('o=- 1 1 IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 0'), 'v='],
    ['another version', offerOf('m=audio 4000 RTP/AVP 0').replace('v=0', 'v=1'), 'v='],
    ['nothing', '', 'line 1'],
    ['a blank line in the middle', offerOf('', 'm=audio 4000 RTP/AVP 0'), 'line 6'],
    ['a control character', offerOf('m=audio 4000 RTP/AVP 0', 'a=x\u0000y'), 'line 7'],
    ['a carriage return inside a line', offerOf('m=audio 4000 RTP/AVP 0', 'a=x\ry'), 'line 7'],
    ['a line too long', offerOf('m=audio 4000 RTP/AVP 0', `a=${'x'.repeat(lineCharactersMax)}`), 'line 7'],
    ['too much', offerOf('m=audio 4000 RTP/AVP 0', ...new Array(64).fill(`a=${'é'.repeat(600)}`)), 'sdp'],
    ['no media', text(...head), 'm='],
    ['too many media', offerOf(...new Array(mediaLinesMax + 1).fill('m=audio 4000 RTP/AVP 0')), 'm='],
    ['a port beyond the last', offerOf('m=audio 65536 RTP/AVP 0'), 'm='],
    ['no formats', offerOf('m=audio 4000 RTP/AVP'), 'm='],
    ['a format that is no token', offerOf('m=audio 4000 RTP/AVP 0', 'm=text 5000 RTP/AVP <x>'), 'm='],
    ['video only', offerOf('m=video 4000 RTP/AVP 96'), 'm=audio'],
    ['audio switched off', offerOf('m=audio 0 RTP/AVP 0'), 'm=audio'],
    ['another protocol', offerOf('m=audio 4000 udptl 0'), 'm=audio'],
    ['no codec in common', offerOf('m=audio 4000 RTP/AVP 3 18'), 'm=audio'],
    ['three channels', offerOf('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 L16/16000/3'), 'm=audio'],
    ['a rate it does not have', offerOf('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 L16/32000'), 'm=audio'],
    ['Opus with one channel', offerOf('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000'), 'm=audio'],
    ['a mapping that says otherwise', offerOf('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 G729/8000'), 'm=audio'],
    ['no address', text('v=0', 'm=audio 4000 RTP/AVP 0'), 'c='],
    ['a name for an address', offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 phone.example.com'), 'c='],
    ['an address of the other family', offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 2001:db8::1'), 'c='],
    ['a family Parley does not have', offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1'), 'c='],
    ['multicast', offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127'), 'c='],
    ['broadcast', offerOf('m=audio 4000 RTP/AVP 0', 'c=IN IP4 255.255.255.255'), 'c='],
    ['no port for RTCP', offerOf('m=audio 4000 RTP/AVP 0', 'a=rtcp:0'), 'a=rtcp'],
    ['a name for RTCP', offerOf('m=audio 4000 RTP/AVP 0', 'a=rtcp:4001 IN IP4 x.example'), 'a=rtcp'],
  ])('refuses %s', (_what, offer, field) => {
    expect(refusal(offer)?.field).toBe(field);
  });

  it('takes an offer as long as it may be', () => {
    const base = offerOf('m=audio 4000 RTP/AVP 0');
    const filler = `a=${'x'.repeat(1020)}\r\n`;
    const count = Math.floor((offerBytesMax - base.length) / filler.length);
    const long = base + filler.repeat(count);
    const rest = offerBytesMax - long.length;
    expect(refusal(`${long}a=${'x'.repeat(rest - 2)}`)).toBeNull();
    expect(refusal(`${long}a=${'x'.repeat(rest - 1)}`)?.field).toBe('sdp');
  });
});

describe('Negotiation.answer', () => {
  it('says everything and nothing more', () => {
    expect(accepted(carrier).answer(session)).toBe(
      text(
        'v=0',
        'o=- 1712255535 1 IN IP4 198.51.100.7',
        's=-',
        'c=IN IP4 198.51.100.7',
        't=0 0',
        'm=audio 30000 RTP/AVP 0 8 101',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-15',
        'a=rtcp:30001',
        'a=ptime:20',
        'a=sendrecv',
      ),
    );
  });

  it('says how Opus is best sent here, and both channels of its mapping', () => {
    const lines = answerLines(freeswitch);
    expect(lines).toEqual(expect.arrayContaining(['m=audio 30000 RTP/AVP 102 103', 'a=rtpmap:102 opus/48000/2']));
    expect(lines).toContain('a=fmtp:102 minptime=10;useinbandfec=1');
    expect(lines).toContain('a=rtpmap:103 telephone-event/48000');
  });

  it('says the clock of G.722, and what else may come', () => {
    const lines = answerLines(deskPhone);
    expect(lines).toEqual(
      expect.arrayContaining(['m=audio 30000 RTP/AVP 9 0 8 101', 'a=rtpmap:9 G722/8000', 'a=rtpmap:0 PCMU/8000']),
    );
  });

  it('names two channels where there are two', () => {
    expect(answerLines(offerOf('m=audio 4000 RTP/AVP 10'))).toContain('a=rtpmap:10 L16/44100/2');
  });

  it('repeats the other lines, switched off, and the times of the offer', () => {
    const lines = answerLines(linphone);
    expect(lines).toContain('t=3034423619 3042462419');
    expect(lines.filter((line) => line.startsWith('m='))).toEqual([
      'm=audio 30000 RTP/AVP 96 101',
      'm=video 0 RTP/AVP 97 98',
      'm=application 0 UDP/BFCP *',
    ]);
  });

  it('takes up the first of two audio lines that it can', () => {
    const lines = answerLines(offerOf('m=audio 0 RTP/AVP 0', 'm=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'));
    expect(lines.filter((line) => line.startsWith('m='))).toEqual([
      'm=audio 0 RTP/AVP 0',
      'm=audio 30000 RTP/AVP 0',
      'm=audio 0 RTP/AVP 0',
    ]);
  });

  it('shares the port with RTCP when the offer does', () => {
    const lines = answerLines(offerOf('m=audio 4000 RTP/AVP 0', 'a=rtcp-mux'));
    expect(lines).toEqual(expect.arrayContaining(['a=rtcp:30000', 'a=rtcp-mux']));
  });

  it('names an IPv6 address as one', () => {
    const lines = answerLines(gstreamer, { ...local, host: '2001:db8::7' });
    expect(lines).toEqual(expect.arrayContaining(['c=IN IP6 2001:db8::7', 'a=rtpmap:97 L16/8000']));
  });
});
