/** Lists of conferences, and of who is or was in one, as both stores have them: page by page, by every filter. */
import { describe, expect, it } from 'vitest';
import {
  accountSidOf,
  callSidOf,
  conferenceSidOf,
  end,
  join,
  leave,
  roomNamed,
  traced,
  update,
} from '../../../test/support/callers.js';
import { seededChance } from '../../../test/support/chance.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { anyConference, firstPage } from '../../../test/support/lists.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { ConferenceFilter, ParticipantFilter } from '../../app/conferences/conference-lists.js';
import type { Page, PageRequest, PageStart } from '../../app/paging.js';
import type { Store } from '../../app/ports.js';
import { type AccountSid, epochMs } from '../../base/brands.js';
import type { Command } from '../../conference/commands.js';
import { ListTable } from './list-table.js';
import { MemoryStore, memoryStoreBounds } from './memory-store.js';
import { listed } from './recording-table.js';
import { SqliteStore } from './sqlite-store.js';

const [acc, other] = [accountSidOf('acc'), accountSidOf('other')];

/** They keep so many conferences that are over. */
function storesOf(
  completedConferencesMax = 1,
): Readonly<Record<string, () => { readonly store: Store; readonly tidy: () => Promise<void> }>> {
  return {
    memory: () => ({
      store: new MemoryStore({ append: () => {} }, { ...memoryStoreBounds, completedConferencesMax }),
      tidy: async () => {},
    }),
    SQLite: () => {
      const clock = new VirtualClock();
      const thread = new StoreThreadDouble(':memory:', { completedConferencesMax });
      const store = new SqliteStore({ thread, clock, logger: recordingLogger(), observer: () => {} });
      return { store, tidy: () => clock.advance(5000) };
    },
  };
}

const everybody = { muted: null, held: null, coaching: null, includesLeft: true } as const;

const everybodyIn = async (store: Store, accountSid: AccountSid, conference: string) =>
  (await store.participants(accountSid, conferenceSidOf(conference), everybody, firstPage)).items;

/** Commits command by command, as a runner does. */
async function play(
  store: Store,
  conference: string,
  commands: readonly Command[],
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number } = { startMs: 0, stepMs: 1 },
): Promise<ConferenceScript> {
  const script = new ConferenceScript();
  script.nowMs = epochMs(script.nowMs + startMs);
  for (const [index, command] of commands.entries()) {
    script.nowMs = epochMs(script.nowMs + stepMs);
    const before = script.state;
    const events = script.play({ ...command, ...{ newConferenceSid: conferenceSidOf(conference), accountSid: acc } });
    const { state } = script;
    await store.commit({
      ...{ accountSid: acc, before, state, events },
      ...{ nextSequence: index + 1, trace: traced, callbacks: [] },
    });
  }
  return script;
}

describe.each(Object.entries(storesOf()))('participants of a list, in %s', (_name, make) => {
  it('who left are there once for each time, as they were when they did, in the order of joining', async () => {
    const { store } = make();
    const { events } = await play(store, 'c', [
      ...[join('A'), join('B'), join('C')],
      ...[leave('B'), update('A', { muted: true }), leave('A'), join('B')],
    ]);
    const left = (await everybodyIn(store, acc, 'c')).filter((each) => each.left !== null);
    expect(left.map(({ callSid }) => callSid)).toEqual([callSidOf('A'), callSidOf('B')]);
    expect(left[0]?.muted).toBe(true);
    const leaving = events.flatMap((event) =>
      event.kind === 'participant-left' ? [{ atMs: event.atMs, reason: event.reason }] : [],
    );
    expect(left.map((each) => each.left)).toEqual([...leaving].reverse());
  });

  it('are nothing to another account', async () => {
    const { store } = make();
    await play(store, 'c', [join('A'), join('B'), leave('B')]);
    expect(await everybodyIn(store, acc, 'c')).toHaveLength(2);
    expect(await everybodyIn(store, other, 'c')).toEqual([]);
  });

  it('are forgotten with their conference', async () => {
    const { store, tidy } = make();
    await play(store, 'c', [join('A'), end]);
    await play(store, 'd', [join('A'), join('B'), end]);
    await tidy();
    expect(await everybodyIn(store, acc, 'c')).toEqual([]);
    expect(await everybodyIn(store, acc, 'd')).toHaveLength(2);
  });
});

