import { describe, expect, it } from 'vitest';
import { callSidOf, end, join } from '../../test/support/callers.js';
import { ConferenceScript, conferenceAfter } from '../../test/support/conference-script.js';
import { nextDeadline } from './deadlines.js';
import { absentConference } from './state.js';

describe('nextDeadline', () => {
  it('is none while nobody is in', () => {
    expect(nextDeadline(absentConference)).toBeNull();
    expect(nextDeadline(conferenceAfter(join('A'), end).state)).toBeNull();
  });

  it('takes the leg out whose time is up first, counted from its own joining', () => {
    const script = new ConferenceScript();
    const openedAtMs = script.nowMs;
    script.play(join('A', { timeLimitSeconds: 100 }));
    script.wait(60_000);
    script.play(join('B', { timeLimitSeconds: 30 }));
    const deadline = nextDeadline(script.state);
    expect(deadline).toEqual({
      atMs: openedAtMs + 90_000,
      command: { kind: 'leave', callSid: callSidOf('B'), cause: 'time-limit' },
    });
    if (deadline !== null) script.play(deadline.command);
    expect(nextDeadline(script.state)?.atMs).toBe(openedAtMs + 100_000);
  });

  it('of equal ones names the leg that joined first', () => {
    expect(nextDeadline(conferenceAfter(join('B'), join('A')).state)?.command.callSid).toBe(callSidOf('B'));
  });
});
