import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  accountA,
  callSid,
  completed,
  conferenceSid,
  participant,
  roomName,
  running,
} from '../../../test/support/grpc/fake-application.js';
import { reader, readRefusal, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { pageFrom } from '../../../test/support/lists.js';
import type { ConferenceView } from '../../app/application.js';
import { summaryOf } from '../../app/conferences/conference-lists.js';
import { conferencePosition } from '../../app/conferences/filters.js';
import type { PageRequest } from '../../app/paging.js';
import { epochMs } from '../../base/brands.js';
import { err, ok } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { ConferenceEndReason, ConferenceStatus } from '../../gen/parley/v1/conference_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';

const { getConference, listConferences, updateConference, watchConference } = ConferenceService.method;

describe('GetConference', () => {
  it('shows one in progress', async () => {
    const served = await serveFake();
    const { conference } = await served.client.unary(getConference, { conferenceSid });
    expect(conference).toMatchObject({
      sid: conferenceSid,
      accountSid: accountA,
      roomName: 'Room 1234',
      status: ConferenceStatus.IN_PROGRESS,
      maxParticipants: 250,
      participantCount: 2,
      createTime: { seconds: 1_712_255_530n, nanos: 123_000_000 },
      startTime: { seconds: 1_712_255_535n, nanos: 0 },
      endReason: ConferenceEndReason.UNSPECIFIED,
    });
    expect([conference?.endTime, conference?.region, conference?.callSidEndingConference]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('shows why a completed one ended', async () => {
    const served = await serveFake();
    served.answers.conference = async () => ok(completed());
    const { conference } = await served.client.unary(getConference, { conferenceSid });
    expect(conference).toMatchObject({
      status: ConferenceStatus.COMPLETED,
      participantCount: 0,
      endTime: { seconds: 1_712_255_600n, nanos: 0 },
      endReason: ConferenceEndReason.PARTICIPANT_WITH_END_CONFERENCE_ON_EXIT_KICKED,
      callSidEndingConference: callSid('1'),
    });
  });
});

describe('ListConferences', () => {
  it('hands on every filter; until means before', async () => {
    const served = await serveFake();
    await served.client.unary(listConferences, {});
    await served.client.unary(listConferences, {
      roomName: ' Room 1234 ',
      status: ConferenceStatus.INIT,
      createdFrom: { seconds: 100n, nanos: 1 },
      createdUntil: { seconds: 200n },
      updatedFrom: { seconds: 300n, nanos: 5_000_000 },
      updatedUntil: { seconds: 400n, nanos: 1_500_000 },
    });
    expect(served.asked.map(({ arguments: [, filter] }) => filter)).toEqual([
      {
        room: null,
        status: null,
        createdFromMs: null,
        createdUntilMs: null,
        updatedFromMs: null,
        updatedUntilMs: null,
      },
      {
        room: 'Room 1234',
        status: 'init',
        createdFromMs: 100_001,
        createdUntilMs: 199_999,
        updatedFromMs: 300_005,
        updatedUntilMs: 400_001,
      },
    ]);
  });

  it('pages from the newest to the oldest without repeating one when a newer one comes', async () => {
    const served = await serveFake();
    const view = (index: number): ConferenceView =>
      running({
        conferenceSid: parseSid('conference', `CF${index.toString(16).padStart(32, '0')}`) ?? conferenceSid,
        createdAtMs: epochMs(1_000_000 + index),
        room: roomName(`room ${index}`),
      });
    const views = Array.from({ length: 60 }, (_, index) => view(60 - index));
    const paged = (of: readonly ConferenceView[]) => async (_account: unknown, _filter: unknown, page: PageRequest) =>
      pageFrom(of.map(summaryOf), page, 'newest-first', conferencePosition);
    served.answers.conferences = paged(views);
    const first = await served.client.unary(listConferences, {});
    expect(first.conferences).toHaveLength(50);
    served.answers.conferences = paged([view(61), ...views]);
    const second = await served.client.unary(listConferences, { pageToken: first.nextPageToken });
    expect([...first.conferences, ...second.conferences].map((each) => each.roomName)).toEqual(
      views.map((each) => each.room),
    );
    expect(second.nextPageToken).toBe('');
    const huge = await served.client.unary(listConferences, { pageSize: 2_147_483_647 });
    expect(huge.conferences).toHaveLength(61);
  });
});

describe('UpdateConference', () => {
  it('ends the conference', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(updateConference, { conferenceSid, update: { case: 'end', value: {} } });
    expect(served.lastArguments('endConference')).toEqual([accountA, conferenceSid, null]);
    expect(reply.conference?.status).toBe(ConferenceStatus.COMPLETED);
  });

  it('announces to all', async () => {
    const served = await serveFake();
    const update = { case: 'announce', value: { url: 'http://e/news' } } as const;
    const reply = await served.client.unary(updateConference, { conferenceSid, update });
    const announcement = { callSid: null, target: { url: 'http://e/news', method: 'POST' }, trace: null };
    expect(served.lastArguments('announce')).toEqual([accountA, conferenceSid, announcement]);
    expect(reply.conference?.status).toBe(ConferenceStatus.IN_PROGRESS);
  });

  it('refuses one that is over with 10000', async () => {
    const served = await serveFake();
    served.answers.endConference = async () => err({ kind: 'conference-completed' });
    const ended = served.client.unary(updateConference, { conferenceSid, update: { case: 'end', value: {} } });
    expect(await refusalOf(ended)).toMatchObject({ code: status.FAILED_PRECONDITION, contractCode: '10000' });
  });
});

const waiting = (): ConferenceView => {
  const { startedAtMs, ...identity } = running();
  return { ...identity, phase: 'init' };
};

/** Its state takes some 40 kB on the wire. */
const crowd = (): ConferenceView => {
  const sids = Array.from({ length: 200 }, (_, index) => parseSid('call', `CA${index.toString(16).padStart(32, '0')}`));
  return running({
    participants: new Map(sids.flatMap((sid) => (sid === null ? [] : [[sid, participant(sid)] as const]))),
  });
};

/** Lets a test be the conference that is watched. */
async function watched() {
  const served = await serveFake();
  const watch = { tell: (_view: ConferenceView): void => {}, isUnwatched: false };
  served.answers.watchConference = async (_account, _sid, listener) => {
    watch.tell = listener;
    listener(waiting());
    return ok(() => {
      watch.isUnwatched = true;
    });
  };
  const stream = served.client.serverStream(watchConference, { conferenceSid });
  stream.on('error', () => {});
  return { served, watch, stream, states: reader(stream) };
}

describe('WatchConference', () => {
  it('shows the state now, after each change, the completed one last, and ends', async () => {
    const { watch, states } = await watched();
    expect((await states.next())?.conference?.status).toBe(ConferenceStatus.INIT);
    watch.tell(running());
    const second = await states.next();
    expect(second?.conference?.status).toBe(ConferenceStatus.IN_PROGRESS);
    expect(second?.participants.map((each) => each.callSid)).toEqual([callSid('1'), callSid('2')]);
    watch.tell(completed());
    expect(await states.next()).toMatchObject({ conference: { status: ConferenceStatus.COMPLETED }, participants: [] });
    expect(await states.next()).toBeNull();
    await eventually(() => watch.isUnwatched).toBe(true);
  });

  it('gives a reader that does not keep up the newest state, and says how many it missed', async () => {
    const { served, watch, states } = await watched();
    await states.next();
    for (let count = 0; count < 10; count += 1) watch.tell(running());
    watch.tell(completed());
    expect(await states.next()).toMatchObject({
      skippedStates: 10,
      conference: { status: ConferenceStatus.COMPLETED },
    });
    expect(served.counts.filter((line) => line.startsWith('parley_watch_states_skipped_total'))).toHaveLength(10);
  });

  it('keeps one state in memory however long nobody reads', async () => {
    const { watch, stream, states } = await watched();
    await states.next();
    stream.pause();
    for (let round = 0; round < 200; round += 1) {
      watch.tell(crowd());
      await new Promise((resolve) => setImmediate(resolve));
    }
    watch.tell(completed());
    stream.resume();
    let skipped = 0;
    let seen = 0;
    for (let state = await states.next(); state !== null; state = await states.next()) {
      skipped += state.skippedStates;
      seen += 1;
    }
    expect(skipped).toBeGreaterThan(100);
    expect(seen + skipped).toBe(201);
  });

  it('stops watching when the client goes away', async () => {
    const { served, watch, stream, states } = await watched();
    await states.next();
    stream.cancel();
    await eventually(() => watch.isUnwatched).toBe(true);
    expect(served.counts).toContain('parley_rpcs_total CANCELLED');
  });

  it('stops watching when the client goes away while it does not read', async () => {
    const { watch, stream, states } = await watched();
    await states.next();
    stream.pause();
    for (let round = 0; round < 200; round += 1) {
      watch.tell(crowd());
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.cancel();
    await eventually(() => watch.isUnwatched).toBe(true);
  });

  it('refuses a conference that never was', async () => {
    const served = await serveFake();
    served.answers.watchConference = async () => err({ kind: 'conference-unknown' });
    const error = await reader(served.client.serverStream(watchConference, { conferenceSid }))
      .next()
      .catch((failure) => readRefusal(failure));
    expect(error).toMatchObject({ code: status.NOT_FOUND, contractCode: '20404' });
  });

  it('ends with UNAVAILABLE when the server stops', async () => {
    const { served, watch, states } = await watched();
    await states.next();
    const last = states.next().catch((failure) => readRefusal(failure));
    await served.server.stop(1000);
    expect(await last).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    expect(watch.isUnwatched).toBe(true);
  });
});
