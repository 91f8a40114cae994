/** A daemon is stopped without cutting anybody off, and what is left at the deadline comes to a proper end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { undisturbed } from '../support/disturbances.js';
import { Platform, type RtpGuest } from '../support/platform.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const run = promisify(execFile);
const operator = {
  sid: '00000000-0000-4000-8000-0000000000aa',
  name: 'platform',
  tokens: ['a-token-of-the-platform'],
  signingKeys: ['a-key-of-the-platform'],
};
const token = 'a-token-of-the-platform';
const toldOf = [StatusCallbackEvent.START, StatusCallbackEvent.LEAVE, StatusCallbackEvent.END];
const { drain, undrain } = AdminService.method;

let platform: Platform;
let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await WebhookReceiver.start({ signingKey: 'a-key-of-the-platform' });
});
afterEach(async () => {
  await platform.end();
  await receiver.close();
});

const startPlatform = async (wishes: Readonly<Record<string, string>> = {}, isOperator = true): Promise<void> => {
  const accounts = JSON.stringify([{ ...operator, operator: isOperator }]);
  platform = await Platform.start({ PARLEY_ACCOUNTS: accounts, PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8', ...wishes }, token);
};

const guest = (hz: number, roomName = 'talk'): Promise<RtpGuest> =>
  platform.dialRtp(
    roomName,
    { voice: new Tone({ hz, amplitude: 5000, rateHz: 8000 }), law: 'pcmu' },
    { statusCallback: receiver.url(), statusCallbackEvent: toldOf },
  );

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: { readonly code: status }) => status[error.code],
  );

const readiness = async (): Promise<readonly [number, boolean]> => {
  const reply = await fetch(`${platform.daemon.httpUrl}/readyz`);
  const { draining } = (await reply.json()) as { readonly draining: boolean };
  return [reply.status, draining];
};

const tell = (signal: 'SIGTERM' | 'SIGINT'): void => void process.kill(platform.daemon.pid, signal);

/** Nothing of what the guests say to each other is missing, and it is as loud as it was. */
async function expectNoGap(guests: readonly RtpGuest[], tones: readonly number[], ms: number): Promise<void> {
  const heard = await undisturbed(platform, (watch) => {
    for (const { callSid } of guests) watch(callSid);
    return Promise.all(guests.map(({ recording }) => listen(recording, ms)));
  });
  for (const [index, { recording }] of guests.entries()) {
    const { missing, outOfOrder, duplicates } = recording.arrivals();
    expect({ missing, outOfOrder, duplicates }).toEqual({ missing: 0, outOfOrder: 0, duplicates: 0 });
    const others = tones.filter((_, other) => other !== index);
    for (const { hz, amplitude } of measureTones(heard[index] ?? new Int16Array(), 8000, others)) {
      expect(amplitude, `${hz} Hz`).toBeGreaterThan(4500);
    }
  }
}

const events = (): readonly string[] =>
  receiver.received.map(({ parameters }) => String(parameters.StatusCallbackEvent));

describe('SIGTERM', () => {
  it('lets a conference go on and be joined, and ends the process when the last has left', async () => {
    await startPlatform({ PARLEY_DRAIN_SECONDS: '3600' });
    const guests = [await guest(440), await guest(700)];
    expect(await readiness()).toEqual([200, false]);
    tell('SIGTERM');
    await until(async () => (await readiness())[1]);
    expect(await readiness()).toEqual([503, true]);
    guests.push(await guest(1000));
    expect(await codeOf(guest(1300, 'another room'))).toBe('UNAVAILABLE');
    expect(await codeOf(platform.client.call(undrain, {}))).toBe('FAILED_PRECONDITION');
    await expectNoGap(guests, [440, 700, 1000], 1000);
    for (const each of guests) await platform.hangUp(each);
    expect(await platform.daemon.ended()).toBe(0);
    expect(events().slice(-2)).toEqual(['participant-leave', 'conference-end']);
  });

  it.each([
    ['at its deadline', '1', [] as const],
    ['when it comes once more', '3600', ['SIGTERM'] as const],
    ['as SIGINT does at once', '3600', ['SIGINT'] as const],
  ])('ends what is left %s, and tells all of it', async (_when, PARLEY_DRAIN_SECONDS, signals) => {
    await startPlatform({ PARLEY_DRAIN_SECONDS });
    await guest(440);
    await guest(700);
    if (signals[0] !== 'SIGINT') tell('SIGTERM');
    if (signals[0] === 'SIGTERM') await until(async () => (await readiness())[1]);
    for (const signal of signals) tell(signal);
    expect(await platform.daemon.ended()).toBe(0);
    expect(events()).toEqual(['conference-start', 'participant-leave', 'participant-leave', 'conference-end']);
  });
});

describe('Drain', () => {
  it('is called off, and takes everybody again', async () => {
    await startPlatform();
    await guest(440);
    const { drain: left } = await platform.client.call(drain, { withinSeconds: 3600 });
    expect(left).toMatchObject({ draining: true, calls: 1, conferences: 1, oldest: [{ friendlyName: 'talk' }] });
    expect([await readiness(), await codeOf(guest(700, 'another room'))]).toEqual([[503, true], 'UNAVAILABLE']);
    await platform.client.call(undrain, {});
    expect([await readiness(), await codeOf(guest(700, 'another room'))]).toEqual([[200, false], 'OK']);
  });

  it('ends what is left at its deadline, and the daemon goes on', async () => {
    await startPlatform();
    await guest(440);
    await guest(700);
    await platform.client.call(drain, { withinSeconds: 0 });
    await receiver.waitFor(4);
    expect(events()).toEqual(['conference-start', 'participant-leave', 'participant-leave', 'conference-end']);
    await until(async () => (await codeOf(platform.client.call(undrain, {}))) === 'OK');
    expect(await codeOf(guest(440))).toBe('OK');
  });

  it('is for operators', async () => {
    await startPlatform({}, false);
    expect(await codeOf(platform.client.call(drain, {}))).toBe('PERMISSION_DENIED');
    expect(await readiness()).toEqual([200, false]);
  });

  it('waits at the command line until nothing is left', async () => {
    await startPlatform();
    const one = await guest(440);
    const waiting = run(
      process.execPath,
      ['dist/cli/main.js', 'drain', '--wait', '--address', platform.daemon.grpcAddress],
      { env: { ...process.env, PARLEY_TOKEN: token } },
    );
    await until(async () => (await readiness())[1]);
    await platform.hangUp(one);
    const { stdout } = await waiting;
    expect(stdout.trim().split('\n')).toEqual([
      'draining: 1 conferences, 1 calls left',
      expect.stringMatching(/ 1 in it {2}talk$/),
      'draining: 0 conferences, 0 calls left',
    ]);
  });
});
