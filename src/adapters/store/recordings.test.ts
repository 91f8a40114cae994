/** Recordings as both stores know them: found, listed, counted against limits, and as they were after a start. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, traced } from '../../../test/support/callers.js';
import { recording as recordingOf } from '../../../test/support/grpc/fake-application.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { RecordingStore } from '../../app/ports.js';
import { epochMs, type RecordingSid } from '../../base/brands.js';
import { recordingChanged } from '../../recordings/events.js';
import type { Recording, RecordingLife } from '../../recordings/recording.js';
import { MemoryStore, memoryStoreBounds } from './memory-store.js';
import { SqliteStore } from './sqlite-store.js';

const [acc, other] = [accountSidOf('acc'), accountSidOf('other')];
const [conference, another] = [conferenceSidOf('c'), conferenceSidOf('d')];
const everything = { conferenceSid: null, callSid: null, status: null, createdFromMs: null, createdUntilMs: null };
const allOf = { before: null, skip: 0, limit: 100 };
const endedAtMs = epochMs(9000);

const sqlite = (path: string): SqliteStore =>
  new SqliteStore({
    thread: new StoreThreadDouble(path),
    clock: new VirtualClock(),
    logger: recordingLogger(),
    observer: () => {},
  });

const stores: Readonly<Record<string, () => RecordingStore>> = {
  memory: () => new MemoryStore({ append: () => {} }, memoryStoreBounds),
  SQLite: () => sqlite(':memory:'),
};

const sidOf = (number: number): RecordingSid =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` as RecordingSid;
const numberOf = ({ sid }: Pick<Recording, 'sid'>): number => Number(sid.slice(-4));

/** Of so many bytes, in two files. */
const completed = (bytes: number): RecordingLife => ({
  status: 'completed',
  endedAtMs,
  media: {
    ...{ rateHz: 8000, samples: 8000, trimmedStartSamples: 0, gapSamples: 0 },
    files: [
      { part: 'wav', bytes: bytes - 1, sha256: 'a'.repeat(64) },
      { part: 'track-1', bytes: 1, sha256: 'b'.repeat(64) },
    ],
  },
});

function plain(number: number, changes: Partial<Recording> = {}): Recording {
  const { progress, url, ...recording } = recordingOf();
  expect([progress, url]).toBeDefined();
  const createdAtMs = epochMs(1000 * number);
  return {
    ...recording,
    ...{ sid: sidOf(number), accountSid: acc, conferenceSid: conference, createdAtMs, updatedAtMs: createdAtMs },
    ...changes,
  };
}

async function write(store: RecordingStore, ...recordings: readonly Recording[]): Promise<void> {
  for (const recording of recordings) {
    const { accountSid, conferenceSid } = recording;
    const events = [recordingChanged(recording)];
    const written = await store.commitRecordings({ accountSid, conferenceSid, events, trace: traced, callbacks: [] });
    expect(written.ok).toBe(true);
  }
}

const call = { kind: 'call', callSid: callSidOf('A'), track: 'both' } as const;

/** 1 to 5 of one account, 6 of another. */
async function filled(store: RecordingStore): Promise<void> {
  await write(
    store,
    plain(1, { life: completed(100) }),
    plain(2, { subject: call, life: completed(30) }),
    plain(3, { conferenceSid: another }),
    plain(4, { life: { status: 'absent', endedAtMs, errorCode: 16_101 } }),
    plain(5, { subject: call, conferenceSid: another, life: { status: 'stopped', endedAtMs } }),
    plain(6, { accountSid: other, life: completed(500) }),
  );
}

