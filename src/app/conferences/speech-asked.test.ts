import { describe, expect, it } from 'vitest';
import { conferenceSidOf, end, join, leave, tellAt, tellOfSpeechAt } from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { assert } from '../../base/assert.js';
import type { Command } from '../../conference/commands.js';
import type { StatusCallback } from '../../conference/state.js';
import { SpeechAsked } from './speech-asked.js';

function asking() {
  const told: boolean[] = [];
  const speech = new SpeechAsked({ tellOfSpeech: (isAsked) => told.push(isAsked) });
  const conference = (name: string, statusCallback: StatusCallback) => {
    const script = new ConferenceScript();
    const play = (command: Command): void => {
      script.play(command);
      assert(script.state.phase !== 'absent', 'somebody has joined');
      speech.changed(script.state);
    };
    play(join('A', { newConferenceSid: conferenceSidOf(name), roomRequest: { statusCallback } }));
    return play;
  };
  return { told, conference };
}

describe('SpeechAsked', () => {
  it('tells engines from the first conference that asks until the last is over, and nothing between', () => {
    const { told, conference } = asking();
    const quiet = conference('quiet', tellAt('https://app.example/events'));
    expect(told).toEqual([]);
    const one = conference('one', tellOfSpeechAt('https://app.example/events'));
    expect(told).toEqual([true]);
    const two = conference('two', tellOfSpeechAt('https://app.example/events'));
    one(join('B'));
    one(leave('B'));
    one(end);
    quiet(end);
    expect(told).toEqual([true]);
    two(end);
    expect(told).toEqual([true, false]);
  });
});
