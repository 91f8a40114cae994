/**
 * FFmpeg and GStreamer as telephones without signalling: one sends a file over RTP or SRTP, one writes down what it
 * hears.
 */
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readRtp } from '../../src/cli/caller/rtp-packet.js';
import { closed, type ForeignPrograms, portPair } from './foreign-program.js';
import type { Platform } from './platform.js';
import { until } from './waiting.js';

type Coding = {
  readonly payloadType: number;
  /** As `a=rtpmap` has it. */
  readonly mapping: string;
  /** Of the files that are said and heard in it. */
  readonly rateHz: number;
  /** Encoder of FFmpeg, and whether it must be told how long a packet is. */
  readonly ffmpeg: { readonly encoder: readonly string[]; readonly cutsPackets: boolean };
};
type GstreamerCoding = {
  readonly caps: string;
  /** Elements from samples to packets and back. */
  readonly pay: readonly string[];
  readonly depay: readonly string[];
};

export const codings = {
  pcmu: {
    payloadType: 0,
    mapping: 'PCMU/8000',
    rateHz: 8000,
    ffmpeg: { encoder: ['pcm_mulaw'], cutsPackets: true },
  },
  pcma: {
    payloadType: 8,
    mapping: 'PCMA/8000',
    rateHz: 8000,
    ffmpeg: { encoder: ['pcm_alaw'], cutsPackets: true },
  },
  g722: { payloadType: 9, mapping: 'G722/8000', rateHz: 16_000, ffmpeg: { encoder: ['g722'], cutsPackets: true } },
  opus: {
    payloadType: 96,
    mapping: 'opus/48000/2',
    rateHz: 16_000,
    ffmpeg: { encoder: ['libopus', '-b:a', '96k', '-application', 'lowdelay'], cutsPackets: false },
  },
} as const satisfies Readonly<Record<string, Coding>>;
export type CodingName = keyof typeof codings;

const twentyMs = ['min-ptime=20000000', 'max-ptime=20000000'];
const gstreamerCodings = {
  pcmu: {
    caps: 'clock-rate=(int)8000,encoding-name=(string)PCMU,payload=(int)0',
    pay: ['mulawenc', '!', 'rtppcmupay', ...twentyMs],
    depay: ['rtppcmudepay', '!', 'mulawdec'],
  },
  pcma: {
    caps: 'clock-rate=(int)8000,encoding-name=(string)PCMA,payload=(int)8',
    pay: ['alawenc', '!', 'rtppcmapay', ...twentyMs],
    depay: ['rtppcmadepay', '!', 'alawdec'],
  },
  opus: {
    caps: 'clock-rate=(int)48000,encoding-name=(string)OPUS,payload=(int)96',
    pay: ['audioresample', '!', 'opusenc', 'frame-size=20', 'bitrate=96000', '!', 'rtpopuspay', 'pt=96'],
    depay: [
      ...['rtpopusdepay', '!', 'opusdec', '!', 'audioconvert', '!', 'audioresample', '!'],
      `audio/x-raw,format=S16LE,rate=${codings.opus.rateHz},channels=1`,
    ],
  },
} as const satisfies Readonly<Partial<Record<CodingName, GstreamerCoding>>>;

export type Suite = {
  readonly name: string;
  readonly keyBytes: number;
  readonly cipher: string;
  readonly auth: string;
};
export const suites = {
  cm80: { name: 'AES_CM_128_HMAC_SHA1_80', keyBytes: 30, cipher: 'aes-128-icm', auth: 'hmac-sha1-80' },
  cm32: { name: 'AES_CM_128_HMAC_SHA1_32', keyBytes: 30, cipher: 'aes-128-icm', auth: 'hmac-sha1-32' },
  gcm: { name: 'AEAD_AES_128_GCM', keyBytes: 28, cipher: 'aes-128-gcm', auth: 'null' },
} as const satisfies Readonly<Record<string, Suite>>;

type Secret = { readonly suite: Suite; readonly key: Buffer };

