import { describe, expect, it } from 'vitest';
import {
  accountA,
  callSid,
  conferenceSid,
  participant,
  roomName,
} from '../../../test/support/grpc/fake-application.js';
import { reader } from '../../../test/support/grpc/grpc-client.js';
import { eventually, type Served, serveFake } from '../../../test/support/grpc/served.js';
import type { JournalEntry } from '../../app/ports.js';
import { epochMs } from '../../base/brands.js';
import { CallStatus } from '../../gen/parley/v1/call_pb.js';
import { Beep, StatusCallbackEvent } from '../../gen/parley/v1/dial_pb.js';
import { FindingLevel, LeaveCause, MediaStopReason } from '../../gen/parley/v1/event_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { LeftReason } from '../../gen/parley/v1/participant_pb.js';

const { watchEvents } = EventService.method;
const atMs = epochMs(1_712_255_535_250);
const one = callSid('1');
const call = { from: '+15550100001', to: '+15550100002', direction: 'outbound-api' } as const;

const muted = (cursor: number): JournalEntry => ({
  cursor: BigInt(cursor),
  accountSid: accountA,
  conferenceSid,
  atMs,
  event: { kind: 'participant-muted', callSid: one, muted: true, atMs },
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
});

/** A journal of a fixed length that forgets its oldest. */
function journalOf(served: Served, kept = Number.POSITIVE_INFINITY) {
  const entries: JournalEntry[] = [];
  const state = { listeners: new Set<() => void>(), reads: 0 };
  let written = 0;
  served.answers.newestCursor = async () => BigInt(written);
  served.answers.journal = async (_account, cursor, limit) => {
    state.reads += 1;
    const missed = entries[0] !== undefined && entries[0].cursor > cursor + 1n;
    return { entries: entries.filter((entry) => entry.cursor > cursor).slice(0, limit), missed };
  };
  served.answers.onCommit = (_account, listener) => {
    state.listeners.add(listener);
    return () => state.listeners.delete(listener);
  };
  const commit = (entry: (cursor: number) => JournalEntry): void => {
    written += 1;
    entries.push(entry(written));
    if (entries.length > kept) entries.shift();
    for (const listener of state.listeners) listener();
  };
  return { commit, state };
}

const cursorsOf = async (
  messages: { next(): Promise<{ message: { value?: unknown; case: unknown } } | null> },
  count: number,
) => {
  const seen: unknown[] = [];
  while (seen.length < count) {
    const message = (await messages.next())?.message;
    seen.push(message?.case === 'event' ? Number((message.value as { cursor: bigint }).cursor) : message?.case);
  }
  return seen;
};

