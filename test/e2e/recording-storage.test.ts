/** Recordings of a daemon that keeps them, encrypted, in a store of objects: which is away, as the daemon is killed. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { ConferenceRecord, RecordingStatusCallbackEvent, RecordingTrim } from '../../src/gen/parley/v1/dial_pb.js';
import { RecordingFormat, RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { linear16, Platform } from '../support/platform.js';
import { accessKey, bucket, SwiftServer, secretKey } from '../support/swift-server.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const tones = [440.3, 701.9] as const;
const amplitude = 5000;
const rateHz = 16_000;
const signingKey = 'the key that signs';
const token = 'a-token-of-the-account';
const accountSid = 'b3877c40-da60-4998-90ad-b792e98472af';

const { getRecording, listRecordings, deleteRecording, createRecordingLink } = RecordingService.method;

let folder: string;
let swift: SwiftServer;
let other: S3Client;
let receiver: WebhookReceiver;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-stored-'));
  [swift, receiver] = await Promise.all([
    SwiftServer.start(join(folder, 'swift')),
    WebhookReceiver.start({ signingKey }),
  ]);
  other = swift.client();
}, 120_000);

afterAll(async () => {
  other.destroy();
  await swift.kill();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

function environment(): Readonly<Record<string, string>> {
  const recordingKeyFile = join(folder, 'keys');
  writeFileSync(recordingKeyFile, `first ${randomBytes(32).toString('base64')}\n`);
  const account = { sid: accountSid, name: 'acme', tokens: [token], signingKeys: [signingKey], recordingKeyFile };
  return {
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_RECORDINGS_DIR: join(folder, 'recordings'),
    PARLEY_SHARDS: '1',
    PARLEY_ACCOUNTS: JSON.stringify([account]),
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8,::1/128',
    PARLEY_RECORDING_STORAGE: 's3',
    PARLEY_S3_ENDPOINT: swift.endpoint,
    PARLEY_S3_BUCKET: bucket,
    PARLEY_S3_PATH_STYLE: 'on',
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
}

const metric = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

/** What is in the bucket, as another client sees it. */
async function names(): Promise<readonly string[]> {
  const { Contents = [] } = await other.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

async function objectOf(name: string): Promise<Buffer> {
  const { Body } = await other.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const told = (sid: string): readonly (string | undefined)[] =>
  receiver.received
    .filter(({ parameters }) => parameters.RecordingSid === sid)
    .map(({ parameters }) => parameters.RecordingStatus);

const filesIn = (name: string): number => readdirSync(join(folder, 'recordings', name)).length;

it('a recording outlives an absent store and a killed daemon, and is told of when it is stored', async () => {
  await swift.kill();
  const settings = environment();
  const platform = await Platform.start(settings, token);
  const [ana, ben] = await Promise.all(
    tones.map((hz) =>
      platform.dialGrpc(
        'stored',
        { line: platform.openLine(), voice: new Tone({ hz, amplitude, rateHz }), coding: linear16(rateHz) },
        {
          record: ConferenceRecord.RECORD_FROM_START,
          trim: RecordingTrim.DO_NOT_TRIM,
          recordingStatusCallback: receiver.url('/recording'),
          recordingStatusCallbackEvent: [RecordingStatusCallbackEvent.COMPLETED, RecordingStatusCallbackEvent.FAILED],
        },
      ),
    ),
  );
  if (ana === undefined || ben === undefined) return expect.fail('both are in');
  await listen(ben.recording, 2500);
  const { conferenceSid } = ana;
  const { recordings } = await platform.client.call(listRecordings, { conferenceSid });
  const recordingSid = recordings[0]?.sid ?? expect.fail('it is recorded');
  const end = { conferenceSid, update: { case: 'end', value: {} } } as const;
  await platform.client.call(ConferenceService.method.updateConference, end);
  const { httpUrl } = platform.daemon;
  await until(async () => (await metric(httpUrl, 'parley_storage_files_waiting')) === 3);
  expect(await metric(httpUrl, 'parley_storage_bytes_waiting')).toBeGreaterThan(2 * 2 * rateHz);
  expect((await fetch(`${httpUrl}/readyz`)).status).toBe(200);
  const { recording: waiting } = await platform.client.call(getRecording, { recordingSid });
  expect([waiting?.status, told(recordingSid)]).toEqual([RecordingStatus.PROCESSING, []]);
  await platform.daemon.kill();
  await platform.end().catch(() => {});

  const next = await startDaemon(settings);
  const client = new ApiClient(next.grpcAddress, token);
  try {
    await swift.restart();
    await until(() => told(recordingSid).length > 0);
    expect(told(recordingSid)).toEqual(['completed']);
    const { recording } = await client.call(getRecording, { recordingSid });
    expect(recording?.status).toBe(RecordingStatus.COMPLETED);
    const name = `${accountSid}/${recordingSid.slice(0, 2)}/${recordingSid}`;
    const stored = ['peaks', 'picture', 'wav'].map((part) => `${name}.${part}`);
    expect(await names()).toEqual(stored);
    for (const each of stored) expect((await objectOf(each)).subarray(0, 8).toString()).toBe('PARLEYE1');

    const link = await client.call(createRecordingLink, { recordingSid, format: RecordingFormat.WAV, ttlSeconds: 60 });
    const whole = await fetch(link.url);
    const wav = Buffer.from(await whole.arrayBuffer());
    const file = recording?.files.find(({ format }) => format === RecordingFormat.WAV);
    const sha256 = createHash('sha256').update(wav).digest('hex');
    expect([whole.status, sha256, whole.headers.get('etag')]).toEqual([200, file?.sha256, `"${file?.sha256}"`]);
    const range = await fetch(link.url, { headers: { range: `bytes=70000-70009` } });
    expect([range.status, range.headers.get('content-range')]).toEqual([206, `bytes 70000-70009/${wav.length}`]);
    expect(Buffer.from(await range.arrayBuffer())).toEqual(wav.subarray(70_000, 70_010));
    const head = await fetch(link.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(wav.length)]);
    expect((await fetch(link.url.replace('signature=', 'signature=0'))).status).toBe(401);
    const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
    const toneDb = 20 * Math.log10(amplitude / 32_768);
    for (const { levelDb } of measureTones(samples.subarray(rateHz / 2, rateHz * 2), rateHz, tones)) {
      expect(Math.abs(levelDb - toneDb)).toBeLessThan(0.5);
    }
    // Made from the WAV that only the store has, and kept there.
    const mp3 = await client.call(createRecordingLink, { recordingSid, format: RecordingFormat.MP3 });
    expect((await fetch(mp3.url)).status).toBe(200);
    expect(await names()).toContain(`${name}.mp3`);

    await client.call(deleteRecording, { recordingSid });
    expect((await fetch(link.url)).status).toBe(404);
    // Nothing that was said lies anywhere any more.
    const left = async () => [(await names()).length, ...['waiting', 'spool', 'making', 'kept'].map(filesIn)];
    await expect.poll(left).toEqual([0, 0, 0, 0, 0]);
  } finally {
    client.close();
    await next.stop();
  }
}, 120_000);
