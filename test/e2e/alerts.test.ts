/** What the rules of Prometheus speak of is there: every metric in a scrape, a page and a test for every alert. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Platform } from '../support/platform.js';

type Rule = { readonly alert?: string; readonly record?: string; readonly expr: string };
type Rules = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
type RuleTests = {
  readonly tests: readonly { readonly name: string; readonly alert_rule_test: readonly { alertname: string }[] }[];
};

const read = (file: string): unknown => parse(readFileSync(`deploy/prometheus/${file}`, 'utf8'));
const rules = (read('rules.yml') as Rules).groups.flatMap((group) => group.rules);
const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));

let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform.end());

it('speaks of metrics that a daemon shows', async () => {
  const scrape = await (await fetch(`${platform.daemon.httpUrl}/metrics`)).text();
  const shown = new Set([...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const spokenOf = new Set(
    rules.flatMap(({ expr }) =>
      [...expr.matchAll(/\b(?:parley|nodejs|process)_[a-z0-9_]+/g)].map(([name]) =>
        name.replace(/_(bucket|count|sum)$/, ''),
      ),
    ),
  );
  expect(spokenOf.size).toBeGreaterThan(20);
  expect([...spokenOf].filter((name) => !shown.has(name))).toEqual([]);
});

it('has a page and a test for each alert, and none for others', () => {
  const { tests } = read('rules.test.yml') as RuleTests;
  expect(tests.map(({ name }) => name)).toEqual(alerts);
  expect(alerts.filter((alert) => !existsSync(`docs/runbook/${alert}.md`))).toEqual([]);
  const index = readFileSync('docs/runbook/README.md', 'utf8');
  expect([...index.matchAll(/^\| \[(\w+)\]/gm)].map(([, name]) => name)).toEqual(alerts);
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
