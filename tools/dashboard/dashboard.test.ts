import { describe, expect, it } from 'vitest';
import { readAlerts } from './alerts.js';
import { dashboardOf, stepsOf } from './grafana.js';
import type { Panel } from './panel.js';
import { rows } from './rows.js';

const alerts = readAlerts('deploy/prometheus/rules.yml');
const described: readonly Panel[] = rows.flatMap(({ panels }) => panels);

describe('the alerts of the rules', () => {
  it('say when they are told, where they compare one number', () => {
    expect(alerts.get('ParleyCallbacksLate')).toMatchObject({ severity: 'ticket', told: { when: '>', than: 300 } });
    expect(alerts.get('ParleyAudioStandsStill')).toMatchObject({ severity: 'page', told: { when: '<', than: 150 } });
    expect(alerts.get('ParleyDown')?.told).toEqual({ when: '==', than: 0 });
    for (const name of ['ParleyRecordingsFail', 'ParleyRecordingDiskFillsUp', 'ParleyCertificateExpires']) {
      expect(alerts.get(name)?.told, name).toBeNull();
    }
  });
});

describe('the dashboard', () => {
  const { panels, templating } = dashboardOf(rows, alerts);

  it('draws the line of an alert where the rule has it, in the colour of who is called', () => {
    const stepsFor = (name: string) => stepsOf({}, alerts.get(name) ?? null);
    expect(stepsFor('ParleyCallbacksLate')).toEqual([
      { color: 'green', value: null },
      { color: 'orange', value: 300 },
    ]);
    expect(stepsFor('ParleyAudioStandsStill')).toEqual([
      { color: 'red', value: null },
      { color: 'green', value: 150 },
    ]);
    expect(stepsFor('ParleyStoreFailing')).toEqual([
      { color: 'red', value: null },
      { color: 'green', value: 1 },
    ]);
    expect(stepsFor('ParleyDrainsForLong')).toEqual([
      { color: 'green', value: null },
      { color: 'orange', value: 1 },
    ]);
  });

  it('has a panel for every alert, and draws only what compares one number', () => {
    const shown = described.flatMap(({ alert, alsoSee = [] }) => [...(alert === undefined ? [] : [alert]), ...alsoSee]);
    expect([...alerts.keys()].filter((name) => !shown.includes(name))).toEqual([]);
    const drawn = described.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
    expect(drawn.filter((name) => (alerts.get(name)?.told ?? null) === null)).toEqual([]);
  });

  it('says of every panel what it shows, what it is in and where it looks', () => {
    for (const { title, about, queries } of described) {
      expect(about, title).toMatch(/^[A-Z`\d].{20,}\.$/s);
      expect(queries.length, title).toBeGreaterThan(0);
      for (const { expr, legend } of queries) {
        expect(expr, title).toMatch(/instance=~"\$instance"/);
        expect(legend, title).toMatch(/\{\{\w+\}\}/);
      }
    }
    expect(new Set(described.map(({ title }) => title)).size).toBe(described.length);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance', 'shard', 'account', 'runbook']);
  });

  it('lays panels side by side, none upon another, each row below its head', () => {
    const cells = new Set<string>();
    for (const { gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.has(`${x} ${y}`)).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('throws at an alert that there is none of', () => {
    const [panel] = described;
    const row = { title: 'x', panels: panel === undefined ? [] : [{ ...panel, alert: 'ParleyNone' }] };
    expect(() => dashboardOf([row], alerts)).toThrow('no alert ParleyNone');
  });
});
