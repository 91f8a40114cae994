import { describe, expect, it } from 'vitest';
import { end, join, leave, nameOf, update } from '../../test/support/callers.js';
import { ConferenceScript } from '../../test/support/conference-script.js';
import { beepsOf, withExitBeep } from './beep.js';
import type { Command } from './commands.js';

describe('withExitBeep', () => {
  it.each([
    ['true', true, 'true'],
    ['true', false, 'on-enter'],
    ['on-enter', true, 'true'],
    ['on-enter', false, 'on-enter'],
    ['on-exit', true, 'on-exit'],
    ['on-exit', false, 'false'],
    ['false', true, 'on-exit'],
    ['false', false, 'false'],
  ] as const)('%s with exit %s is %s', (beep, exit, expected) => {
    expect(withExitBeep(beep, exit)).toBe(expected);
  });
});

describe('beepsOf', () => {
  /** What the last command is marked by: `enter but A`. */
  function lastBeeps(...commands: readonly Command[]): readonly string[] {
    const script = new ConferenceScript();
    let [before, events] = [script.state, script.events.slice()];
    for (const command of commands) {
      before = script.state;
      events = [...script.play(command)];
    }
    return beepsOf(before, events, script.state).map(({ which, except }) =>
      except === null ? which : `${which} but ${nameOf(except)}`,
    );
  }
  const talking = [join('A'), join('B')];

  it.each([
    ['true', ['enter but C'], ['exit']],
    ['false', [], []],
    ['on-enter', ['enter but C'], []],
    ['on-exit', [], ['exit']],
  ] as const)('case 31: beep=%s marks a newcomer as %j, and a leaver as %j', (beep, entering, leaving) => {
    expect(lastBeeps(...talking, join('C', { beep }))).toEqual(entering);
    expect(lastBeeps(...talking, join('C', { beep }), leave('C'))).toEqual(leaving);
  });

  it('marks the start for everybody, by the beep of whoever started it', () => {
    expect(lastBeeps(...talking)).toEqual(['enter']);
    expect(lastBeeps(join('A', { beep: 'false' }), join('B'))).toEqual(['enter']);
    expect(lastBeeps(join('A'), join('B', { beep: 'false' }))).toEqual([]);
  });

  it('marks nobody before the start, and not the end', () => {
    const waits = { startConferenceOnEnter: false };
    expect(lastBeeps(join('A', waits))).toEqual([]);
    expect(lastBeeps(join('A', waits), join('B', waits))).toEqual([]);
    expect(lastBeeps(join('A', waits), join('B', waits), leave('B'))).toEqual([]);
    expect(lastBeeps(...talking, end)).toEqual([]);
    expect(lastBeeps(join('A', { endConferenceOnExit: true }), join('B'), leave('A'))).toEqual([]);
    expect(lastBeeps(...talking, leave('A'), leave('B'))).toEqual([]);
  });

  it('marks the muted and the coach as anybody, and a leaver by the value it has then', () => {
    expect(lastBeeps(...talking, join('C', { muted: true }))).toEqual(['enter but C']);
    expect(lastBeeps(...talking, join('C', { coach: 'A' }))).toEqual(['enter but C']);
    expect(lastBeeps(...talking, update('B', { beepOnExit: false }), leave('B'))).toEqual([]);
    expect(lastBeeps(...talking, leave('B'))).toEqual(['exit']);
  });
});
