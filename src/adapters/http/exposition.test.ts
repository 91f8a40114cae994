import * as client from 'prom-client';
import { describe, expect, it } from 'vitest';
import { expositionOf } from './exposition.js';
import { type Family, type FamilyHead, type Labels, registered } from './family.js';
import { Histogram } from './histogram.js';
import { Series } from './series.js';

/** The same metrics twice: ours, and those of prom-client. */
function twice() {
  const [ours, theirs] = [new client.Registry(), new client.Registry()];
  const registers = [theirs];
  const head = (type: FamilyHead['type'], name: string, help: string, labelNames: readonly string[] = []) => ({
    ...{ type, name, help, labelNames: [...labelNames], registers },
  });
  const add = <F extends Family>(family: F): F => registered(ours, family);
  const counterHead = head('counter', 'a_total', 'Of \\ and\nanother line.', ['one', 'two']);
  const gaugeHead = head('gauge', 'b', 'Without labels.');
  const histogramHead = { ...head('histogram', 'c_seconds', 'Of two.', ['one', 'two']), buckets: [0.001, 5] };
  const plainHead = { ...head('histogram', 'd_seconds', 'Without labels.'), buckets: [1] };
  const emptyHead = { ...head('histogram', 'e_seconds', 'Nothing was seen.', ['one']), buckets: [1] };
  const [counter, theirCounter] = [add(new Series(counterHead)), new client.Counter(counterHead)];
  const [gauge, theirGauge] = [add(new Series(gaugeHead)), new client.Gauge(gaugeHead)];
  const histogram = add(new Histogram(histogramHead, histogramHead.buckets));
  const theirHistogram = new client.Histogram(histogramHead);
  add(new Histogram(plainHead, plainHead.buckets));
  new client.Histogram(plainHead);
  add(new Histogram(emptyHead, emptyHead.buckets));
  new client.Histogram(emptyHead);
  return {
    ...{ ours, theirs, histogram },
    increase: (labels: Labels, by: number): void => {
      counter.increase(labels, by);
      theirCounter.inc(labels, by);
    },
    set: (value: number): void => {
      gauge.set({}, value);
      theirGauge.set(value);
    },
    observe: (labels: Labels, value: number): void => {
      histogram.observe(labels, value);
      theirHistogram.observe(labels, value);
    },
  };
}

const textOf = async (registry: client.Registry): Promise<string> => String(await expositionOf(registry)());

describe('expositionOf', () => {
  it('is to the letter what prom-client writes, at every scrape', async () => {
    const { ours, theirs, increase, set, observe } = twice();
    set(0);
    for (let scrape = 0; scrape < 4; scrape += 1) {
      expect(await textOf(ours)).toBe(await theirs.metrics());
      expect(await ours.metrics()).toBe(await theirs.metrics());
      // In the third nothing but the gauge.
      if (scrape < 2) {
        increase({ one: 'quoted " \\ \n', two: 'ü' }, 3);
        increase({ one: 'y', two: 'x' }, scrape);
        observe({ one: '1', two: '2' }, 0.0005);
        observe({ one: '1', two: '"' }, 5);
        observe({ one: '1', two: '2' }, 7 + scrape);
      }
      set(Math.random() - 0.5);
    }
    expect(await textOf(ours)).toContain('c_seconds_bucket{le="+Inf",one="1",two="\\""} 2\n');
  });

  it('writes what is no number as Prometheus reads it', async () => {
    const { ours, set } = twice();
    for (const [value, text] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, '+Inf'],
      [Number.NEGATIVE_INFINITY, '-Inf'],
    ] as const) {
      set(value);
      expect(await textOf(ours)).toContain(`\nb ${text}\n`);
    }
  });

  it('shows counts that were made elsewhere, between edges, as Prometheus wants them', async () => {
    const { ours, histogram } = twice();
    histogram.show({ one: '1', two: '2' }, { counts: [3, 0, 2], sum: 0.25 });
    expect((await textOf(ours)).match(/^c_seconds.*$/gm)).toEqual([
      'c_seconds_bucket{le="0.001",one="1",two="2"} 3',
      'c_seconds_bucket{le="5",one="1",two="2"} 3',
      'c_seconds_bucket{le="+Inf",one="1",two="2"} 5',
      'c_seconds_sum{one="1",two="2"} 0.25',
      'c_seconds_count{one="1",two="2"} 5',
    ]);
  });
});
