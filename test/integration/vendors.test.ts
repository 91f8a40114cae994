/**
 * Applications that check what they receive by the vendors' own middleware, as their manuals say: every request of a
 * whole conference is taken, POST and GET, whatever the room is called.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import express, { type RequestHandler } from 'express';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createEgressPolicy } from '../../src/adapters/webhook/egress.js';
import { createWebhookClient } from '../../src/adapters/webhook/webhook-client.js';
import { type FlavourName, flavours } from '../../src/base/flavour.js';
import { callbacksFor, firstSequenceNumber } from '../../src/callbacks/callback-events.js';
import type { WebhookOutcome } from '../../src/callbacks/webhook.js';
import type { HttpMethod } from '../../src/conference/state.js';
import { end, join, leave, roomNamed, speech, tellAt, update } from '../support/callers.js';
import { ConferenceScript } from '../support/conference-script.js';

/** Its types are not found by the rules of its own package.json. */
const { RestClient }: { readonly RestClient: { webhook(key: string): RequestHandler } } = createRequire(
  import.meta.url,
)('@signalwire/compatibility-api');

const signingKey = 'PSK_test_signing_key';
const rooms = ['Room 1234', 'Zürich & Réunion été + 100 %', '会議室 🎧', 'it\'s <a> "room"; a=b?c#d'];

const middlewares: Readonly<Record<string, (key: string) => RequestHandler>> = {
  twilio: (key) => twilio.webhook(key) as RequestHandler,
  signalwire: (key) => RestClient.webhook(key),
};

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** Answers 204 to what the middleware lets through, and keeps its parameters. */
async function applicationOf(middleware: RequestHandler) {
  const events: unknown[] = [];
  const application = express();
  application.use(express.urlencoded({ extended: false }));
  application.all('/status', middleware, (request, response) => {
    events.push({ ...request.query, ...request.body });
    response.status(204).end();
  });
  const server = application.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') expect.fail('it does not listen');
  return { url: `http://127.0.0.1:${address.port}/status?tenant=7&name=J%C3%BCrg`, events };
}

/** Sends all that a conference with everything in it makes. */
async function tell(url: string, method: HttpMethod, room: string, flavour: FlavourName): Promise<WebhookOutcome[]> {
  const events = ['start', 'end', 'join', 'leave', 'mute', 'hold', 'modify', 'speaker'] as const;
  const statusCallback = { ...tellAt(url), method, events };
  const named = {
    room: roomNamed(room),
    roomRequest: { statusCallback, maxParticipants: null, region: null, eventCallbackUrl: null },
  };
  const commands = [
    join('A', named),
    join('B', { ...named, label: 'Jörg / 1' }),
    join('C', { ...named, coach: 'A' }),
    update('B', { muted: true }),
    update('B', { muted: false, hold: { kind: 'silence' } }),
    update('B', { hold: null, endConferenceOnExit: true }),
    speech('A', true),
    leave('C'),
    end,
  ];
  const webhooks = createWebhookClient({
    clock: systemClock,
    egress: createEgressPolicy([{ network: '127.0.0.0', prefix: 8 }]),
    signingKeysOf: () => [signingKey],
  });
  const script = new ConferenceScript();
  const outcomes: WebhookOutcome[] = [];
  let nextSequence = firstSequenceNumber;
  for (const command of commands) {
    const before = script.state;
    const change = { before, events: script.play(command), after: script.state };
    const output = callbacksFor({ ...change, nextSequence, flavour: flavours[flavour] });
    nextSequence = output.nextSequence;
    for (const callback of output.callbacks) outcomes.push(await webhooks.send(callback));
  }
  await webhooks.close();
  return outcomes;
}

describe.each(Object.keys(middlewares))('the middleware of %s', (vendor) => {
  const middleware = middlewares[vendor] ?? expect.fail(vendor);
  const cases = (['signalwire', 'twilio'] as const).flatMap((flavour) =>
    (['POST', 'GET'] as const).flatMap((method) => rooms.map((room) => [flavour, method, room] as const)),
  );

  it.each(cases)('takes all of a conference, flavour %s, %s, %s', async (flavour, method, room) => {
    const { url, events } = await applicationOf(middleware(signingKey));
    const outcomes = await tell(url, method, room, flavour);
    expect(outcomes.map((outcome) => (outcome.kind === 'answered' ? outcome.status : outcome.reason))).toEqual(
      outcomes.map(() => 204),
    );
    expect(events.length).toBeGreaterThan(12);
    expect(events).toEqual(
      events.map(() => expect.objectContaining({ FriendlyName: room, tenant: '7', name: 'Jürg' })),
    );
  });

  it('refuses what another key has signed', async () => {
    const { url, events } = await applicationOf(middleware('PSK_another'));
    const outcomes = await tell(url, 'POST', 'Room 1234', 'twilio');
    expect(outcomes.every((outcome) => outcome.kind === 'answered' && outcome.status === 403)).toBe(true);
    expect(events).toEqual([]);
  });
});
