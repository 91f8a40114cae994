import { describe, expect, it } from 'vitest';
import { type CallSid, epochMs } from '../base/brands.js';
import { type FlavourName, flavours } from '../base/flavour.js';
import { parseSid } from '../base/sids.js';
import type { Command, JoinCommand, ParticipantChanges } from '../conference/commands.js';
import { decide } from '../conference/decide.js';
import { evolveAll } from '../conference/evolve.js';
import { parseRoomName } from '../conference/room-name.js';
import { absentConference, type ConferenceState, statusCallbackTokens } from '../conference/state.js';
import { callbacksFor, firstSequenceNumber } from './callback-events.js';
import type { Callback } from './webhook.js';

const known = <T>(value: T | null): T => {
  if (value === null) throw new Error('a constant of this test does not parse');
  return value;
};

const accountSid = known(parseSid('account', 'b3877c40-da60-4998-90ad-b792e98472af'));
const conferenceSid = known(parseSid('conference', '0f0f1c2e-1111-4222-8333-444455556666'));
const alice = known(parseSid('call', '6f2d6b1e-7a52-4c0e-9a0d-0d6f6f3e1a11'));
const bob = known(parseSid('call', '7f2d6b1e-7a52-4c0e-9a0d-0d6f6f3e1a22'));
const startMs = 1_712_255_535_000;
const url = 'https://hooks.example.test/conf#rc=1';

const joining = (callSid: CallSid, changes: Partial<JoinCommand> = {}): JoinCommand => ({
  kind: 'join',
  accountSid,
  room: known(parseRoomName('Room 1234')),
  newConferenceSid: conferenceSid,
  callSid,
  call: { from: '+15550100001', to: '+15550100099', direction: 'inbound' },
  label: null,
  muted: false,
  beep: 'true',
  startConferenceOnEnter: true,
  endConferenceOnExit: false,
  wait: { kind: 'default-music' },
  coach: null,
  timeLimitSeconds: 14_400,
  continuesAfterDial: false,
  roomRequest: {
    statusCallback: { url, method: 'POST', events: statusCallbackTokens },
    maxParticipants: null,
    region: null,
    eventCallbackUrl: null,
  },
  ...changes,
});

const updating = (callSid: CallSid, changes: ParticipantChanges): Command => ({
  kind: 'update-participant',
  callSid,
  changes,
});
const leaving = (callSid: CallSid): Command => ({ kind: 'leave', callSid, cause: 'hung-up' });

/** Plays commands through the real core, one second apart, and gathers what would be sent. */
function play(commands: readonly Command[], flavour: FlavourName = 'signalwire'): readonly Callback[] {
  let state: ConferenceState = absentConference;
  let nextSequence = firstSequenceNumber;
  return commands.flatMap((command, second) => {
    const decided = decide(state, command, epochMs(startMs + second * 1000));
    if (!decided.ok) throw new Error(`refused: ${decided.error.kind}`);
    const before = state;
    state = evolveAll(before, decided.value);
    const output = callbacksFor({
      before,
      events: decided.value,
      after: state,
      nextSequence,
      flavour: flavours[flavour],
    });
    nextSequence = output.nextSequence;
    return output.callbacks;
  });
}

const names = (callbacks: readonly Callback[]) =>
  callbacks.map(({ parameters }) => `${parameters.get('SequenceNumber')} ${parameters.get('StatusCallbackEvent')}`);

const last = (callbacks: readonly Callback[]): Record<string, string> =>
  Object.fromEntries(callbacks.at(-1)?.parameters ?? []);

