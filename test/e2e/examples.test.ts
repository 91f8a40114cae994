/** The documents of examples/, as they stand: judged by what callers hear and by what the application is told. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallStatus } from '../../src/gen/parley/v1/call_pb.js';
import {
  type DocumentCaller,
  DocumentCallers,
  hasHeardBeep,
  hears,
  levelAt,
  type Who,
} from '../support/document-callers.js';
import { read } from '../support/documents.js';
import { listen, until } from '../support/waiting.js';

let callers: DocumentCallers;

beforeAll(async () => {
  callers = await DocumentCallers.start();
});
afterAll(() => callers.end());

const answerOf = (name: string) => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: readFileSync(`examples/${name}`, 'utf8'),
});

async function call(who: Who, name: string): Promise<DocumentCaller> {
  callers.receiver.answerNext(answerOf(name));
  const caller = await callers.call(who, `/${name}`);
  expect(caller.warnings).toEqual([]);
  return caller;
}

const isOver = async (caller: DocumentCaller): Promise<boolean> =>
  (await callers.statusOf(caller)) === CallStatus.COMPLETED;
const hangUp = (caller: DocumentCaller): Promise<void> => callers.platform.hangUp(caller);

describe('examples', () => {
  it('are documents without an oddity', () => {
    const names = readdirSync('examples').filter((name) => name.endsWith('.xml'));
    expect(names).toHaveLength(7);
    for (const name of names)
      expect(read(readFileSync(`examples/${name}`, 'utf8')), name).toMatchObject({ findings: [] });
  });

  it('simple: those who run it talk with each other, and one may leave without the other', async () => {
    const ana = await call('ana', 'simple.xml');
    // The house music, which a job composes when the daemon starts.
    await until(() => levelAt(ana) > -40);
    expect(levelAt(ana)).toBeLessThan(-12);
    const ben = await call('ben', 'simple.xml');
    await until(() => hears(ana, 'ben') && hears(ben, 'ana'));
    await until(() => hasHeardBeep(ana) && hasHeardBeep(ben));
    // Nothing but the other is heard once the beep is over, and nothing at all once the other has left.
    await hangUp(ben);
    await until(() => levelAt(ana) < -70);
    await hangUp(ana);
    const again = await call('ana', 'simple.xml');
    const other = await call('ben', 'simple.xml');
    await hangUp(again);
    expect(await isOver(other)).toBe(false);
    await hangUp(other);
  });

  it('moderated: attendees wait for the moderator, and are hung up with them', async () => {
    const [ana, ben] = [await call('ana', 'attendee.xml'), await call('ben', 'attendee.xml')];
    await listen(ana.recording, 200);
    expect([levelAt(ana), levelAt(ben)].every((level) => level < -70)).toBe(true);
    const carla = await call('carla', 'moderator.xml');
    await until(() => hears(ana, 'ben') && hears(ana, 'carla') && hears(ben, 'ana') && hears(carla, 'ben'));
    await hangUp(carla);
    await until(async () => (await isOver(ana)) && (await isOver(ben)));
  });

  it('told: the application learns who comes and goes', async () => {
    const before = callers.receiver.received.length;
    const ana = await call('ana', 'told.xml');
    await callers.receiver.waitFor(before + 2);
    const ben = await call('ben', 'told.xml');
    await callers.receiver.waitFor(before + 5);
    await hangUp(ana);
    await hangUp(ben);
    const received = (await callers.receiver.waitFor(before + 8))
      .slice(before)
      .filter(({ path }) => path === '/status');
    expect(received.map(({ parameters }) => parameters.StatusCallbackEvent)).toEqual([
      'participant-join',
      'participant-join',
      'conference-start',
      'participant-leave',
      'participant-leave',
      'conference-end',
    ]);
    expect(received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(received[0]?.parameters).toMatchObject({ FriendlyName: 'Support desk', CallSid: ana.callSid });
  });

  it('monitored: the monitor hears everybody and is heard by nobody', async () => {
    const [ana, ben] = [await call('ana', 'simple.xml'), await call('ben', 'simple.xml')];
    const carla = await call('carla', 'monitor.xml');
    await until(() => hears(carla, 'ana') && hears(carla, 'ben') && hears(ana, 'ben'));
    await listen(ana.recording, 200);
    expect([hears(ana, 'carla'), hears(ben, 'carla')]).toEqual([false, false]);
    for (const caller of [ana, ben, carla]) await hangUp(caller);
  });

  it('bridge: two calls are one conversation, and the end of one is told by the action of the other', async () => {
    const [ana, ben] = [await call('ana', 'bridge.xml'), await call('ben', 'bridge.xml')];
    await until(() => hears(ana, 'ben') && hears(ben, 'ana'));
    expect([hasHeardBeep(ana), hasHeardBeep(ben)]).toEqual([false, false]);
    const before = callers.receiver.received.length;
    callers.receiver.answerNext(answerOf('bridged.xml'));
    await hangUp(ana);
    const [asked] = (await callers.receiver.waitFor(before + 1)).slice(before);
    expect(asked?.path).toBe('/bridged');
    expect(asked?.parameters).toMatchObject({ CallSid: ben.callSid, DialCallStatus: 'answered' });
    await until(() => isOver(ben));
  });
});
