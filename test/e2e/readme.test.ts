/** The calls that the README has people type are typed here. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from '../support/platform.js';

const run = promisify(execFile);

/** Address of the daemon in the README. */
const readmeAddress = '127.0.0.1:7300';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

/** Every shell block of the README that holds `command`, with the address of this daemon in it. */
function typed(command: string): readonly string[] {
  return [...readFileSync('README.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block.replaceAll(readmeAddress, platform.daemon.grpcAddress))
    .filter((block) => block.includes(command));
}

describe('README', () => {
  it('has a Dial by hand that works as it stands', async () => {
    const [block = ''] = typed('buf curl');
    const { stdout } = await run('bash', ['-c', block]);
    const answer: unknown = JSON.parse(stdout);
    expect(answer).toMatchObject({
      callSid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      conferenceSid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      rtp: { sdpAnswer: expect.stringContaining('m=audio') },
    });
  });

  it('promises reflection, and buf finds every service without a file', async () => {
    const { stdout } = await run('node_modules/.bin/buf', [
      ...['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--list-services'],
      `http://${platform.daemon.grpcAddress}`,
    ]);
    expect(stdout.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'grpc.health.v1.Health',
        'parley.v1.AdminService',
        'parley.v1.CallService',
        'parley.v1.ConferenceService',
        'parley.v1.EventService',
        'parley.v1.MediaService',
        'parley.v1.ParticipantService',
        'parley.v1.RecordingService',
      ]),
    );
  });

  it('shows the same Dial for grpcurl, in fields that exist', async () => {
    const [block = ''] = typed('grpcurl');
    const body = /-d '([\s\S]*?)'/.exec(block)?.[1] ?? '';
    const { stdout } = await run('node_modules/.bin/buf', [
      ...['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--data', body],
      `http://${platform.daemon.grpcAddress}/parley.v1.CallService/Dial`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ grpc: { frameBytes: 640 } });
  });
});
