/** FFmpeg and GStreamer in Opus and G.722: what each says reaches the other through a room, whatever both speak. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import type { MediaAddress } from '../../src/cli/caller/sdp.js';
import { readWav, writeWav } from '../../src/cli/caller/wav.js';
import { ForeignPrograms, freePort, requirePrograms, sizeOf } from '../support/foreign-program.js';
import { Platform } from '../support/platform.js';
import { voiceLike } from '../support/voices.js';
import { until } from '../support/waiting.js';

const rateHz = 16_000;
const seconds = 4;
/** Silence before the file is heard: two peers that start when they like, and a jitter buffer. */
const lagSamplesMax = 5 * rateHz;

type CodecName = 'opus' | 'g722';
const codecs = {
  opus: {
    payloadType: 96,
    mapping: 'opus/48000/2',
    ffmpeg: ['-c:a', 'libopus', '-b:a', '96k', '-application', 'lowdelay'],
  },
  g722: { payloadType: 9, mapping: 'G722/8000', ffmpeg: ['-c:a', 'g722'] },
} as const;

let platform: Platform;
let folder: string;
const programs = new ForeignPrograms();

beforeAll(async () => {
  requirePrograms(['ffmpeg', 'gst-launch-1.0']);
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-codecs-'));
  writeWav(join(folder, 'sent.wav'), { rateHz, samples: voiceLike(rateHz, seconds) });
});
afterAll(async () => {
  programs.end();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const sessionOf = (codec: CodecName, port: number): string => {
  const { payloadType, mapping } = codecs[codec];
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${mapping}`,
    '',
  ].join('\r\n');
};

/** Dials a leg for a program at `port`; resolves with where Parley wants its audio. */
async function dial(room: string, codec: CodecName, port: number): Promise<MediaAddress> {
  const answer = await platform.dial(room, { case: 'rtp', value: { sdpOffer: sessionOf(codec, port) } });
  const text = answer.media.case === 'rtp' ? answer.media.value.sdpAnswer : '';
  expect(text).toContain(`a=rtpmap:${codecs[codec].payloadType} ${codecs[codec].mapping}`);
  return { host: '127.0.0.1', port: Number(/^m=audio (\d+)/m.exec(text)?.[1]) };
}

const senders = {
  ffmpeg: (codec: CodecName, from: number, to: MediaAddress): ChildProcess =>
    programs.start('ffmpeg', [
      ...['-i', join(folder, 'sent.wav'), '-af', 'asetnsamples=320:p=0,arealtime', ...codecs[codec].ffmpeg],
      ...['-payload_type', String(codecs[codec].payloadType), '-f', 'rtp'],
      `rtp://${to.host}:${to.port}?localrtpport=${from}${codec === 'g722' ? '&pkt_size=172' : ''}`,
    ]),
  gstreamer: (_codec: 'opus', from: number, to: MediaAddress): ChildProcess =>
    programs.start('gst-launch-1.0', [
      ...['filesrc', `location=${join(folder, 'sent.wav')}`, '!', 'wavparse', '!', 'audioconvert', '!'],
      ...['audioresample', '!', 'opusenc', 'frame-size=20', 'bitrate=96000', '!', 'rtpopuspay', 'pt=96', '!'],
      ...['udpsink', `host=${to.host}`, `port=${to.port}`, 'bind-address=127.0.0.1', `bind-port=${from}`],
    ]),
};
const receivers = {
  ffmpeg: (codec: CodecName, file: string, port: number): ChildProcess => {
    writeFileSync(`${file}.sdp`, sessionOf(codec, port));
    const input = ['-protocol_whitelist', 'file,udp,rtp', '-i', `${file}.sdp`];
    const output = ['-ar', String(rateHz), '-ac', '1', '-c:a', 'pcm_s16le', file];
    return programs.start('ffmpeg', [...input, '-flush_packets', '1', ...output]);
  },
  gstreamer: (_codec: 'opus', file: string, port: number): ChildProcess =>
    programs.start('gst-launch-1.0', [
      ...['-e', 'udpsrc', 'address=127.0.0.1', `port=${port}`],
      'caps=application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=96',
      ...['!', 'rtpopusdepay', '!', 'opusdec', '!', 'audioconvert', '!', 'audioresample', '!'],
      ...[`audio/x-raw,format=S16LE,rate=${rateHz},channels=1`, '!', 'wavenc', '!'],
      ...['filesink', 'buffer-mode=unbuffered', `location=${file}`],
    ]),
};

describe('foreign peers in Opus and G.722', () => {
  it.each([
    { from: 'ffmpeg', said: 'g722', to: 'ffmpeg', heard: 'g722', snrDbMin: 12 },
    { from: 'ffmpeg', said: 'opus', to: 'gstreamer', heard: 'opus', snrDbMin: 5 },
    { from: 'gstreamer', said: 'opus', to: 'ffmpeg', heard: 'g722', snrDbMin: 5 },
    { from: 'ffmpeg', said: 'g722', to: 'gstreamer', heard: 'opus', snrDbMin: 5 },
  ] as const)('$from says in $said what $to hears in $heard', async ({ from, said, to, heard, snrDbMin }) => {
    const name = `${from}-${said}-${to}-${heard}`;
    const heardFile = join(folder, `${name}.wav`);
    const [sendPort, receivePort] = [await freePort(), await freePort()];
    const receiver =
      to === 'ffmpeg'
        ? receivers.ffmpeg(heard, heardFile, receivePort)
        : receivers.gstreamer(heard, heardFile, receivePort);
    await dial(name, heard, receivePort);
    const target = await dial(name, said, sendPort);
    // The receiver writes once the first packets have told it what comes.
    await until(() => sizeOf(heardFile) > rateHz / 2);
    const sender =
      from === 'ffmpeg' ? senders.ffmpeg(said, sendPort, target) : senders.gstreamer(said, sendPort, target);
    await once(sender, 'close');
    const sentBytes = sizeOf(heardFile);
    await until(() => sizeOf(heardFile) > sentBytes + rateHz);
    const closed = once(receiver, 'close');
    receiver.kill('SIGINT');
    await closed;

    const original = readWav(join(folder, 'sent.wav')).samples;
    const all = readWav(heardFile).samples;
    const begin = Math.max(0, all.findIndex((sample) => Math.abs(sample) > 1000) - rateHz);
    // One second of it is like nothing else, and found in a quarter of the time.
    const lag = findLag(original.subarray(0, rateHz), all.subarray(begin, begin + rateHz + lagSamplesMax), 2 * rateHz);
    const snrDb = copySnrDb(original, all.subarray(begin + lag, begin + lag + original.length));
    expect(snrDb).toBeGreaterThan(snrDbMin);
  });
});
