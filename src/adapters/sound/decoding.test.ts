import { describe, expect, it } from 'vitest';
import { RecordingClips } from '../../../test/support/clip-table.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import type { WebBody, WebPiece } from '../../app/web-content.js';
import { wholeClip } from '../../media/clip-memory.js';
import type { DecodeMessage, DecodeTask } from '../../worker/sound/decode-task.js';
import { ClipMaker } from './clip-maker.js';
import { type SoundJobs, startDecoding } from './decoding.js';

const task = { encoding: 'wav', bodyBytes: null, wholeMsMax: 1000, mustBeWhole: false } as const;

function bodyOf(...pieces: readonly WebPiece[]): WebBody & { isCancelled: boolean } {
  const left = [...pieces];
  return {
    isCancelled: false,
    read: async () => left.shift() ?? { kind: 'end' },
    cancel() {
      this.isCancelled = true;
    },
  };
}

const jobsOf = (decodeSound: SoundJobs['decodeSound']): SoundJobs => ({ decodeSound });
const opened = (): DecodeMessage => ({
  kind: 'opened',
  memory: wholeClip(10),
  sound: 'whole',
  durationMs: 1,
  copy: null,
});
const never = (): Promise<never> => new Promise(() => {});

/** What a job is handed when it asks for more, so many times. */
async function pulled({ port }: DecodeTask, times: number): Promise<readonly unknown[]> {
  const pieces: unknown[] = [];
  for (let time = 0; time < times; time++) {
    const piece = new Promise((resolve) => port.once('message', resolve));
    port.postMessage({ kind: 'more' } satisfies DecodeMessage);
    pieces.push(await piece);
  }
  return pieces;
}

describe('a decoding', () => {
  it('hands over what was read already, then the body, then its end', async () => {
    let pieces: readonly unknown[] = [];
    const jobs = jobsOf(async (given) => {
      pieces = await pulled(given, 3);
      given.port.postMessage(opened());
      return { kind: 'decoded', samples: 48, copied: false };
    });
    const body = bodyOf({ kind: 'bytes', bytes: Uint8Array.of(2) });
    const decoding = startDecoding(jobs, { body, first: Uint8Array.of(1) }, task);
    // The outcome may overtake what was said before it; both are heard.
    expect(await decoding.opened).toMatchObject({ ok: true, value: { sound: 'whole' } });
    expect(await decoding.decoded).toMatchObject({ ok: true, value: { samples: 48 } });
    expect(pieces).toEqual([
      { kind: 'bytes', bytes: Uint8Array.of(1) },
      { kind: 'bytes', bytes: Uint8Array.of(2) },
      { kind: 'end' },
    ]);
  });

  it('says why the body broke off', async () => {
    const failure = { code: 11_200, rule: 'no answer in time' };
    const jobs = jobsOf(async (given) => {
      expect(await pulled(given, 1)).toEqual([{ kind: 'broken' }]);
      return { kind: 'broken' };
    });
    const body = bodyOf({ kind: 'failed', failure });
    const decoding = startDecoding(jobs, { body, first: new Uint8Array() }, task);
    expect(await decoding.opened).toEqual({ ok: false, error: failure });
    expect(await decoding.decoded).toEqual({ ok: false, error: failure });
  });

  it('whose thread is lost has failed, and reads no further', async () => {
    const body = bodyOf();
    const jobs = jobsOf(() => Promise.reject(new Error('the thread is gone')));
    const decoding = startDecoding(jobs, { body, first: new Uint8Array() }, task);
    expect(await decoding.opened).toMatchObject({ ok: false, error: { code: 13_420, rule: 'the decoder broke down' } });
    expect(body.isCancelled).toBe(true);
  });
});

describe('clips', () => {
  it('are made of so many bodies at a time, and of no more', async () => {
    const metrics = recordingMetrics();
    const maker = new ClipMaker({ jobs: jobsOf(never), clips: new RecordingClips(), metrics, decodingsMax: 2 });
    for (let busy = 0; busy < 2; busy++) void maker.make({ body: bodyOf(), first: new Uint8Array() }, task);
    const body = bodyOf();
    expect(await maker.make({ body, first: new Uint8Array() }, task)).toMatchObject({ ok: false });
    expect(body.isCancelled).toBe(true);
    expect(maker.decodings()).toBe(2);
    expect(metrics.value('parley_sound_decodings_total', { outcome: 'refused' })).toBe(1);
  });

  it('are none where the engine has no place: the job is told to stop', async () => {
    const full = new RecordingClips();
    full.openClip = () => ({ ok: false, error: { kind: 'engine-full', what: 'clips' } });
    const body = bodyOf();
    const jobs = jobsOf(async (given) => {
      given.port.postMessage(opened());
      await pulled(given, 1);
      return { kind: 'broken' };
    });
    const maker = new ClipMaker({ jobs, clips: full, metrics: recordingMetrics(), decodingsMax: 2 });
    expect(await maker.make({ body, first: new Uint8Array() }, task)).toMatchObject({ ok: false });
    expect(body.isCancelled).toBe(true);
  });
});
