import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { accountA, callSid, conferenceSid, participant } from '../../../test/support/grpc/fake-application.js';
import { refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { onePage, pageFrom } from '../../../test/support/lists.js';
import { participantPosition } from '../../app/conferences/filters.js';
import type { PageRequest } from '../../app/paging.js';
import { epochMs } from '../../base/brands.js';
import { err, ok } from '../../base/result.js';
import type { ParticipantChanges } from '../../conference/commands.js';
import { Beep } from '../../gen/parley/v1/dial_pb.js';
import { LeftReason } from '../../gen/parley/v1/participant_pb.js';
import { ParticipantService, type UpdateParticipantRequest } from '../../gen/parley/v1/participant_service_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';

const { getParticipant, listParticipants, updateParticipant, removeParticipant } = ParticipantService.method;
const one = { conferenceSid, callSid: callSid('1') };

describe('GetParticipant', () => {
  it('shows everything of a held coach', async () => {
    const served = await serveFake();
    served.answers.participant = async (_account, _sid, sid) =>
      ok(
        participant(sid, {
          label: 'agent 7',
          muted: true,
          hold: { kind: 'document', target: { url: 'http://example.test/hold', method: 'GET' } },
          wait: { kind: 'silence' },
          beep: 'on-enter',
          startConferenceOnEnter: false,
          endConferenceOnExit: true,
          coaching: { target: callSid('2') },
        }),
      );
    const reply = await served.client.unary(getParticipant, one);
    expect(reply.participant).toMatchObject({
      ...one,
      accountSid: accountA,
      facts: { from: '+15550100001', to: '+15550100099' },
      label: 'agent 7',
      muted: true,
      hold: true,
      coaching: true,
      callSidToCoach: callSid('2'),
      startConferenceOnEnter: false,
      endConferenceOnExit: true,
      beep: Beep.ON_ENTER,
      waitAudio: { source: { case: 'silence' } },
      holdAudio: { source: { case: 'document', value: { url: 'http://example.test/hold', method: HttpMethod.GET } } },
      joinTime: { seconds: 1_712_255_535n, nanos: 0 },
      timeLimitTime: { seconds: 1_712_269_935n, nanos: 0 },
    });
  });

  it('leaves out what does not apply', async () => {
    const served = await serveFake();
    served.answers.participant = async (_account, _sid, sid) => ok(participant(sid, { coaching: { target: null } }));
    const { participant: shown } = await served.client.unary(getParticipant, one);
    expect(shown).toMatchObject({ coaching: true, hold: false, waitAudio: { source: { case: 'defaultMusic' } } });
    expect([shown?.label, shown?.callSidToCoach, shown?.holdAudio]).toEqual([undefined, undefined, undefined]);
  });
});

describe('ListParticipants', () => {
  it('hands on the filters that were said', async () => {
    const served = await serveFake();
    await served.client.unary(listParticipants, { conferenceSid });
    await served.client.unary(listParticipants, {
      conferenceSid,
      muted: false,
      hold: true,
      coaching: false,
      includeLeft: true,
    });
    expect(served.asked.map(({ arguments: [, , filter] }) => filter)).toEqual([
      { muted: null, held: null, coaching: null, includesLeft: false },
      { muted: false, held: true, coaching: false, includesLeft: true },
    ]);
  });

  it('says of those who have left when and why', async () => {
    const served = await serveFake();
    const left = { atMs: epochMs(1_712_255_540_000), reason: 'moderator_ended_conference' } as const;
    served.answers.participants = async () =>
      ok(onePage([participant(callSid('1'), { left }), participant(callSid('2'))]));
    const { participants } = await served.client.unary(listParticipants, { conferenceSid });
    expect(participants[0]).toMatchObject({
      updateTime: { seconds: 1_712_255_536n },
      leaveTime: { seconds: 1_712_255_540n },
      leftReason: LeftReason.MODERATOR_ENDED_CONFERENCE,
    });
    expect(participants[1]?.leaveTime).toBeUndefined();
    expect(participants[1]?.leftReason).toBe(LeftReason.UNSPECIFIED);
  });

  it('goes on after the last one of a page, even when that one has left', async () => {
    const served = await serveFake();
    const views = ['1', '2', '3', '4', '5'].map((digit, index) =>
      participant(callSid(digit), { joinedAtMs: epochMs(1000 + Math.floor(index / 2)) }),
    );
    const paged = (of: typeof views) => async (_account: unknown, _sid: unknown, _filter: unknown, page: PageRequest) =>
      ok(pageFrom(of, page, 'oldest-first', participantPosition));
    served.answers.participants = paged(views);
    const first = await served.client.unary(listParticipants, { conferenceSid, pageSize: 2 });
    expect(first.participants.map((each) => each.callSid)).toEqual([callSid('1'), callSid('2')]);
    const next = { conferenceSid, pageSize: 2, pageToken: first.nextPageToken };
    const second = await served.client.unary(listParticipants, next);
    expect(second.participants.map((each) => each.callSid)).toEqual([callSid('3'), callSid('4')]);
    served.answers.participants = paged(views.filter((each) => each.callSid !== callSid('2')));
    const again = await served.client.unary(listParticipants, next);
    expect(again.participants.map((each) => each.callSid)).toEqual([callSid('3'), callSid('4')]);
    const last = await served.client.unary(listParticipants, { ...next, pageToken: second.nextPageToken });
    expect(last.participants.map((each) => each.callSid)).toEqual([callSid('5')]);
    expect(last.nextPageToken).toBe('');
  });
});

describe('UpdateParticipant', () => {
  it('changes what the request names and nothing else', async () => {
    const served = await serveFake();
    const cases: readonly [Partial<Omit<UpdateParticipantRequest, '$typeName' | '$unknown'>>, ParticipantChanges][] = [
      [{ muted: true }, { muted: true }],
      [{ muted: false }, { muted: false }],
      [{ hold: true }, { hold: { kind: 'default-music' } }],
      [{ hold: true, holdUrl: ' ' }, { hold: { kind: 'silence' } }],
      [
        { hold: true, holdUrl: 'http://e/hold' },
        { hold: { kind: 'document', target: { url: 'http://e/hold', method: 'GET' } } },
      ],
      [
        { hold: true, holdUrl: 'http://e/hold', holdMethod: HttpMethod.POST },
        { hold: { kind: 'document', target: { url: 'http://e/hold', method: 'POST' } } },
      ],
      [{ hold: false, holdUrl: 'ignored' }, { hold: null }],
      [{ waitUrl: '' }, { wait: { kind: 'silence' } }],
      [{ waitUrl: 'http://e/wait' }, { wait: { kind: 'document', target: { url: 'http://e/wait', method: 'POST' } } }],
      [{ callSidToCoach: callSid('2') }, { coach: callSid('2') }],
      [{ coaching: true, callSidToCoach: callSid('2') }, { coach: callSid('2') }],
      [{ coaching: false, callSidToCoach: callSid('2') }, { coach: null }],
      [{ coaching: false }, { coach: null }],
      [{ beepOnExit: false }, { beepOnExit: false }],
      [{ endConferenceOnExit: true }, { endConferenceOnExit: true }],
      [
        { muted: true, hold: true, coaching: false },
        { muted: true, hold: { kind: 'default-music' }, coach: null },
      ],
    ];
    for (const [changes, expected] of cases) {
      await served.client.unary(updateParticipant, { ...one, ...changes });
      expect(served.lastArguments('updateParticipant')).toEqual([
        accountA,
        conferenceSid,
        callSid('1'),
        expected,
        null,
      ]);
    }
  });

  it('announces behind its changes, or alone', async () => {
    const served = await serveFake();
    await served.client.unary(updateParticipant, { ...one, muted: true, announceUrl: 'http://e/news' });
    expect(served.asked.map(({ name }) => name)).toEqual(['updateParticipant', 'announce']);
    const announcement = { callSid: callSid('1'), target: { url: 'http://e/news', method: 'POST' }, trace: null };
    expect(served.lastArguments('announce')).toEqual([accountA, conferenceSid, announcement]);
    const alone = { ...one, announceUrl: 'http://e/news', announceMethod: HttpMethod.GET };
    const reply = await served.client.unary(updateParticipant, alone);
    expect(reply.participant?.callSid).toBe(callSid('1'));
    expect(served.asked.map(({ name }) => name).slice(2)).toEqual(['participant', 'announce']);
    served.answers.announce = async () => err({ kind: 'announcements-full' });
    expect(await refusalOf(served.client.unary(updateParticipant, alone))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'ANNOUNCEMENTS_FULL',
    });
  });

  it('names the coach when the coach is why it was refused', async () => {
    const served = await serveFake();
    served.answers.updateParticipant = async () => err({ kind: 'coach-target-on-hold', callSid: callSid('2') });
    const refusal = await refusalOf(served.client.unary(updateParticipant, { ...one, callSidToCoach: callSid('2') }));
    expect(refusal).toMatchObject({
      reason: 'COACH_TARGET_ON_HOLD',
      contractCode: '16027',
      violations: [{ field: 'call_sid_to_coach' }],
    });
  });
});

describe('RemoveParticipant', () => {
  it('takes the call out', async () => {
    const served = await serveFake();
    await served.client.unary(removeParticipant, one);
    expect(served.lastArguments('removeParticipant')).toEqual([accountA, conferenceSid, callSid('1'), null]);
  });
});
