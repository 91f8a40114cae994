/**
 * FFmpeg and GStreamer as RTP and SRTP peers: neither was written here, and what one sends through a room the other
 * must hear intact, whatever both speak.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWav, type Sound, writeWav } from '../../src/cli/caller/wav.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { snrDbOfCopy } from '../support/copies.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { ForeignPrograms, requirePrograms, sizeOf, written } from '../support/foreign-program.js';
import { Platform } from '../support/platform.js';
import {
  type CodingName,
  codings,
  dialLeg,
  receive,
  type Speaker,
  type Suite,
  send,
  suites,
} from '../support/rtp-peers.js';
import { speechLike, voiceLike } from '../support/voices.js';

const seconds = 2;
/** Of FFmpeg in one call: at its begin, each 5 s, and its goodbye. */
const reportsMax = 3;
const attemptMsMax = 20_000;
/** Two passes of G.711 leave 34 dB; one frame lost in these two seconds would cost most of it. */
const g711SnrDbMin = 30;
/** Each codec but G.711 is heard at 16 kHz, and gets what it keeps the shape of. */
const narrow: Sound = { rateHz: 8000, samples: speechLike(8000, seconds) };
const wide: Sound = { rateHz: 16_000, samples: voiceLike(16_000, seconds) };

const programs = new ForeignPrograms();
let platform: Platform;
let folder: string;

beforeAll(async () => {
  requirePrograms(['ffmpeg', 'gst-launch-1.0']);
  platform = await Platform.start();
  folder = mkdtempSync(join(tmpdir(), 'parley-peers-'));
});
afterAll(async () => {
  programs.end();
  await platform?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

type Call = { readonly from: Speaker; readonly to: Speaker; readonly said: Sound; readonly suite?: Suite };

/** What the one program wrote down of what the other said. */
const hear = ({ from, to, said, suite }: Call) =>
  undisturbed(platform, async (watch, attempt) => {
    const room = `${from.program} in ${from.coding} to ${to.program} in ${to.coding}, ${suite?.name}, ${attempt}`;
    const receiving = await dialLeg(platform, room, to, suite);
    const sending = await dialLeg(platform, room, from, suite);
    const [saidFile, heardFile] = [join(folder, 'said.wav'), join(folder, `${receiving.callSid}.wav`)];
    writeWav(saidFile, said);
    const receiver = receive(programs, heardFile, receiving);
    const { rateHz } = codings[to.coding];
    // The receiver writes once the first packets have told it what comes.
    await written(receiver, heardFile, rateHz / 2);
    watch(sending.callSid);
    await once(send(programs, saidFile, sending), 'close');
    const sentBytes = sizeOf(heardFile);
    await written(receiver, heardFile, sentBytes + rateHz);
    const closed = once(receiver, 'close');
    receiver.kill('SIGINT');
    await closed;
    const statistics = await platform.client.call(AdminService.method.getLegStatistics, { callSid: sending.callSid });
    // Nobody goes on sending to ports that others may get.
    for (const leg of [sending, receiving]) await platform.hangUp(leg);
    return { heard: readWav(heardFile), statistics };
  });

const ffmpeg = <C extends CodingName>(coding: C) => ({ program: 'ffmpeg', coding }) as const;
const gstreamer = <C extends CodingName>(coding: C) => ({ program: 'gstreamer', coding }) as const;
describe('foreign peers', { timeout: attemptsMax * attemptMsMax }, () => {
  it.each([
    { from: ffmpeg('pcmu'), to: ffmpeg('pcma'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: ffmpeg('pcmu'), to: gstreamer('pcmu'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: ffmpeg('pcma'), to: gstreamer('pcma'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: gstreamer('pcmu'), to: ffmpeg('pcmu'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: gstreamer('pcma'), to: ffmpeg('pcma'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: gstreamer('pcma'), to: gstreamer('pcmu'), said: narrow, snrDbMin: g711SnrDbMin },
    { from: ffmpeg('g722'), to: ffmpeg('g722'), said: wide, snrDbMin: 12 },
    { from: ffmpeg('opus'), to: gstreamer('opus'), said: wide, snrDbMin: 5 },
    { from: gstreamer('opus'), to: ffmpeg('g722'), said: wide, snrDbMin: 5 },
    { from: ffmpeg('g722'), to: gstreamer('opus'), said: wide, snrDbMin: 5 },
  ])('$from.program says in $from.coding what $to.program hears in $to.coding', async (call) => {
    const { heard } = await hear(call);
    expect(snrDbOfCopy(call.said, heard)).toBeGreaterThan(call.snrDbMin);
  });

  it.each([
    { from: ffmpeg('pcmu'), to: gstreamer('pcmu'), suite: suites.cm80 },
    { from: gstreamer('pcmu'), to: ffmpeg('pcmu'), suite: suites.cm80 },
    { from: gstreamer('pcmu'), to: gstreamer('pcmu'), suite: suites.gcm },
    { from: gstreamer('pcmu'), to: gstreamer('pcmu'), suite: suites.cm32 },
  ])('$from.program and $to.program are secured by $suite.name', async (call) => {
    const { heard, statistics } = await hear({ ...call, said: narrow });
    expect(snrDbOfCopy(narrow, heard)).toBeGreaterThan(g711SnrDbMin);
    expect(statistics.srtpAuthFailed).toBe(0n);
    expect(Number(statistics.packetsReceived)).toBeGreaterThanOrEqual(seconds * 50);
  });

  // FFmpeg gives RTCP of this suite the short tag, too; RFC 4568 §6.2 keeps the long one.
  it('are heard by AES_CM_128_HMAC_SHA1_32 though reports of FFmpeg are not authentic', async () => {
    const call = { from: ffmpeg('pcmu'), to: gstreamer('pcmu'), said: narrow, suite: suites.cm32 };
    const { heard, statistics } = await hear(call);
    expect(snrDbOfCopy(narrow, heard)).toBeGreaterThan(g711SnrDbMin);
    expect(Number(statistics.packetsReceived)).toBeGreaterThanOrEqual(seconds * 50);
    expect(Number(statistics.srtpAuthFailed)).toBeGreaterThan(0);
    expect(Number(statistics.srtpAuthFailed)).toBeLessThanOrEqual(reportsMax);
  });
});