const startOfAll = new ConferenceScript().nowMs;

/** Some moments have several conferences, some rooms had several, and some are over. */
async function history(store: Store): Promise<void> {
  for (let index = 0; index < 24; index += 1) {
    const name = String.fromCharCode(97 + index);
    const commands = [join('A', { room: roomNamed(`room ${index % 3}`) })];
    const more: readonly Command[] = [
      join('B', { room: roomNamed(`room ${index % 3}`) }),
      update('B', { muted: true }),
    ];
    const story = [...commands, ...(index % 2 === 0 ? more : []), ...(index % 5 === 0 ? [end] : [])];
    await play(store, name, story, { startMs: 1000 * Math.floor(index / 4), stepMs: 0 });
  }
}

const bigRoom = [
  ...[...'ABCDEFGH'].map((name) => join(name, { coach: null })),
  ...[leave('B'), leave('D'), join('B'), update('A', { muted: true }), update('C', { hold: { kind: 'silence' } })],
  ...[update('E', { coach: callSidOf('A') }), update('B', { muted: true }), leave('B'), join('D')],
] as readonly Command[];

type Asked = (page: PageRequest) => Promise<Page<unknown>>;

/** Every page forwards from the beginning, then backwards from the end; must be all, once, in order. */
async function throughPages(ask: Asked, size: number): Promise<readonly (readonly unknown[])[]> {
  const forwards: unknown[][] = [];
  let start: PageStart = null;
  for (;;) {
    const page: Page<unknown> = await ask({ size, start });
    forwards.push([...page.items]);
    expect(page.previous === null).toBe(forwards.length === 1);
    if (page.next === null) break;
    start = { side: 'after', position: page.next };
  }
  const last = await ask({ size, start });
  const backwards: unknown[][] = [[...last.items]];
  let { previous } = last;
  while (previous !== null) {
    const page: Page<unknown> = await ask({ size, start: { side: 'before', position: previous } });
    expect(page.next).not.toBeNull();
    backwards.unshift([...page.items]);
    previous = page.previous;
  }
  expect(backwards.flat()).toEqual(forwards.flat());
  return forwards;
}

describe.each(Object.entries(storesOf(100)))('pages of lists, in %s', (_name, make) => {
  it.each([1, 2, 5, 24, 100])('of %i conferences are all, newest first, each once, forwards and back', async (size) => {
    const { store } = make();
    await history(store);
    const pages = await throughPages((page) => store.conferences(acc, anyConference, page), size);
    const all = (await store.conferences(acc, anyConference, { size: 100, start: null })).items;
    expect(pages.flat()).toEqual(all);
    expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true);
    const times = all.map(({ createdAtMs }) => createdAtMs);
    expect(times).toEqual([...times].sort((one, later) => later - one));
  });

  it('of conferences say how many are in, and not who', async () => {
    const { store } = make();
    await play(store, 'c', [join('A'), join('B'), join('C'), leave('B'), join('B'), leave('A')]);
    await play(store, 'd', [join('D'), leave('D')]);
    const { items } = await store.conferences(acc, anyConference, firstPage);
    expect(items.map(({ participantCount }) => participantCount)).toEqual([0, 2]);
    expect(items.flatMap((each) => ('participants' in each ? [each.conferenceSid] : []))).toEqual([]);
  });

  it('pass over as many as they are told to', async () => {
    const { store } = make();
    await history(store);
    const all = (await store.conferences(acc, anyConference, { size: 100, start: null })).items;
    const ask = (count: number) => store.conferences(acc, anyConference, { size: 3, start: { side: 'skip', count } });
    expect((await ask(4)).items).toEqual(all.slice(4, 7));
    expect(await ask(0)).toMatchObject({ previous: null, next: expect.anything() });
    expect(await ask(4)).toMatchObject({ previous: expect.anything(), next: expect.anything() });
    expect(await ask(500)).toEqual({ items: [], next: null, previous: null });
  });

  it.each([1, 3, 50])('of %i participants are all who are or were in, in the order of joining', async (size) => {
    const { store } = make();
    await play(store, 'c', bigRoom);
    const pages = await throughPages((page) => store.participants(acc, conferenceSidOf('c'), everybody, page), size);
    const named = pages.flat().map((each) => (each as { readonly callSid: string }).callSid);
    expect(named).toEqual([...'ABCDEFGHBD'].map(callSidOf));
  });
});

