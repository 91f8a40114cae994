/** Files of recordings, made by the real job from real captures and judged by programs that were not written here. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJobPool, type JobPool } from '../../src/adapters/jobs/job-pool.js';
import { LocalStorage } from '../../src/adapters/recordings/local-storage.js';
import { StoredRecordingFiles } from '../../src/adapters/recordings/recording-files.js';
import type { Capture } from '../../src/app/recordings/recorder-port.js';
import { parseSid } from '../../src/base/sids.js';
import type { RecordingFormat } from '../../src/recordings/recording.js';
import { wavHeader } from '../../src/recordings/wav-header.js';
import { recording as recordingOf } from '../support/grpc/fake-application.js';
import { recordingLogger } from '../support/silent.js';
import { VirtualClock } from '../support/virtual-clock.js';

const formats: readonly RecordingFormat[] = ['wav', 'mp3', 'flac', 'opus'];
const amplitude = 8000;

let pool: JobPool;
let folder: string;
let files: StoredRecordingFiles;

beforeAll(async () => {
  // What is made is tested, and not when: on a busy machine jobs that stand back would take minutes.
  pool = createJobPool(0);
  folder = mkdtempSync(join(tmpdir(), 'parley-recordings-'));
  const storage = new LocalStorage(join(folder, 'kept'));
  const parts = { jobs: pool, storage, folder: join(folder, 'making'), clock: new VirtualClock() };
  files = new StoredRecordingFiles({ ...parts, sidStyleOf: () => 'prefixed', logger: recordingLogger() });
  await files.start();
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

type Shape = { readonly rateHz: number; readonly channels: 1 | 2; readonly seconds: number };

/** Silence, a tone from the first second to a second before the end, silence; the second channel an octave above. */
function samplesOf({ rateHz, channels, seconds }: Shape): Int16Array {
  const count = rateHz * seconds;
  return Int16Array.from({ length: count * channels }, (_, index) => {
    const at = Math.floor(index / channels);
    const hz = 440 * (1 + (index % channels));
    const isSilent = at < rateHz || at >= count - rateHz;
    return isSilent ? 0 : Math.round(amplitude * Math.sin((2 * Math.PI * hz * at) / rateHz));
  });
}

function captureOf(shape: Shape, samples = samplesOf(shape)): Capture {
  const sid = parseSid(
    'recording',
    `00000000-0000-4000-8000-${String(shape.rateHz + shape.channels).padStart(12, '0')}`,
  );
  if (sid === null) throw new Error('a sid of this test does not parse');
  const audioPath = join(folder, `${sid}.capture.wav`);
  const head = wavHeader(shape, samples.length / shape.channels);
  writeFileSync(audioPath, Buffer.concat([head, Buffer.from(samples.buffer)]));
  return {
    ...{ recording: sid, memo: '', audioPath, rateHz: shape.rateHz, channels: shape.channels },
    frames: shape.seconds * 50,
    ...{ startedAtMs: 0, firstTurn: 0, gaps: [], timeline: [], notesLost: 0, why: 'ended' },
  };
}

async function finished(shape: Shape, trim: 'do-not-trim' | 'trim-silence', samples?: Int16Array) {
  const capture = captureOf(shape, samples);
  const recording = recordingOf({ sid: capture.recording, channels: shape.channels, trim });
  const shares: number[] = [];
  const outcome = await files.finish(recording, { mix: capture, tracks: [] }, formats, (share) => shares.push(share));
  return { recording, outcome };
}

const pathOf = (accountSid: string, sid: string, part: string): string =>
  join(folder, 'kept', accountSid, sid.slice(0, 2), `${sid}.${part}`);

const run = (program: string, ...args: readonly string[]): Buffer =>
  execFileSync(program, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });

