import { describe, expect, it } from 'vitest';
import {
  accountA,
  callSid,
  conferenceSid,
  recording,
  recordingSid,
} from '../../../test/support/grpc/fake-application.js';
import { type GrpcClient, reader, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { epochMs } from '../../base/brands.js';
import { err, ok } from '../../base/result.js';
import { RecordingStatusCallbackEvent, RecordingTrack, RecordingTrim } from '../../gen/parley/v1/dial_pb.js';
import { PauseBehavior, RecordingFormat, RecordingSource, RecordingStatus } from '../../gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';

const { startRecording, updateRecording, getRecording, listRecordings, deleteRecording, downloadRecording } =
  RecordingService.method;

/** What is sent of a file, piece by piece. */
async function download(client: GrpcClient, request: { readonly format?: RecordingFormat; readonly track?: number }) {
  const stream = reader(client.serverStream(downloadRecording, { recordingSid, ...request }));
  const pieces: Uint8Array[] = [];
  for (let piece = await stream.next(); piece !== null; piece = await stream.next()) pieces.push(piece.data);
  return pieces;
}

const endedAtMs = epochMs(1_712_255_545_500);
const media = {
  ...{ rateHz: 16_000, samples: 160_500, trimmedStartSamples: 320, gapSamples: 640 },
  files: (['wav', 'mp3', 'peaks', 'track-1', 'timeline'] as const).map((part, index) => ({
    ...{ part, bytes: 100 + index },
    sha256: String(index).repeat(64),
  })),
  tracks: [
    { number: 1, callSid: callSid('1'), label: 'Ana' },
    { number: 2, callSid: callSid('2'), label: null },
  ],
};

describe('RecordingService', () => {
  it('begins a recording as the room was told, or as the request says', async () => {
    const served = await serveFake();
    const plain = await served.client.unary(startRecording, { conferenceSid });
    expect(plain.recording).toMatchObject({ sid: recordingSid, status: RecordingStatus.IN_PROGRESS, hasTracks: false });
    expect(served.lastArguments('startRecording')?.slice(0, 3)).toEqual([accountA, conferenceSid, {}]);
    await served.client.unary(startRecording, {
      conferenceSid,
      trim: RecordingTrim.DO_NOT_TRIM,
      recordingStatusCallback: 'https://app.example/recording',
      recordingStatusCallbackMethod: HttpMethod.GET,
      recordingStatusCallbackEvent: [RecordingStatusCallbackEvent.IN_PROGRESS, RecordingStatusCallbackEvent.FAILED],
      tracks: true,
    });
    expect(served.lastArguments('startRecording')?.[2]).toEqual({
      trim: 'do-not-trim',
      hasTracks: true,
      callback: { url: 'https://app.example/recording', method: 'GET', events: ['in-progress', 'failed'] },
    });
    await served.client.unary(startRecording, { conferenceSid, tracks: false });
    expect(served.lastArguments('startRecording')?.[2]).toEqual({ hasTracks: false });
  });

  it.each([
    [{ status: RecordingStatus.PAUSED }, { kind: 'pause', behavior: 'silence' }],
    [
      { status: RecordingStatus.PAUSED, pauseBehavior: PauseBehavior.SKIP },
      { kind: 'pause', behavior: 'skip' },
    ],
    [{ status: RecordingStatus.IN_PROGRESS }, { kind: 'resume' }],
    [{ status: RecordingStatus.STOPPED }, { kind: 'stop' }],
  ] as const)('changes a recording: %o', async (request, change) => {
    const served = await serveFake();
    await served.client.unary(updateRecording, { recordingSid, ...request });
    expect(served.lastArguments('updateRecording')?.slice(0, 3)).toEqual([accountA, recordingSid, change]);
    await served.client.unary(updateRecording, { recordingSid: 'CURRENT', conferenceSid, ...request });
    expect(served.lastArguments('updateRecording')?.[1]).toEqual({ currentOf: conferenceSid });
  });

  it('shows everything of one that is completed', async () => {
    const served = await serveFake();
    const life = { status: 'completed', endedAtMs, media } as const;
    served.answers.recording = async () => ok(recording({ life, hasTracks: true, trim: 'do-not-trim' }));
    const shown = (await served.client.unary(getRecording, { recordingSid })).recording;
    expect(served.lastArguments('recording')).toEqual([accountA, recordingSid]);
    expect(shown).toMatchObject({
      ...{ sid: recordingSid, accountSid: accountA, conferenceSid },
      ...{ status: RecordingStatus.COMPLETED, source: RecordingSource.CONFERENCE, channels: 1 },
      ...{ durationSeconds: 10, sampleRateHz: 16_000, samples: 160_500n, gapSamples: 640n },
      ...{ trim: RecordingTrim.DO_NOT_TRIM, track: RecordingTrack.UNSPECIFIED, hasTracks: true },
      endTime: { seconds: 1_712_255_545n, nanos: 500_000_000 },
      url: 'https://parley.example/recording',
      tracks: [
        { number: 1, callSid: callSid('1'), label: 'Ana', url: 'https://parley.example/recording.track-1.wav' },
        { number: 2, callSid: callSid('2'), url: 'https://parley.example/recording.track-2.wav' },
      ],
    });
    expect(shown?.files.map(({ format, track, sizeBytes }) => [format, track, sizeBytes])).toEqual([
      [RecordingFormat.WAV, 0, 100n],
      [RecordingFormat.MP3, 0, 101n],
      [RecordingFormat.PEAKS, 0, 102n],
      [RecordingFormat.TRACK, 1, 103n],
      [RecordingFormat.TIMELINE, 0, 104n],
    ]);
  });

  it('shows one of a call, one whose files are being made, and what went wrong', async () => {
    const served = await serveFake();
    const shownAs = async (changes: Parameters<typeof recording>[0]) => {
      served.answers.recording = async () => ok(recording(changes));
      return (await served.client.unary(getRecording, { recordingSid })).recording;
    };
    const subject = { kind: 'call', callSid: callSid('7'), track: 'inbound' } as const;
    expect(await shownAs({ subject, source: 'dial-verb', channels: 2 })).toMatchObject({
      ...{ callSid: callSid('7'), track: RecordingTrack.INBOUND, source: RecordingSource.DIAL_VERB, channels: 2 },
      ...{ files: [], tracks: [] },
    });
    expect(await shownAs({ life: { status: 'processing', endedAtMs }, progress: 0.25 })).toMatchObject({
      status: RecordingStatus.PROCESSING,
      progress: 0.25,
    });
    expect(await shownAs({ life: { status: 'absent', endedAtMs, errorCode: 16_102 } })).toMatchObject({
      status: RecordingStatus.ABSENT,
      errorCode: 16_102,
    });
    expect(await shownAs({ life: { status: 'failed', endedAtMs, errorCode: 16_099, why: 'it broke' } })).toMatchObject({
      status: RecordingStatus.FAILED,
      failure: 'it broke',
    });
  });

  it('lists by all that is said, page by page', async () => {
    const served = await serveFake();
    served.answers.recordings = async () => ({ recordings: [recording()], next: 41 });
    const request = {
      ...{ conferenceSid, callSid: callSid('7'), status: RecordingStatus.COMPLETED },
      ...{ pageSize: 1, pageToken: '77' },
    };
    const { recordings, nextPageToken } = await served.client.unary(listRecordings, request);
    expect([recordings.map(({ sid }) => sid), nextPageToken]).toEqual([[recordingSid], '41']);
    expect(served.lastArguments('recordings')).toEqual([
      accountA,
      { conferenceSid, callSid: callSid('7'), status: 'completed', createdFromMs: null, createdUntilMs: null },
      { before: 77, skip: 0, limit: 1 },
    ]);
    served.answers.recordings = async () => ({ recordings: [], next: null });
    expect(await served.client.unary(listRecordings, {})).toMatchObject({ recordings: [], nextPageToken: '' });
    expect(served.lastArguments('recordings')?.slice(1)).toEqual([
      { conferenceSid: null, callSid: null, status: null, createdFromMs: null, createdUntilMs: null },
      { before: null, skip: 0, limit: 50 },
    ]);
  });

  it('deletes one', async () => {
    const served = await serveFake();
    await served.client.unary(deleteRecording, { recordingSid });
    expect(served.lastArguments('deleteRecording')).toEqual([accountA, recordingSid]);
  });

  it.each([
    [{}, 'wav'],
    [{ format: RecordingFormat.OPUS }, 'opus'],
    [{ format: RecordingFormat.PICTURE }, 'picture'],
    [{ format: RecordingFormat.TIMELINE }, 'timeline'],
    [{ format: RecordingFormat.LABELS }, 'labels'],
    [{ format: RecordingFormat.TRACK, track: 12 }, 'track-12'],
  ] as const)('sends a file, piece by piece, and closes it: %o', async (request, part) => {
    const served = await serveFake();
    const whole = Uint8Array.from({ length: 100 }, (_, index) => index);
    let closed = 0;
    served.answers.openRecording = async () =>
      ok({
        ...{ part, bytes: 100, sha256: 'a'.repeat(64), madeAtMs: endedAtMs },
        async *read(first: number, last: number) {
          for (let at = first; at <= last; at += 40) yield whole.subarray(at, Math.min(at + 40, last + 1));
        },
        close: async () => {
          closed += 1;
        },
      });
    const pieces = await download(served.client, request);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(whole));
    expect([pieces.length, closed]).toEqual([3, 1]);
    expect(served.lastArguments('openRecording')).toEqual([accountA, recordingSid, part]);
  });

  it('says why there is no file, and that the disk is nearly full', async () => {
    const served = await serveFake();
    served.answers.openRecording = async () => err({ kind: 'recording-without-file', status: 'processing' });
    served.answers.startRecording = async () => err({ kind: 'recording-no-space' });
    expect((await refusalOf(download(served.client, {}))).reason).toBe('RECORDING_WITHOUT_FILE');
    const start = served.client.unary(startRecording, { conferenceSid });
    expect((await refusalOf(start)).reason).toBe('RECORDING_NO_SPACE');
  });
});
