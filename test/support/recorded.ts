/** Recordings of a daemon as a client of its gRPC API has them. */
import { expect } from 'vitest';
import type { ApiClient } from '../../src/client/api-client.js';
import { type Recording, RecordingFormat, RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { until } from './waiting.js';

const { getRecording, downloadRecording } = RecordingService.method;

const isOver = ({ status }: Recording): boolean =>
  status >= RecordingStatus.COMPLETED && status <= RecordingStatus.FAILED;

/** What became of it, once that is known. */
export async function recordingOver(client: ApiClient, recordingSid: string): Promise<Recording> {
  let last: Recording | undefined;
  await until(async () => {
    last = (await client.call(getRecording, { recordingSid })).recording;
    return last !== undefined && isOver(last);
  });
  return last ?? expect.fail('it is there');
}

/** The bytes of a file of it. */
export async function downloaded(
  client: ApiClient,
  recordingSid: string,
  format: RecordingFormat,
  track = 0,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const stream = client.watch(downloadRecording, { recordingSid, format, track });
  await new Promise<void>((resolve, reject) => {
    stream.on('data', ({ data }) => pieces.push(data));
    stream.on('end', () => resolve());
    stream.on('error', reject);
  });
  return Buffer.concat(pieces);
}

/** Of the WAV that a recording is, or of one of its tracks. */
export async function downloadedSamples(client: ApiClient, recordingSid: string, track = 0): Promise<Int16Array> {
  const format = track === 0 ? RecordingFormat.WAV : RecordingFormat.TRACK;
  const bytes = await downloaded(client, recordingSid, format, track);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length));
}
