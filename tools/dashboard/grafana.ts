/**
 * The dashboard as Grafana reads it: panels laid out in rows of 24 columns, with the queries, units, thresholds, links
 * and variables of the description. Schema 39, that of Grafana 11, which newer ones read, too.
 */
import type { Alert } from './alerts.js';
import type { Panel, Row } from './panel.js';

const columns = 24;
const schemaVersion = 39;
const heights = { stat: 4, gauge: 8, lines: 8, stacked: 8 } as const;
const types = { stat: 'stat', gauge: 'gauge', lines: 'timeseries', stacked: 'timeseries' } as const;
const colours = { page: 'red', ticket: 'orange' } as const;

const datasource = { type: 'prometheus', uid: '$datasource' };

type Step = { readonly color: string; readonly value: number | null };
type GridPos = { readonly h: number; readonly w: number; readonly x: number; readonly y: number };

export type Dashboard = ReturnType<typeof dashboardOf>;
export type GrafanaPanel = ReturnType<typeof panelOf>;

/** Throws when a panel names an alert that there is none of: that is a mistake of the description. */
export function dashboardOf(rows: readonly Row[], alerts: ReadonlyMap<string, Alert>) {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap(({ title, panels: described }) => {
    const head = { id: ++id, type: 'row', title, collapsed: false, panels: [], gridPos: { h: 1, w: columns, x: 0, y } };
    const { positions, bottom } = laidOut(described, y + 1);
    y = bottom;
    return [head, ...described.map((panel, index) => panelOf(panel, ++id, positions[index] as GridPos, alerts))];
  });
  return {
    uid: 'parley',
    title: 'Parley',
    description:
      'Conference mixers: up, full, good to hear, delivering, used by whom, refusing what. docs/dashboard.md',
    tags: ['parley'],
    schemaVersion,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    annotations: { list: [alertAnnotation] },
    templating: { list: variables },
    links: [],
    panels,
  };
}

/** From left to right; what has no room begins the next line below the highest. */
function laidOut(panels: readonly Panel[], top: number): { positions: readonly GridPos[]; bottom: number } {
  let [x, y, lineHeight] = [0, top, 0];
  const positions = panels.map(({ kind, width }) => {
    if (x + width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const position = { h: heights[kind], w: width, x, y };
    x += width;
    lineHeight = Math.max(lineHeight, heights[kind]);
    return position;
  });
  return { positions, bottom: y + lineHeight };
}

function panelOf(panel: Panel, id: number, gridPos: GridPos, alerts: ReadonlyMap<string, Alert>) {
  const { title, about, kind, unit, queries, alert, alsoSee = [], max } = panel;
  const linked = [...(alert === undefined ? [] : [alert]), ...alsoSee].map((name) => alertNamed(alerts, name));
  const steps = stepsOf(panel, alert === undefined ? null : alertNamed(alerts, alert));
  return {
    id,
    type: types[kind],
    title,
    description: about,
    datasource,
    gridPos,
    targets: queries.map(({ expr, legend }, index) => ({
      datasource,
      refId: String.fromCharCode(65 + index),
      expr,
      legendFormat: legend,
      ...(kind === 'stat' || kind === 'gauge' ? { instant: true, range: false } : { instant: false, range: true }),
    })),
    links: linked.map(({ name }) => ({ title: name, url: `\${runbook}/${name}.md`, targetBlank: true })),
    fieldConfig: {
      defaults: {
        unit,
        min: unit === 'dB' ? null : 0,
        ...(max === undefined ? {} : { max }),
        color: { mode: kind === 'stat' || kind === 'gauge' ? 'thresholds' : 'palette-classic' },
        thresholds: { mode: 'absolute', steps },
        mappings: panel.words === undefined ? [] : [wordsOf(panel.words)],
        ...(kind === 'lines' || kind === 'stacked' ? { custom: courseOf(kind, steps.length > 1) } : {}),
      },
      overrides: [],
    },
    options: kind === 'stat' || kind === 'gauge' ? numberOptions(kind) : courseOptions,
  };
}

function alertNamed(alerts: ReadonlyMap<string, Alert>, name: string): Alert {
  const alert = alerts.get(name);
  if (alert === undefined) throw new Error(`the rules have no alert ${name}`);
  return alert;
}

/** Green where nobody is told, the colour of the alert where somebody is. */
export function stepsOf({ worthALookAbove }: Pick<Panel, 'worthALookAbove'>, alert: Alert | null): readonly Step[] {
  const told = alert?.told ?? null;
  if (alert === null || told === null) {
    return [
      { color: 'green', value: null },
      ...(worthALookAbove === undefined ? [] : [{ color: 'yellow', value: worthALookAbove }]),
    ];
  }
  const colour = colours[alert.severity];
  const isBelow = told.when === '<' || (told.when === '==' && told.than === 0);
  const edge = told.when === '==' ? 1 : told.than;
  return isBelow
    ? [
        { color: colour, value: null },
        { color: 'green', value: edge },
      ]
    : [
        { color: 'green', value: null },
        // Grafana's steps begin at their value; what is told above 0 begins above it.
        { color: colour, value: edge === 0 ? Number.MIN_VALUE : edge },
      ];
}

const wordsOf = ([zero, one]: readonly [string, string]) => ({
  type: 'value',
  options: { 0: { index: 0, text: zero }, 1: { index: 1, text: one } },
});

const courseOf = (kind: 'lines' | 'stacked', hasThreshold: boolean) => ({
  drawStyle: 'line',
  lineWidth: 1,
  fillOpacity: kind === 'stacked' ? 40 : 8,
  showPoints: 'never',
  spanNulls: false,
  stacking: { mode: kind === 'stacked' ? 'normal' : 'none', group: 'A' },
  thresholdsStyle: { mode: hasThreshold ? 'dashed' : 'off' },
});

const numberOptions = (kind: 'stat' | 'gauge') => ({
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  ...(kind === 'stat'
    ? { colorMode: 'background', graphMode: 'none', textMode: 'value_and_name', justifyMode: 'auto' }
    : { showThresholdLabels: false, showThresholdMarkers: true }),
});

const courseOptions = {
  legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
  tooltip: { mode: 'multi', sort: 'desc' },
};

const alertAnnotation = {
  name: 'Alerts that are told',
  datasource,
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertname=~"Parley.*", alertstate="firing"}',
  titleFormat: '{{alertname}}',
  textFormat: '{{instance}}',
};

const labelVariable = (name: string, label: string, query: string) => ({
  ...{ name, label, type: 'query', datasource, refresh: 2, sort: 3, multi: true, includeAll: true, allValue: '.*' },
  ...{ definition: query, query: { query, refId: name }, current: { text: ['All'], value: ['$__all'] } },
});

const variables = [
  {
    ...{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
    current: {},
  },
  labelVariable('instance', 'Daemon', 'label_values(parley_shard_ticks_total, instance)'),
  labelVariable('shard', 'Shard', 'label_values(parley_shard_ticks_total{instance=~"$instance"}, shard)'),
  labelVariable('account', 'Account', 'label_values(parley_account_calls_total{instance=~"$instance"}, account)'),
  {
    ...{ name: 'runbook', label: 'Runbook', type: 'textbox', query: '/docs/runbook' },
    current: { text: '/docs/runbook', value: '/docs/runbook' },
  },
];
