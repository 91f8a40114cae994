/** Traces as a collector has them: what a command makes happen is below it, and nobody waits for the collector. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/config.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { startDaemon } from '../../src/main.js';
import { GrpcClient } from '../support/grpc/grpc-client.js';
import { freePorts } from '../support/serving.js';
import { recordingLogger } from '../support/silent.js';
import { TraceCollector } from '../support/trace-collector.js';
import { unsoughtTcpPort } from '../support/unsought-port.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const signingKey = 'parley-development-signing-key';
const dialing = 'parley.v1.CallService/Dial';

async function traced(endpoint: string | null, further: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tracing-'));
  const environment = {
    ...freePorts,
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_DRAIN_SECONDS: '0',
    ...(endpoint === null ? {} : { PARLEY_TRACING_ENDPOINT: endpoint }),
    ...further,
  };
  const config = parseConfig({ environment, file: null });
  const logger = recordingLogger();
  const daemon = await startDaemon(config.ok ? config.value : expect.fail(config.error.join()), logger);
  const receiver = await WebhookReceiver.start({ signingKey });
  const clients: GrpcClient[] = [];
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    for (const client of clients.splice(0)) client.close();
    stopping ??= daemon.stop();
    return stopping;
  };
  onTestFinished(async () => {
    await stop();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    daemon,
    logger,
    receiver,
    stop,
    client(traceparent: string | null = null) {
      const metadata = new Metadata();
      if (traceparent !== null) metadata.set('traceparent', traceparent);
      const client = new GrpcClient(Number(daemon.addresses.grpc.split(':').at(-1)), metadata);
      clients.push(client);
      return client;
    },
    async spansCounted(outcome: string): Promise<number> {
      const scraped = await (await fetch(`http://${daemon.addresses.http}/metrics`)).text();
      return Number(new RegExp(`parley_trace_spans_total\\{outcome="${outcome}"\\} (\\d+)`).exec(scraped)?.[1]);
    },
  };
}

async function collecting(): Promise<TraceCollector> {
  const collector = await TraceCollector.start();
  onTestFinished(() => collector.close());
  return collector;
}

const media = { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } } as const;

/** Of a document that has the caller's number in its path, and puts the caller into a conference. */
function dialByDocument({ receiver, client }: Awaited<ReturnType<typeof traced>>, traceparent: string | null = null) {
  const at = (path: string): string => receiver.url(path).replace('http://', 'http://user:password-of-a-url@');
  receiver.answerAt('/voice/15550107731', {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body:
      `<Response><Dial><Conference statusCallback="${at('/status')}" statusCallbackEvent="join">traced` +
      '</Conference></Dial></Response>',
  });
  const url = `${at('/voice/15550107731')}?key=secret-of-a-query`;
  return client(traceparent).unary(CallService.method.dial, {
    call: { from: '+15550107731', to: '+15550107732' },
    instruction: { case: 'documentUrl', value: { url } },
    media,
  });
}

it('has what a dial makes happen below it, its callback also when that is delivered later', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint, {
    PARLEY_TRACING_HEADERS: 'x-tenant=acme, authorization=Bearer abc',
    PARLEY_TRACING_SERVICE_NAME: 'mixer',
  });
  world.receiver.answerAt('/status', { status: 500 });
  const { conferenceSid } = await dialByDocument(world, `00-${traceId}-${callerSpan}-01`);
  const attempt = 'POST callback status';
  await collector.waitFor(dialing, 'POST document', 'store commit', attempt, attempt);

  const dial = collector.named(dialing);
  expect(dial).toMatchObject({
    ...{ traceId, parentId: callerSpan, kind: 'server', failure: null },
    attributes: { 'rpc.system': 'grpc', 'rpc.service': 'parley.v1.CallService', 'rpc.method': 'Dial' },
    resource: { 'service.name': 'mixer', 'service.version': '0.1.0' },
  });
  expect(Object.keys(dial.resource)).toEqual(expect.arrayContaining(['host.name', 'service.instance.id']));
  for (const name of ['POST document', 'store commit', attempt]) {
    expect(collector.named(name), name).toMatchObject({ traceId, parentId: dial.spanId });
  }
  const attempts = collector.spans.filter(({ name }) => name === attempt).slice(0, 2);
  expect(attempts.map(({ parentId, failure, attributes }) => [parentId, failure, attributes])).toEqual(
    attempts.map(() => [
      dial.spanId,
      '500',
      expect.objectContaining({ 'http.response.status_code': 500, 'parley.conference_sid': conferenceSid }),
    ]),
  );
  // Whoever is asked is below the span that asks.
  const [document, ...callbacks] = world.receiver.received.map(({ headers }) => headers.traceparent);
  expect(document).toBe(`00-${traceId}-${collector.named('POST document').spanId}-01`);
  expect(callbacks.slice(0, 2)).toEqual(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
  const { headers, path } = collector.requests[0] ?? {};
  expect([path, headers?.['x-tenant'], headers?.authorization]).toEqual(['/v1/traces', 'acme', 'Bearer abc']);
});

