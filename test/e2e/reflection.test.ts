/** The daemon describes itself, to buf and as grpcurl asks. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReflectionClient } from '../support/grpc/reflection-client.js';
import { Platform } from '../support/platform.js';

const run = promisify(execFile);

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

/** The request of the Dial that docs/grpc.md shows for grpcurl, which is in no test. */
const grpcurlBody = (): string =>
  /grpcurl -plaintext -d '([\s\S]*?)'/.exec(readFileSync('docs/grpc.md', 'utf8'))?.[1] ?? '';

describe('reflection', () => {
  it('shows buf every service without a file', async () => {
    const { stdout } = await run('node_modules/.bin/buf', [
      ...['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--list-services'],
      `http://${platform.daemon.grpcAddress}`,
    ]);
    expect(stdout.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'grpc.health.v1.Health',
        'parley.v1.AdminService',
        'parley.v1.CallService',
        'parley.v1.CallbackService',
        'parley.v1.CommandService',
        'parley.v1.DebuggerService',
        'parley.v1.ConferenceService',
        'parley.v1.EventService',
        'parley.v1.MediaService',
        'parley.v1.ParticipantService',
        'parley.v1.RecordingService',
      ]),
    );
  });

  it('lets buf make the Dial of grpcurl, in fields that exist', async () => {
    const { stdout } = await run('node_modules/.bin/buf', [
      ...['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--data', grpcurlBody()],
      `http://${platform.daemon.grpcAddress}/parley.v1.CallService/Dial`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ grpc: { frameBytes: 640 } });
  });

  it.each(['v1', 'v1alpha'] as const)('works as grpcurl does it, by reflection %s', async (version) => {
    const client = new ReflectionClient(platform.daemon.grpcAddress, version);
    const services = await client.services();
    expect(services).toEqual(expect.arrayContaining(['parley.v1.CallService', 'grpc.health.v1.Health']));
    for (const service of services.filter((name) => name.startsWith('parley.'))) {
      await expect(client.call(`${service}/Nothing`, {})).rejects.toThrow(`describes no ${service}/Nothing`);
    }
    expect(await client.call('parley.v1.CallService/Dial', JSON.parse(grpcurlBody()))).toMatchObject({
      conferenceSid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      grpc: { frameBytes: 640 },
    });
    await expect(client.call('parley.v1.CallService/Dial', {})).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    await expect(client.call('parley.v1.Nobody/Dial', {})).rejects.toThrow('parley.v1.Nobody');
    client.close();
  });
});
