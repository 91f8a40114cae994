/** Capture from the control thread's side, with a test as the thread of the spools. */
import { readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../../test/support/fake-engine.js';
import { RecordingEngine } from '../../../test/support/recording-engine.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { spoolFolder } from '../../../test/support/spool-folder.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Capture, Recorder } from '../../app/recordings/recorder-port.js';
import type { RecordingSid } from '../../base/brands.js';
import type { ShardId } from '../../media/engine-port.js';
import { createCapture } from './capture.js';
import type { FromSpools, ToSpools } from './capture-protocol.js';

const recording = '6f5e1c8e-0000-4000-8000-000000000001' as RecordingSid;
const wanted = { recording, shard: 0 as ShardId, rateHz: 16_000, channels: 1, memo: 'memo' } as const;
let disk: ReturnType<typeof spoolFolder>;
beforeEach(() => {
  disk = spoolFolder();
});
afterEach(() => disk.remove());

async function captureOf() {
  const engine = new FakeEngine();
  const clock = new VirtualClock();
  const metrics = recordingMetrics();
  const logger = recordingLogger();
  const posted: ToSpools[] = [];
  let tell = (_message: FromSpools): void => {};
  let fail = (_error: unknown): void => {};
  const thread = {
    post: (message: ToSpools) => posted.push(message),
    onMessage: (listener: typeof tell) => {
      tell = listener;
    },
    onFailure: (listener: typeof fail) => {
      fail = listener;
    },
    close: async () => {},
  };
  const folder = `${disk.folder}/spools`;
  const capture = await createCapture({ engine, thread, folder, clock, metrics, logger });
  const over: Capture[] = [];
  capture.onOver((one) => over.push(one));
  const open = (): Recorder => {
    const opened = capture.open(wanted);
    return opened.ok ? opened.value : expect.fail('it was refused');
  };
  const say = { tell: (message: FromSpools) => tell(message), fail: (error: unknown) => fail(error) };
  const held = () => engine.shards()[0]?.recorders;
  return { engine, clock, metrics, logger, posted, folder, capture, over, open, held, ...say };
}

const done: Capture = {
  recording,
  memo: 'memo',
  audioPath: '/a.wav',
  rateHz: 16_000,
  channels: 1,
  frames: 10,
  startedAtMs: 1,
  firstTurn: 1,
  gaps: [{ at: 1, frames: 2, why: 'disk' }],
  timeline: [],
  notesLost: 0,
  why: 'ended',
};

