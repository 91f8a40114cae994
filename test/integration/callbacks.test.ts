/** CONTRACT §8.9, cases 46, 47, 49, 51 and 54: from a commit to what the application's web server has got. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryOutbox } from '../../src/adapters/store/memory-outbox.js';
import { MemoryStore } from '../../src/adapters/store/memory-store.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createEgressPolicy } from '../../src/adapters/webhook/egress.js';
import { createWebhookClient, type WebhookClient } from '../../src/adapters/webhook/webhook-client.js';
import {
  createDispatcher,
  type DeliveryReport,
  type Dispatcher,
  dispatcherLimits,
} from '../../src/app/delivery/dispatcher.js';
import { flavours } from '../../src/base/flavour.js';
import type { Clock } from '../../src/base/ports.js';
import { callbacksFor, firstSequenceNumber } from '../../src/callbacks/callback-events.js';
import { accountSidOf, conferenceSidOf, join, leave, tellAt, traced, update } from '../support/callers.js';
import { ConferenceScript } from '../support/conference-script.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'PSK_test_signing_key';

/** Waits between tries take a fiftieth of their time; limits of requests, which use the real clock, do not shrink. */
const hastyClock: Clock = { ...systemClock, after: (delayMs, action) => systemClock.after(delayMs / 50, action) };

let receiver: WebhookReceiver;
let other: WebhookReceiver;
let webhooks: WebhookClient;
let dispatcher: Dispatcher;
let store: MemoryStore;
let reports: DeliveryReport[];
let horizonMs: number;

beforeEach(async () => {
  [receiver, other] = await Promise.all([WebhookReceiver.start({ signingKey }), WebhookReceiver.start({ signingKey })]);
  const outbox = new MemoryOutbox({ clock: hastyClock, callbacksPerAccountMax: 100, onOverflow: () => {} });
  store = new MemoryStore(outbox);
  webhooks = createWebhookClient({
    clock: systemClock,
    egress: createEgressPolicy([{ network: '127.0.0.0', prefix: 8 }]),
    signingKeysOf: () => [signingKey],
  });
  reports = [];
  horizonMs = 86_400_000;
  dispatcher = createDispatcher({
    outbox,
    webhooks,
    clock: systemClock,
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 },
    observer: (report) => reports.push(report),
    limits: dispatcherLimits,
    horizonMsOf: () => horizonMs,
  });
  dispatcher.start();
});

afterEach(async () => {
  await dispatcher.stop(0);
  await webhooks.close();
  await receiver.close();
  await other.close();
});

/** Two callers come, one is muted, both go: seven events, committed command by command. */
async function playConference(name: string, url: string): Promise<void> {
  const events = ['start', 'end', 'join', 'leave', 'mute'] as const;
  const tell = {
    newConferenceSid: conferenceSidOf(name),
    roomRequest: {
      statusCallback: { ...tellAt(url), events },
      maxParticipants: null,
      region: null,
      eventCallbackUrl: null,
    },
  };
  const script = new ConferenceScript();
  let nextSequence = firstSequenceNumber;
  const commands = [{ ...join('A'), ...tell }, join('B'), update('B', { muted: true }), leave('A'), leave('B')];
  for (const command of commands) {
    const before = script.state;
    const change = { before, events: script.play(command), after: script.state };
    const output = callbacksFor({ ...change, nextSequence, flavour: flavours.signalwire });
    nextSequence = output.nextSequence;
    await store.commit({
      accountSid: accountSidOf('acc'),
      before,
      state: change.after,
      nextSequence,
      events: change.events,
      trace: traced,
      callbacks: output.callbacks,
    });
  }
}

const story = [
  'participant-join',
  'participant-join',
  'conference-start',
  'participant-mute',
  'participant-leave',
  'participant-leave',
  'conference-end',
];

const told = (from: WebhookReceiver) => from.received.map(({ parameters }) => parameters.StatusCallbackEvent);

describe('callbacks over HTTP', () => {
  it('cases 46, 51, 54: all arrive in order, numbered, signed, no name twice', async () => {
    await playConference('c', receiver.url('/status?tenant=7#rt=1000'));
    await receiver.waitFor(story.length);
    expect(told(receiver)).toEqual(story);
    expect(receiver.received.map(({ parameters }) => parameters.SequenceNumber)).toEqual([...'1234567']);
    expect(receiver.received.filter(({ isSigned, repeatedNames }) => !isSigned || repeatedNames.length > 0)).toEqual(
      [],
    );
    expect(receiver.received[0]?.path).toBe('/status?tenant=7');
    expect(await dispatcher.stop(1000)).toBe(0);
  });

  it('case 47: a 500, a cut connection, then 204: delivered at the third try under one idempotency key', async () => {
    receiver.answerNext({ status: 500 }, { reset: true });
    await playConference('c', receiver.url());
    await receiver.waitFor(story.length + 2);
    const [first] = story;
    expect(told(receiver)).toEqual([first, first, ...story]);
    const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(new Set(keys).size).toBe(story.length);
  });

  it('case 47: 500, 500, 200 under the policy of the vendors: three tries, then ok', async () => {
    horizonMs = 0;
    receiver.answerNext({ status: 500 }, { status: 500 }, { status: 200 });
    await playConference('c', receiver.url());
    await receiver.waitFor(story.length + 2);
    const [first] = story;
    expect(told(receiver)).toEqual([first, first, ...story]);
    expect(reports.map(({ verdict }) => verdict.kind)).not.toContain('give-up');
  });

  it.each([
    ['500 under the policy of the vendors', 500, '', 0],
    ['410', 410, '', 86_400_000],
    ['500, where two more tries are asked for,', 500, '#rc=2', 86_400_000],
  ])('case 47: three times %s is given up, and the next goes out', async (_what, status, fragment, horizon) => {
    horizonMs = horizon;
    receiver.answerNext({ status }, { status }, { status });
    await playConference('c', receiver.url(`/${fragment}`));
    await receiver.waitFor(story.length + 2);
    const [first, ...rest] = story;
    expect(told(receiver)).toEqual([first, first, first, ...rest]);
    expect(reports.slice(0, 3).map(({ verdict }) => verdict.kind)).toEqual(['retry', 'retry', 'give-up']);
  });

  it('case 49: a receiver that does not answer holds up its own conference only', async () => {
    receiver.answerNext({ after: new Promise(() => {}) });
    await playConference('s', receiver.url());
    await receiver.waitFor(1);
    await Promise.all(['1', '2', '3'].map((name) => playConference(name, other.url())));
    await other.waitFor(3 * story.length);
    for (const name of ['1', '2', '3'].map(conferenceSidOf)) {
      const own = other.received.filter(({ parameters }) => parameters.ConferenceSid === name);
      expect(own.map(({ parameters }) => parameters.StatusCallbackEvent)).toEqual(story);
    }
    expect(receiver.received).toHaveLength(1);
  });
});
