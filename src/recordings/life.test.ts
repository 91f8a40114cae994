import { describe, expect, it } from 'vitest';
import { recording } from '../../test/support/grpc/fake-application.js';
import { epochMs } from '../base/brands.js';
import { changed, endOf, finished, processing, type RecordingChange, stopped } from './life.js';
import type { Recording, RecordingLife } from './recording.js';

const later = epochMs(1_712_255_600_000);
const endedAtMs = epochMs(1_712_255_590_000);
const media = { rateHz: 8000, samples: 8000, trimmedStartSamples: 0, gapSamples: 0, files: [] };

const lives: readonly RecordingLife[] = [
  { status: 'in-progress' },
  { status: 'paused', behavior: 'skip' },
  { status: 'stopped', endedAtMs },
  { status: 'processing', endedAtMs },
  { status: 'completed', endedAtMs, media },
  { status: 'absent', endedAtMs, errorCode: 16_101 },
  { status: 'failed', endedAtMs, errorCode: 16_099, why: 'x' },
];
const changes: readonly RecordingChange[] = [
  { kind: 'pause', behavior: 'silence' },
  { kind: 'resume' },
  { kind: 'stop' },
];
/** From each status, what may be asked, and where it leads. */
const allowed: Readonly<Record<string, string>> = {
  'in-progress pause': 'paused',
  'in-progress stop': 'stopped',
  'paused resume': 'in-progress',
  'paused stop': 'stopped',
};

describe('changed', () => {
  const rows = lives.flatMap((life) => changes.map((change) => [life, change] as const));
  it.each(rows)('%o, %o', (life, change) => {
    const next = changed(recording({ life }), change, later);
    const status = allowed[`${life.status} ${change.kind}`];
    if (status === undefined) {
      expect(next).toEqual({ ok: false, error: { kind: 'recording-state', status: life.status } });
      return;
    }
    expect(next).toMatchObject({ ok: true, value: { life: { status }, updatedAtMs: later } });
  });
});

describe('what follows by itself', () => {
  const at = (life: RecordingLife): Recording => recording({ life });

  it('keeps the end that was asked for, and takes that of a crash as now', () => {
    const running = at({ status: 'in-progress' });
    expect(endOf(stopped(running, later))).toBe(later);
    expect(endOf(processing(at({ status: 'stopped', endedAtMs }), later))).toBe(endedAtMs);
    expect(endOf(processing(running, later))).toBe(later);
    expect(endOf(finished(running, { kind: 'failed', why: 'x' }, later))).toBe(later);
    expect(finished(at({ status: 'processing', endedAtMs }), { kind: 'completed', media }, later).life).toEqual({
      status: 'completed',
      endedAtMs,
      media,
    });
  });

  it('never touches what is over', () => {
    for (const life of lives.slice(4)) {
      expect(() => finished(at(life), { kind: 'failed', why: 'x' }, later)).toThrow('assertion failed');
      expect(() => processing(at(life), later)).toThrow('assertion failed');
      expect(() => stopped(at(life), later)).toThrow('assertion failed');
    }
  });
});