it('says nothing of numbers, credentials, queries and bodies', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint);
  await dialByDocument(world);
  await collector.waitFor(dialing, 'POST document', 'POST callback status');
  expect(collector.named('POST document').attributes['url.full']).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/voice\/REDACTED$/,
  );
  const sent = Buffer.concat(collector.requests.map(({ bytes }) => bytes)).toString('latin1');
  for (const secret of ['15550107731', '15550107732', 'password-of-a-url', 'secret-of-a-query', '<Response>']) {
    expect(sent).not.toContain(secret);
  }
});

it('records a request of the REST API by the pattern of its path', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint);
  const sid = '00000000-0000-4000-8000-000000000001';
  const answer = await fetch(`http://${world.daemon.addresses.rest}/api/laml/2010-04-01/Accounts/${sid}/Conferences`, {
    headers: { traceparent: `00-${traceId}-${callerSpan}-01` },
  });
  const request = 'GET /2010-04-01/Accounts/:AccountSid/Conferences';
  await collector.waitFor(request);
  expect(collector.named(request)).toMatchObject({
    ...{ traceId, parentId: callerSpan, kind: 'server', failure: null },
    attributes: { 'http.request.method': 'GET', 'http.response.status_code': answer.status },
  });
});

it('records of traces that begin here the share that is asked for, and others as their callers say', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint, { PARLEY_TRACING_SAMPLE_RATIO: '0' });
  await dialByDocument(world);
  const [document] = await world.receiver.waitFor(1);
  expect(document?.headers.traceparent).toMatch(/-00$/);
  const list = (sampled: string) =>
    world.client(`00-${traceId}-${callerSpan}-${sampled}`).unary(ConferenceService.method.listConferences, {});
  await list('00');
  await list('01');
  await world.stop();
  expect(collector.spans.map(({ name, parentId }) => `${name} ${parentId}`)).toEqual([
    `parley.v1.ConferenceService/ListConferences ${callerSpan}`,
  ]);
});

it('has a commit as the first of what begins by itself', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint);
  await dialByDocument(world);
  // Nobody asked for that: the conference ends with the daemon.
  await world.stop();
  const end = collector.spans.filter(({ name, parentId }) => name === 'store commit' && parentId === '');
  expect(end.length).toBeGreaterThan(0);
  const ids = new Set(collector.spans.map(({ spanId }) => spanId));
  expect(collector.spans.filter(({ parentId }) => parentId !== '' && !ids.has(parentId))).toEqual([]);
});

it('sends what waits when the daemon stops', async () => {
  const collector = await collecting();
  const world = await traced(collector.endpoint);
  await world.client().unary(ConferenceService.method.listConferences, {});
  await world.stop();
  expect(collector.spans.map(({ name }) => name)).toContain('parley.v1.ConferenceService/ListConferences');
});

it('serves calls while the collector is not there, counts what it did not take, and says so once', async () => {
  const world = await traced(`http://127.0.0.1:${await unsoughtTcpPort()}`);
  await dialByDocument(world);
  await world.receiver.waitFor(2);
  await expect.poll(() => world.spansCounted('not-taken')).toBeGreaterThan(0);
  await dialByDocument(world);
  await world.stop();
  expect(world.logger.lines.filter(({ event }) => event === 'spans-not-taken')).toHaveLength(1);
});

it('records nothing without a collector', async () => {
  const world = await traced(null);
  await dialByDocument(world, `00-${traceId}-${callerSpan}-01`);
  const [document] = await world.receiver.waitFor(1);
  expect(document?.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-`));
  expect(document?.headers.traceparent).not.toContain(callerSpan);
  expect(await world.spansCounted('sent')).toBe(0);
});