const seed = 20_261_126;

it('both stores have the same pages, by whatever filter and from wherever', async () => {
  const { memory, SQLite } = storesOf(100);
  const [one, second] = [memory?.().store, SQLite?.().store];
  if (one === undefined || second === undefined) expect.fail('there are two');
  const chance = seededChance(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)] as T;
  for (const store of [one, second]) {
    await history(store);
    await play(store, '0', bigRoom);
  }
  const time = () => pick([null, null, null, startOfAll, epochMs(startOfAll + 1400), epochMs(startOfAll + 3500)]);
  const starts = (positions: readonly { readonly atMs: number; readonly sid: string }[]): PageStart =>
    pick<PageStart>([
      null,
      { side: 'skip', count: Math.floor(chance() * 30) },
      ...(['after', 'before'] as const).flatMap((side) => [
        { side, position: pick(positions) },
        { side, position: { atMs: pick(positions).atMs, sid: callSidOf('gone') } },
      ]),
    ]);
  const seen = { conferences: 0, participants: 0 };
  for (let turn = 0; turn < 400; turn += 1) {
    const filter: ConferenceFilter = {
      room: pick([null, null, roomNamed('room 1'), roomNamed('nowhere')]),
      status: pick([null, null, 'init', 'in-progress', 'completed']),
      ...{ createdFromMs: time(), createdUntilMs: time(), updatedFromMs: time(), updatedUntilMs: time() },
    };
    const size = pick([1, 2, 7, 50]);
    const all = (await one.conferences(acc, filter, firstPage)).items;
    const start = starts(
      all.length === 0
        ? [{ atMs: startOfAll, sid: callSidOf('gone') }]
        : all.map((view) => ({ atMs: view.createdAtMs, sid: view.conferenceSid })),
    );
    const expected = await one.conferences(acc, filter, { size, start });
    expect(await second.conferences(acc, filter, { size, start }), JSON.stringify({ filter, size, start })).toEqual(
      expected,
    );
    seen.conferences += expected.items.length;

    const who: ParticipantFilter = {
      ...{ muted: pick([null, null, true, false]), held: pick([null, null, true, false]) },
      ...{ coaching: pick([null, null, true, false]), includesLeft: true },
    };
    const sid = conferenceSidOf('0');
    const people = (await one.participants(acc, sid, who, firstPage)).items;
    const from = starts(
      people.length === 0
        ? [{ atMs: startOfAll, sid: callSidOf('gone') }]
        : people.map((view) => ({ atMs: view.joinedAtMs, sid: view.callSid })),
    );
    const there = await one.participants(acc, sid, who, { size, start: from });
    expect(
      await second.participants(acc, sid, who, { size, start: from }),
      JSON.stringify({ who, size, from }),
    ).toEqual(there);
    seen.participants += there.items.length;
  }
  expect(Math.min(seen.conferences, seen.participants)).toBeGreaterThan(200);
});

