/** A disk that is full or broken under live calls: they are heard, nothing new begins, and it is said and found out. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { readCounters } from '../../src/cli/counters.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { brokenDisk, type FickleDisk, fullDisk } from '../support/disk.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { Platform, type RtpGuest } from '../support/platform.js';
import { keepingTime } from '../support/real-time.js';
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
      const heard = await undisturbed(platform, (watch, number) =>
        keepingTime([platform.daemon.pid], async () => {
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
        }),
      );
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
