/**
 * Writes deploy/grafana/parley.json from tools/dashboard, with the thresholds of deploy/prometheus/rules.yml.
 * `--check` writes nothing and fails when the committed file is not what would be written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAlerts } from './dashboard/alerts.js';
import { dashboardOf } from './dashboard/grafana.js';
import { rows } from './dashboard/rows.js';

const pathOf = (file: string): string => fileURLToPath(new URL(`../deploy/${file}`, import.meta.url));
const target = pathOf('grafana/parley.json');

const text = `${JSON.stringify(dashboardOf(rows, readAlerts(pathOf('prometheus/rules.yml'))), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('deploy/grafana/parley.json is stale: run `npm run generate`');
    process.exit(1);
  }
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
