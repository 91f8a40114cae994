/** CONTRACT §8.9, cases 51 to 53, from the rules of the conference to the parameters of its callbacks. */
import { describe, expect, it } from 'vitest';
import { statusCallbackTokens } from '../../src/conference/state.js';
import { toldOf } from '../support/callback-script.js';
import { callSidOf, end, join, leave, music, speech, tellAt, update } from '../support/callers.js';

const toldOfAll = { roomRequest: { statusCallback: { ...tellAt('https://app/all'), events: statusCallbackTokens } } };

const busyRoom = [
  join('A', toldOfAll),
  join('B', { label: 'agent' }),
  update('B', { muted: true, hold: music, beepOnExit: false }),
  join('C', { coach: 'A' }),
  leave('B'),
  end,
];

describe('callbacks', () => {
  it('case 51: sequence numbers grow by one over the life of a conference', () => {
    const told = toldOf(busyRoom);
    expect(told.map(({ parameters }) => `${parameters.SequenceNumber} ${parameters.StatusCallbackEvent}`)).toEqual([
      '1 participant-join',
      '2 participant-join',
      '3 conference-start',
      '4 participant-mute',
      '5 participant-hold',
      '6 participant-modify',
      '7 participant-join',
      '8 participant-leave',
      '9 participant-leave',
      '10 participant-leave',
      '11 conference-end',
    ]);
  });

  it('case 52: the caller hangs up → participant_hung_up, the call is over', () => {
    const told = toldOf([join('A', { ...toldOfAll, continuesAfterDial: true }), join('B'), leave('A', 'hung-up')]);
    expect(told.at(-1)?.parameters).toMatchObject({
      StatusCallbackEvent: 'participant-leave',
      CallSid: callSidOf('A'),
      ReasonParticipantLeft: 'participant_hung_up',
      ParticipantCallStatus: 'completed',
    });
  });

  it('case 53: the call is redirected → participant_updated_via_api, the call goes on', () => {
    const told = toldOf([join('A', toldOfAll), join('B'), leave('A', 'redirected-via-api')]);
    expect(told.at(-1)?.parameters).toMatchObject({
      StatusCallbackEvent: 'participant-leave',
      CallSid: callSidOf('A'),
      ReasonParticipantLeft: 'participant_updated_via_api',
      ParticipantCallStatus: 'in-progress',
    });
  });

  it('speech is told to who asked for it, numbered with the rest (§3.1, `speaker`)', () => {
    const told = toldOf([
      join('A', { ...toldOfAll, label: 'chair' }),
      join('B'),
      speech('A', true),
      update('A', { muted: true }),
      speech('A', false),
      leave('B'),
    ]);
    expect(told.slice(3).map(({ parameters }) => `${parameters.SequenceNumber} ${parameters.EventName}`)).toEqual([
      '4 participant-speech-start',
      '5 participant-mute',
      '6 participant-speech-stop',
      '7 participant-leave',
    ]);
    expect(told[3]?.parameters).toMatchObject({
      StatusCallbackEvent: 'participant-speech-start',
      CallSid: callSidOf('A'),
      ParticipantLabel: 'chair',
      CallStatus: 'in-progress',
      Muted: 'false',
      Hold: 'false',
      Coaching: 'false',
      StartConferenceOnEnter: 'true',
      EndConferenceOnExit: 'false',
    });
    expect(told[5]?.parameters).toMatchObject({ CallSid: callSidOf('A'), Muted: 'true' });
  });

  it('speech that nobody asked for makes no gap in the numbers', () => {
    const quietly = { roomRequest: { statusCallback: tellAt('https://app/quiet') } };
    const told = toldOf([join('A', quietly), join('B'), speech('A', true), speech('A', false), leave('B')]);
    expect(told.map(({ parameters }) => Number(parameters.SequenceNumber))).toEqual([1, 2, 3, 4]);
  });

  it('the last leg to go is the one that ended the conference (§12)', () => {
    expect(toldOf([join('A', toldOfAll), leave('A')]).at(-1)?.parameters).toMatchObject({
      StatusCallbackEvent: 'conference-end',
      ReasonConferenceEnded: 'last-participant-left',
      CallSidEndingConference: callSidOf('A'),
    });
  });
});
