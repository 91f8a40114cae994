import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { TestAuthority } from '../../../test/support/certificates.js';
import { shardView } from '../../../test/support/shard-view.js';
import { heard, quietly } from '../../../test/support/sockets.js';
import { TestIdentity } from '../../../test/support/tls.js';
import { shardMetrics, tickBucketsSeconds } from '../../app/health/shard-metrics.js';
import { metrics as declared } from '../../app/metrics.js';
import type { StoreHealth } from '../../app/ports.js';
import type { TlsIdentity } from '../../app/tls.js';
import { AccountSeries } from '../../app/usage/account-series.js';
import { tickPhases } from '../../media/engine-layout.js';
import type { ShardId, ShardView } from '../../media/engine-port.js';
import { createOpsServer, type OpsPatience, type OpsServer } from './ops-server.js';
import { createPrometheus } from './prometheus.js';

const buckets = (...counts: readonly number[]): number[] =>
  Array.from({ length: tickBucketsSeconds.length + 1 }, (_, index) => counts[index] ?? 0);
const counted = (id: number): ShardView =>
  shardView(id, {
    stats: {
      ticks: 200 + id,
      cpu_ns: 1_500_000_000,
      tick_work_ema_ns: 2_500_000,
      tick_work_ns: 2_000_000,
      tick_work_histogram: buckets(3, 0, 2),
      tick_lateness_ns: 0,
      tick_lateness_histogram: buckets(),
      tick_phase_ns: Object.values(tickPhases).map((phase) => phase * 1_000_000),
      tick_phase_histogram: Object.values(tickPhases).flatMap((phase) => buckets().fill(phase)),
    },
  });

const servers: OpsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serverOf(patience?: OpsPatience, tls: TlsIdentity | null = null) {
  const facts = {
    shards: [counted(0), counted(1)],
    stalled: [] as readonly ShardId[],
    draining: false,
    queued: 0,
    health: { ok: true } as StoreHealth,
  };
  const prometheus = createPrometheus(() => facts.shards);
  const capacity = () => ({ legs: 0, legsMax: 0, conferences: 0, shards: 2, legsFree: 0, draining: facts.draining });
  const server = createOpsServer({
    application: { shards: () => facts.shards, capacity },
    liveness: { stalled: () => facts.stalled },
    store: { health: () => facts.health },
    prometheus,
    beforeScrape: () => prometheus.metrics.set('parley_callbacks_queued', {}, facts.queued),
    ...(patience === undefined ? {} : { patience }),
    tls,
  });
  servers.push(server);
  const port = await server.listen('127.0.0.1', 0);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  return { facts, prometheus, get, port };
}
const line = (text: string, start: string): string | undefined =>
  text.split('\n').find((each) => each.startsWith(`${start} `));

