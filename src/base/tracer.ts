/** Spans: how long something took and what it came of, for those who collect them. Without a tracer there are none. */
import type { RecordedTrace, Trace } from './trace.js';

/** Who waited: somebody for us, we for somebody, or neither. */
export type SpanKind = 'server' | 'client' | 'internal';

/** No numbers of telephones, bodies, credentials or queries of URLs. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface Span {
  /** Of whatever comes of it. */
  readonly trace: RecordedTrace;
  /** Once. `failure`: what went wrong, in words; null: nothing did. */
  end(attributes: SpanAttributes, failure: string | null): void;
}

export interface Tracer {
  /**
   * `cause`: the span is below that of the trace, or one of the trace's first where it has none; null: a trace begins.
   * `name` is one of few: nothing in it is of one call. Never throws.
   */
  begin(name: string, kind: SpanKind, cause: Trace | null, attributes: SpanAttributes): Span;
}