describe('capture', () => {
  it('takes a recorder of the engine and gives its ring to the thread of the spools', async () => {
    const { open, posted, held, folder } = await captureOf();
    const recorder = open();
    expect([recorder.recording, recorder.frames(), held()]).toEqual([recording, 0, 1]);
    expect(posted).toMatchObject([
      { kind: 'open', order: { recording, memo: 'memo', audioPath: `${folder}/${recording}.wav`, channels: 1 } },
    ]);
    recorder.note({ what: 'x'.repeat(99), who: 'A' });
    expect(posted.at(-1)).toEqual({ kind: 'note', recording, at: 0, note: { what: 'x'.repeat(32), who: 'A' } });
  });

  it('tells once that one is over, warns of its gaps, and takes no notes any more', async () => {
    const { open, tell, over, posted, logger, metrics, folder } = await captureOf();
    const recorder = open();
    tell({ kind: 'over', recording, capture: done });
    expect(over).toEqual([done]);
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'capture-gap' });
    expect(metrics.value('parley_captures_over_total', { why: 'ended' })).toBe(1);
    writeFileSync(`${folder}/${recording}.wav`, '');
    tell({ kind: 'over', recording, capture: done });
    expect(over).toHaveLength(1);
    // Whoever was told has it: it stays.
    expect(readdirSync(folder)).toHaveLength(1);
    recorder.note({ what: 'join', who: null });
    expect(posted).toHaveLength(1);
  });

  it('forgets one that is given back, and tells nothing of it', async () => {
    const { open, posted, held, tell, over, folder } = await captureOf();
    const recorder = open();
    recorder.release();
    expect(posted.at(-1)).toEqual({ kind: 'forget', recording });
    expect(held()).toBe(0);
    writeFileSync(`${folder}/${recording}.wav`, '');
    tell({ kind: 'over', recording, capture: done });
    expect(over).toEqual([]);
    await expect.poll(() => readdirSync(folder)).toEqual([]);
    open().release();
    tell({ kind: 'forgotten', recording });
    expect(() => recorder.release()).toThrow('given back once');
  });

  it('gives the memory of one that is over to the next of its kind, and to none before', async () => {
    const { open, tell, posted } = await captureOf();
    const memories = () => posted.flatMap((message) => (message.kind === 'open' ? [message.order.memory] : []));
    const recorder = open();
    const engine = new RecordingEngine(memories()[0] ?? expect.fail('it was opened'));
    engine.frame(1);
    engine.frame(2);
    engine.end();
    tell({ kind: 'over', recording, capture: done });
    const next = open();
    expect([recorder.frames(), next.frames()]).toEqual([2, 0]);
    next.release();
    // The thread has not forgotten it yet.
    open();
    expect(memories()[1]).toBe(memories()[0]);
    expect(memories()[2]).not.toBe(memories()[0]);
  });

  it('refuses what the engine has no place for', async () => {
    const { engine, capture, metrics, posted } = await captureOf();
    engine.recorderRefusal = { kind: 'engine-full', what: 'recorders' };
    expect(capture.open(wanted)).toEqual({ ok: false, error: { kind: 'recorders-full', what: 'recorders' } });
    engine.recorderRefusal = { kind: 'engine-unavailable' };
    expect(capture.open(wanted)).toEqual({ ok: false, error: { kind: 'engine-unavailable' } });
    expect(metrics.value('parley_captures_refused_total', { lack: 'recorders' })).toBe(1);
    expect(posted).toEqual([]);
  });

  it('tells that a recording failed of which the disk took nothing, or whose thread died', async () => {
    const { open, tell, over, fail, capture, clock } = await captureOf();
    open();
    tell({ kind: 'over', recording, capture: null });
    expect(over).toMatchObject([{ recording, memo: 'memo', frames: 0, why: 'failed' }]);
    open();
    fail(new Error('gone'));
    fail(new Error('it exited with 1'));
    await expect.poll(() => over.length).toBe(2);
    expect(over[1]).toMatchObject({ frames: 0, why: 'failed' });
    expect(capture.open(wanted)).toEqual({ ok: false, error: { kind: 'engine-unavailable' } });
    await clock.advance(1000);
  });

  it('keeps the figures of the thread, and its own while that stands still', async () => {
    const { open, tell, metrics, clock } = await captureOf();
    open();
    const figures = {
      writes: 3,
      bytes: 640,
      slowestMs: 5,
      writingMs: 6,
      failures: 2,
      gapFrames: { disk: 50, engine: 25 },
      failing: 1,
      unsyncedMs: 4000,
    };
    tell({ kind: 'figures', figures });
    expect(metrics.value('parley_capture_bytes_total')).toBe(640);
    expect(metrics.value('parley_capture_gap_seconds_total', { why: 'disk' })).toBe(1);
    expect(metrics.value('parley_captures', { state: 'failing' })).toBe(1);
    await clock.advance(3000);
    expect(metrics.value('parley_captures', { state: 'all' })).toBe(1);
    expect(metrics.value('parley_capture_thread_silent_seconds')).toBe(3);
  });

  it('says how much of the disk is free', async () => {
    const { capture } = await captureOf();
    expect(await capture.freeBytes()).toBeGreaterThan(0);
    expect(await capture.left()).toEqual([]);
    await capture.discard({ recording });
    await capture.close(100);
  });
});
