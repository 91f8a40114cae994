import { describe, expect, it } from 'vitest';
import {
  accountSidOf,
  callSidOf,
  conferenceSidOf,
  document,
  end,
  join,
  leave,
  music,
  roomNamed,
  saysNothing,
  update,
} from '../../test/support/callers.js';
import { ConferenceScript, conferenceAfter } from '../../test/support/conference-script.js';
import type { LeaveCause } from './commands.js';
import { decide } from './decide.js';

describe('decide: join', () => {
  it('creates, joins and starts in this order, each event with the time and all it changes', () => {
    const script = new ConferenceScript();
    const atMs = script.nowMs;
    const first = join('A', { roomRequest: { region: 'ie1' }, label: 'host', muted: true, timeLimitSeconds: 60 });
    expect(script.play(first)).toEqual([
      {
        kind: 'conference-created',
        atMs,
        accountSid: accountSidOf('acc'),
        conferenceSid: conferenceSidOf('conf1'),
        room: 'Room 1234',
        settings: { ...saysNothing, region: 'ie1' },
      },
      {
        kind: 'participant-joined',
        atMs,
        participant: {
          callSid: callSidOf('A'),
          call: first.call,
          label: 'host',
          joinedAtMs: atMs,
          updatedAtMs: atMs,
          timeLimitAtMs: atMs + 60_000,
          muted: true,
          hold: null,
          wait: music,
          beep: 'true',
          startConferenceOnEnter: true,
          endConferenceOnExit: false,
          coaching: null,
          speaking: false,
          continuesAfterDial: false,
        },
      },
    ]);
    expect(script.tell(join('B'))).toEqual(['join B', 'start by B']);
  });

  it('tells what it took from a later leg before that leg', () => {
    const script = conferenceAfter(join('A'));
    expect(script.tell(join('B', { roomRequest: { maxParticipants: 3 } }))).toEqual([
      'take callback=- max=3 region=-',
      'join B',
      'start by B',
    ]);
    expect(script.tell(join('C', { roomRequest: { maxParticipants: 9 } }))).toEqual(['join C']);
    expect(script.refuse(join('D'))).toBe('conference-full 3');
  });

  it('measures the first leg that names a limit by that limit, and takes nothing from a leg it refuses', () => {
    const script = conferenceAfter(join('A'), join('B'));
    expect(script.refuse(join('C', { roomRequest: { maxParticipants: 2 } }))).toBe('conference-full 2');
    expect(script.tell(join('C'))).toEqual(['join C']);
  });

  it('refuses for the first of several reasons', () => {
    const script = conferenceAfter(join('A', { label: 'x', roomRequest: { maxParticipants: 2 } }), join('B'));
    expect(script.refuse(join('B', { label: 'x', coach: 'B' }))).toBe('already-joined B');
    expect(script.refuse(join('C', { label: 'x', coach: 'C' }))).toBe('conference-full 2');
    script.play(leave('B'));
    expect(script.refuse(join('C', { label: 'x', coach: 'C' }))).toBe('label-in-use x');
    expect(script.refuse(join('C', { coach: 'C' }))).toBe('coach-self C');
  });

  it('gives a label free again when its bearer has gone', () => {
    const script = conferenceAfter(join('A', { label: 'x' }), join('B'), leave('A'));
    expect(script.tell(join('C', { label: 'x' }))).toEqual(['join C']);
  });

  it('stops at the bug of a leg sent to the conference of another room or account', () => {
    const { state, nowMs } = conferenceAfter(join('A'));
    expect(() => decide(state, join('B', { room: roomNamed('Other') }), nowMs)).toThrow('assertion failed');
    expect(() => decide(state, join('B', { accountSid: accountSidOf('acc2') }), nowMs)).toThrow('assertion failed');
  });
});

