import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { countingRandom } from '../../../test/support/silent.js';
import { newSrtpKey, srtpSuites } from '../srtp-key.js';
import { type LocalMedia, type Negotiation, negotiate } from './negotiate.js';
import { lineCharactersMax, mediaLinesMax, offerBytesMax } from './offer.js';

const local: LocalMedia = {
  host: '198.51.100.7',
  jitterMs: 60,
  security: { suites: srtpSuites, opportunistic: 'plain' },
  newKey: newSrtpKey(countingRandom()),
};
const session = { port: 30_000, sessionId: '1712255535', sessionVersion: 1 };

const text = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;
const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const offerOf = (...media: readonly string[]) => text(...head, ...media);

/** A carrier's session border controller, in the manner of the big platforms. */
const carrier = text(
  'v=0',
  'o=root 1828184434 1828184434 IN IP4 192.0.2.40',
  's=Media Gateway',
  'c=IN IP4 192.0.2.40',
  't=0 0',
  'm=audio 17436 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=silenceSupp:off - - - -',
  'a=maxptime:150',
  'a=ptime:20',
  'a=sendrecv',
);

const freeswitch = text(
  'v=0',
  'o=FreeSWITCH 1712233344 1712233345 IN IP4 192.0.2.50',
  's=FreeSWITCH',
  'c=IN IP4 192.0.2.50',
  't=0 0',
  'm=audio 24680 RTP/AVP 102 9 0 8 103 104',
  'a=rtpmap:102 opus/48000/2',
  'a=fmtp:102 useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:103 telephone-event/48000',
  'a=fmtp:103 0-16',
  'a=rtpmap:104 telephone-event/8000',
  'a=fmtp:104 0-16',
  'a=ptime:20',
);

/** As a call centre's Asterisk offers it, Opus first. */
const asterisk = text(
  'v=0',
  'o=- 2081238542 2081238542 IN IP4 192.0.2.55',
  's=Asterisk',
  'c=IN IP4 192.0.2.55',
  't=0 0',
  'm=audio 14322 RTP/AVP 107 9 0 8 101',
  'a=rtpmap:107 opus/48000/2',
  'a=fmtp:107 maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=20000;useinbandfec=1;usedtx=1;cbr=1',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=maxptime:140',
  'a=sendrecv',
);

/** A browser's audio, taken out of its secure transport by a gateway. */
const chrome = text(
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 192.0.2.80',
  's=-',
  'c=IN IP4 192.0.2.80',
  't=0 0',
  'a=msid-semantic: WMS',
  'm=audio 50112 RTP/AVP 111 63 9 0 8 13 110 126',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=sendrecv',
);

/** A desk telephone that would rather speak G.722. */
const deskPhone = text(
  'v=0',
  'o=- 20012 20012 IN IP4 192.0.2.81',
  's=SDP data',
  'c=IN IP4 192.0.2.81',
  't=0 0',
  'm=audio 11780 RTP/AVP 9 0 8 18 101',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:18 G729/8000',
  'a=fmtp:18 annexb=no',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
);

/** A voice gateway on a narrow link. */
const longPackets = text(
  'v=0',
  'o=- 9 9 IN IP4 192.0.2.82',
  's=-',
  'c=IN IP4 192.0.2.82',
  't=0 0',
  'm=audio 6000 RTP/AVP 8',
  'a=ptime:60',
);

const baresip = text(
  'v=0',
  'o=- 3723456789 1234567890 IN IP4 192.0.2.60',
  's=-',
  'c=IN IP4 192.0.2.60',
  't=0 0',
  'a=tool:baresip 1.0.0',
  'm=audio 10480 RTP/AVP 96 8 97',
  'a=rtpmap:96 L16/16000/1',
  'a=rtpmap:8 PCMA/8000/1',
  'a=rtpmap:97 telephone-event/16000',
  'a=fmtp:97 0-15',
  'a=rtcp:10481',
  'a=sendrecv',
  'a=label:1',
  'a=rtcp-rsize',
  'a=ssrc:2718281828 cname:sip:alice@192.0.2.60',
  'a=ptime:20',
);

