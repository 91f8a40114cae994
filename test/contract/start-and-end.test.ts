/** CONTRACT §8.9, cases 1 to 17: how a conference starts and ends, and what its name means. */
import { describe, expect, it } from 'vitest';
import type { LeaveCause } from '../../src/conference/commands.js';
import { nextDeadline } from '../../src/conference/deadlines.js';
import { parseRoomName } from '../../src/conference/room-name.js';
import { accountSidOf, conferenceSidOf, end, join, leave, roomNamed } from '../support/callers.js';
import { ConferenceScript, conferenceAfter } from '../support/conference-script.js';

const nothing = 'create callback=- max=- region=-';
const cannotStart = { startConferenceOnEnter: false };

describe('start', () => {
  it('case 1: one leg with the defaults → it joined, hears the wait music, status init, no start', () => {
    const script = new ConferenceScript();
    expect(script.tell(join('A'))).toEqual([nothing, 'join A']);
    expect(script.state.phase).toBe('init');
    expect(script.hearing()).toEqual({ A: 'default-music' });
  });

  it('case 2: two legs with the defaults → one start, status in-progress, each hears the other', () => {
    const script = new ConferenceScript();
    expect(script.tell(join('A'), join('B'))).toEqual([nothing, 'join A', 'join B', 'start by B']);
    expect(script.tell(join('C'))).toEqual(['join C']);
    expect(script.state.phase).toBe('in-progress');
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A C', C: 'A B' });
  });

  it('case 3: two legs that may not start → no start, music for both, neither is muted', () => {
    const script = new ConferenceScript();
    expect(script.tell(join('A', cannotStart), join('B', cannotStart))).toEqual([nothing, 'join A', 'join B']);
    expect(script.state).toMatchObject({ phase: 'init' });
    expect(script.hearing()).toEqual({ A: 'default-music', B: 'default-music' });
    if (script.state.phase !== 'init') throw new Error('the conference waits');
    expect([...script.state.participants.values()].map(({ muted }) => muted)).toEqual([false, false]);
  });

  it('case 4: the first may start, the second may not → it starts when the second comes', () => {
    const script = conferenceAfter(join('A'));
    expect(script.tell(join('B', cannotStart))).toEqual(['join B', 'start by B']);
  });

  it('case 5: two wait, then one comes that may start → it starts then, and the music of the two stops', () => {
    const script = conferenceAfter(join('A', cannotStart), join('B', cannotStart));
    expect(script.tell(join('C'))).toEqual(['join C', 'start by C']);
    expect(script.hearing()).toEqual({ A: 'B C', B: 'A C', C: 'A B' });
  });

  it('case 6: the starter leaves two behind that could not have started it → in-progress, they talk on', () => {
    const script = conferenceAfter(join('A'), join('B', cannotStart), join('C', cannotStart));
    expect(script.tell(leave('A'))).toEqual(['leave A participant_hung_up completed']);
    expect(script.state.phase).toBe('in-progress');
    expect(script.hearing()).toEqual({ B: 'C', C: 'B' });
  });

  it('case 7: all but one leave → in-progress, that one hears silence; the next to come is simply heard', () => {
    const script = conferenceAfter(join('A'), join('B'), join('C'), leave('A'), leave('B'));
    expect(script.state.phase).toBe('in-progress');
    expect(script.hearing()).toEqual({ C: '' });
    expect(script.tell(join('D', cannotStart))).toEqual(['join D']);
    expect(script.hearing()).toEqual({ C: 'D', D: 'C' });
  });
});

