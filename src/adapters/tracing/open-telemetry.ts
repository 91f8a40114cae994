/**
 * Spans by the SDK of OpenTelemetry, sent to a collector by OTLP over HTTP. It is loaded by those only who collect
 * them. Nobody ever waits for the collector.
 */
import { hostname } from 'node:os';
import { type Context, SpanKind as Kind, ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Metrics } from '../../app/metrics.js';
import type { Clock, Logger } from '../../base/ports.js';
import type { RecordedTrace, Trace } from '../../base/trace.js';
import type { Span, SpanAttributes, SpanKind, Tracer } from '../../base/tracer.js';
import { SpanQueue } from './span-queue.js';

/** All attempts at one batch: a shutdown may have to wait so long for a collector that does not answer. */
const exportTimeoutMs = 5000;

export type OpenTelemetryOptions = {
  /** Of OTLP: `/v1/traces` is below it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
  /** Of the traces that begin here, those recorded: 0 to 1. Of others whoever began them has said. */
  readonly sampleRatio: number;
  readonly instanceId: string;
  /** Strikes out of what others have said what is nobody's business. */
  readonly scrubbed: (text: string) => string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export interface ClosableTracer extends Tracer {
  /** Sends what waits. Rejects when that cannot be done. */
  close(): Promise<void>;
}

const kinds = { server: Kind.SERVER, client: Kind.CLIENT, internal: Kind.INTERNAL } as const;

export function createOpenTelemetry(options: OpenTelemetryOptions): ClosableTracer {
  const { serviceName, version, sampleRatio, scrubbed } = options;
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: exportTimeoutMs,
  });
  const ids = new GivenIds();
  const provider = new TracerProvider({
    // OTEL_RESOURCE_ATTRIBUTES says what only the surroundings know; what it says of these counts less.
    resource: detectResources({ detectors: [envDetector] }).merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': version,
        'service.instance.id': options.instanceId,
        'host.name': hostname(),
        'process.pid': process.pid,
      }),
    ),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    idGenerator: ids,
    spanProcessors: [new SpanQueue({ ...options, exporter, exportTimeoutMs })],
  });
  const tracer = provider.getTracer('parley', version);
  // All other texts are sids and names of ours; the filter costs as much as the rest of a span.
  const clean = (attributes: SpanAttributes): SpanAttributes => {
    const url = attributes['url.full'];
    return typeof url === 'string' ? { ...attributes, 'url.full': scrubbed(url) } : attributes;
  };
  return {
    begin(name: string, kind: SpanKind, cause: Trace | null, attributes: SpanAttributes): Span {
      ids.next = cause?.traceId ?? null;
      const span = tracer.startSpan(name, { kind: kinds[kind] }, contextOf(cause));
      const { traceId, spanId, traceFlags } = span.spanContext();
      const recorded: RecordedTrace = { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
      if (!span.isRecording()) return { trace: recorded, end: () => {} };
      span.setAttributes(clean(attributes));
      return {
        trace: recorded,
        end(further, failure) {
          span.setAttributes(clean(further));
          if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: scrubbed(failure) });
          span.end();
        },
      };
    },
    close: () => provider.shutdown(),
  };
}

function contextOf(cause: Trace | null): Context {
  if (cause?.spanId === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = cause;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** A trace that has an id and no span yet keeps it: events have it already. */
class GivenIds implements IdGenerator {
  /** Of the span that is begun next, should it be the first of its trace; null: any. */
  next: string | null = null;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.next ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}