const sessionOf = (port: number, { payloadType, mapping }: Coding, secret: Secret | null): string => {
  const profile = secret === null ? 'RTP/AVP' : 'RTP/SAVP';
  return [
    ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${port} ${profile} ${payloadType}`, `a=rtpmap:${payloadType} ${mapping}`],
    ...(secret === null ? [] : [`a=crypto:3 ${secret.suite.name} inline:${secret.key.toString('base64')}`]),
    '',
  ].join('\r\n');
};

/** A program, and how it is coded: GStreamer has no G.722 of its own. */
export type Speaker =
  | { readonly program: 'ffmpeg'; readonly coding: CodingName }
  | { readonly program: 'gstreamer'; readonly coding: keyof typeof gstreamerCodings };

/** One end of a call: a program's, when it is started. */
export type Leg = {
  readonly callSid: string;
  readonly speaker: Speaker;
  /** Of the program, and where Parley wants its audio; both on the loopback interface. */
  readonly port: number;
  readonly parleyPort: number;
  readonly secrets: { readonly ours: Secret; readonly parleys: Secret } | null;
  /** Of Parley's packets. */
  readonly ssrc: number;
};

/**
 * Dials a leg for a program that will have a free port, and listens there for the first packet: GStreamer must be told
 * the SSRC of what is secured beforehand.
 */
export async function dialLeg(
  platform: Platform,
  room: string,
  speaker: Speaker,
  suite: Suite | null = null,
): Promise<Leg> {
  const [socket, next] = await portPair();
  const { port } = socket.address();
  const ours = suite && { suite, key: Buffer.alloc(suite.keyBytes, port) };
  const coding: Coding = codings[speaker.coding];
  const first = once(socket, 'message');
  const { callSid, media } = await platform.dial(room, {
    case: 'rtp',
    value: { sdpOffer: sessionOf(port, coding, ours).replace(/inline:\S+/, '$&|2^31') },
  });
  const answer = media.case === 'rtp' ? media.value.sdpAnswer : '';
  const [, parleyPort, profile, payloadType] = /^m=audio (\d+) (\S+) (\d+)/m.exec(answer) ?? [];
  const [, key] = new RegExp(`^a=crypto:3 ${suite?.name} inline:(\\S+)`, 'm').exec(answer) ?? [];
  const isAsOffered =
    profile === (suite === null ? 'RTP/AVP' : 'RTP/SAVP') &&
    Number(payloadType) === coding.payloadType &&
    answer.includes(`a=rtpmap:${payloadType} ${coding.mapping}`) &&
    (key === undefined) === (suite === null);
  if (!isAsOffered) throw new Error(`not what was offered: ${answer}`);
  const [datagram] = await first;
  await Promise.all([closed(socket), closed(next)]);
  return {
    callSid,
    speaker,
    port,
    parleyPort: Number(parleyPort),
    secrets: ours && { ours, parleys: { suite: ours.suite, key: Buffer.from(key ?? '', 'base64') } },
    ssrc: readRtp(datagram)?.ssrc ?? 0,
  };
}

/** The payloads of a WAV file of `frames` times 20 ms, as FFmpeg encodes it, each of 20 ms. */
export async function encodedBy(
  programs: ForeignPrograms,
  file: string,
  { name, frames }: { readonly name: CodingName; readonly frames: number },
): Promise<readonly Uint8Array[]> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }).bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const payloads: Uint8Array[] = [];
  socket.on('message', (datagram) => payloads.push(readRtp(datagram)?.payload ?? new Uint8Array()));
  const { ffmpeg, rateHz } = codings[name];
  programs.start('ffmpeg', [
    ...['-i', file, '-af', `asetnsamples=${rateHz / 50}:p=0`, '-c:a', ...ffmpeg.encoder, '-f', 'rtp'],
    `rtp://127.0.0.1:${socket.address().port}${ffmpeg.cutsPackets ? '?pkt_size=172' : ''}`,
  ]);
  await until(() => payloads.length >= frames);
  await closed(socket);
  return payloads.slice(0, frames);
}