describe('end', () => {
  it('case 8: the only leg leaves before the start → completed, last-participant-left, never a start', () => {
    const script = new ConferenceScript();
    expect(script.tell(join('A', { label: 'host' }), leave('A'))).toEqual([
      nothing,
      'join A',
      'leave A participant_hung_up completed',
      'end last-participant-left by A "host"',
    ]);
    expect(script.state).toMatchObject({ phase: 'completed', startedAtMs: null });
    expect(conferenceAfter(join('A')).tell(leave('A', 'removed-via-api')).at(-1)).toBe(
      'end last-participant-kicked by A',
    );
  });

  const causes: readonly (readonly [string, LeaveCause, string, string])[] = [
    ['hang-up', 'hung-up', 'participant_hung_up', 'left'],
    ['*', 'hangup-on-star', 'participant_hung_up', 'left'],
    ['time limit', 'time-limit', 'participant_hung_up', 'left'],
    ['removal', 'removed-via-api', 'participant_updated_via_api', 'kicked'],
    ['redirect', 'redirected-via-api', 'participant_updated_via_api', 'left'],
    ['loss of its media', 'media-lost', 'participant_hung_up', 'left'],
  ];
  it.each(causes)('case 9: a moderator leaves by %s → the end for all', (_, cause, reason, how) => {
    const moderator = join('M', { endConferenceOnExit: true, continuesAfterDial: true });
    const script = conferenceAfter(join('A'), moderator, join('N', { endConferenceOnExit: true }));
    expect(script.tell(leave('M', cause))).toEqual([
      `leave M ${reason} ${cause === 'hung-up' || cause === 'media-lost' ? 'completed' : 'in-progress'}`,
      'leave A moderator_ended_conference completed',
      'leave N moderator_ended_conference completed',
      `end participant-with-end-conference-on-exit-${how} by M`,
    ]);
    expect(script.state.phase).toBe('completed');
  });

  it('case 9: the time limit of a moderator is a deadline of the conference, and ends it', () => {
    const script = conferenceAfter(join('A'), join('M', { endConferenceOnExit: true, timeLimitSeconds: 60 }));
    const deadline = nextDeadline(script.state);
    if (deadline === null) throw new Error('somebody has a time limit');
    script.wait(60_000);
    expect(deadline.atMs).toBe(script.nowMs);
    expect(script.tell(deadline.command).at(-1)).toBe('end participant-with-end-conference-on-exit-left by M');
  });

  it('case 10: a moderator leaves while alone and waiting → completed, because of the moderator', () => {
    const script = conferenceAfter(join('M', { endConferenceOnExit: true }));
    expect(script.tell(leave('M'))).toEqual([
      'leave M participant_hung_up completed',
      'end participant-with-end-conference-on-exit-left by M',
    ]);
    expect(script.state).toMatchObject({ phase: 'completed', startedAtMs: null });
  });

  it('case 10: a moderator leaves others behind who wait → they leave as well', () => {
    const waiting = conferenceAfter(join('A', cannotStart), join('M', { ...cannotStart, endConferenceOnExit: true }));
    expect(waiting.tell(leave('M'))).toEqual([
      'leave M participant_hung_up completed',
      'leave A moderator_ended_conference completed',
      'end participant-with-end-conference-on-exit-left by M',
    ]);
  });

  it('case 11: ended through the API → everybody leaves, a call with something to run goes on', () => {
    const script = conferenceAfter(join('A', { continuesAfterDial: true }), join('B'));
    expect(script.tell(end)).toEqual([
      'leave A conference_ended_via_api in-progress',
      'leave B conference_ended_via_api completed',
      'end conference-ended-via-api by nobody',
    ]);
  });

  it('beyond the cases: cut off by a crash → everybody leaves, and no call goes on', () => {
    const script = conferenceAfter(join('A', { continuesAfterDial: true }), join('B'));
    expect(script.tell({ kind: 'end', because: 'daemon-restarted' })).toEqual([
      'leave A daemon_restarted completed',
      'leave B daemon_restarted completed',
      'end daemon-restarted by nobody',
    ]);
  });

  it('case 12: ended through the API twice → the second is refused', () => {
    expect(conferenceAfter(join('A'), end).refuse(end)).toBe('conference-completed');
  });
});

describe('names', () => {
  it('case 14: a name used again after the end → the old conference takes nobody, the new one has a new sid', () => {
    const first = conferenceAfter(join('A'), leave('A'));
    expect(first.refuse(join('A', { newConferenceSid: conferenceSidOf('conf2') }))).toBe('conference-completed');
    const second = conferenceAfter(join('A', { newConferenceSid: conferenceSidOf('conf2') }));
    expect(first.state).toMatchObject({ phase: 'completed', conferenceSid: conferenceSidOf('conf1') });
    expect(second.state).toMatchObject({ phase: 'init', conferenceSid: conferenceSidOf('conf2'), room: 'Room 1234' });
  });

  it('case 15, in the core: of two first legs only the first brings the sid of the conference', () => {
    const script = conferenceAfter(join('A'), join('B', { newConferenceSid: conferenceSidOf('conf2') }));
    expect(script.state).toMatchObject({ phase: 'in-progress', conferenceSid: conferenceSidOf('conf1') });
  });

  it('case 16, in the core: the same name in two accounts → two conferences that cannot reach each other', () => {
    const mine = conferenceAfter(join('A'), join('B'));
    const theirs = conferenceAfter(
      join('C', { accountSid: accountSidOf('acc2') }),
      join('D', { accountSid: accountSidOf('acc2') }),
    );
    expect(mine.hearing()).toEqual({ A: 'B', B: 'A' });
    expect(theirs.hearing()).toEqual({ C: 'D', D: 'C' });
    expect(theirs.refuse(join('E', { accountSid: accountSidOf('acc2'), coach: 'A' }))).toBe('coach-target-missing A');
  });

  it('case 17: white space around a name is not part of it', () => {
    expect(parseRoomName('\n  Room 1234\n')).toBe(roomNamed('Room 1234'));
  });
});
