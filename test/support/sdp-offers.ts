/** Offers as real systems write them, and what they are answered with. */
import type { LocalMedia } from '../../src/media/sdp/negotiate.js';
import { newSrtpKey, srtpSuites } from '../../src/media/srtp-key.js';
import { countingRandom } from './silent.js';

export const local: LocalMedia = {
  host: '198.51.100.7',
  jitterMs: 60,
  security: { suites: srtpSuites, opportunistic: 'plain' },
  newKey: newSrtpKey(countingRandom()),
};
export const session = { port: 30_000, sessionId: '1712255535', sessionVersion: 1 };

export const text = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;
export const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
export const offerOf = (...media: readonly string[]) => text(...head, ...media);

/** A carrier's session border controller, in the manner of the big platforms. */
export const carrier = text(
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

export const freeswitch = text(
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
export const asterisk = text(
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
export const chrome = text(
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
export const deskPhone = text(
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
export const longPackets = text(
  'v=0',
  'o=- 9 9 IN IP4 192.0.2.82',
  's=-',
  'c=IN IP4 192.0.2.82',
  't=0 0',
  'm=audio 6000 RTP/AVP 8',
  'a=ptime:60',
);

export const baresip = text(
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
export const ffmpeg = [
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

export const gstreamer = text(
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

export const linphone = text(
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

export const realOffers = [
  carrier,
  freeswitch,
  asterisk,
  chrome,
  deskPhone,
  longPackets,
  baresip,
  ffmpeg,
  gstreamer,
  linphone,
];
