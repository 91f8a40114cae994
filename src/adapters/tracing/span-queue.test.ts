import { TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { SpanQueue, spansMax } from './span-queue.js';

type Done = (result: { readonly code: number; readonly error?: Error }) => void;

function queue() {
  const held: { readonly count: number; readonly done: Done }[] = [];
  const parts = { clock: new VirtualClock(), metrics: recordingMetrics(), logger: recordingLogger() };
  const spans = new SpanQueue({
    ...parts,
    exporter: { export: (batch, done) => held.push({ count: batch.length, done }), shutdown: async () => {} },
    exportTimeoutMs: 1000,
  });
  const tracer = new TracerProvider({ spanProcessors: [spans] }).getTracer('test');
  const end = (count: number): void => {
    for (let number = 0; number < count; number += 1) tracer.startSpan('one').end();
  };
  return { ...parts, held, end, spans };
}

it('drops what is too much while the collector takes its time, and counts it', async () => {
  const { held, end, metrics } = queue();
  end(spansMax + 3);
  expect(held).toHaveLength(1);
  expect(metrics.value('parley_trace_spans_total', { outcome: 'queue-full' })).toBe(3);
  const [first] = held;
  first?.done({ code: 0 });
  expect(metrics.value('parley_trace_spans_total', { outcome: 'sent' })).toBe(first?.count);
  end(1);
  expect(metrics.value('parley_trace_spans_total', { outcome: 'queue-full' })).toBe(3);
});

it('says once a minute what was not taken, and why', async () => {
  const { held, end, spans, clock, logger, metrics } = queue();
  for (const advanceMs of [0, 1000, 60_000]) {
    await clock.advance(advanceMs);
    end(2);
    const flushed = spans.forceFlush();
    held.pop()?.done({ code: 1, error: new Error('nobody listens') });
    await expect(flushed).rejects.toThrow('nobody listens');
  }
  expect(metrics.value('parley_trace_spans_total', { outcome: 'not-taken' })).toBe(6);
  expect(logger.lines.map(({ event }) => event)).toEqual(['spans-not-taken', 'spans-not-taken']);
});
