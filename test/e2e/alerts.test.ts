/**
 * What the rules of Prometheus and the dashboard speak of is there: every metric in a scrape, a test for every rule and
 * a page for every alert; and Prometheus understands every expression.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { everything, metricsIn } from '../../tools/dashboard/variables.js';
import { Platform } from '../support/platform.js';

type Rule = {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: 'page' | 'ticket' };
};
type Rules = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
type RuleTests = {
  readonly tests: readonly { readonly name: string }[];
};

const read = (file: string): unknown => parse(readFileSync(`deploy/prometheus/${file}`, 'utf8'));
const rules = (read('rules.yml') as Rules).groups.flatMap((group) => group.rules);
const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));

type Dashboard = {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
};

const dashboard = JSON.parse(readFileSync('deploy/grafana/parley.json', 'utf8')) as Dashboard;
const asked = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

it('speaks of metrics that a daemon shows', async () => {
  const scrape = await (await fetch(`${platform.daemon.httpUrl}/metrics`)).text();
  const shown = new Set([...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const definitions = dashboard.templating.list.map(({ definition = '' }) => definition);
  for (const [least, expressions] of [
    [20, rules.map(({ expr }) => expr)],
    [100, [...asked.map(({ expr }) => expr), ...definitions]],
  ] as const) {
    const spokenOf = new Set(expressions.flatMap(metricsIn));
    expect(spokenOf.size).toBeGreaterThan(least);
    expect([...spokenOf].filter((name) => !shown.has(name))).toEqual([]);
  }
});

it('asks nothing in the dashboard that Prometheus does not understand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-dashboard-'));
  const check = (expressions: readonly string[]): string => {
    const file = join(folder, 'asked.yml');
    const recorded = expressions.map((expr, index) => ({ record: `asked:${index}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'asked', rules: recorded }] }));
    return execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
  };
  try {
    const expressions = asked.map(({ expr }) => everything(expr, '1m'));
    expect(expressions.filter((expr) => expr.includes('$'))).toEqual([]);
    expect(check(expressions)).toContain(`SUCCESS: ${expressions.length} rules found`);
    expect(() => check(['rate(parley_legs[1m]'])).toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('has a test for each rule and a page for each alert, and none for others', () => {
  const { tests } = read('rules.test.yml') as RuleTests;
  expect(tests.map(({ name }) => name)).toEqual(rules.map(({ record, alert }) => record ?? alert));
  expect(alerts.filter((alert) => !existsSync(`docs/runbook/${alert}.md`))).toEqual([]);
  const index = readFileSync('docs/runbook/README.md', 'utf8');
  expect([...index.matchAll(/^\| \[(\w+)\]/gm)].map(([, name]) => name)).toEqual(alerts);
});

it('says in the runbook how loudly each is told', () => {
  const index = readFileSync('docs/runbook/README.md', 'utf8');
  for (const { alert, labels } of rules) {
    if (alert === undefined || labels === undefined) continue;
    expect(index).toContain(`| [${alert}](${alert}.md) | ${labels.severity} |`);
    const page = readFileSync(`docs/runbook/${alert}.md`, 'utf8');
    expect(page).toMatch(new RegExp(`^Told (at once|after [^.]+), as a ${labels.severity}[.:]`, 'm'));
  }
});

it('names lines of the log and settings that there are', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const source = sources.map((name) => readFileSync(join('src', name), 'utf8')).join();
  const settings = readFileSync('docs/configuration.md', 'utf8');
  const pages = alerts.map((alert) => readFileSync(`docs/runbook/${alert}.md`, 'utf8')).join();
  const events = [...pages.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name]) => name);
  expect(events.length).toBeGreaterThan(3);
  expect(events.filter((name) => !source.includes(`('${name}'`))).toEqual([]);
  const variables = [...pages.matchAll(/`(PARLEY_[A-Z_]+)`/g)].map(([, name]) => name);
  expect(variables.filter((name) => !settings.includes(`\`${name}\``))).toEqual([]);
});
