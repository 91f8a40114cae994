import { describe, expect, it } from 'vitest';
import type { RecordingSid } from '../../base/brands.js';
import { type Begin, captureOf, type JournalLine, journalText, parseJournal } from './journal.js';

const begin: Begin = {
  kind: 'begin',
  recording: '6f5e1c8e-0000-4000-8000-000000000001' as RecordingSid,
  memo: '{"of":"Ünï"}',
  rateHz: 16_000,
  channels: 1,
  wallMs: 1_700_000_000_000,
  turn: 12,
};
const lines: readonly JournalLine[] = [
  begin,
  { kind: 'note', at: 3, note: { what: 'join', who: 'CA1' } },
  { kind: 'gap', at: 5, frames: 10, why: 'disk' },
  { kind: 'pause', at: 20, mode: 'silent' },
  { kind: 'resume', at: 30, skipped: 0 },
  { kind: 'clock', at: 40, wallMs: 1_700_000_000_800 },
  { kind: 'end', frames: 50, why: 'ended', notesLost: 1 },
];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parseJournal', () => {
  it('reads what was written', () => {
    expect(parseJournal(bytes(journalText(lines)))).toEqual(lines);
  });

  it('reads up to the line that a crash cut, wherever it did', () => {
    const whole = bytes(journalText(lines));
    const edges = [...whole].flatMap((byte, at) => (byte === 10 ? [at + 1] : []));
    for (let length = 0; length <= whole.length; length += 1) {
      const count = edges.filter((edge) => edge <= length).length;
      expect(parseJournal(whole.subarray(0, length))).toEqual(lines.slice(0, count));
    }
  });

  it('reads nothing behind a line that is not what its checksum says, or says what cannot be', () => {
    const text = journalText(lines);
    expect(parseJournal(bytes(text.replace('"at":5', '"at":6')))).toEqual(lines.slice(0, 2));
    expect(parseJournal(bytes(text.replaceAll('\n', '\r\n')))).toEqual([]);
    const odd = [
      { kind: 'gap', at: -1, frames: 1, why: 'disk' },
      { kind: 'note', at: 1, note: null },
      { kind: 'end', frames: 1.5, why: 'ended', notesLost: 0 },
      { kind: 'constructor' },
      null,
      7,
    ];
    for (const line of odd) {
      const broken = journalText([begin, line as unknown as JournalLine, ...lines.slice(1)]);
      expect(parseJournal(bytes(broken))).toEqual([begin]);
    }
  });

  it('has one beginning and nothing behind the end', () => {
    expect(parseJournal(bytes(journalText([...lines, ...lines])))).toEqual(lines);
    expect(parseJournal(bytes(journalText(lines.slice(1))))).toEqual([]);
    expect(parseJournal(bytes(journalText([begin, begin])))).toEqual([begin]);
  });
});

describe('captureOf', () => {
  it('is what the lines say', () => {
    expect(captureOf(lines, '/a.wav', 7)).toEqual({
      recording: begin.recording,
      memo: begin.memo,
      audioPath: '/a.wav',
      rateHz: 16_000,
      channels: 1,
      frames: 50,
      startedAtMs: begin.wallMs,
      firstTurn: 12,
      gaps: [{ at: 5, frames: 10, why: 'disk' }],
      timeline: [lines[1], lines[3], lines[4], lines[5]],
      notesLost: 1,
      why: 'ended',
    });
  });

  it('has failed, and is as long as its file, where a crash came before the end', () => {
    const cut = captureOf(lines.slice(0, 4), '/a.wav', 8);
    expect(cut).toMatchObject({ frames: 8, why: 'failed', gaps: [{ at: 5, frames: 3 }] });
    expect(captureOf([], '/a.wav', 8)).toBeNull();
  });
});