describe('/metrics', () => {
  it('shows everything that is declared, with its help and type', async () => {
    const { get } = await serverOf();
    const { status, type, text } = await get('/metrics');
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
    for (const { name, ...metric } of [
      ...Object.entries(declared).map(([name, each]) => ({ name, ...each })),
      ...shardMetrics,
    ]) {
      expect(text).toContain(`# HELP ${name} ${metric.help}\n# TYPE ${name} ${metric.type}\n`);
    }
  });

  it('counts, sets and observes', async () => {
    const { get, prometheus, facts } = await serverOf();
    prometheus.metrics.count('parley_dials_total', { outcome: 'joined', media: 'rtp' });
    prometheus.metrics.count('parley_dials_total', { outcome: 'joined', media: 'rtp' });
    prometheus.metrics.set('parley_conferences', { phase: 'init' }, 7);
    prometheus.metrics.observe('parley_command_duration_seconds', {}, 0.003);
    facts.queued = 12;
    const { text } = await get('/metrics');
    expect(line(text, 'parley_dials_total{outcome="joined",media="rtp"}')).toMatch(/ 2$/);
    expect(line(text, 'parley_conferences{phase="init"}')).toMatch(/ 7$/);
    expect(line(text, 'parley_command_duration_seconds_bucket{le="0.005"}')).toMatch(/ 1$/);
    expect(line(text, 'parley_callbacks_queued')).toMatch(/ 12$/);
  });

  it('begins every series at zero', async () => {
    const { get } = await serverOf();
    const { text } = await get('/metrics');
    expect(line(text, 'parley_dials_total{outcome="refused",media="grpc"}')).toMatch(/ 0$/);
    expect(line(text, 'parley_conferences{phase="in-progress"}')).toMatch(/ 0$/);
    expect(line(text, 'parley_shards_failed_total')).toMatch(/ 0$/);
  });

  it('calls accounts by their names, as many as may be, and counts the others together', async () => {
    const accounts = new AccountSeries(1);
    const [a, b] = [accountSidOf('a'), accountSidOf('b')];
    accounts.configure([{ sid: a, name: 'acme "1"' }]);
    const { metrics, text } = createPrometheus(() => [], accounts);
    for (const [account, calls] of [[a, 2] as const, [b, 3] as const, [accountSidOf('c'), 4] as const]) {
      metrics.count('parley_account_calls_total', { account }, calls);
    }
    metrics.count('parley_account_limits_reached_total', { account: b, limit: 'calls' });
    const shown = String(await text());
    expect(shown.match(/^parley_account_calls_total\{.*$/gm)).toEqual([
      'parley_account_calls_total{account="acme \\"1\\""} 2',
      'parley_account_calls_total{account="other"} 7',
    ]);
    expect(line(shown, 'parley_account_limits_reached_total{account="other",limit="calls"}')).toMatch(/ 1$/);
    expect(line(shown, 'parley_account_limits_reached_total{account="acme \\"1\\"",limit="calls"}')).toMatch(/ 0$/);
    expect(shown).not.toContain(a);
  });

  it('shows the words of each shard as they are now, in base units', async () => {
    const { get } = await serverOf();
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const { text } = await get('/metrics');
      expect(line(text, 'parley_shard_ticks_total{shard="1"}')).toMatch(/ 201$/);
      expect(line(text, 'parley_shard_cpu_seconds_total{shard="0"}')).toMatch(/ 1.5$/);
      expect(line(text, 'parley_shard_tick_load_ratio{shard="0"}')).toMatch(/ 0\.5$/);
    }
  });

  it('shows each phase of a tick by itself', async () => {
    const { get } = await serverOf();
    const { text } = await get('/metrics');
    const of = (phase: string, part: string) =>
      line(text, `parley_shard_tick_phase_seconds_${part}{shard="0",phase="${phase}"}`)?.split(' ').at(-1);
    expect([of('commands', 'sum'), of('mix', 'sum'), of('publish', 'sum')]).toEqual(['0', '0.004', '0.007']);
    expect([of('commands', 'count'), of('mix', 'count'), of('publish', 'count')]).toEqual(['0', '56', '98']);
  });

  it('asks each shard once in a scrape', async () => {
    let asked = 0;
    const prometheus = createPrometheus(() => {
      asked += 1;
      return [counted(0)];
    });
    await prometheus.text();
    expect(asked).toBe(1);
  });

  it('adds the buckets of the shards up, as Prometheus wants them', async () => {
    const { get } = await serverOf();
    const { text } = await get('/metrics');
    const bucket = (le: string) => line(text, `parley_shard_tick_work_seconds_bucket{le="${le}",shard="0"}`);
    expect(
      [bucket('0.00001'), bucket('0.000025'), bucket('0.00005'), bucket('+Inf')].map((each) => each?.at(-1)),
    ).toEqual(['3', '3', '5', '5']);
    expect(line(text, 'parley_shard_tick_work_seconds_sum{shard="0"}')).toMatch(/ 0.002$/);
    expect(line(text, 'parley_shard_tick_work_seconds_count{shard="0"}')).toMatch(/ 5$/);
  });
});

describe('/livez', () => {
  it('is well while ticks move', async () => {
    const { get } = await serverOf();
    expect(await get('/livez')).toMatchObject({ status: 200, text: '{"live":true,"stalledShards":[]}' });
  });

  it('is not when a shard stands still, or none is left', async () => {
    const { get, facts } = await serverOf();
    facts.stalled = [facts.shards[1]?.shard ?? expect.fail()];
    expect(await get('/livez')).toMatchObject({ status: 503, text: '{"live":false,"stalledShards":[1]}' });
    facts.stalled = [];
    facts.shards = [shardView(0, { alive: false })];
    expect((await get('/livez')).status).toBe(503);
  });
});

describe('/readyz', () => {
  it('is ready with some shards, and not with none or while draining', async () => {
    const { get, facts } = await serverOf();
    expect((await get('/readyz')).status).toBe(200);
    facts.shards = [shardView(0, { alive: false }), shardView(1)];
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      text: '{"ready":true,"draining":false,"deadShards":[0],"storeFailing":null}',
    });
    facts.draining = true;
    expect((await get('/readyz')).status).toBe(503);
    facts.draining = false;
    facts.shards = [shardView(0, { alive: false })];
    expect((await get('/readyz')).status).toBe(503);
  });
});

describe('a client of the ops listener', () => {
  const come = async (patience: OpsPatience, text: string) => {
    const { port, get } = await serverOf(patience);
    const socket = quietly(connect(port, '127.0.0.1'));
    socket.write(text);
    const answer = await heard(socket);
    expect((await get('/livez')).status).toBe(200);
    return answer;
  };

  it('that does not end its head is told so, and closed', async () => {
    const patience = { requestMs: 100, silenceMs: 60_000, lookMs: 20 };
    expect(await come(patience, 'GET /metrics HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that does not say its part of TLS is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-ops-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tls = new TestIdentity(new TestAuthority(folder).issue('server'));
    const { port } = await serverOf({ requestMs: 100, silenceMs: 60_000, lookMs: 20 }, tls);
    expect(await heard(quietly(connect(port, '127.0.0.1')))).toBe('');
  });

  it('that says nothing is closed', async () => {
    expect(await come({ requestMs: 60_000, silenceMs: 100, lookMs: 20 }, '')).toBe('');
  });
});
