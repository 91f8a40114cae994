/** FFmpeg and GStreamer as RTP peers: neither was written here, and what they send must come back intact. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import { type MediaAddress, readSdpAnswer, sdpOffer } from '../../src/cli/caller/sdp.js';
import { readWav, writeWav } from '../../src/cli/caller/wav.js';
import { Platform } from '../support/platform.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const seconds = 4;
/** Two passes of µ-law leave 34 dB; one frame lost in these four seconds would cost most of it. */
const snrDbMin = 30;
/** Silence before the file is heard: two peers that start when they like, and a jitter buffer. */
const lagSamplesMax = 5 * rateHz;

let platform: Platform;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-peers-'));
  writeWav(join(folder, 'sent.wav'), { rateHz, samples: speechLike() });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await platform.end();
  rmSync(folder, { recursive: true });
});

/** Noise in syllables: like nothing but itself at any other moment. */
function speechLike(): Int16Array {
  let state = 4711;
  let smooth = 0;
  return Int16Array.from({ length: seconds * rateHz }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    smooth += 0.4 * (state / 2 ** 31 - 1 - smooth);
    return 14_000 * smooth * Math.abs(Math.sin((2 * Math.PI * 1.7 * index) / rateHz));
  });
}

/** A port that nobody has: for programs that must be told one. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(child);
  return child;
}

/** Dials a leg for a program whose socket is at `local`; resolves with where Parley wants its audio. */
async function dial(room: string, local: MediaAddress): Promise<MediaAddress> {
  const answer = await platform.dial(room, { case: 'rtp', value: { sdpOffer: sdpOffer(local, ['pcmu']) } });
  return readSdpAnswer(answer.media.case === 'rtp' ? answer.media.value.sdpAnswer : '').remote;
}

type Peer = {
  readonly send: (file: string, from: number, to: MediaAddress) => ChildProcess;
  readonly receive: (file: string, port: number) => ChildProcess;
};

const peers: Readonly<Record<'ffmpeg' | 'gstreamer', Peer>> = {
  ffmpeg: {
    send: (file, from, to) =>
      run('ffmpeg', [
        ...['-i', file, '-af', 'asetnsamples=160:p=0,arealtime', '-c:a', 'pcm_mulaw', '-f', 'rtp'],
        `rtp://${to.host}:${to.port}?localrtpport=${from}&pkt_size=172`,
      ]),
    receive: (file, port) => {
      const sdp = `${file}.sdp`;
      writeFileSync(
        sdp,
        `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio ${port} RTP/AVP 0\na=rtpmap:0 PCMU/8000\n`,
      );
      const input = ['-protocol_whitelist', 'file,udp,rtp', '-i', sdp];
      return run('ffmpeg', [...input, '-flush_packets', '1', '-c:a', 'pcm_s16le', file]);
    },
  },
  gstreamer: {
    send: (file, from, to) =>
      run('gst-launch-1.0', [
        ...['filesrc', `location=${file}`, '!', 'wavparse', '!', 'audioconvert', '!', 'mulawenc', '!', 'rtppcmupay'],
        ...['min-ptime=20000000', 'max-ptime=20000000', '!'],
        ...['udpsink', `host=${to.host}`, `port=${to.port}`, 'bind-address=127.0.0.1', `bind-port=${from}`],
      ]),
    receive: (file, port) =>
      run('gst-launch-1.0', [
        ...['-e', 'udpsrc', 'address=127.0.0.1', `port=${port}`],
        'caps=application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0',
        ...['!', 'rtppcmudepay', '!', 'mulawdec', '!', 'wavenc', '!', 'filesink', 'buffer-mode=unbuffered'],
        `location=${file}`,
      ]),
  },
};
type PeerName = keyof typeof peers;

const sizeOf = (file: string): number => (existsSync(file) ? readFileSync(file).length : 0);

describe('foreign RTP peers', () => {
  it.each([
    ['ffmpeg', 'ffmpeg'],
    ['ffmpeg', 'gstreamer'],
    ['gstreamer', 'ffmpeg'],
    ['gstreamer', 'gstreamer'],
  ] satisfies readonly (readonly [PeerName, PeerName])[])(
    '%s sends a file that %s receives intact',
    async (from, to) => {
      const room = `${from} to ${to}`;
      const heardFile = join(folder, `${from}-${to}.wav`);
      const [sendPort, receivePort] = [await freePort(), await freePort()];
      const receiver = peers[to].receive(heardFile, receivePort);
      await dial(room, { host: '127.0.0.1', port: receivePort });
      const target = await dial(room, { host: '127.0.0.1', port: sendPort });
      // The receiver writes once the first packets have told it what comes.
      await until(() => sizeOf(heardFile) > rateHz / 2);
      const sender = peers[from].send(join(folder, 'sent.wav'), sendPort, target);
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
    },
  );
});