/** What `-sdp_file` leaves: a sender that says nothing of directions. */
const ffmpeg = [
  'v=0',
  'o=- 0 0 IN IP4 127.0.0.1',
  's=No Name',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'a=tool:libavformat LIBAVFORMAT_VERSION',
  'm=audio 5004 RTP/AVP 0',
  'b=AS:64',
  '',
].join('\n');

const gstreamer = text(
  'v=0',
  'o=- 1188340656180883 1 IN IP6 2001:db8::20',
  's=Session streamed with GStreamer',
  'i=rtsp-server',
  't=0 0',
  'a=tool:GStreamer',
  'a=type:broadcast',
  'a=range:npt=now-',
  'm=audio 5006 RTP/AVP 97',
  'c=IN IP6 2001:db8::20',
  'a=rtpmap:97 L16/8000',
  'a=ts-refclk:local',
  'a=mediaclk:sender',
  'a=sendonly',
);

const linphone = text(
  'v=0',
  'o=alice 3456 789 IN IP4 192.0.2.70',
  's=Talk',
  'c=IN IP4 192.0.2.70',
  't=3034423619 3042462419',
  'a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics',
  'm=audio 7078 RTP/AVP 96 8 101',
  'a=rtpmap:96 opus/48000/2',
  'a=fmtp:96 useinbandfec=1',
  'a=rtpmap:101 telephone-event/8000',
  'a=rtcp:7090 IN IP4 192.0.2.71',
  'm=video 9078 RTP/AVP 97 98',
  'a=rtpmap:97 VP8/90000',
  'a=rtpmap:98 H264/90000',
  'm=application 9 UDP/BFCP *',
);

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
      telephoneEventPayloadType: 101,
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
      telephoneEventPayloadType: 103,
      alternatives: [],
      opus: { bitrateBps: 30_000, playbackRateHz: 48_000, fec: true, dtx: false, cbr: false },
    });
    expect(accepted(chrome).media).toMatchObject({ codec: 'opus', payloadType: 111, telephoneEventPayloadType: 110 });
  });

  it('sends a narrower Opus to who plays no more', () => {
    expect(accepted(asterisk).media).toMatchObject({
      codec: 'opus',
      rateHz: 16_000,
      telephoneEventPayloadType: null,
      opus: { bitrateBps: 20_000, playbackRateHz: 16_000, fec: true, dtx: true, cbr: true },
    });
  });

  it('takes G.722 at twice its clock, and the others of that clock beside it', () => {
    expect(accepted(deskPhone).media).toMatchObject({
      codec: 'g722',
      rateHz: 16_000,
      payloadType: 9,
      telephoneEventPayloadType: 101,
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
      telephoneEventPayloadType: 97,
      remoteRtcp: { host: '192.0.2.60', port: 10_481 },
    });
  });

  it('takes a static payload type without a mapping, and lines that end in LF', () => {
    expect(accepted(ffmpeg).media).toMatchObject({
      codec: 'pcmu',
      telephoneEventPayloadType: null,
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
      'm=audio 30000 RTP/AVP 96',
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

describe('negotiate, given offers gone wrong', () => {
  const offers = [carrier, freeswitch, asterisk, chrome, deskPhone, longPackets, baresip, ffmpeg, gstreamer, linphone];
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
            offers[which % offers.length] ?? '',
          ),
        );
      }),
      { numRuns: 4000, examples: [[2147483639, numberForType]] },
    );
  });

  it('never throws over lines in any order', () => {
    const lines = offers.flatMap((offer) => offer.split(/\r?\n/));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 30 }), (picked) => {
        check(text('v=0', ...picked.filter((line) => line !== '')));
      }),
      { numRuns: 2000 },
    );
  });
});