describe('WatchEvents', () => {
  it('sends what comes from now on when no cursor is given', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served);
    commit(muted);
    const messages = reader(served.client.serverStream(watchEvents, {}));
    expect(await messages.next()).toMatchObject({ message: { case: 'watchStarted', value: { cursor: 1n } } });
    commit(muted);
    commit(muted);
    expect(await cursorsOf(messages, 2)).toEqual([2, 3]);
  });

  it('sends all that is kept after a cursor, then goes on, nothing twice and nothing left out', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served);
    for (let count = 0; count < 1000; count += 1) commit(muted);
    const messages = reader(served.client.serverStream(watchEvents, { cursor: 3n }));
    expect(await cursorsOf(messages, 501)).toEqual([
      'watchStarted',
      ...Array.from({ length: 500 }, (_, index) => index + 4),
    ]);
    for (let count = 0; count < 100; count += 1) commit(muted);
    expect(await cursorsOf(messages, 597)).toEqual(Array.from({ length: 597 }, (_, index) => index + 504));
  });

  it('says so when the journal no longer has what comes next', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served, 2);
    for (let count = 0; count < 10; count += 1) commit(muted);
    const messages = reader(served.client.serverStream(watchEvents, { cursor: 5n }));
    expect(await cursorsOf(messages, 4)).toEqual(['watchStarted', 'eventsMissed', 9, 10]);
  });

  it('tells a reader that falls behind what the journal forgot meanwhile, and keeps nothing for it', async () => {
    const served = await serveFake();
    const { commit, state } = journalOf(served, 2000);
    const stream = served.client.serverStream(watchEvents, { cursor: 0n });
    const messages = reader(stream);
    await messages.next();
    stream.pause();
    const long = (cursor: number): JournalEntry => ({
      ...muted(cursor),
      event: {
        kind: 'conference-created',
        accountSid: accountA,
        conferenceSid,
        room: roomName('x'.repeat(128)),
        settings: {
          statusCallback: { url: `http://e/${'x'.repeat(4000)}`, method: 'GET', events: [] },
          maxParticipants: null,
          region: null,
          eventCallbackUrl: null,
        },
        atMs,
      },
    });
    for (let round = 0; round < 100; round += 1) {
      for (let count = 0; count < 100; count += 1) commit(long);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const readsWhilePaused = state.reads;
    stream.resume();
    const seen: unknown[] = [];
    while (seen.at(-1) !== 10_000) seen.push(...(await cursorsOf(messages, 1)));
    expect(seen).toContain('eventsMissed');
    expect(readsWhilePaused).toBeLessThan(10);
    const cursors = seen.filter((each) => typeof each === 'number');
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
  });

  it('lets go of the journal when the client goes away', async () => {
    const served = await serveFake();
    const { state } = journalOf(served);
    const stream = served.client.serverStream(watchEvents, {});
    stream.on('error', () => {});
    await reader(stream).next();
    expect(state.listeners.size).toBe(1);
    stream.cancel();
    await eventually(() => state.listeners.size).toBe(0);
  });

  it('shows every kind of event with all it carries', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served);
    const settings = {
      statusCallback: { url: 'http://e/', method: 'POST', events: ['start', 'speaker'] },
      maxParticipants: 7,
      region: 'ie1',
      eventCallbackUrl: 'http://e/end',
    } as const;
    const none = { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl: null };
    const events: readonly [JournalEntry['event'], object][] = [
      [
        { kind: 'conference-created', accountSid: accountA, conferenceSid, room: roomName('r'), settings, atMs },
        {
          case: 'conferenceCreated',
          value: {
            roomName: 'r',
            settings: {
              statusCallback: 'http://e/',
              statusCallbackEvent: [StatusCallbackEvent.START, StatusCallbackEvent.SPEAKER],
              maxParticipants: 7,
              region: 'ie1',
              eventCallbackUrl: 'http://e/end',
            },
          },
        },
      ],
      [
        { kind: 'room-settings-taken', settings: none, atMs },
        { case: 'roomSettingsTaken', value: { settings: { statusCallbackEvent: [] } } },
      ],
      [
        { kind: 'participant-joined', participant: participant(one), atMs },
        { case: 'participantJoined', value: { participant: { callSid: one, conferenceSid, accountSid: accountA } } },
      ],
      [
        { kind: 'conference-started', callSid: one, atMs },
        { case: 'conferenceStarted', value: { callSid: one } },
      ],
      [
        {
          kind: 'participant-left',
          callSid: one,
          cause: 'hangup-on-star',
          reason: 'participant_hung_up',
          callContinues: true,
          atMs,
        },
        {
          case: 'participantLeft',
          value: {
            callSid: one,
            cause: LeaveCause.HANGUP_ON_STAR,
            reason: LeftReason.PARTICIPANT_HUNG_UP,
            callContinues: true,
          },
        },
      ],
      [
        {
          kind: 'participant-left',
          callSid: one,
          cause: null,
          reason: 'moderator_ended_conference',
          callContinues: false,
          atMs,
        },
        {
          case: 'participantLeft',
          value: { cause: LeaveCause.UNSPECIFIED, reason: LeftReason.MODERATOR_ENDED_CONFERENCE, callContinues: false },
        },
      ],
      [
        {
          kind: 'conference-ended',
          reason: 'last-participant-left',
          callSidEndingConference: one,
          labelEndingConference: 'agent',
          atMs,
        },
        { case: 'conferenceEnded', value: { reason: 2, callSidEndingConference: one, labelEndingConference: 'agent' } },
      ],
      [
        { kind: 'announcement-ended', callSid: one, url: 'https://e/', failure: 'gone', atMs },
        { case: 'announcementEnded', value: { callSid: one, url: 'https://e/', failure: 'gone' } },
      ],
      [
        { kind: 'call-progressed', callSid: one, call, label: 'agent', status: 'answered', atMs },
        { case: 'callProgressed', value: { callSid: one, facts: { to: call.to }, status: CallStatus.IN_PROGRESS } },
      ],
      [
        { kind: 'call-progressed', callSid: one, call, label: null, status: 'no-answer', atMs },
        { case: 'callProgressed', value: { callSid: one, status: CallStatus.NO_ANSWER } },
      ],
      [
        {
          ...{ kind: 'participant-add-failed', callSid: one, reason: 'participant_add_failed', failure: 'busy', atMs },
          party: participant(one, { label: 'agent' }),
        },
        { case: 'participantAddFailed', value: { callSid: one, status: CallStatus.BUSY, label: 'agent' } },
      ],
      [
        { kind: 'participant-muted', callSid: one, muted: true, atMs },
        { case: 'participantMuted', value: { callSid: one, muted: true } },
      ],
      [
        { kind: 'participant-held', callSid: one, hold: { kind: 'silence' }, announced: true, atMs },
        { case: 'participantHeld', value: { callSid: one, hold: true, holdAudio: { source: { case: 'silence' } } } },
      ],
      [
        { kind: 'participant-held', callSid: one, hold: null, announced: true, atMs },
        { case: 'participantHeld', value: { callSid: one, hold: false } },
      ],
      [
        {
          kind: 'participant-modified',
          callSid: one,
          changes: {
            coaching: { target: callSid('2') },
            beep: 'on-exit',
            endConferenceOnExit: true,
            wait: { kind: 'silence' },
          },
          atMs,
        },
        {
          case: 'participantModified',
          value: {
            coaching: true,
            callSidToCoach: callSid('2'),
            beep: Beep.ON_EXIT,
            endConferenceOnExit: true,
            waitAudio: { source: { case: 'silence' } },
          },
        },
      ],
      [
        { kind: 'participant-modified', callSid: one, changes: { coaching: null }, atMs },
        { case: 'participantModified', value: { callSid: one, coaching: false, beep: Beep.UNSPECIFIED } },
      ],
      [
        { kind: 'participant-speech-changed', callSid: one, speaking: true, atMs },
        { case: 'participantSpeechChanged', value: { callSid: one, speaking: true } },
      ],
      [
        { kind: 'call-dialed', callSid: one, atMs },
        { case: 'callDialed', value: { callSid: one } },
      ],
      [
        { kind: 'call-completed', callSid: one, atMs },
        { case: 'callCompleted', value: { callSid: one } },
      ],
      [
        { kind: 'media-stopped', callSid: one, reason: 'goodbye', silentMs: 5000, atMs },
        {
          case: 'mediaStopped',
          value: { callSid: one, reason: MediaStopReason.GOODBYE, silence: { seconds: 5n, nanos: 0 } },
        },
      ],
      [
        { kind: 'media-resumed', callSid: one, atMs },
        { case: 'mediaResumed', value: { callSid: one } },
      ],
      [
        {
          kind: 'document-finding',
          callSid: one,
          finding: { code: 13_235, level: 'warning', where: '/Response/Dial[1]', message: 'odd', keepsOut: false },
          atMs,
        },
        {
          case: 'documentFinding',
          value: {
            callSid: one,
            code: 13_235,
            level: FindingLevel.WARNING,
            where: '/Response/Dial[1]',
            message: 'odd',
          },
        },
      ],
      [
        { kind: 'digit-pressed', callSid: one, digit: '#', durationMs: 1120, atMs },
        {
          case: 'digitPressed',
          value: { callSid: one, digit: '#', duration: { seconds: 1n, nanos: 120_000_000 } },
        },
      ],
    ];
    for (const [event] of events) commit((cursor) => ({ ...muted(cursor), event }));
    const messages = reader(served.client.serverStream(watchEvents, { cursor: 0n }));
    await messages.next();
    for (const [index, [, happened]] of events.entries()) {
      expect(await messages.next()).toMatchObject({
        message: {
          case: 'event',
          value: {
            cursor: BigInt(index + 1),
            accountSid: accountA,
            conferenceSid,
            time: { seconds: 1_712_255_535n, nanos: 250_000_000 },
            happened,
          },
        },
      });
    }
  });
});
