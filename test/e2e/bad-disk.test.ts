/**
 * A disk that is full or broken under live calls, or a store that somebody has written into: they are heard, nothing
 * new begins, and it is said and found out.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/store/database.js';
import { commitRecord } from '../../src/adapters/store/records.js';
import { StoreCore } from '../../src/adapters/store/store-core.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { readCounters } from '../../src/cli/counters.js';
import { absentConference } from '../../src/conference/state.js';
import { developmentAccount } from '../../src/config/account.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import * as callers from '../support/callers.js';
import { conferenceAfter } from '../support/conference-script.js';
import { brokenDisk, type FickleDisk, fullDisk } from '../support/disk.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { Platform, type RtpGuest } from '../support/platform.js';
import { storeBounds } from '../support/store-thread.js';
import { createToneMeter } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const rateHz = 8000;
const amplitude = 4000;
const heardMs = 2000;
/** Half a frame: sound that stops for one shows in two of these at least. */
const windowSamples = 80;
const attemptMsMax = 30_000;

const disks: Readonly<Record<string, () => FickleDisk>> = { full: fullDisk, broken: brokenDisk };

const refusal = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    ({ code, details }: ServiceError) => `${status[code]} ${details}`,
  );
const unavailable = 'UNAVAILABLE the store does not write: nothing was done';

async function readiness({ daemon }: Platform): Promise<{ readonly status: number; readonly storeFailing: unknown }> {
  const response = await fetch(`${daemon.httpUrl}/readyz`);
  const { storeFailing } = (await response.json()) as { readonly storeFailing: unknown };
  return { status: response.status, storeFailing };
}

const healthy = async ({ daemon }: Platform): Promise<number> =>
  (await readCounters(daemon.httpUrl))('parley_store_healthy');

/** The least and the most that is heard of one tone, window by window. */
function rangeOf(samples: Int16Array, hz: number): readonly [least: number, most: number] {
  const meter = createToneMeter([hz], rateHz, windowSamples);
  const found: number[] = [];
  for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
    found.push(meter(samples.subarray(at, at + windowSamples))[0]?.amplitude ?? 0);
  }
  return [Math.min(...found), Math.max(...found)];
}

describe.each(Object.entries(disks))('a disk that is %s', (_name, make) => {
  it('leaves live calls as they are, lets none begin, and is used again when it is well', {
    timeout: attemptsMax * attemptMsMax,
  }, async () => {
    const disk = make();
    const platform = await Platform.start({ ...disk.environment, PARLEY_LOG_LEVEL: 'info' });
    const receiver = await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' });
    try {
      const heard = await undisturbed(platform, async (watch, number) => {
        const callers: RtpGuest[] = [];
        for (const hz of [437, 701]) {
          const voice = new Tone({ hz, amplitude, rateHz });
          callers.push(await platform.dialRtp(`room ${number}`, { voice, law: 'pcmu' }));
        }
        const [one, two] = callers;
        if (one === undefined || two === undefined) throw new Error('two were dialled');
        await until(async () => two.recording.length > rateHz && one.recording.length > rateHz);
        for (const { callSid } of callers) watch(callSid);

        disk.goBad();
        const told = { statusCallback: receiver.url('/'), statusCallbackEvent: [StatusCallbackEvent.JOIN] };
        const voice = new Tone({ hz: 1129, amplitude, rateHz });
        const [ofOne, ofTwo, ...answers] = await Promise.all([
          listen(one.recording, heardMs),
          listen(two.recording, heardMs),
          refusal(platform.dialRtp(`other room ${number}`, { voice, law: 'pcmu' }, told)),
          refusal(platform.dialRtp(`room ${number}`, { voice, law: 'pcmu' })),
          refusal(platform.update(one, { muted: true })),
        ]);
        await until(async () => (await readiness(platform)).status === 503);
        const ill = { ...(await readiness(platform)), healthy: await healthy(platform) };
        // It is found out by nobody's asking, and is not forgotten while nobody asks.
        await listen(one.recording, heardMs);
        const later = (await readiness(platform)).status;

        disk.recover();
        await until(async () => (await readiness(platform)).status === 200);
        const well = await healthy(platform);
        const next = await platform.dialRtp(`next room ${number}`, { voice, law: 'pcmu' }, told);
        for (const guest of [...callers, next]) await platform.hangUp(guest);
        return { ofOne, ofTwo, answers, ill, later, well, next };
      });
      expect(heard.answers).toEqual([unavailable, unavailable, unavailable]);
      expect(heard.ill).toMatchObject({ status: 503, healthy: 0, storeFailing: expect.stringMatching(/disk/) });
      expect([heard.later, heard.well]).toEqual([503, 1]);
      for (const [samples, hz] of [[heard.ofOne, 701] as const, [heard.ofTwo, 437] as const]) {
        const [least, most] = rangeOf(samples, hz);
        expect(least, `${hz} Hz`).toBeGreaterThan(amplitude * 0.8);
        expect(most, `${hz} Hz`).toBeLessThan(amplitude * 1.2);
      }
      // Of those that were refused nobody is told, of the one that was not somebody is.
      const [joined] = await receiver.waitFor(1);
      expect(joined?.parameters).toMatchObject({ StatusCallbackEvent: 'participant-join' });
      const rooms = new Set(receiver.received.map(({ parameters }) => parameters.FriendlyName));
      expect([...rooms].filter((room) => !room?.startsWith('next room'))).toEqual([]);
    } finally {
      await platform.end();
      await receiver.close();
      disk.remove();
    }
  });
});