describe('callbacksFor', () => {
  it('sends the join of CONTRACT §12, in its order', () => {
    const [callback] = play([joining(alice)]);
    expect([...(callback?.parameters ?? [])].map(([name, value]) => `${name}=${value}`)).toEqual([
      'AccountSid=b3877c40-da60-4998-90ad-b792e98472af',
      'ApiVersion=2010-04-01',
      'CallSid=6f2d6b1e-7a52-4c0e-9a0d-0d6f6f3e1a11',
      'CallStatus=in-progress',
      'Coaching=false',
      'ConferenceSid=0f0f1c2e-1111-4222-8333-444455556666',
      'Direction=inbound',
      'EndConferenceOnExit=false',
      'EventName=participant-join',
      'FriendlyName=Room 1234',
      'From=+15550100001',
      'Hold=false',
      'Muted=false',
      'SequenceNumber=1',
      'StartConferenceOnEnter=true',
      'StatusCallbackEvent=participant-join',
      'Timestamp=Thu, 04 Apr 2024 18:32:15 +0000',
      'To=+15550100099',
    ]);
  });

  it('addresses the callback to the URL of the first leg, under a name that retries share', () => {
    expect(play([joining(alice)])[0]).toMatchObject({
      id: '0f0f1c2e-1111-4222-8333-444455556666-status-1',
      accountSid,
      conferenceSid,
      target: { url, method: 'POST' },
    });
  });

  it('tells of joins before the start they cause, and of the last leave before the end', () => {
    expect(names(play([joining(alice), joining(bob), leaving(alice), leaving(bob)]))).toEqual([
      '1 participant-join',
      '2 participant-join',
      '3 conference-start',
      '4 participant-leave',
      '5 participant-leave',
      '6 conference-end',
    ]);
  });

  it('names the leg that caused the start', () => {
    expect(last(play([joining(alice), joining(bob)]))).toEqual({
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallSid: bob,
      CallStatus: 'in-progress',
      ConferenceSid: conferenceSid,
      Direction: 'inbound',
      EventName: 'conference-start',
      FriendlyName: 'Room 1234',
      From: '+15550100001',
      SequenceNumber: '3',
      StatusCallbackEvent: 'conference-start',
      Timestamp: 'Thu, 04 Apr 2024 18:32:16 +0000',
      To: '+15550100099',
    });
  });

  it('tells at the end who and what ended it, and how long it lasted', () => {
    const moderator = joining(alice, { endConferenceOnExit: true, label: 'host' });
    const callbacks = play([moderator, joining(bob, { continuesAfterDial: true }), leaving(alice)]);
    expect(names(callbacks).slice(3)).toEqual(['4 participant-leave', '5 participant-leave', '6 conference-end']);
    expect(last(callbacks)).toEqual({
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallSid: alice,
      CallSidEndingConference: alice,
      CallStatus: 'completed',
      ConferenceSid: conferenceSid,
      Direction: 'inbound',
      Duration: '2',
      EventName: 'conference-end',
      FriendlyName: 'Room 1234',
      From: '+15550100001',
      ParticipantLabelEndingConference: 'host',
      Reason: 'A participant whose leaving ends the conference left.',
      ReasonConferenceEnded: 'participant-with-end-conference-on-exit-left',
      SequenceNumber: '6',
      StatusCallbackEvent: 'conference-end',
      Timestamp: 'Thu, 04 Apr 2024 18:32:17 +0000',
      To: '+15550100099',
    });
  });

  it('names no leg at an end that the API asked for', () => {
    const end = last(play([joining(alice), { kind: 'end' }]));
    expect(end).toMatchObject({ ReasonConferenceEnded: 'conference-ended-via-api', Duration: '1' });
    expect(Object.keys(end)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(CallSid|CallStatus|From|CallSidEndingConference)$/)]),
    );
  });

  it('says of who leaves why, what becomes of the call, and how it was', () => {
    const held = updating(alice, { muted: true, hold: { kind: 'silence' } });
    const callbacks = play([joining(alice, { label: 'host' }), joining(bob), held, leaving(alice)]);
    expect(last(callbacks)).toMatchObject({
      StatusCallbackEvent: 'participant-leave',
      CallSid: alice,
      CallStatus: 'completed',
      ParticipantCallStatus: 'completed',
      ReasonParticipantLeft: 'participant_hung_up',
      ParticipantLabel: 'host',
      Muted: 'true',
      Hold: 'true',
    });
  });

  it('says of a call that goes on after the end that it is in progress', () => {
    const moderator = joining(alice, { endConferenceOnExit: true });
    const callbacks = play([moderator, joining(bob, { continuesAfterDial: true }), leaving(alice)]);
    expect(Object.fromEntries(callbacks[4]?.parameters ?? [])).toMatchObject({
      CallSid: bob,
      CallStatus: 'in-progress',
      ParticipantCallStatus: 'in-progress',
      ReasonParticipantLeft: 'moderator_ended_conference',
    });
  });

  it.each<[string, ParticipantChanges, ParticipantChanges, Record<string, string>]>([
    ['participant-mute', {}, { muted: true }, { Muted: 'true', Hold: 'false' }],
    ['participant-unmute', { muted: true }, { muted: false }, { Muted: 'false' }],
    ['participant-hold', {}, { hold: { kind: 'default-music' } }, { Hold: 'true', Muted: 'false' }],
    ['participant-unhold', { hold: { kind: 'silence' } }, { hold: null }, { Hold: 'false' }],
    ['participant-modify', {}, { endConferenceOnExit: true }, { EndConferenceOnExit: 'true' }],
    ['participant-modify', {}, { coach: bob }, { Coaching: 'true', CallSidToCoach: bob }],
  ])('tells of %s', (name, first, second, expected) => {
    const callbacks = play([joining(alice), joining(bob), updating(alice, first), updating(alice, second)]);
    expect(last(callbacks)).toMatchObject({ StatusCallbackEvent: name, EventName: name, CallSid: alice, ...expected });
  });

  it('does not tell of other music for somebody held already, nor number it', () => {
    const url2 = { url: 'https://hooks.example.test/other.mp3', method: 'GET' } as const;
    const rehold = updating(alice, { hold: { kind: 'document', target: url2 } });
    const commands = [joining(alice), updating(alice, { hold: { kind: 'silence' } }), rehold, leaving(alice)];
    expect(names(play(commands))).toEqual([
      '1 participant-join',
      '2 participant-hold',
      '3 participant-leave',
      '4 conference-end',
    ]);
  });

  it('does not tell of a mute with which somebody joins', () => {
    expect(names(play([joining(alice, { muted: true })]))).toEqual(['1 participant-join']);
  });

  it('numbers what nobody subscribed to', () => {
    const roomRequest = {
      statusCallback: { url, method: 'POST', events: ['start', 'end'] },
      maxParticipants: null,
      region: null,
      eventCallbackUrl: null,
    } as const;
    const first = joining(alice, { roomRequest });
    expect(names(play([first, joining(bob), leaving(alice), leaving(bob)]))).toEqual([
      '3 conference-start',
      '6 conference-end',
    ]);
  });

  it('sends nothing when the first leg named no URL', () => {
    const silent = joining(alice, {
      roomRequest: { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl: null },
    });
    expect(play([silent, joining(bob), leaving(alice)])).toEqual([]);
  });

  it('tells of an announcement to all without a call, and to one with all that is known of it', () => {
    const announced = (callSid: CallSid | null, failure: string | null): Command => ({
      ...{ kind: 'note-announcement', url: 'https://e/news' },
      ...{ callSid, failure },
    });
    const all = last(play([joining(alice), joining(bob), announced(null, null)], 'twilio'));
    expect(all).toEqual({
      AccountSid: 'ACb3877c40da60499890adb792e98472af',
      AnnounceUrl: 'https://e/news',
      ConferenceSid: 'CF0f0f1c2e111142228333444455556666',
      FriendlyName: 'Room 1234',
      SequenceNumber: '4',
      StatusCallbackEvent: 'announcement-end',
      Timestamp: 'Thu, 04 Apr 2024 18:32:17 +0000',
    });
    expect(last(play([joining(alice), joining(bob), announced(bob, '11217: the answer was 404')]))).toMatchObject({
      AnnounceUrl: 'https://e/news',
      CallSid: bob,
      Muted: 'false',
      ReasonAnnouncementFailed: '11217: the answer was 404',
      StatusCallbackEvent: 'announcement-fail',
    });
    const gone = last(play([joining(alice), joining(bob), leaving(bob), announced(bob, 'the participant has left')]));
    expect(gone).toMatchObject({ StatusCallbackEvent: 'announcement-fail', AnnounceUrl: 'https://e/news' });
    expect(gone).not.toHaveProperty('CallSid');
  });

  it('tells of a leg whose wait URL failed with the reason that the contract has for it', () => {
    const failed: Command = { kind: 'leave', callSid: bob, cause: 'wait-failed' };
    expect(last(play([joining(alice), joining(bob, { continuesAfterDial: true }), failed]))).toMatchObject({
      ParticipantCallStatus: 'in-progress',
      ReasonParticipantLeft: 'participant_add_failed',
    });
  });

  it('posts the end to eventCallbackUrl with the parameters of conference-end, whoever else is told', () => {
    const eventCallbackUrl = 'https://hooks.example.test/end';
    const roomRequest = { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl } as const;
    const story = [joining(alice, { roomRequest }), joining(bob), leaving(alice), leaving(bob)];
    const callbacks = play(story);
    expect(callbacks.map(({ id, target }) => [id, target])).toEqual([
      [`${conferenceSid}-event`, { url: eventCallbackUrl, method: 'POST' }],
    ]);
    const told = play([joining(alice), joining(bob), leaving(alice), leaving(bob)]);
    expect(last(callbacks)).toEqual(last(told));
    expect(last(callbacks)).toMatchObject({
      EventName: 'conference-end',
      StatusCallbackEvent: 'conference-end',
      Duration: '3',
      ReasonConferenceEnded: 'last-participant-left',
    });
    // Where only recorded ends are told, this one is not.
    expect(play(story, 'twilio')).toEqual([]);
  });

  it('posts the end to the eventCallbackUrl of the first leg that names one, behind the status callback', () => {
    const roomRequest = {
      statusCallback: null,
      maxParticipants: null,
      region: null,
      eventCallbackUrl: 'https://hooks.example.test/late',
    };
    const callbacks = play([joining(alice), joining(bob, { roomRequest }), { kind: 'end' }]);
    expect(callbacks.slice(-2).map(({ target }) => target.url)).toEqual([url, 'https://hooks.example.test/late']);
  });

  it('leaves the SignalWire extras out of the Twilio flavour, and spells sids its way', () => {
    const callbacks = play([joining(alice), joining(bob), { kind: 'end' }], 'twilio');
    expect(Object.fromEntries(callbacks[0]?.parameters ?? [])).toEqual({
      AccountSid: 'ACb3877c40da60499890adb792e98472af',
      CallSid: 'CA6f2d6b1e7a524c0e9a0d0d6f6f3e1a11',
      Coaching: 'false',
      ConferenceSid: 'CF0f0f1c2e111142228333444455556666',
      EndConferenceOnExit: 'false',
      FriendlyName: 'Room 1234',
      Hold: 'false',
      Muted: 'false',
      SequenceNumber: '1',
      StartConferenceOnEnter: 'true',
      StatusCallbackEvent: 'participant-join',
      Timestamp: 'Thu, 04 Apr 2024 18:32:15 +0000',
    });
    expect([...(callbacks[2]?.parameters.keys() ?? [])]).toEqual([
      'AccountSid',
      'ConferenceSid',
      'FriendlyName',
      'SequenceNumber',
      'StatusCallbackEvent',
      'Timestamp',
    ]);
    expect([...(callbacks[5]?.parameters.keys() ?? [])]).toEqual([
      'AccountSid',
      'ConferenceSid',
      'FriendlyName',
      'Reason',
      'ReasonConferenceEnded',
      'SequenceNumber',
      'StatusCallbackEvent',
      'Timestamp',
    ]);
  });
});