describe('decide: leave', () => {
  const causes: readonly (readonly [LeaveCause, string, boolean, boolean])[] = [
    ['hung-up', 'participant_hung_up', false, false],
    ['hangup-on-star', 'participant_hung_up', false, true],
    ['time-limit', 'participant_hung_up', false, true],
    ['removed-via-api', 'participant_updated_via_api', false, true],
    ['redirected-via-api', 'participant_updated_via_api', true, true],
    ['media-lost', 'participant_hung_up', false, false],
  ];

  it.each(causes)('by %s is told as %s', (cause, reason, withNothingAfter, withAction) => {
    for (const continuesAfterDial of [false, true]) {
      const script = conferenceAfter(join('A', { continuesAfterDial }), join('B'));
      expect(script.play(leave('A', cause))).toEqual([
        {
          kind: 'participant-left',
          atMs: script.nowMs,
          callSid: callSidOf('A'),
          cause,
          reason,
          callContinues: continuesAfterDial ? withAction : withNothingAfter,
        },
      ]);
    }
  });

  it('of a moderator is told first, then of the others in the order of joining, then the end', () => {
    const script = conferenceAfter(
      join('A'),
      join('M', { endConferenceOnExit: true, label: 'host' }),
      join('B', { continuesAfterDial: true }),
    );
    expect(script.tell(leave('M'))).toEqual([
      'leave M participant_hung_up completed',
      'leave A moderator_ended_conference completed',
      'leave B moderator_ended_conference in-progress',
      'end participant-with-end-conference-on-exit-left by M "host"',
    ]);
    expect(script.events.at(-2)).toMatchObject({ cause: null });
  });
});

describe('decide: update-participant', () => {
  it('tells mute, hold and the rest in this order, and nothing twice', () => {
    const script = conferenceAfter(join('A'), join('B'));
    const everything = update('A', {
      wait: document('https://app/wait'),
      coach: callSidOf('B'),
      endConferenceOnExit: true,
      beepOnExit: false,
      hold: document('https://app/hold'),
      muted: true,
    });
    expect(script.tell(everything)).toEqual([
      'mute A',
      'hold A POST https://app/hold',
      'modify A coaching=B wait=POST https://app/wait beep=on-enter end=true',
    ]);
    expect(script.tell(everything)).toEqual([]);
    expect(script.tell(update('A', {}))).toEqual([]);
  });

  it('changes nothing when one of the changes is refused', () => {
    const script = conferenceAfter(join('A'), join('B'));
    expect(script.refuse(update('A', { muted: true, coach: callSidOf('X') }))).toBe('coach-target-missing X');
    expect(script.tell(update('A', { muted: false }))).toEqual([]);
  });

  it('takes the same coach target again though that leg is now on hold', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }), update('B', { hold: music }));
    expect(script.tell(update('C', { coach: callSidOf('B') }))).toEqual([]);
    expect(script.refuse(update('A', { coach: callSidOf('B') }))).toBe('coach-target-on-hold B');
  });

  it('ends coaching also when the coached leg has gone', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }), leave('B'));
    expect(script.tell(update('C', { coach: null }))).toEqual(['modify C coaching=off']);
    expect(script.tell(update('C', { coach: null }))).toEqual([]);
  });
});

describe('decide: whom it refuses altogether', () => {
  const { state: completed, nowMs } = conferenceAfter(join('A'), end);
  const others = [leave('A'), update('A', { muted: true }), end];

  it.each([join('B'), ...others])('$kind: a completed conference is never touched again', (command) => {
    expect(decide(completed, command, nowMs)).toEqual({ ok: false, error: { kind: 'conference-completed' } });
  });

  it.each(others)('$kind: a room that nobody joined is unknown', (command) => {
    expect(new ConferenceScript().refuse(command)).toBe('conference-unknown');
  });

  it.each([leave('X'), update('X', { muted: true })])('$kind: a call that is not in is unknown', (command) => {
    expect(conferenceAfter(join('A')).refuse(command)).toBe('participant-unknown X');
  });
});
