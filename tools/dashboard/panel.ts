/** A panel as it is described here. What Grafana makes of it: grafana.ts. */

/** As Grafana calls them. */
export type Unit = 'short' | 'none' | 's' | 'bytes' | 'percentunit' | 'ops' | 'Bps' | 'dB' | 'bool_on_off';

export type Query = {
  readonly expr: string;
  /** What a series is called, labels in double braces. */
  readonly legend: string;
};

export type Panel = {
  readonly title: string;
  /** What it shows and what to make of it: every panel has one. */
  readonly about: string;
  /** One number each; a part of a whole; a course of time, its series beside or upon each other. */
  readonly kind: 'stat' | 'gauge' | 'lines' | 'stacked';
  readonly unit: Unit;
  /** Columns of the 24 of a row. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  readonly queries: readonly Query[];
  /** Whose threshold is drawn, and whose page is linked; the number is read from the rules. */
  readonly alert?: string;
  /** Alerts that look at the same and have no threshold of these units: their pages alone are linked. */
  readonly alsoSee?: readonly string[];
  /** A threshold that is no alert's: what is above is worth a look. */
  readonly worthALookAbove?: number;
  readonly max?: number;
  /** What 0 and 1 are called. */
  readonly words?: readonly [zero: string, one: string];
};

export type Row = {
  /** The question that it answers. */
  readonly title: string;
  readonly panels: readonly Panel[];
};

/** Of the daemons, and of the shards, that were chosen. */
export const chosen = 'instance=~"$instance"';
export const chosenShards = 'instance=~"$instance",shard=~"$shard"';
export const chosenAccounts = 'instance=~"$instance",account=~"$account"';

/** Increase a second of what is chosen, over as long as fits what is shown. */
export const rate = (metric: string, labels = chosen): string => `rate(${metric}{${labels}}[$__rate_interval])`;

export const increase = (metric: string, over: string, labels = chosen): string =>
  `increase(${metric}{${labels}}[${over}])`;

/** Increase over so long of what has these labels, added up by some of them. */
export const increaseBy = (by: readonly string[], metric: string, over: string, labels = chosen): string =>
  `sum by (${by.join(', ')}) (${increase(metric, over, labels)})`;

/** Of a histogram, over all its series that have the same of `by`. */
export const quantile = (share: number, metric: string, by: readonly string[] = ['instance'], labels = chosen) =>
  `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (${rate(`${metric}_bucket`, labels)}))`;

/** Some quantiles of a histogram, in the order of the shares. */
export const quantiles = (shares: readonly number[], metric: string): readonly Query[] =>
  shares.map((share) => ({ expr: quantile(share, metric), legend: `{{instance}} ${share * 100} %` }));
