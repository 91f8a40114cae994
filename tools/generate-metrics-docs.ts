/**
 * Writes docs/metrics.md from src/app/metrics.ts and src/app/health/shard-metrics.ts.
 * `--check` writes nothing and fails when the committed page is not what would be written.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shardMetrics, tickBucketsSeconds } from '../src/app/health/shard-metrics.js';
import { metrics } from '../src/app/metrics.js';

const target = fileURLToPath(new URL('../docs/metrics.md', import.meta.url));

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const code = (text: string): string => `\`${text}\``;
const labelText = (labels: Readonly<Record<string, readonly string[] | string>>): string =>
  Object.entries(labels)
    .map(([label, values]) => `${code(label)}: ${typeof values === 'string' ? values : values.map(code).join(', ')}`)
    .join('; ');

export function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Generated from `src/app/metrics.ts` and `src/app/health/shard-metrics.ts` by `tools/generate-metrics-docs.ts`: do not edit.',
    '',
    'Everything `GET /metrics` shows beside the process metrics of prom-client (`process_*`, `nodejs_*`). Names are in base',
    'units, label values are closed sets, and no label is ever a sid. Accounts are called by their names, the first',
    '`PARLEY_METRICS_ACCOUNTS_MAX` of the configuration, and the others `other`. How late the event loop is',
    '(`nodejs_eventloop_lag_*`) is that of the scrape before; it is looked at every 100 ms, so a loop that is never late',
    'shows 0.1.',
    '',
    '## Control plane',
    '',
    row(['Name', 'Type', 'Labels', 'Meaning']),
    row(['---', '---', '---', '---']),
    ...Object.entries(metrics).map(([name, metric]) =>
      row([code(name), metric.type, labelText(metric.labels), metric.help]),
    ),
    '',
    '## Shards',
    '',
    'Read from the stats block of each arena when scraped; labelled by `shard`, a number from 0 to the count of shards less',
    `one. Upper edges of the histograms, in seconds: ${tickBucketsSeconds.join(', ')}.`,
    '',
    row(['Name', 'Type', 'Meaning']),
    row(['---', '---', '---']),
    ...shardMetrics.map(({ name, type, help, by }) =>
      row([code(name), type, by === undefined ? help : `${help} ${labelText({ [by.label]: by.values })}`]),
    ),
    '',
  ].join('\n');
}

const text = metricsPage();
if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('docs/metrics.md is stale: run `npm run generate`');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
