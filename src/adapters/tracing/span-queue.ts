/**
 * Spans on their way to the collector: at most so many, and those that are too many are dropped and counted, as are
 * those that it does not take. The log says so once in a while.
 */
import type { Context } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import type { Metrics } from '../../app/metrics.js';
import type { Clock, Logger } from '../../base/ports.js';

/** Those being sent included: some 4 MB. */
export const spansMax = 4096;
const batchMax = 512;
/** How long a span waits for others to be sent with. */
const batchMs = 1000;
/** Between two lines of the log about spans that were not taken. */
const silenceMs = 60_000;
/** Of the exporter's own timeout, which comes first. */
const marginMs = 1000;

export type SpanQueueParts = {
  readonly exporter: SpanExporter;
  readonly exportTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export class SpanQueue implements SpanProcessor {
  readonly #parts: SpanQueueParts;
  readonly #batches: BatchSpanProcessor;
  #held = 0;
  /** Not taken since the log said so last. */
  #untold = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SpanQueueParts) {
    const { exporter } = parts;
    this.#parts = parts;
    const counted: SpanExporter = {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.#sent(spans.length, result.code === 0 ? null : (result.error ?? new Error('not taken')));
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
    };
    this.#batches = new BatchSpanProcessor({
      exporter: counted,
      maxQueueSize: spansMax,
      maxExportBatchSize: batchMax,
      scheduledDelayMillis: batchMs,
      exportTimeoutMillis: parts.exportTimeoutMs + marginMs,
    });
  }

  onStart(span: Span, context: Context): void {
    this.#batches.onStart(span, context);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#held >= spansMax) {
      this.#parts.metrics.count('parley_trace_spans_total', { outcome: 'queue-full' });
      return;
    }
    this.#held += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #sent(count: number, error: Error | null): void {
    const { metrics, logger, clock } = this.#parts;
    this.#held -= count;
    metrics.count('parley_trace_spans_total', { outcome: error === null ? 'sent' : 'not-taken' }, count);
    if (error === null) return;
    this.#untold += count;
    const nowMs = clock.monotonic();
    if (nowMs - this.#toldAtMs < silenceMs) return;
    logger.warn('spans-not-taken', { spans: this.#untold, why: whyText(error) });
    this.#toldAtMs = nowMs;
    this.#untold = 0;
  }
}

/** What the exporter says, and what that came of. */
const whyText = (error: Error): string =>
  error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