const pageBytes = 4096;

/** A store with a history, so large that a daemon that opens it has little of it in memory. */
function storeWithHistory(path: string): void {
  const core = new StoreCore(openDatabase(path), storeBounds);
  const { sid: accountSid } = developmentAccount;
  const requests = Array.from({ length: 900 }, (_, index) => {
    const identity = { newConferenceSid: callers.conferenceSidOf(String.fromCharCode(0x100 + index)), accountSid };
    const joined = { ...callers.join('A', identity), ...identity };
    const { state, events } = conferenceAfter(joined, { ...callers.leave('A'), ...identity });
    const trace = callers.traced;
    const commit = { accountSid, before: absentConference, state, nextSequence: 9, events, trace, callbacks: [] };
    return { kind: 'commit', input: commitRecord(commit) } as const;
  });
  core.execute(requests);
  core.close();
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+');
  const noise = Buffer.alloc(pageBytes, 0x5a);
  for (let at = pageBytes; at < fstatSync(file).size; at += pageBytes) writeSync(file, noise, 0, pageBytes, at);
  closeSync(file);
}

describe('a store that somebody writes into', () => {
  it('leaves live calls as they are, lets none begin, and is said to be corrupt for as long as the daemon runs', {
    timeout: attemptsMax * attemptMsMax,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
    const path = join(folder, 'parley.db');
    storeWithHistory(path);
    const platform = await Platform.start({ PARLEY_DATA_DIR: folder, PARLEY_LOG_LEVEL: 'info' });
    try {
      const callers: RtpGuest[] = [];
      for (const hz of [437, 701]) {
        callers.push(await platform.dialRtp('room', { voice: new Tone({ hz, amplitude, rateHz }), law: 'pcmu' }));
      }
      const [one, two] = callers;
      if (one === undefined || two === undefined) throw new Error('two were dialled');
      await until(async () => two.recording.length > rateHz && one.recording.length > rateHz);

      overwrite(path);
      // What is tidied up every five seconds stumbles over it, if no dial does before.
      await until(async () => (await readiness(platform)).status === 503);
      const voice = new Tone({ hz: 1129, amplitude, rateHz });
      const heard = await undisturbed(platform, async (watch) => {
        for (const { callSid } of callers) watch(callSid);
        const [ofOne, ofTwo, ...answers] = await Promise.all([
          listen(one.recording, heardMs),
          listen(two.recording, heardMs),
          refusal(platform.dialRtp('other room', { voice, law: 'pcmu' })),
          refusal(platform.dialRtp('room', { voice, law: 'pcmu' })),
          refusal(platform.update(one, { muted: true })),
        ]);
        return { ofOne, ofTwo, answers };
      });
      expect(heard.answers).toEqual([unavailable, unavailable, unavailable]);
      for (const [samples, hz] of [[heard.ofOne, 701] as const, [heard.ofTwo, 437] as const]) {
        const [least, most] = rangeOf(samples, hz);
        expect(least, `${hz} Hz`).toBeGreaterThan(amplitude * 0.8);
        expect(most, `${hz} Hz`).toBeLessThan(amplitude * 1.2);
      }
      expect([await readiness(platform), await healthy(platform)]).toEqual([
        { status: 503, storeFailing: expect.stringMatching(/^the file of the store is corrupt: .*malformed/) },
        0,
      ]);
    } finally {
      await platform.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
