import { describe, expect, it } from 'vitest';
import { beepsOnEnter, beepsOnExit, withExitBeep } from './beep.js';
import type { Beep } from './state.js';

const table: readonly (readonly [Beep, boolean, boolean])[] = [
  ['true', true, true],
  ['false', false, false],
  ['on-enter', true, false],
  ['on-exit', false, true],
];

describe.each(table)('beep %s', (beep, onEnter, onExit) => {
  it('says when it sounds', () => {
    expect([beepsOnEnter(beep), beepsOnExit(beep)]).toEqual([onEnter, onExit]);
  });

  it.each([true, false])('withExitBeep %s changes the exit alone', (exit) => {
    const changed = withExitBeep(beep, exit);
    expect([beepsOnEnter(changed), beepsOnExit(changed)]).toEqual([onEnter, exit]);
  });
});