describe.each(Object.entries(stores))('recordings in %s', (_name, make) => {
  it('are found by their account alone, whole', async () => {
    const store = make();
    await filled(store);
    expect(await store.recording(acc, sidOf(2))).toEqual(plain(2, { subject: call, life: completed(30) }));
    expect(await store.recording(other, sidOf(2))).toBeNull();
    expect(await store.recording(acc, sidOf(7))).toBeNull();
  });

  it.each([
    [{}, [5, 4, 3, 2, 1]],
    [{ conferenceSid: conference }, [4, 2, 1]],
    [{ callSid: callSidOf('A') }, [5, 2]],
    [{ status: 'completed' }, [2, 1]],
    [{ status: 'in-progress' }, [3]],
    [{ conferenceSid: another, callSid: callSidOf('A'), status: 'stopped' }, [5]],
    [{ createdFromMs: epochMs(2000), createdUntilMs: epochMs(4000) }, [4, 3, 2]],
    [{ conferenceSid: conferenceSidOf('e') }, []],
  ] as const)('are listed by %o, newest first', async (filter, expected) => {
    const store = make();
    await filled(store);
    const rows = await store.recordings(acc, { ...everything, ...filter }, allOf);
    expect(rows.map(({ recording }) => numberOf(recording))).toEqual(expected);
  });

  it('are listed in pages that nothing new moves, and that may pass some over', async () => {
    const store = make();
    await filled(store);
    const page = async (before: number | null, skip: number, limit: number) =>
      store.recordings(acc, everything, { before, skip, limit });
    const first = await page(null, 0, 2);
    await write(store, plain(8));
    const second = await page(first.at(-1)?.number ?? null, 0, 2);
    expect([...first, ...second].map(({ recording }) => numberOf(recording))).toEqual([5, 4, 3, 2]);
    expect((await page(null, 3, 2)).map(({ recording }) => numberOf(recording))).toEqual([3, 2]);
    expect(await page(null, 9, 2)).toEqual([]);
  });

  it('keep their place when they change, and are none when they are deleted', async () => {
    const store = make();
    await filled(store);
    await write(store, plain(3, { conferenceSid: another, life: completed(7) }));
    expect((await store.recordingsOf(another)).map(numberOf)).toEqual([3, 5]);
    const event = { kind: 'recording-deleted', atMs: endedAtMs, recordingSid: sidOf(3) } as const;
    const of = { accountSid: acc, conferenceSid: another, trace: traced, callbacks: [] };
    await store.commitRecordings({ ...of, events: [event] });
    expect((await store.recordingsOf(another)).map(numberOf)).toEqual([5]);
    expect(await store.recording(acc, sidOf(3))).toBeNull();
  });

  it('that are not over are known, of every account', async () => {
    const store = make();
    await filled(store);
    await write(store, plain(9, { accountSid: other, life: { status: 'processing', endedAtMs } }));
    expect((await store.unfinishedRecordings()).map(numberOf)).toEqual([3, 5, 9]);
  });

  it('beyond an age or what an account may keep are told, oldest first, and never one that is not over', async () => {
    const store = make();
    await filled(store);
    const beyond = async (createdBeforeMs: number | null, bytesMax: number | null) =>
      (
        await store.recordingsBeyond({
          createdBeforeMs: createdBeforeMs === null ? null : epochMs(createdBeforeMs),
          bytesMax,
        })
      ).map(numberOf);
    expect(await beyond(null, null)).toEqual([]);
    expect(await beyond(4500, null)).toEqual([1, 2, 4]);
    expect(await beyond(1000, null)).toEqual([]);
    // Of one account 130 bytes, the newest 30 of them; of the other 500.
    expect(await beyond(null, 130)).toEqual([6]);
    expect(await beyond(null, 129)).toEqual([1, 6]);
    expect(await beyond(null, 29)).toEqual([1, 2, 6]);
    expect(await beyond(null, 500)).toEqual([]);
  });
});

it('recordings on disk are as they were after a start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-recording-table-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'parley.db');
  const first = sqlite(path);
  await filled(first);
  await first.close();
  const store = sqlite(path);
  const rows = await store.recordings(acc, everything, allOf);
  expect(rows.map(({ recording }) => numberOf(recording))).toEqual([5, 4, 3, 2, 1]);
  expect((await store.unfinishedRecordings()).map(numberOf)).toEqual([3, 5]);
  await store.close();
});