function ffmpegSends(programs: ForeignPrograms, file: string, { speaker, port, parleyPort, secrets }: Leg) {
  const { payloadType, rateHz, ffmpeg } = codings[speaker.coding];
  const crypto = secrets && [
    ...['-srtp_out_suite', secrets.ours.suite.name],
    ...['-srtp_out_params', secrets.ours.key.toString('base64')],
  ];
  // 14 bytes of each secured packet are kept free for tag and identifier.
  const packetBytes = 172 + (secrets === null ? 0 : 14);
  return programs.start('ffmpeg', [
    ...['-i', file, '-af', `asetnsamples=${rateHz / 50}:p=0,arealtime`, '-c:a', ...ffmpeg.encoder],
    ...['-payload_type', String(payloadType), '-f', 'rtp', ...(crypto ?? [])],
    `${secrets === null ? 'rtp' : 'srtp'}://127.0.0.1:${parleyPort}?localrtpport=${port}${
      ffmpeg.cutsPackets ? `&pkt_size=${packetBytes}` : ''
    }`,
  ]);
}

function ffmpegReceives(programs: ForeignPrograms, file: string, { speaker, port, secrets }: Leg) {
  const coding = codings[speaker.coding];
  writeFileSync(`${file}.sdp`, sessionOf(port, coding, secrets?.parleys ?? null));
  const input = ['-protocol_whitelist', 'file,udp,rtp,srtp', '-i', `${file}.sdp`];
  const output = ['-ar', String(coding.rateHz), '-ac', '1', '-c:a', 'pcm_s16le', file];
  return programs.start('ffmpeg', [...input, '-flush_packets', '1', ...output]);
}

/** The tag of RTCP is the long one whatever that of RTP is (RFC 4568 §6.2). */
const rtcpAuth = ({ auth }: Suite): string => (auth === 'null' ? auth : 'hmac-sha1-80');

function gstreamerSends(programs: ForeignPrograms, file: string, leg: Leg, { pay }: GstreamerCoding) {
  const ours = leg.secrets?.ours;
  const secured = ours && [
    ...['!', 'srtpenc', `key=${ours.key.toString('hex')}`],
    ...[`rtp-cipher=${ours.suite.cipher}`, `rtp-auth=${ours.suite.auth}`],
    ...[`rtcp-cipher=${ours.suite.cipher}`, `rtcp-auth=${rtcpAuth(ours.suite)}`],
  ];
  return programs.start('gst-launch-1.0', [
    ...['filesrc', `location=${file}`, '!', 'wavparse', '!', 'audioconvert', '!', ...pay, ...(secured ?? []), '!'],
    ...['udpsink', 'host=127.0.0.1', `port=${leg.parleyPort}`, 'bind-address=127.0.0.1', `bind-port=${leg.port}`],
  ]);
}

function gstreamerReceives(programs: ForeignPrograms, file: string, leg: Leg, { caps, depay }: GstreamerCoding) {
  const parleys = leg.secrets?.parleys;
  const secured = parleys && [
    `ssrc=(uint)${leg.ssrc}`,
    `srtp-key=(buffer)${parleys.key.toString('hex')}`,
    `srtp-cipher=(string)${parleys.suite.cipher},srtp-auth=(string)${parleys.suite.auth}`,
    `srtcp-cipher=(string)${parleys.suite.cipher},srtcp-auth=(string)${rtcpAuth(parleys.suite)}`,
  ];
  return programs.start('gst-launch-1.0', [
    ...['-e', 'udpsrc', 'address=127.0.0.1', `port=${leg.port}`],
    [`caps=application/${secured ? 'x-srtp' : 'x-rtp'},media=(string)audio,${caps}`, ...(secured ?? [])].join(','),
    ...[...(secured ? ['!', 'srtpdec'] : []), '!', ...depay, '!', 'wavenc', '!'],
    ...['filesink', 'buffer-mode=unbuffered', `location=${file}`],
  ]);
}

/** Sends a WAV file at its own pace from the leg's port; ends with the file. */
export function send(programs: ForeignPrograms, file: string, leg: Leg): ChildProcess {
  const { speaker } = leg;
  return speaker.program === 'ffmpeg'
    ? ffmpegSends(programs, file, leg)
    : gstreamerSends(programs, file, leg, gstreamerCodings[speaker.coding]);
}

/** Writes what comes to the leg's port into a WAV file, until it is interrupted. */
export function receive(programs: ForeignPrograms, file: string, leg: Leg): ChildProcess {
  const { speaker } = leg;
  return speaker.program === 'ffmpeg'
    ? ffmpegReceives(programs, file, leg)
    : gstreamerReceives(programs, file, leg, gstreamerCodings[speaker.coding]);
}
