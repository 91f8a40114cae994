/** Who was in a conference and has left, as both stores know it. */
import { describe, expect, it } from 'vitest';
import {
  accountSidOf,
  callSidOf,
  conferenceSidOf,
  end,
  join,
  leave,
  traced,
  update,
} from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Store } from '../../app/ports.js';
import { epochMs } from '../../base/brands.js';
import type { Command } from '../../conference/commands.js';
import { MemoryStore, memoryStoreBounds } from './memory-store.js';
import { SqliteStore } from './sqlite-store.js';

const [acc, other] = [accountSidOf('acc'), accountSidOf('other')];

/** Keep one conference that is over. */
function storesOf(): Readonly<Record<string, () => { readonly store: Store; readonly tidy: () => Promise<void> }>> {
  return {
    memory: () => ({
      store: new MemoryStore({ append: () => {} }, { ...memoryStoreBounds, completedConferencesMax: 1 }),
      tidy: async () => {},
    }),
    SQLite: () => {
      const clock = new VirtualClock();
      const thread = new StoreThreadDouble(':memory:', { completedConferencesMax: 1 });
      const store = new SqliteStore({ thread, clock, logger: recordingLogger(), observer: () => {} });
      return { store, tidy: () => clock.advance(5000) };
    },
  };
}

/** Commits command by command, as a runner does. */
async function play(store: Store, conference: string, commands: readonly Command[]): Promise<ConferenceScript> {
  const script = new ConferenceScript();
  for (const [index, command] of commands.entries()) {
    script.nowMs = epochMs(script.nowMs + 1);
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

describe.each(Object.entries(storesOf()))('participants who left, in %s', (_name, make) => {
  it('are there once for each time they were in, as they were when they left, in the order of joining', async () => {
    const { store } = make();
    const { events } = await play(store, 'c', [
      ...[join('A'), join('B'), join('C')],
      ...[leave('B'), update('A', { muted: true }), leave('A'), join('B')],
    ]);
    const left = await store.participantsLeft(acc, conferenceSidOf('c'));
    expect(left.map(({ participant }) => participant.callSid)).toEqual([callSidOf('A'), callSidOf('B')]);
    expect(left[0]?.participant.muted).toBe(true);
    const leaving = events.flatMap((event) =>
      event.kind === 'participant-left' ? [{ atMs: event.atMs, reason: event.reason }] : [],
    );
    expect(left.map((each) => each.left)).toEqual([...leaving].reverse());
  });

  it('are nothing to another account', async () => {
    const { store } = make();
    await play(store, 'c', [join('A'), join('B'), leave('B')]);
    expect(await store.participantsLeft(acc, conferenceSidOf('c'))).toHaveLength(1);
    expect(await store.participantsLeft(other, conferenceSidOf('c'))).toEqual([]);
  });

  it('are forgotten with their conference', async () => {
    const { store, tidy } = make();
    await play(store, 'c', [join('A'), end]);
    await play(store, 'd', [join('A'), join('B'), end]);
    await tidy();
    expect(await store.participantsLeft(acc, conferenceSidOf('c'))).toEqual([]);
    expect(await store.participantsLeft(acc, conferenceSidOf('d'))).toHaveLength(2);
  });
});
