/** A tracer whose spans a test can look at: ids count up from 1. */
import type { Trace } from '../../src/base/trace.js';
import type { SpanAttributes, Tracer } from '../../src/base/tracer.js';

export type RecordedSpan = {
  readonly name: string;
  readonly cause: Trace | null;
  /** As it began, and as it ended. */
  readonly attributes: SpanAttributes;
  /** Left out while it lasts. */
  readonly failure?: string | null;
};

export function recordingTracer(): Tracer & { readonly spans: RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  return {
    spans,
    begin(name, _kind, cause, attributes) {
      const number = spans.push({ name, cause, attributes });
      return {
        trace: {
          traceId: cause?.traceId ?? String(number).padStart(32, '0'),
          spanId: String(number).padStart(16, '0'),
          isSampled: cause?.isSampled ?? true,
        },
        end(further, failure) {
          spans[number - 1] = { name, cause, attributes: { ...attributes, ...further }, failure };
        },
      };
    },
  };
}
