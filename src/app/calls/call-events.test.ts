import { describe, expect, it } from 'vitest';
import { join, leave } from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import type { Command } from '../../conference/commands.js';
import { withCallEvents } from './call-events.js';

const kinds = (script: ConferenceScript, ...commands: readonly Command[]): readonly string[] =>
  withCallEvents(script.play(...commands)).map(({ kind }) => kind);

describe('withCallEvents', () => {
  it('begins a call before the join that it is dialed for', () => {
    expect(kinds(new ConferenceScript(), join('A'))).toEqual([
      'call-dialed',
      'conference-created',
      'participant-joined',
    ]);
  });

  it('ends a call after the leave it does not survive', () => {
    const script = new ConferenceScript();
    script.play(join('A'), join('B', { continuesAfterDial: true }));
    expect(kinds(script, { kind: 'end' })).toEqual([
      'participant-left',
      'call-completed',
      'participant-left',
      'conference-ended',
    ]);
  });

  it('leaves a call alone that goes on after its dial', () => {
    const script = new ConferenceScript();
    script.play(join('A', { continuesAfterDial: true }), join('B'));
    expect(kinds(script, leave('A', 'time-limit'))).toEqual(['participant-left']);
    expect(kinds(script, leave('B'))).toContain('call-completed');
  });
});
