/** FFmpeg and GStreamer as SRTP peers, neither written here: what one sends through a room the other opens intact. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import { readRtp } from '../../src/cli/caller/rtp-packet.js';
import { readWav, writeWav } from '../../src/cli/caller/wav.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { Platform } from '../support/platform.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const seconds = 3;
/** Two passes of µ-law leave 34 dB; one frame lost in these seconds would cost most of it. */
const snrDbMin = 30;
/** Silence before the file is heard: two peers that start when they like, and a jitter buffer. */
const lagSamplesMax = 5 * rateHz;

type Suite = { readonly name: string; readonly keyBytes: number; readonly cipher: string; readonly auth: string };
const suites = {
  cm80: { name: 'AES_CM_128_HMAC_SHA1_80', keyBytes: 30, cipher: 'aes-128-icm', auth: 'hmac-sha1-80' },
  cm32: { name: 'AES_CM_128_HMAC_SHA1_32', keyBytes: 30, cipher: 'aes-128-icm', auth: 'hmac-sha1-32' },
  gcm: { name: 'AEAD_AES_128_GCM', keyBytes: 28, cipher: 'aes-128-gcm', auth: 'null' },
} as const satisfies Readonly<Record<string, Suite>>;

let platform: Platform;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-srtp-'));
  writeWav(join(folder, 'sent.wav'), { rateHz, samples: speechLike() });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await platform.end();
  rmSync(folder, { recursive: true });
});

/** Noise in syllables: like nothing but itself at any other moment. */
function speechLike(): Int16Array {
  let state = 1147;
  let smooth = 0;
  return Int16Array.from({ length: seconds * rateHz }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    smooth += 0.4 * (state / 2 ** 31 - 1 - smooth);
    return 14_000 * smooth * Math.abs(Math.sin((2 * Math.PI * 1.7 * index) / rateHz));
  });
}

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(child);
  return child;
}

/** One side of a leg, as both its ends know it. */
type Way = { readonly port: number; readonly suite: Suite; readonly key: Buffer; readonly ssrc: number };
type Leg = { readonly callSid: string; readonly ours: Way; readonly parleys: Way };

/**
 * Dials a leg for a program that will have a free port, and listens there for the first packet: GStreamer must be told
 * its SSRC beforehand.
 */
async function dial(room: string, suite: Suite, keyByte: number): Promise<Leg> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const key = Buffer.alloc(suite.keyBytes, keyByte);
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/SAVP 0`];
  const sdpOffer = [...lines, `a=crypto:3 ${suite.name} inline:${key.toString('base64')}|2^31`, ''].join('\r\n');
  const first = once(socket, 'message');
  const { callSid, media } = await platform.dial(room, { case: 'rtp', value: { sdpOffer } });
  const answer = media.case === 'rtp' ? media.value.sdpAnswer : '';
  const [, theirPort] = /^m=audio (\d+) RTP\/SAVP 0/m.exec(answer) ?? [];
  const [, theirKey = ''] = new RegExp(`^a=crypto:3 ${suite.name} inline:(\\S+)`, 'm').exec(answer) ?? [];
  const [datagram] = await first;
  const ssrc = readRtp(datagram)?.ssrc ?? 0;
  socket.close();
  await once(socket, 'close');
  return {
    callSid,
    ours: { port, suite, key, ssrc: 0 },
    parleys: { port: Number(theirPort), suite, key: Buffer.from(theirKey, 'base64'), ssrc },
  };
}

const gstCipher = ({ cipher, auth }: Suite): readonly string[] => [
  ...[`rtp-cipher=${cipher}`, `rtp-auth=${auth}`, `rtcp-cipher=${cipher}`],
  `rtcp-auth=${auth === 'null' ? auth : 'hmac-sha1-80'}`,
];

type Peer = {
  readonly send: (file: string, leg: Leg) => ChildProcess;
  readonly receive: (file: string, leg: Leg) => ChildProcess;
};

const peers: Readonly<Record<'ffmpeg' | 'gstreamer', Peer>> = {
  ffmpeg: {
    send: (file, { ours, parleys }) =>
      run('ffmpeg', [
        ...['-i', file, '-af', 'asetnsamples=160:p=0,arealtime', '-c:a', 'pcm_mulaw', '-f', 'rtp'],
        ...['-srtp_out_suite', ours.suite.name, '-srtp_out_params', ours.key.toString('base64')],
        // 14 bytes of each are kept free for tag and identifier.
        `srtp://127.0.0.1:${parleys.port}?localrtpport=${ours.port}&pkt_size=186`,
      ]),
    receive: (file, { ours, parleys }) => {
      const sdp = `${file}.sdp`;
      const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
      const crypto = `a=crypto:1 ${parleys.suite.name} inline:${parleys.key.toString('base64')}`;
      writeFileSync(sdp, [...lines, `m=audio ${ours.port} RTP/SAVP 0`, crypto, ''].join('\n'));
      const input = ['-protocol_whitelist', 'file,udp,rtp,srtp', '-i', sdp];
      return run('ffmpeg', [...input, '-flush_packets', '1', '-c:a', 'pcm_s16le', file]);
    },
  },
  gstreamer: {
    send: (file, { ours, parleys }) =>
      run('gst-launch-1.0', [
        ...['filesrc', `location=${file}`, '!', 'wavparse', '!', 'audioconvert', '!', 'mulawenc', '!', 'rtppcmupay'],
        ...['min-ptime=20000000', 'max-ptime=20000000', '!'],
        ...['srtpenc', `key=${ours.key.toString('hex')}`, ...gstCipher(ours.suite), '!'],
        ...['udpsink', 'host=127.0.0.1', `port=${parleys.port}`, 'bind-address=127.0.0.1', `bind-port=${ours.port}`],
      ]),
    receive: (file, { ours, parleys: { suite, key, ssrc } }) =>
      run('gst-launch-1.0', [
        ...['-e', 'udpsrc', 'address=127.0.0.1', `port=${ours.port}`],
        [
          'caps=application/x-srtp,media=(string)audio,clock-rate=(int)8000,encoding-name=(string)PCMU,payload=(int)0',
          `ssrc=(uint)${ssrc}`,
          `srtp-key=(buffer)${key.toString('hex')}`,
          `srtp-cipher=(string)${suite.cipher},srtp-auth=(string)${suite.auth}`,
          `srtcp-cipher=(string)${suite.cipher},srtcp-auth=(string)${suite.auth === 'null' ? 'null' : 'hmac-sha1-80'}`,
        ].join(','),
        ...['!', 'srtpdec', '!', 'rtppcmudepay', '!', 'mulawdec', '!', 'wavenc', '!'],
        ...['filesink', 'buffer-mode=unbuffered', `location=${file}`],
      ]),
  },
};
type PeerName = keyof typeof peers;

