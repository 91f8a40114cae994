/** The originator of examples/, as it stands, beside a daemon: who is called is heard, and the application is told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { readWav } from '../../src/cli/caller/wav.js';
import { Beep } from '../../src/gen/parley/v1/dial_pb.js';
import { CallProgressEvent, ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { undisturbed } from '../support/disturbances.js';
import { Platform } from '../support/platform.js';
import { createToneMeter } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const rateHz = 8000;
const amplitude = 4000;
const everything = [
  CallProgressEvent.INITIATED,
  CallProgressEvent.RINGING,
  CallProgressEvent.ANSWERED,
  CallProgressEvent.COMPLETED,
];
const { createParticipant, removeParticipant } = ParticipantService.method;

let platform: Platform;
let receiver: WebhookReceiver;
let originator: ChildProcess;
let folder: string;
/** What the originator does, line by line. */
const said: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-originator-'));
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' });
  const script = ['examples/originator/originator.ts', '--address', platform.daemon.grpcAddress, '--record', folder];
  originator = spawn(process.execPath, ['--import', 'tsx', ...script], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (originator.stdout === null) throw new Error('its output is piped');
  createInterface({ input: originator.stdout }).on('line', (line) => said.push(line));
  await until(() => said.some((line) => line.includes('"subscribed"')));
});
const stop = async (): Promise<void> => {
  if (originator.exitCode !== null || originator.signalCode !== null) return;
  originator.kill();
  await once(originator, 'exit');
};
afterAll(async () => {
  await stop();
  await platform.end();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const create = (to: string, roomName: string, wishes: object = {}) =>
  platform.client.call(createParticipant, {
    ...{ conference: { roomName, beep: Beep.FALSE, waitUrl: '' }, to, from: '+15550100001' },
    ...{ statusCallback: receiver.url('/call'), statusCallbackEvent: everything },
    ...wishes,
  });

const toldOf = (callSid: string): readonly string[] =>
  receiver.received.flatMap(({ parameters: { CallSid, CallStatus, SequenceNumber } }) =>
    CallSid === callSid ? [`${SequenceNumber} ${CallStatus}`] : [],
  );

const levelOf = (samples: Int16Array, hz: number): number =>
  createToneMeter([hz], rateHz, samples.length)(samples)[0]?.amplitude ?? 0;

describe('the reference originator', () => {
  it('calls somebody who then talks with those in the conference, and hears when they have hung up', async () => {
    const voice = new Tone({ hz: 437, amplitude, rateHz });
    const guest = await platform.dialRtp('called', { voice, law: 'pcmu' });
    const { callSid, conferenceSid } = await create('tone:701', 'called');
    expect(conferenceSid).toBe(guest.conferenceSid);
    await until(async () => toldOf(callSid).length === 3);
    await until(async () => levelOf(await listen(guest.recording, 200), 701) > amplitude * 0.9);
    const heard = await undisturbed(
      platform,
      (watch) => {
        for (const each of [guest.callSid, callSid]) watch(each);
        return listen(guest.recording, 1000);
      },
      { others: [originator.pid ?? 0] },
    );
    expect(levelOf(heard, 701)).toBeGreaterThan(amplitude * 0.95);

    await platform.client.call(removeParticipant, { conferenceSid, callSid });
    await until(async () => toldOf(callSid).length === 4);
    expect(toldOf(callSid)).toEqual(['0 initiated', '1 ringing', '2 in-progress', '3 completed']);
    await until(() => said.some((line) => line.includes('"hung-up"') && line.includes(callSid)));
    // What was heard at the other end: the guest as loud as in the second that nothing disturbed, itself at no time.
    const { samples } = readWav(join(folder, `${callSid}.wav`));
    const [length, hop] = [rateHz / 2, rateHz / 10];
    const halfSeconds = Array.from({ length: Math.floor((samples.length - length) / hop) }, (_, index) =>
      samples.subarray(index * hop, index * hop + length),
    );
    expect(Math.max(...halfSeconds.map((heard) => levelOf(heard, 437)))).toBeGreaterThan(amplitude * 0.95);
    expect(Math.max(...halfSeconds.map((heard) => levelOf(heard, 701)))).toBeLessThan(amplitude * 0.02);
    expect(receiver.received.filter(({ isSigned }) => !isSigned)).toEqual([]);
    await platform.hangUp(guest);
  });

  it('says who is busy', async () => {
    const { callSid } = await create('busy', 'busy');
    await until(async () => toldOf(callSid).length === 2);
    expect(toldOf(callSid)).toEqual(['0 initiated', '1 busy']);
  });

  it('hangs up on who has not answered when that is taken back', async () => {
    const { callSid, conferenceSid } = await create('nobody', 'nobody');
    await until(async () => toldOf(callSid).length === 2);
    await platform.client.call(removeParticipant, { conferenceSid, callSid });
    await until(async () => toldOf(callSid).length === 3);
    expect(toldOf(callSid)).toEqual(['0 initiated', '1 ringing', '2 canceled']);
  });

  it('makes the conference that was not there, under the sid that was told', async () => {
    const { callSid, conferenceSid } = await create('tone:701', 'new');
    await until(async () => toldOf(callSid).length === 3);
    const guest = await platform.dialRtp('new', { voice: new Tone({ hz: 437, amplitude, rateHz }), law: 'pcmu' });
    expect(guest.conferenceSid).toBe(conferenceSid);
    await until(async () => levelOf(await listen(guest.recording, 200), 701) > amplitude * 0.9);
    await platform.hangUp(guest);
    await platform.client.call(removeParticipant, { conferenceSid, callSid });
  });

  it('is missed when it is gone', async () => {
    await stop();
    const refusal = (): Promise<string> =>
      create('tone:701', 'alone').then(
        () => 'asked',
        ({ code }: ServiceError) => status[code],
      );
    await until(async () => (await refusal()) === 'UNAVAILABLE');
  });
});