/** What a decoder makes of it, interleaved. */
const decoded = (path: string, rateHz: number): Int16Array => {
  const bytes = run('ffmpeg', '-v', 'error', '-i', path, '-f', 's16le', '-ar', String(rateHz), '-');
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

describe.each([
  { rateHz: 8000, channels: 1, seconds: 5 },
  { rateHz: 16_000, channels: 2, seconds: 5 },
  { rateHz: 48_000, channels: 1, seconds: 5 },
] as const)('a recording of $channels at $rateHz Hz', (shape) => {
  const { rateHz, channels, seconds } = shape;

  it('is accepted by ffprobe and soxi in every format, as long as it was to the sample, and as loud', async () => {
    const { recording, outcome } = await finished(shape, 'do-not-trim');
    if (outcome.kind !== 'completed') return expect.fail(JSON.stringify(outcome));
    expect(outcome.media).toMatchObject({ rateHz, samples: rateHz * seconds, trimmedStartSamples: 0 });
    const original = samplesOf(shape);
    for (const { part, bytes, sha256 } of outcome.media.files) {
      const path = pathOf(recording.accountSid, recording.sid, part);
      const file = readFileSync(path);
      expect([part, file.length, createHash('sha256').update(file).digest('hex')]).toEqual([part, bytes, sha256]);
      if (part === 'peaks' || part === 'picture') continue;
      const probed = run('ffprobe', '-v', 'error', '-show_entries', 'stream=channels', '-of', 'csv=p=0', path);
      expect(Number(probed.toString())).toBe(channels);
      // Debian builds its sox without Opus.
      if (part !== 'opus') expect(Number(run('soxi', '-c', path).toString())).toBe(channels);
      if (part === 'wav' || part === 'flac') {
        expect(Number(run('soxi', '-s', path).toString())).toBe(rateHz * seconds);
        expect(decoded(path, rateHz)).toEqual(original);
        continue;
      }
      const heard = decoded(path, rateHz);
      expect([part, heard.length]).toEqual([part, original.length]);
      const middle = [rateHz * channels * 2, rateHz * channels * 3] as const;
      const difference = 20 * Math.log10(rms(heard.slice(...middle)) / rms(original.slice(...middle)));
      expect(Math.abs(difference)).toBeLessThan(0.5);
    }
  });

  it('trimmed begins and ends 100 ms beside what was said', async () => {
    const { recording, outcome } = await finished(shape, 'trim-silence');
    if (outcome.kind !== 'completed') return expect.fail(JSON.stringify(outcome));
    const pad = rateHz / 10;
    expect(outcome.media).toMatchObject({
      samples: rateHz * (seconds - 2) + 2 * pad,
      trimmedStartSamples: rateHz - pad,
    });
    const wav = decoded(pathOf(recording.accountSid, recording.sid, 'wav'), rateHz);
    expect(wav).toEqual(samplesOf(shape).slice((rateHz - pad) * channels, (rateHz * (seconds - 1) + pad) * channels));
  });
});

it('a recording of silence is absent when it is trimmed, and kept when it is not', async () => {
  const shape = { rateHz: 8000, channels: 1, seconds: 3 } as const;
  const silence = new Int16Array(8000 * 3);
  expect((await finished(shape, 'trim-silence', silence)).outcome).toEqual({ kind: 'absent', errorCode: 16_102 });
  expect((await finished(shape, 'do-not-trim', silence)).outcome).toMatchObject({ kind: 'completed' });
});

it('makes a format that was not kept from the WAV, and deletes all of them', async () => {
  const shape = { rateHz: 16_000, channels: 1, seconds: 4 } as const;
  const capture = captureOf(shape);
  const base = recordingOf({ sid: capture.recording, trim: 'do-not-trim' });
  const outcome = await files.finish(base, { mix: capture, tracks: [] }, [], () => {});
  if (outcome.kind !== 'completed') return expect.fail(JSON.stringify(outcome));
  const { accountSid, sid } = base;
  const recording = {
    ...base,
    life: { status: 'completed', endedAtMs: base.createdAtMs, media: outcome.media },
  } as const;
  const file = await files.convert(recording, 'flac');
  if (file === null || file === 'away') return expect.fail('it can be made');
  expect(decoded(pathOf(accountSid, sid, 'flac'), 16_000)).toEqual(samplesOf(shape));
  const open = await files.open(recording, file);
  if (open === null || open === 'away') return expect.fail('it is there');
  const pieces: Uint8Array[] = [];
  for await (const piece of open.read(0, 3)) pieces.push(piece);
  await open.close();
  expect(Buffer.concat(pieces).toString()).toBe('fLaC');
  await files.delete(recording);
  expect(await files.open(recording, file)).toBeNull();
});
