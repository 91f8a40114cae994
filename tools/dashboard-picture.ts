/**
 * The picture of the dashboard in docs/dashboard.md. It is no picture of Grafana: a daemon is started and called, a
 * Prometheus scrapes it, and each panel's own queries are asked of that Prometheus and drawn in the panel's place, in
 * its units and with its thresholds, by a headless Chromium.
 *   tsx tools/dashboard-picture.ts [--minutes 6] [--out docs/dashboard.png]
 * Needs `make build`, and prometheus and chromium of Debian.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startDaemon } from '../src/cli/daemon-process.js';
import { readAlerts } from './dashboard/alerts.js';
import { dashboardOf } from './dashboard/grafana.js';
import { rows } from './dashboard/rows.js';
import { pageOf, pageWidth } from './picture/page.js';
import { type Series, seriesOf } from './picture/prometheus.js';
import { callAndTalk, configuredCustomers } from './picture/traffic.js';

const scrapeSeconds = 5;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '6' }, out: { type: 'string', default: 'docs/dashboard.png' } },
});
const folder = mkdtempSync(join(tmpdir(), 'parley-picture-'));
const minutes = Number(values.minutes);

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startPrometheus(target: string): Promise<{ readonly url: string; readonly stop: () => void }> {
  const listen = `127.0.0.1:${await freePort()}`;
  const config = {
    global: { scrape_interval: `${scrapeSeconds}s`, evaluation_interval: `${scrapeSeconds}s` },
    rule_files: [resolve('deploy/prometheus/rules.yml')],
    scrape_configs: [
      {
        ...{ job_name: 'parley', static_configs: [{ targets: [target] }] },
        relabel_configs: [{ target_label: 'instance', replacement: 'mixer-1' }],
      },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${listen}`,
    ],
    { stdio: 'ignore' },
  );
  return { url: `http://${listen}`, stop: () => child.kill() };
}

function draw(html: string, height: number): void {
  const page = join(folder, 'page.html');
  writeFileSync(page, html);
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--hide-scrollbars'];
  const size = [`--window-size=${pageWidth},${height}`, `--user-data-dir=${join(folder, 'chromium')}`];
  execFileSync('chromium', [...flags, ...quiet, ...size, `--screenshot=${resolve(values.out)}`, `file://${page}`], {
    stdio: 'ignore',
  });
}

const daemon = await startDaemon({
  PARLEY_ACCOUNTS: configuredCustomers(),
  PARLEY_LOG_LEVEL: 'warn',
  PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
  PARLEY_LEGS_PER_SHARD: '256',
});
const prometheus = await startPrometheus(daemon.httpUrl.replace('http://', ''));
try {
  const from = Math.floor(Date.now() / 1000);
  await callAndTalk(daemon, () => Date.now() / 1000 > from + minutes * 60);
  const span = { from: from + 30, to: Math.floor(Date.now() / 1000) - scrapeSeconds, stepSeconds: scrapeSeconds };
  const { panels } = dashboardOf(rows, readAlerts('deploy/prometheus/rules.yml'));
  const series = new Map<number, readonly Series[]>();
  for (const panel of panels) {
    if ('targets' in panel) series.set(panel.id, await seriesOf(prometheus.url, panel, span));
  }
  const { html, height } = pageOf(panels, series, span);
  draw(html, height);
} finally {
  prometheus.stop();
  await daemon.stop();
  rmSync(folder, { recursive: true, force: true });
}
