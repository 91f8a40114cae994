import { describe, expect, it } from 'vitest';
import { stats } from '../media/engine-layout.js';
import { shardMetrics } from './health/shard-metrics.js';
import { metrics } from './metrics.js';
import { accountNames } from './usage/account-series.js';

const all: readonly { readonly name: string; readonly type: string; readonly help: string }[] = [
  ...Object.entries(metrics).map(([name, metric]) => ({ name, ...metric })),
  ...shardMetrics,
];

describe('metrics', () => {
  it('have names of their own, in base units, and say what they mean', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, type, help } of all) {
      expect(name).toMatch(/^parley(_[a-z]+)+$/);
      expect(name).not.toMatch(/_(ms|us|ns|millis|bits|kilobytes|percent)(_|$)/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('have closed label sets that name nobody', () => {
    for (const [name, metric] of Object.entries(metrics)) {
      for (const [label, values] of Object.entries<readonly string[] | string>(metric.labels)) {
        expect(label, name).not.toMatch(/sid|room|url/);
        expect(label === 'account', name).toBe(values === accountNames);
        expect(values.length, name).toBeGreaterThan(0);
      }
    }
  });
});

describe('shardMetrics', () => {
  it('show every word of the stats block that is not the sum of a histogram, and only such', () => {
    const words = new Set(stats.fields.map(([name]) => name));
    const shown = shardMetrics.flatMap(({ stat, sumStat }) => (sumStat === undefined ? [stat] : [stat, sumStat]));
    expect(shown.filter((stat) => !words.has(stat))).toEqual([]);
    expect([...words].filter((word) => !shown.includes(word))).toEqual([]);
  });
});
