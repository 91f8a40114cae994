import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, music } from '../../../test/support/callers.js';
import { liveConference, liveParticipant, SetRooms } from '../../../test/support/live-rooms.js';
import { shardView } from '../../../test/support/shard-view.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { LegMedia } from '../../media/engine-port.js';
import { EventReader } from './assets/event-reader.js';
import { participantsShownMax } from './room-watch.js';
import {
  missedTurnsMax,
  type Sink,
  turnMs,
  unreadBytesMax,
  Viewers,
  viewersMax,
  viewersOfOneMax,
  type Watching,
} from './viewers.js';
import type { LiveEventName, LiveEvents } from './wire.js';

class Reading implements Sink {
  readonly events: { readonly name: string; readonly data: unknown }[] = [];
  unread = 0;
  isEnded = false;
  readonly #reader = new EventReader();

  write(text: string): void {
    for (const { name, data } of this.#reader.read(text)) this.events.push({ name, data: JSON.parse(data) });
  }
  unreadBytes(): number {
    return this.unread;
  }
  end(): void {
    this.isEnded = true;
  }
  all<Name extends LiveEventName>(name: Name): readonly LiveEvents[Name][] {
    return this.events.flatMap((event) => (event.name === name ? [event.data as LiveEvents[Name]] : []));
  }
  last<Name extends LiveEventName>(name: Name): LiveEvents[Name] {
    return this.all(name).at(-1) ?? expect.fail(`no ${name} was sent`);
  }
}

const account = accountSidOf('acc');
const seconds = (count: number): number => count * 1000;

function viewing() {
  const [rooms, clock, metrics] = [new SetRooms(), new VirtualClock(), recordingMetrics()];
  rooms.all = [liveConference('one', [liveParticipant('A'), liveParticipant('B')])];
  const shard = shardView(0, { tickLoad: 0.25, stats: { ticks_overrun: 3 } });
  const viewers = new Viewers({
    ...{ rooms, clock, metrics },
    nameOf: (accountSid) => (accountSid === account ? 'Acme' : null),
    daemon: () => ({
      ...{ isDraining: false, isStoreWell: true, conferences: 1, legs: 2, legsFree: 8, loadMax: 0.6, shards: [shard] },
      callbacks: { queued: 1, oldestSeconds: 1.6, receiversUnreachable: 0 },
    }),
  });
  const watching = (changes: Partial<Watching> = {}): Watching => ({
    ...{ accountSid: account, isOperator: false, isStillLetIn: () => true },
    viewer: { kind: 'account', name: 'Acme', version: '1' },
    room: conferenceSidOf('one'),
    ...changes,
  });
  const look = (changes: Partial<Watching> = {}) => {
    const sink = new Reading();
    const letGo = viewers.add(watching(changes), sink);
    return { sink, letGo };
  };
  const metric = (name: Parameters<typeof metrics.value>[0], labels = {}) => metrics.value(name, labels as never);
  return { rooms, clock, viewers, look, metric };
}

describe('Viewers', () => {
  it('costs nothing while nobody looks', async () => {
    const { rooms, clock, look, metric } = viewing();
    expect([clock.pending(), rooms.looks]).toEqual([0, 0]);
    const { letGo } = look();
    await clock.advance(seconds(1));
    expect([clock.pending(), metric('parley_status_viewers')]).toEqual([1, 1]);
    letGo?.();
    const { looks } = rooms;
    await clock.advance(seconds(10));
    expect([clock.pending(), rooms.looks, metric('parley_status_viewers')]).toEqual([0, looks, 0]);
  });

  it('sends who is in at once and when it changes, and levels in every turn', async () => {
    const { rooms, clock, look } = viewing();
    rooms.legs.set(callSidOf('A'), { inputLevelDbov: 20, speaking: true });
    const { sink } = look();
    expect(sink.all('conferences')).toHaveLength(1);
    expect(sink.last('daemon').callbacks).toEqual({ queued: 1, oldestSeconds: 2, receiversUnreachable: 0 });
    await clock.advance(seconds(2));
    expect(sink.all('room')).toHaveLength(1);
    expect(sink.all('levels')).toHaveLength(seconds(2) / turnMs);
    expect(sink.last('levels')).toEqual({ version: 1, levels: [20, 127], speaking: '10' });
    rooms.all = [liveConference('one', [liveParticipant('A', { muted: true }), liveParticipant('B', { hold: music })])];
    await clock.advance(turnMs);
    expect(sink.last('room')).toMatchObject({ version: 2, participants: [{ muted: true }, { held: true }] });
    expect(sink.last('levels').version).toBe(2);
    expect(sink.all('daemon')).toHaveLength(1);
  });

  it('looks once for all who look at the same room', async () => {
    const { rooms, clock, look } = viewing();
    look();
    await clock.advance(seconds(1));
    const alone = rooms.looks;
    for (let each = 0; each < 9; each += 1) look();
    await clock.advance(seconds(1));
    expect(rooms.looks - alone).toBeLessThanOrEqual(alone);
  });

  it('shows an account its own alone, and an operator all with their names', async () => {
    const { rooms, clock, look } = viewing();
    const other = accountSidOf('other');
    rooms.all = [...rooms.all, liveConference('two', [liveParticipant('C')], { accountSid: other, createdAtMs: 5 })];
    const [own, theirs, all] = [look(), look({ accountSid: other }), look({ accountSid: other, isOperator: true })];
    const visitor = look({ accountSid: null });
    await clock.advance(seconds(1));
    const seen = ({ sink }: typeof own) => sink.last('conferences').shown.map(({ room, account }) => [room, account]);
    expect(seen(own)).toEqual([['Room one', null]]);
    expect(seen(theirs)).toEqual([['Room two', null]]);
    expect(seen(all)).toEqual([
      ['Room one', 'Acme'],
      ['Room two', other],
    ]);
    expect([theirs.sink.all('room'), theirs.sink.all('gone')]).toEqual([[], [{ sid: conferenceSidOf('one') }]]);
    expect(all.sink.last('room').account).toBe('Acme');
    expect(visitor.sink.events.map(({ name }) => name)).toEqual(['viewer', 'daemon']);
  });

  it('says once that the room is over', async () => {
    const { rooms, clock, look } = viewing();
    const { sink } = look();
    await clock.advance(seconds(1));
    rooms.all = [];
    await clock.advance(seconds(2));
    expect(sink.all('gone')).toEqual([{ sid: conferenceSidOf('one') }]);
    expect(sink.last('conferences')).toEqual({ shown: [], more: 0 });
  });

  it('judges quality by the last seconds, not by what was before', async () => {
    const { rooms, clock, look } = viewing();
    const media = { transport: 'rtp', codec: 'pcmu', rateHz: 8000, security: { kind: 'plain' } } as LegMedia;
    const heard = (packetsReceived: number, packetsLost: number) =>
      rooms.legs.set(callSidOf('A'), { media, packetsReceived, packetsLost, framesConcealed: packetsLost });
    heard(1000, 500);
    const { sink } = look();
    await clock.advance(seconds(1));
    heard(1100, 500);
    await clock.advance(seconds(2));
    expect(sink.last('quality').legs[0]).toMatchObject({ loss: 0, concealed: 0, mos: expect.closeTo(4.4, 1) });
    expect(sink.last('quality').legs[1]).toBeNull();
    heard(1190, 510);
    await clock.advance(seconds(1));
    expect(sink.last('quality').legs[0]?.loss).toBeCloseTo(0.05, 2);
    await clock.advance(seconds(15));
    expect(sink.last('quality').legs[0]).toMatchObject({ loss: 0, mos: null });
  });

  it('shows of very many those who spoke last, in the order of joining', async () => {
    const { rooms, clock, look } = viewing();
    const name = (index: number): string => String(index).padStart(3, '0');
    const many = Array.from({ length: 3 * participantsShownMax }, (_, index) => liveParticipant(name(index)));
    rooms.all = [liveConference('one', many)];
    const last = name(many.length - 1);
    rooms.legs.set(callSidOf(last), { speaking: true });
    const { sink } = look();
    await clock.advance(seconds(3));
    const { participants, more } = sink.last('room');
    expect([participants.length, more]).toEqual([participantsShownMax, 2 * participantsShownMax]);
    expect(participants.at(-1)?.name).toBe(last);
    expect(sink.last('levels').levels).toHaveLength(participantsShownMax);
  });

  it('refuses pages beyond those that may be open, of one account and in all', () => {
    const { look, metric, viewers } = viewing();
    for (let each = 0; each < viewersOfOneMax; each += 1) expect(look().letGo).not.toBeNull();
    expect(look().letGo).toBeNull();
    for (let each = viewersOfOneMax; each < viewersMax; each += 1) {
      expect(look({ accountSid: accountSidOf(`x${each}`) }).letGo).not.toBeNull();
    }
    expect(look({ accountSid: accountSidOf('y') }).letGo).toBeNull();
    expect(metric('parley_status_refused_total', { why: 'viewers' })).toBe(2);
    viewers.close();
    expect(viewers.size()).toBe(0);
    expect(look().letGo).not.toBeNull();
  });

  it('keeps nothing for a page that does not read, and sends it away in the end', async () => {
    const { clock, look, metric, viewers } = viewing();
    const { sink } = look();
    await clock.advance(seconds(1));
    const sent = sink.events.length;
    sink.unread = unreadBytesMax + 1;
    await clock.advance((missedTurnsMax - 1) * turnMs);
    expect([sink.events.length, sink.isEnded, viewers.size()]).toEqual([sent, false, 1]);
    await clock.advance(turnMs);
    expect([sink.isEnded, viewers.size()]).toEqual([true, 0]);
    expect(metric('parley_status_turns_skipped_total')).toBe(missedTurnsMax);
  });

  it('ends pages whose token opens nothing any more', () => {
    const { look, viewers } = viewing();
    let isLetIn = true;
    const [gone, stays] = [look({ isStillLetIn: () => isLetIn }), look()];
    viewers.accountsChanged();
    isLetIn = false;
    viewers.accountsChanged();
    expect([gone.sink.isEnded, stays.sink.isEnded, viewers.size()]).toEqual([true, false, 1]);
  });
});
