import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { expositionOf } from './exposition.js';

function filled() {
  const registry = new Registry();
  const common = { registers: [registry], labelNames: ['one', 'two'] };
  const counter = new Counter({ ...common, name: 'a_total', help: 'Of \\ and\nanother line.' });
  const gauge = new Gauge({ registers: [registry], name: 'b', help: 'Without labels.' });
  const histogram = new Histogram({ ...common, name: 'c_seconds', help: 'Of two.', buckets: [0.001, 5] });
  const empty = new Histogram({ ...common, name: 'd_seconds', help: 'Nothing was seen.', buckets: [1] });
  const more = (): void => {
    counter.inc({ one: 'quoted " \\ \n', two: 'x' }, 3);
    counter.inc({ one: 'y', two: 'x' });
    gauge.set(Math.random() - 0.5);
    histogram.observe({ one: '1', two: '2' }, 0.0005);
    histogram.observe({ one: '1', two: '"' }, 7);
  };
  return { registry, empty, gauge, more };
}

describe('expositionOf', () => {
  it('is to the letter what prom-client writes, at every scrape', async () => {
    const { registry, more } = filled();
    expect(await expositionOf(registry)).toBe(await registry.metrics());
    for (let scrape = 0; scrape < 3; scrape += 1) {
      more();
      const text = await expositionOf(registry);
      expect(text).toBe(await registry.metrics());
      expect(text).toContain('c_seconds_bucket{le="+Inf",one="1",two="\\""}');
    }
  });

  it('writes what is no number as Prometheus reads it', async () => {
    const { registry, gauge } = filled();
    for (const [value, text] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, '+Inf'],
      [Number.NEGATIVE_INFINITY, '-Inf'],
    ] as const) {
      gauge.set(value);
      expect(await expositionOf(registry)).toContain(`\nb ${text}\n`);
    }
  });
});
