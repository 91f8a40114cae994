import { describe, expect, it } from 'vitest';
import { callSidOf, document, end, join, leave, music, update } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import type { Event } from './events.js';
import { evolve, evolveAll } from './evolve.js';
import { absentConference, type ConferenceState, type Participant } from './state.js';

function participant(state: ConferenceState, name: string): Participant | undefined {
  return state.phase === 'init' || state.phase === 'in-progress' ? state.participants.get(callSidOf(name)) : undefined;
}

const script = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }));
const { state } = script;
const atMs = script.nowMs;
const [b, stranger] = [callSidOf('B'), callSidOf('X')];

describe('evolve', () => {
  it('leaves the state before as it was', () => {
    const before = structuredClone(state);
    evolve(state, { kind: 'participant-muted', atMs, callSid: b, muted: true });
    evolve(state, {
      kind: 'participant-left',
      atMs,
      callSid: b,
      cause: null,
      reason: 'participant_hung_up',
      callContinues: false,
    });
    expect(state).toEqual(before);
  });

  it('bears the time of the last event', () => {
    script.wait(5000);
    const later = evolve(state, { kind: 'participant-muted', atMs: script.nowMs, callSid: b, muted: true });
    expect(later).toMatchObject({ createdAtMs: atMs, updatedAtMs: script.nowMs });
  });

  it('changes the flags of one participant alone', () => {
    const hold = document('https://app/hold');
    const held = evolve(state, { kind: 'participant-held', atMs, callSid: b, hold, announced: true });
    expect(participant(held, 'B')).toEqual({ ...participant(state, 'B'), hold });
    expect(participant(held, 'A')).toBe(participant(state, 'A'));
    const changes = { beep: 'on-enter', wait: music, endConferenceOnExit: true, coaching: null } as const;
    const modified = evolve(state, { kind: 'participant-modified', atMs, callSid: callSidOf('C'), changes });
    expect(participant(modified, 'C')).toEqual({ ...participant(state, 'C'), ...changes });
  });

  it('takes the target from the coaches of a leg that goes, and from no other', () => {
    const two = conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }), join('D', { coach: 'A' }), leave('B'));
    expect(participant(two.state, 'C')?.coaching).toEqual({ target: null });
    expect(participant(two.state, 'D')?.coaching).toEqual({ target: callSidOf('A') });
  });

  it('keeps of a completed conference what its callbacks and lists need', () => {
    const over = conferenceAfter(join('A', { label: 'host' }), join('B'), end);
    expect(over.state).toMatchObject({
      phase: 'completed',
      startedAtMs: atMs,
      endedAtMs: atMs,
      callSidEndingConference: null,
    });
    expect(over.state).not.toHaveProperty('participants');
    expect(conferenceAfter(join('A'), leave('A')).state).toMatchObject({ startedAtMs: null });
  });

  const left: Event = {
    kind: 'participant-left',
    atMs,
    callSid: stranger,
    cause: null,
    reason: 'participant_hung_up',
    callContinues: false,
  };
  const started: Event = { kind: 'conference-started', atMs, callSid: b };
  const ended: Event = {
    kind: 'conference-ended',
    atMs,
    reason: 'conference-ended-via-api',
    callSidEndingConference: null,
    labelEndingConference: null,
  };
  const completed = conferenceAfter(join('A'), end);
  const [creation, joining] = completed.events;

  it.each([
    { what: 'a second creation', from: state, event: creation },
    { what: 'a joining before the creation', from: absentConference, event: joining },
    { what: 'anything after the end', from: completed.state, event: left },
    { what: 'a second joining', from: state, event: joining },
    { what: 'a second start', from: state, event: started },
    { what: 'an end with people in', from: state, event: ended },
    { what: 'a stranger who leaves', from: state, event: left },
    {
      what: 'a stranger muted',
      from: state,
      event: { kind: 'participant-muted', atMs, callSid: stranger, muted: true } as const,
    },
  ])('stops at the bug of $what', ({ from, event }) => {
    if (event === undefined) throw new Error('the event exists');
    expect(() => evolve(from, event)).toThrow('assertion failed');
  });
});

describe('evolveAll', () => {
  it('gives what one event at a time gives, and leaves the state before as it was', () => {
    const long = conferenceAfter(
      join('A'),
      join('B'),
      update('B', { muted: true, hold: music }),
      leave('A'),
      join('C'),
    );
    const before = structuredClone(state);
    expect(long.replayed()).toEqual(long.state);
    evolveAll(state, conferenceAfter(join('A'), join('B'), join('C', { coach: 'B' }), end).events.slice(5));
    expect(state).toEqual(before);
  });

  it('gives back the very state when nothing happened', () => {
    expect(evolveAll(state, [])).toBe(state);
  });
});
