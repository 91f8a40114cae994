import { describe, expect, it } from 'vitest';
import type { ConferenceSid, RecordingSid } from '../base/brands.js';
import { frameOfTurn, type TimelineEntry, turnOfFrame } from './course.js';
import { type TimelineInput, timelineOf } from './timeline.js';
import { audacityLabels, timelineJson } from './timeline-files.js';

const rateHz = 8000;
const [ana, ben] = ['0000000a-0000-4000-8000-000000000000', '0000000b-0000-4000-8000-000000000000'];

const note = (at: number, what: string, who: string, label?: string): TimelineEntry => ({
  kind: 'note',
  at,
  note: { what, who, ...(label === undefined ? {} : { label }) },
});

/** Ten seconds, all of it kept. */
const inputOf = (changes: Partial<TimelineInput>): TimelineInput => ({
  rateHz,
  kept: { first: 0, end: 10 * rateHz },
  timeline: [],
  gaps: [],
  notesLost: 0,
  tracks: [],
  ...changes,
});

const told = (changes: Partial<TimelineInput>) =>
  timelineOf(inputOf(changes)).items.map(({ kind, start, end, callSid }) => [kind, start, end, callSid]);

describe('frameOfTurn', () => {
  it('leaves out what was skipped, and counts turns across the end of 32 bits', () => {
    const timeline: TimelineEntry[] = [
      { kind: 'pause', at: 100, mode: 'skipping' },
      { kind: 'resume', at: 100, skipped: 50 },
      { kind: 'pause', at: 120, mode: 'silent' },
      { kind: 'resume', at: 130, skipped: 0 },
      { kind: 'resume', at: 200, skipped: 5 },
    ];
    const clock = { firstTurn: 0xffff_fff0, timeline };
    const at = (turns: number): number => frameOfTurn(clock, (clock.firstTurn + turns) >>> 0);
    expect([0, 99, 100, 149, 150, 170, 249, 250, 254, 255, 300].map(at)).toEqual([
      0, 99, 100, 100, 100, 120, 199, 200, 200, 200, 245,
    ]);
    expect(at(-3)).toBe(0);
    for (const frame of [0, 99, 100, 119, 199, 200, 245, 9000]) {
      expect(frameOfTurn(clock, turnOfFrame(clock, frame))).toBe(frame);
    }
    expect(turnOfFrame(clock, 100)).toBe(150 - 16);
  });
});

