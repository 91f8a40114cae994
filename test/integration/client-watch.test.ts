/** What the client watches, over connections that break. */
import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../src/app/conferences/conference-lists.js';
import type { JournalEntry } from '../../src/app/ports.js';
import { type ConferenceSid, epochMs } from '../../src/base/brands.js';
import { connect, failureOf } from '../support/connected.js';
import { breakable } from '../support/grpc/breakable.js';
import { accountA, callSid, conferenceSid, roomName, running } from '../support/grpc/fake-application.js';
import { eventually, type Served, serveFake } from '../support/grpc/served.js';
import { onePage } from '../support/lists.js';

const otherSid = callSid('d') as string as ConferenceSid;

describe('watching', () => {
  const muted = (cursor: number, sid = conferenceSid): JournalEntry => ({
    cursor: BigInt(cursor),
    accountSid: accountA,
    conferenceSid: sid,
    atMs: epochMs(1_712_255_535_250),
    event: { kind: 'participant-muted', callSid: callSid('1'), muted: true, atMs: epochMs(1_712_255_535_250) },
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  });

  /** The journal of the account; `kept`: entries it has. */
  function journalOf(served: Served, kept = Number.POSITIVE_INFINITY) {
    const entries: JournalEntry[] = [];
    const listeners = new Set<() => void>();
    let written = 0;
    served.answers.newestCursor = async () => BigInt(written);
    served.answers.journal = async (_account, cursor, limit) => ({
      entries: entries.filter((entry) => entry.cursor > cursor).slice(0, limit),
      missed: entries[0] !== undefined && entries[0].cursor > cursor + 1n,
    });
    served.answers.onCommit = (_account, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const commit = (sid = conferenceSid): void => {
      written += 1;
      entries.push(muted(written, sid));
      if (entries.length > kept) entries.shift();
      for (const listener of listeners) listener();
    };
    return { commit, listeners };
  }

  it('goes on where it was when the connection broke: nothing twice, nothing left out', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served);
    const connection = await breakable(served.server.port);
    const parley = await connect(connection.port);
    let started = 0;
    const events = parley.watch({ onStarted: () => (started += 1) });
    const first = events.next();
    await eventually(() => started).toBe(1);
    commit();
    expect((await first).value?.cursor).toBe(1n);
    connection.cut();
    commit();
    commit();
    expect((await events.next()).value?.cursor).toBe(2n);
    expect((await events.next()).value?.cursor).toBe(3n);
    expect(started).toBe(2);
    await events.return();
  });

  it('tells of one room alone', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served);
    const others = running({ conferenceSid: otherSid, room: roomName('other') });
    served.answers.conferences = async (_account, filter) =>
      onePage([running(), others].filter(({ room }) => room === filter.room).map(summaryOf));
    for (const sid of [others.conferenceSid, conferenceSid, others.conferenceSid, conferenceSid]) commit(sid);
    const parley = await connect(served.server.port);
    const events = parley.watch({ room: 'Room 1234', from: 0n });
    expect((await events.next()).value?.cursor).toBe(2n);
    expect((await events.next()).value?.cursor).toBe(4n);
    await events.return();
  });

  it('fails when events are gone, unless it is to be told', async () => {
    const served = await serveFake();
    const { commit } = journalOf(served, 2);
    for (let count = 0; count < 5; count += 1) commit();
    const parley = await connect(served.server.port);
    expect(await failureOf(parley.watch({ from: 1n }).next())).toMatchObject({ reason: 'EVENTS_MISSED' });
    const missed: bigint[] = [];
    const events = parley.watch({ from: 1n, onMissed: (cursor) => missed.push(cursor) });
    expect((await events.next()).value?.cursor).toBe(4n);
    expect(missed).toEqual([1n]);
    await events.return();
  });

  it('ends by its signal, and leaves no listener behind', async () => {
    const served = await serveFake();
    const { listeners } = journalOf(served);
    const parley = await connect(served.server.port);
    const stopping = new AbortController();
    const waiting = parley.watch({ signal: stopping.signal }).next();
    await eventually(() => listeners.size).toBe(1);
    stopping.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await eventually(() => listeners.size).toBe(0);
  });
});
