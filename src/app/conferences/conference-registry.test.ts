import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, end, join, leave, roomNamed } from '../../../test/support/callers.js';
import { FakeEngine } from '../../../test/support/fake-engine.js';
import { recordingsOf } from '../../../test/support/fake-recordings.js';
import { soundsOf } from '../../../test/support/fake-sounds.js';
import { SlowStore } from '../../../test/support/fake-store.js';
import { listedIn } from '../../../test/support/lists.js';
import { countingRandom, recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { settled, VirtualClock } from '../../../test/support/virtual-clock.js';
import type { AccountSid, ConferenceSid } from '../../base/brands.js';
import { flavours } from '../../base/flavour.js';
import type { LegMedia } from '../../media/engine-port.js';
import { Debugger } from '../debugger.js';
import { RoomRateSaving } from '../health/room-rate-saving.js';
import { Players } from '../sounds/players.js';
import { ConferenceRegistry, type JoinRequest } from './conference-registry.js';

const media: LegMedia = { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 };
const accountSid = accountSidOf('acc');

const request = (name: string, wishes: Partial<JoinRequest> = {}): JoinRequest => ({ ...join(name), ...wishes });

function registryOf(conferencesMax = 1000) {
  const engine = new FakeEngine();
  const store = new SlowStore();
  const [sounds, metrics] = [soundsOf(engine), recordingMetrics()];
  const [clock, random, logger] = [new VirtualClock(), countingRandom(), recordingLogger()];
  const registry = new ConferenceRegistry({
    clock,
    engine,
    rateSaving: new RoomRateSaving(),
    store,
    metrics,
    sounds,
    recordings: recordingsOf({ engine, store, clock, random, metrics, logger }).desk.shared,
    players: new Players({ engine, sounds, metrics }),
    debug: new Debugger(metrics),
    logger,
    random,
    flavourOf: () => flavours.signalwire,
    conferencesMax,
    onChange: () => {},
  });
  const sidOf = async (name: string, wishes: Partial<JoinRequest> = {}): Promise<ConferenceSid> => {
    const joined = await registry.join(request(name, wishes), media);
    return joined.ok ? joined.value.conferenceSid : expect.fail(`refused: ${joined.error.kind}`);
  };
  const finish = async (sid: ConferenceSid): Promise<void> => {
    expect(await registry.find(accountSid, sid)?.submit(end)).toMatchObject({ ok: true });
  };
  return { registry, engine, store, sidOf, finish };
}

describe('ConferenceRegistry', () => {
  it('CONTRACT 8.9 case 14: the same name gets a new sid once the conference is over', async () => {
    const { registry, sidOf, finish, store } = registryOf();
    const first = await sidOf('A');
    await finish(first);
    expect(registry.find(accountSid, first)).toBeNull();
    const second = await sidOf('B');
    expect(second).not.toBe(first);
    const listed = await listedIn(store, accountSid);
    expect(listed.map((view) => view.conferenceSid)).toEqual([second, first]);
  });

  it('CONTRACT 8.9 case 15: two legs in the same millisecond meet in one conference, a hundred times', async () => {
    for (let run = 0; run < 100; run += 1) {
      const { registry, sidOf, store } = registryOf();
      store.isHolding = run % 2 === 0;
      const both = Promise.all([sidOf('A'), sidOf('B')]);
      await settled();
      store.letThrough();
      const [a, b] = await both;
      expect(a).toBe(b);
      expect(registry.live()).toHaveLength(1);
      expect(registry.find(accountSid, a)?.state().phase).toBe('in-progress');
    }
  });

  it('CONTRACT 8.9 case 16: the same name in two accounts is two rooms', async () => {
    const { registry, sidOf } = registryOf();
    const other: AccountSid = accountSidOf('other');
    const mine = await sidOf('A');
    const theirs = await sidOf('A', { accountSid: other });
    expect(mine).not.toBe(theirs);
    expect(registry.find(accountSid, theirs)).toBeNull();
    expect(registry.find(other, theirs)?.state()).toMatchObject({ accountSid: other });
  });

  it('CONTRACT 8.9 case 17: names that differ in outer white space alone are one room', async () => {
    const { sidOf } = registryOf();
    const padded = await sidOf('A', { room: roomNamed('\n  Room 1234\n') });
    expect(await sidOf('B', { room: roomNamed('Room 1234') })).toBe(padded);
    expect(await sidOf('C', { room: roomNamed('room 1234') })).not.toBe(padded);
  });

  it('joins the next conference when the one it found ends before its turn', async () => {
    const { registry, sidOf, store } = registryOf();
    const first = await sidOf('A');
    store.isHolding = true;
    const ending = registry.find(accountSid, first)?.submit(leave('A'));
    const joining = sidOf('B');
    await settled();
    store.letThrough();
    expect(await ending).toMatchObject({ ok: true });
    expect(await joining).not.toBe(first);
    expect(registry.live()).toHaveLength(1);
  });

  it('keeps nothing of a room that nobody got into', async () => {
    const { registry, engine, sidOf } = registryOf(1);
    engine.legRefusal = { kind: 'engine-full', what: 'ports' };
    const refused = await registry.join(request('A', { room: roomNamed('other') }), media);
    expect(refused).toEqual({ ok: false, error: { kind: 'engine-full', what: 'ports' } });
    expect(registry.live()).toEqual([]);
    engine.legRefusal = null;
    await sidOf('A');
  });

  it('keeps nothing of a room whose first commit failed', async () => {
    const { registry, store, sidOf } = registryOf(1);
    store.isFailing = true;
    const refused = await registry.join(request('A', { room: roomNamed('other') }), media);
    expect(refused).toEqual({ ok: false, error: { kind: 'store-unavailable' } });
    store.isFailing = false;
    await sidOf('A');
  });

  it('refuses the conference that is one too many, but no leg of those there are', async () => {
    const { registry, sidOf } = registryOf(1);
    const sid = await sidOf('A');
    expect(await registry.join(request('B', { room: roomNamed('other') }), media)).toEqual({
      ok: false,
      error: { kind: 'engine-full', what: 'rooms' },
    });
    expect(await sidOf('B')).toBe(sid);
  });

  it('finds the conferences of a shard', async () => {
    const { registry, sidOf } = registryOf();
    const sid = await sidOf('A');
    const runner = registry.find(accountSid, sid);
    const shard = runner?.shard() ?? expect.fail('it is mixed somewhere');
    expect(registry.onShard(shard)).toEqual([runner]);
    expect(runner?.leg(callSidOf('A'))).not.toBeNull();
  });
});