describe('timelineOf', () => {
  it('tells who came, was muted, held, a coach, and left, until the end where nothing ended it', () => {
    const timeline = [
      note(0, 'join', ana, 'Ana'),
      note(0, 'mute', ana),
      note(50, 'join', ben),
      note(100, 'unmute', ana),
      note(150, 'hold', ben),
      note(160, 'hold', ben),
      note(200, 'coach', ana),
      note(250, 'leave', ben),
      note(300, 'what nobody knows', ana),
    ];
    expect(told({ timeline })).toEqual([
      ['join', 0, 0, ana],
      ['muted', 0, 2, ana],
      ['join', 1, 1, ben],
      ['held', 3, 5, ben],
      ['coaching', 4, 10, ana],
      ['leave', 5, 5, ben],
    ]);
    expect(timelineOf(inputOf({ timeline })).items.map(({ label }) => label)).toEqual([
      'Ana',
      'Ana',
      null,
      null,
      'Ana',
      null,
    ]);
  });

  it('tells pauses, what was lost, and who spoke', () => {
    const timeline: TimelineEntry[] = [
      { kind: 'pause', at: 50, mode: 'silent' },
      { kind: 'resume', at: 100, skipped: 0 },
      { kind: 'pause', at: 200, mode: 'skipping' },
      { kind: 'resume', at: 200, skipped: 75 },
      { kind: 'clock', at: 250, wallMs: 5 },
      { kind: 'pause', at: 450, mode: 'silent' },
    ];
    const items = timelineOf(
      inputOf({
        timeline,
        gaps: [{ at: 300, frames: 25, why: 'disk' }],
        tracks: [
          {
            callSid: ana,
            label: 'Ana',
            spurts: [{ start: rateHz / 2, end: rateHz }],
            gaps: [{ at: 475, frames: 25, why: 'crash' }],
          },
        ],
      }),
    ).items;
    expect(items).toEqual([
      { kind: 'talk', start: 0.5, end: 1, callSid: ana, label: 'Ana' },
      { kind: 'pause', start: 1, end: 2, callSid: null, label: null, detail: 'silence' },
      { kind: 'pause', start: 4, end: 4, callSid: null, label: null, detail: 'skip', skippedSeconds: 1.5 },
      { kind: 'gap', start: 6, end: 6.5, callSid: null, label: null, detail: 'disk' },
      { kind: 'pause', start: 9, end: 10, callSid: null, label: null, detail: 'silence' },
      { kind: 'gap', start: 9.5, end: 10, callSid: ana, label: 'Ana', detail: 'crash' },
    ]);
  });

  it('counts from where trimming cut, and keeps what reaches into it', () => {
    const timeline = [note(0, 'join', ana), note(10, 'mute', ana), note(40, 'unmute', ana), note(490, 'leave', ana)];
    const kept = { first: rateHz, end: 9 * rateHz };
    const tracks = [{ callSid: ana, label: null, spurts: [{ start: 0, end: rateHz }], gaps: [] }];
    expect(told({ timeline, kept, tracks })).toEqual([
      ['join', 0, 0, ana],
      ['talk', 0, 1, ana],
      ['leave', 8, 8, ana],
    ]);
  });
});

describe('files of a timeline', () => {
  const timeline = timelineOf(
    inputOf({
      timeline: [note(0, 'join', ana, 'Ana\t"\n\u2028x'), note(25, 'mute', ana)],
      tracks: [{ callSid: ana, label: 'Ana\t"\n\u2028x', spurts: [{ start: 1, end: 4001 }], gaps: [] }],
      notesLost: 3,
    }),
  );

  it('are JSON, in the spelling of sids of the account', () => {
    const head = {
      recordingSid: ben as RecordingSid,
      conferenceSid: ana as ConferenceSid,
      sidStyle: 'prefixed',
      rateHz,
      samples: 80_000,
      startedAtMs: 1_700_000_000_125,
    } as const;
    const tracks = [{ number: 1, callSid: ana, label: 'Ana' }];
    const call = 'CA0000000a000040008000000000000000';
    expect(JSON.parse([...timelineJson(head, tracks, timeline)].join(''))).toEqual({
      version: 1,
      recording_sid: 'RE0000000b000040008000000000000000',
      conference_sid: 'CF0000000a000040008000000000000000',
      start_time: '2023-11-14T22:13:20.125Z',
      sample_rate_hz: rateHz,
      samples: 80_000,
      entries_lost: 3,
      tracks: [{ number: 1, call_sid: call, label: 'Ana' }],
      entries: [
        { kind: 'join', start: 0, end: 0, call_sid: call, label: 'Ana\t"\n\u2028x' },
        { kind: 'talk', start: 0.000125, end: 0.500125, call_sid: call, label: 'Ana\t"\n\u2028x' },
        { kind: 'muted', start: 0.5, end: 10, call_sid: call, label: 'Ana\t"\n\u2028x' },
      ],
    });
    const empty = timelineOf(inputOf({}));
    expect(JSON.parse([...timelineJson({ ...head, startedAtMs: null }, [], empty)].join(''))).toMatchObject({
      start_time: null,
      entries: [],
    });
  });

  it('are labels, one a line whatever somebody is called', () => {
    expect([...audacityLabels(timeline, 'uuid')]).toEqual([
      `0.000000\t0.000000\tjoin Ana " x (${ana})\n`,
      `0.000125\t0.500125\ttalk Ana " x (${ana})\n`,
      `0.500000\t10.000000\tmuted Ana " x (${ana})\n`,
    ]);
  });
});
