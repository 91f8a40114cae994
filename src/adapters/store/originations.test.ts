/** Calls that are made for Parley, as both stores keep them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, join } from '../../../test/support/callers.js';
import { countingRandom, recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { noWishes } from '../../app/originations/call-wishes.js';
import { type Advanced, answered, ended, initiated } from '../../app/originations/origination.js';
import { flavours } from '../../base/flavour.js';
import { newTrace } from '../../base/trace.js';
import { SqliteStore } from './sqlite-store.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const clock = new VirtualClock();
const trace = newTrace(countingRandom());
const flavour = flavours.signalwire;

function made(name: string): Advanced {
  const { newConferenceSid: conferenceSid, call, kind: _, callSid: __, ...conference } = join('A');
  const request = {
    ...{ accountSid: accountSidOf('acc'), callSid: callSidOf(name), conferenceSid, call, conference },
    ...{ jitterBufferSize: null, callerId: '+15550100009', earlyMedia: true, timeoutSeconds: 60, wishes: noWishes },
    statusCallback: { url: 'https://h.test/', method: 'POST', events: ['initiated', 'completed'] } as const,
  };
  return initiated(request, clock.now(), flavour);
}

const storeOn = (path: string) =>
  new SqliteStore({ thread: new StoreThreadDouble(path), clock, logger: recordingLogger(), observer: () => {} });

describe('SqliteStore originations', () => {
  it('has those that are not over again after a restart, as they were, and each told of in its own line', async () => {
    const folder = mkdtempSync(pathOf(tmpdir(), 'parley-calls-'));
    folders.push(folder);
    const path = pathOf(folder, 'parley.db');
    const first = storeOn(path);
    const [a, b] = [made('A'), made('B')];
    for (const each of [a, b]) expect((await first.commitOrigination({ ...each, trace })).ok).toBe(true);
    const later = answered(a.origination, clock.now(), flavour);
    await first.commitOrigination({ ...later, trace });
    await first.commitOrigination({ ...ended(b.origination, 'busy', clock.now(), flavour), trace });
    await first.close();

    const second = storeOn(path);
    expect(await second.openOriginations()).toEqual([later.origination]);
    const { entries } = await second.outbox.take({ limit: 9, perReceiver: 9, shares: new Map() });
    // The end of B waits for its beginning, and not for A.
    expect(entries.map(({ callback }) => callback.id)).toEqual([
      `${callSidOf('A')}-call-0`,
      `${callSidOf('B')}-call-0`,
    ]);
    second.outbox.delivered(`${callSidOf('B')}-call-0`);
    const next = await second.outbox.take({ limit: 9, perReceiver: 9, shares: new Map() });
    expect(next.entries.map(({ callback }) => callback.id)).toEqual([`${callSidOf('B')}-call-1`]);
    await second.close();
  });

  it('writes the state and what is told of it together, or neither', async () => {
    const thread = new StoreThreadDouble();
    const store = new SqliteStore({ thread, clock, logger: recordingLogger(), observer: () => {} });
    const { callbacks, ...rest } = made('A');
    const broken = callbacks.map((callback) => ({ ...callback, id: null as never }));
    expect(await store.commitOrigination({ ...rest, callbacks: broken, trace })).toEqual({
      ok: false,
      error: { kind: 'store-unavailable' },
    });
    expect(await store.openOriginations()).toEqual([]);
  });
});