const sizeOf = (file: string): number => (existsSync(file) ? readFileSync(file).length : 0);

describe('foreign SRTP peers', () => {
  it.each([
    ['ffmpeg', 'gstreamer', 'cm80'],
    ['gstreamer', 'ffmpeg', 'cm80'],
    ['gstreamer', 'gstreamer', 'gcm'],
    // FFmpeg gives RTCP of this suite the short tag, too, which RFC 4568 §6.2 does not.
    ['gstreamer', 'gstreamer', 'cm32'],
  ] satisfies readonly (readonly [PeerName, PeerName, keyof typeof suites])[])(
    '%s sends a file that %s receives intact, by %s',
    async (from, to, suiteName) => {
      const room = `${from} to ${to} by ${suiteName}`;
      const heardFile = join(folder, `${from}-${to}-${suiteName}.wav`);
      const receiving = await dial(room, suites[suiteName], 0x11);
      const receiver = peers[to].receive(heardFile, receiving);
      const sending = await dial(room, suites[suiteName], 0x22);
      // The receiver writes once the first packets have told it what comes.
      await until(() => sizeOf(heardFile) > rateHz / 2);
      const sender = peers[from].send(join(folder, 'sent.wav'), sending);
      await once(sender, 'close');
      const sentBytes = sizeOf(heardFile);
      await until(() => sizeOf(heardFile) > sentBytes + rateHz);
      const closed = once(receiver, 'close');
      receiver.kill('SIGINT');
      await closed;

      const said = readWav(join(folder, 'sent.wav')).samples;
      const heard = readWav(heardFile).samples;
      // From where the file may begin: the receiver has listened to silence for as long as it took to start.
      const begin = Math.max(0, heard.findIndex((sample) => Math.abs(sample) > 2000) - rateHz);
      const lag = findLag(said, heard.subarray(begin, begin + said.length + lagSamplesMax), 2 * rateHz);
      expect(copySnrDb(said, heard.subarray(begin + lag, begin + lag + said.length))).toBeGreaterThan(snrDbMin);
      const { callSid } = sending;
      const { srtpAuthFailed, packetsReceived } = await platform.client.call(AdminService.method.getLegStatistics, {
        callSid,
      });
      expect(srtpAuthFailed).toBe(0n);
      expect(Number(packetsReceived)).toBeGreaterThan(100);
    },
  );
});
