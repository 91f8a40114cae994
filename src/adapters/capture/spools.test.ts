/** All spools, step by step, on a real disk that may refuse. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingEngine } from '../../../test/support/recording-engine.js';
import { frameValues, MoodyDisk, spoolFolder } from '../../../test/support/spool-folder.js';
import type { RecordingSid } from '../../base/brands.js';
import { recordingMemory } from '../../media/recording-memory.js';
import type { FromSpools } from './capture-protocol.js';
import { audioPathOf, journalPathOf } from './left-captures.js';
import { Spools, stepMs } from './spools.js';

let disk: ReturnType<typeof spoolFolder>;
beforeEach(() => {
  disk = spoolFolder();
});
afterEach(() => disk.remove());

function spoolsOf() {
  const files = new MoodyDisk();
  const told: FromSpools[] = [];
  const time = { nowMs: 5000 };
  const spools = new Spools({
    files,
    now: () => 1_700_000_000_000 + time.nowMs,
    monotonic: () => time.nowMs,
    tell: (message) => told.push(message),
  });
  const open = (number: number) => {
    const recording = `6f5e1c8e-0000-4000-8000-${String(number).padStart(12, '0')}` as RecordingSid;
    const memory = recordingMemory(8000, 1);
    const audioPath = audioPathOf(disk.folder, recording);
    const journalPath = journalPathOf(disk.folder, recording);
    const order = { recording, memo: '', rateHz: 8000, channels: 1, memory, audioPath, journalPath } as const;
    spools.hear({ kind: 'open', order });
    return { recording, engine: new RecordingEngine(memory), values: () => frameValues(audioPath, 160) };
  };
  const step = (ms: number): void => {
    for (let at = 0; at < ms; at += stepMs) {
      time.nowMs += stepMs;
      spools.step();
    }
  };
  const over = () => told.flatMap((message) => (message.kind === 'over' ? [message.capture] : []));
  const kinds = () => told.map(({ kind }) => kind).filter((kind) => kind !== 'figures');
  const figures = () => told.flatMap((message) => (message.kind === 'figures' ? [message.figures] : [])).at(-1);
  return { files, told, time, spools, open, step, over, kinds, figures };
}

describe('Spools', () => {
  it('write each at most 220 ms behind, a tenth of them at a time', () => {
    const { open, step, files } = spoolsOf();
    const all = Array.from({ length: 20 }, (_, index) => open(index));
    for (const { engine } of all) engine.frame(3);
    step(stepMs);
    expect(files.calls.filter((call) => call === 'create')).toHaveLength(4);
    step(180);
    expect(all.map(({ values }) => values())).toEqual(all.map(() => [3]));
  });

  it('tell that one is over once it is written to its end, and not before', async () => {
    const { open, step, over, files, spools } = spoolsOf();
    const { engine, recording, values } = open(1);
    engine.frame(1);
    step(200);
    engine.frame(2);
    engine.end();
    step(200);
    await expect.poll(over).toMatchObject([{ recording, frames: 2, why: 'ended' }]);
    expect(values()).toEqual([1, 2]);
    expect(files.calls.filter((call) => call === 'sync')).toHaveLength(3);
    expect(files.calls.slice(-2)).toEqual(['close', 'close']);
    expect(spools.size()).toBe(0);
  });

  it('sync what grows every five seconds, two at a time', async () => {
    const { open, step, files, figures } = spoolsOf();
    const all = Array.from({ length: 6 }, (_, index) => open(index));
    const syncs = () => files.calls.filter((call) => call === 'sync').length;
    for (const { engine } of all) engine.frame(1);
    step(4900);
    expect(syncs()).toBe(0);
    step(200);
    expect(syncs()).toBe(2);
    const synced = (): number => {
      step(stepMs);
      return syncs();
    };
    await expect.poll(synced).toBe(12);
    step(1000);
    expect(figures()?.unsyncedMs).toBeGreaterThan(0);
  });

  it('go on after a disk that refused, and tell of it once', async () => {
    const { open, step, over, kinds, files, figures } = spoolsOf();
    const { engine, values } = open(1);
    engine.frame(1);
    step(200);
    files.refusal = 'ENOSPC';
    for (let frame = 0; frame < 300; frame += 1) engine.frame(2);
    step(2000);
    expect(kinds()).toEqual(['trouble']);
    expect(figures()).toMatchObject({ failing: 1 });
    expect(figures()?.failures).toBeGreaterThan(1);
    files.refusal = null;
    step(200);
    expect(kinds()).toEqual(['trouble', 'recovered']);
    engine.frame(3);
    engine.end();
    step(200);
    await expect.poll(over).toMatchObject([{ frames: 302, gaps: [{ at: 257, frames: 44, why: 'disk' }] }]);
    expect(values()).toEqual([1, ...Array(256).fill(2), ...Array(44).fill(0), 3]);
    step(1000);
    expect(figures()).toMatchObject({ failing: 0 });
  });

  it('try the end for a minute, then give what there is', () => {
    const { open, step, over, files } = spoolsOf();
    const { engine } = open(1);
    engine.frame(1);
    step(200);
    files.refusal = 'EIO';
    engine.frame(2);
    engine.end();
    step(59_000);
    expect(over()).toEqual([]);
    step(2000);
    expect(over()).toMatchObject([{ frames: 1, why: 'failed' }]);
  });

  it('forget one that never began, and write what is here before they close', async () => {
    const { open, step, over, spools, files, told } = spoolsOf();
    const forgotten = open(1);
    spools.hear({ kind: 'forget', recording: forgotten.recording });
    expect(told).toEqual([{ kind: 'forgotten', recording: forgotten.recording }]);
    const running = open(2);
    const ended = open(3);
    running.engine.frame(1);
    ended.engine.frame(2);
    ended.engine.end();
    await spools.close();
    expect(running.values()).toEqual([1]);
    expect(over()).toMatchObject([{ recording: ended.recording }]);
    expect(files.calls.filter((call) => call === 'create')).toHaveLength(4);
    step(200);
    spools.hear({ kind: 'note', recording: forgotten.recording, at: 0, note: { what: 'join', who: null } });
  });
});
