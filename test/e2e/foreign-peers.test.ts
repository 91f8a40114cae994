/** FFmpeg and GStreamer as RTP peers: neither was written here, and what they send must come back intact. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { G711Law } from '../../src/cli/caller/g711.js';
import { copySnrDb, findLag } from '../../src/cli/caller/levels.js';
import { type MediaAddress, readSdpAnswer, sdpOffer } from '../../src/cli/caller/sdp.js';
import { readWav, writeWav } from '../../src/cli/caller/wav.js';
import { ForeignPrograms, freePort, requirePrograms, sizeOf } from '../support/foreign-program.js';
import { Platform } from '../support/platform.js';
import { type RtpPeerName, rtpPeers } from '../support/rtp-peers.js';
import { speechLike } from '../support/voices.js';
import { until } from '../support/waiting.js';

const rateHz = 8000;
const seconds = 4;
/** Two passes of G.711 leave 34 dB; one frame lost in these four seconds would cost most of it. */
const snrDbMin = 30;
/** Silence before the file is heard: two peers that start when they like, and a jitter buffer. */
const lagSamplesMax = 5 * rateHz;

const programs = new ForeignPrograms();
const peers = rtpPeers(programs);
let platform: Platform;
let folder: string;

beforeAll(async () => {
  requirePrograms(['ffmpeg', 'gst-launch-1.0']);
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-peers-'));
  writeWav(join(folder, 'sent.wav'), { rateHz, samples: speechLike(rateHz, seconds) });
});
afterAll(async () => {
  programs.end();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** Dials a leg for a program whose socket is at `local`; resolves with where Parley wants its audio. */
async function dial(room: string, local: MediaAddress, law: G711Law): Promise<MediaAddress> {
  const answer = await platform.dial(room, { case: 'rtp', value: { sdpOffer: sdpOffer(local, [law]) } });
  return readSdpAnswer(answer.media.case === 'rtp' ? answer.media.value.sdpAnswer : '').remote;
}

describe('foreign RTP peers', () => {
  it.each([
    ['ffmpeg', 'pcmu', 'ffmpeg', 'pcma'],
    ['ffmpeg', 'pcmu', 'gstreamer', 'pcmu'],
    ['ffmpeg', 'pcma', 'gstreamer', 'pcma'],
    ['gstreamer', 'pcmu', 'ffmpeg', 'pcmu'],
    ['gstreamer', 'pcma', 'ffmpeg', 'pcma'],
    ['gstreamer', 'pcma', 'gstreamer', 'pcmu'],
  ] satisfies readonly (readonly [RtpPeerName, G711Law, RtpPeerName, G711Law])[])(
    '%s sends a file in %s that %s receives in %s intact',
    async (from, said, to, heardIn) => {
      const room = `${from} ${said} to ${to} ${heardIn}`;
      const heardFile = join(folder, `${[from, said, to, heardIn].join('-')}.wav`);
      const [sendPort, receivePort] = [await freePort(), await freePort()];
      const receiver = peers[to].receive(heardFile, heardIn, receivePort);
      await dial(room, { host: '127.0.0.1', port: receivePort }, heardIn);
      const target = await dial(room, { host: '127.0.0.1', port: sendPort }, said);
      // The receiver writes once the first packets have told it what comes.
      await until(() => sizeOf(heardFile) > rateHz / 2);
      const sender = peers[from].send(join(folder, 'sent.wav'), said, sendPort, target);
      await once(sender, 'close');
      const sentBytes = sizeOf(heardFile);
      await until(() => sizeOf(heardFile) > sentBytes + rateHz);
      const closed = once(receiver, 'close');
      receiver.kill('SIGINT');
      await closed;

      const words = readWav(join(folder, 'sent.wav')).samples;
      const heard = readWav(heardFile).samples;
      // From where the file may begin: the receiver has listened to silence for as long as it took to start.
      const begin = Math.max(0, heard.findIndex((sample) => Math.abs(sample) > 2000) - rateHz);
      const lag = findLag(words, heard.subarray(begin, begin + words.length + lagSamplesMax), 2 * rateHz);
      expect(copySnrDb(words, heard.subarray(begin + lag, begin + lag + words.length))).toBeGreaterThan(snrDbMin);
    },
  );
});
