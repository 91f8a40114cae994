/** The command line of an operator: callbacks that were given up, and events as they happen. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { Platform } from '../support/platform.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const run = promisify(execFile);
const media = { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 16_000 } } as const;

let platform: Platform;
let receiver: WebhookReceiver;

beforeAll(async () => {
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' });
});
afterAll(async () => {
  await platform.end();
  await receiver.close();
});

const parley = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await run(process.execPath, [
    'dist/cli/main.js',
    ...words,
    '--address',
    platform.daemon.grpcAddress,
  ]);
  return stdout.split('\n').filter((line) => line !== '');
};

/** Until a command says so many lines. */
async function lines(count: number, ...words: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const said = await parley(...words);
    if (said.length === count) return said;
  }
}

describe('parley callbacks', () => {
  it('lists what was given up, replays one under its id, and drops the rest', async () => {
    receiver.answerNext({ status: 410 }, { status: 410 });
    const statusCallback = receiver.url('/status#rc=0');
    const statusCallbackEvent = [StatusCallbackEvent.JOIN, StatusCallbackEvent.LEAVE];
    const guest = await platform.dial('board', media, { statusCallback, statusCallbackEvent });
    await platform.hangUp(guest);
    const dead = await lines(2, 'callbacks', 'list');
    expect(dead).toEqual([
      expect.stringMatching(/ participant-join .* given up after 1: 410 /),
      expect.stringMatching(/ participant-leave .* given up after 1: 410 /),
    ]);
    const [id = ''] = /\S+-status-1/.exec(dead[0] ?? '') ?? [];
    expect(await parley('callbacks', 'replay', id)).toEqual(['1 replayed']);
    const received = await receiver.waitFor(3);
    expect(received[2]).toMatchObject({ isSigned: true, headers: { 'idempotency-key': id } });
    expect(received[0]?.headers['idempotency-key']).toBe(id);
    expect(await parley('callbacks', 'drop')).toEqual(['1 dropped']);
    expect(await parley('callbacks', 'list')).toEqual([]);
    expect(await lines(0, 'callbacks', 'list', '--queued')).toEqual([]);
  });

  it('says what is wrong when there is no daemon', async () => {
    const failed = await run(process.execPath, [
      'dist/cli/main.js',
      'callbacks',
      'list',
      '--address',
      '127.0.0.1:1',
    ]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^127\.0\.0\.1:1: /) });
  });
});

describe('parley tail', () => {
  it('tells events from a cursor on, one JSON object a line', async () => {
    await platform.dial('tailed', media);
    const words = ['tail', '--from', '0', '--address', platform.daemon.grpcAddress];
    const child = spawn(process.execPath, ['dist/cli/main.js', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    const events: { readonly participantJoined?: unknown; readonly cursor: string }[] = [];
    for await (const line of createInterface(child.stdout)) {
      events.push(JSON.parse(line));
      if (events.filter(({ participantJoined }) => participantJoined !== undefined).length === 2) break;
    }
    child.kill();
    expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => String(index + 1)));
  });
});