async function filled() {
  const thread = new StoreThreadDouble();
  const clock = new VirtualClock();
  const store = new SqliteStore({ thread, clock, logger: recordingLogger(), observer: () => {} });
  await history(store);
  return { thread, database: thread.database, store };
}

describe('what a page of SQLite reads', () => {
  const filters: readonly (readonly [string, Partial<ConferenceFilter>])[] = [
    ['conference_by_creation', {}],
    ['conference_by_creation', { createdFromMs: startOfAll, createdUntilMs: startOfAll }],
    ['conference_by_creation', { updatedFromMs: startOfAll, updatedUntilMs: startOfAll }],
    ['conference_by_room', { room: roomNamed('room 1') }],
    ['conference_by_room', { room: roomNamed('room 1'), createdFromMs: startOfAll }],
    ['conference_by_phase', { status: 'completed' }],
    ['conference_by_phase', { status: 'init', createdUntilMs: startOfAll }],
  ];
  const starts: readonly PageStart[] = [
    null,
    { side: 'skip', count: 3 },
    { side: 'after', position: { atMs: startOfAll, sid: conferenceSidOf('a') } },
    { side: 'before', position: { atMs: startOfAll, sid: conferenceSidOf('a') } },
    { side: 'after', position: { atMs: startOfAll, sid: conferenceSidOf('gone') } },
  ];

  /** The plans of every statement that `ask` makes. */
  async function plansOf(ask: (lists: ListTable) => unknown): Promise<readonly string[]> {
    const { database } = await filled();
    const asked: string[] = [];
    const prepare = (text: string) => {
      asked.push(text);
      return database.prepare(text);
    };
    ask(new ListTable({ ...database, prepare }));
    return asked.flatMap((text) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all(...(text.match(/\?/g) ?? []).map(() => null))
        .map(({ detail }: { readonly detail: string }) => detail),
    );
  }

  it.each(filters)('of conferences is found and ordered by %s: %j', async (index, filter) => {
    for (const start of starts) {
      const plans = await plansOf((lists) =>
        lists.conferences({ account: acc, ...anyConference, ...filter, page: { size: 3, start } }),
      );
      expect(plans.length).toBeGreaterThan(0);
      for (const plan of plans) {
        expect(plan).toMatch(
          /^SEARCH conference USING (COVERING )?INDEX (sqlite_autoindex_conference_1|conference_by_)/,
        );
      }
      expect(plans.some((plan) => plan.includes(index))).toBe(true);
    }
  });

  it('of participants is found and ordered by who joined when', async () => {
    for (const start of starts) {
      const plans = await plansOf((lists) =>
        lists.participants({ account: acc, conference: conferenceSidOf('a'), ...everybody, page: { size: 3, start } }),
      );
      expect(plans.some((plan) => plan.includes('INDEX participant_by_joining (conference=?'))).toBe(true);
      for (const plan of plans) expect(plan).toMatch(/^SEARCH (participant|conference) USING /);
    }
  });

  it.each([
    ['recording_of_account', 'account = ?1'],
    ['recording_of_conference', 'conference = ?8 AND account = ?1'],
    ['recording_of_call', 'call = ?8 AND account = ?1 AND (?9 IS NULL OR conference = ?9)'],
  ])('of recordings is found and ordered by %s', (index, of) => {
    const { database } = new StoreThreadDouble();
    const plans = database.prepare(`EXPLAIN QUERY PLAN ${listed(of)}`).all();
    expect(plans.map(({ detail }: { readonly detail: string }) => detail)).toEqual([
      expect.stringMatching(new RegExp(`^SEARCH recording USING INDEX ${index} `)),
    ]);
  });

  it('is asked of it once, however long the list is', async () => {
    const { thread, store } = await filled();
    const before = thread.batches.length;
    const { items } = await store.conferences(acc, anyConference, { size: 3, start: null });
    expect([items.length, thread.batches.slice(before)]).toEqual([3, [1]]);
  });
});
