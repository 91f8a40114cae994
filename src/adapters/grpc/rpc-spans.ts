/** A span for each call of the API, with what came of it; whatever the call makes happen is below it. */
import type { DescMethod } from '@bufbuild/protobuf';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { metrics as declarations } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { parseParent, type Trace } from '../../base/trace.js';
import type { Tracer } from '../../base/tracer.js';
import { accountIn } from './authentication.js';

/** By number, as gRPC defines them. */
const codeNames = declarations.parley_rpcs_total.labels.code;

/** What is not the client's doing, by the semantic conventions of OpenTelemetry for servers. */
const failures: ReadonlySet<status> = new Set([
  ...[status.UNKNOWN, status.DEADLINE_EXCEEDED, status.UNIMPLEMENTED],
  ...[status.INTERNAL, status.UNAVAILABLE, status.DATA_LOSS],
]);

export type CallSpan = {
  readonly trace: Trace;
  /** Once. Null: whoever asked has shown no account. */
  readonly end: (code: status, account: AccountSid | null) => void;
};

export class RpcSpans {
  readonly #tracer: Tracer;
  readonly #clock: Pick<Clock, 'now'>;
  /** By what handlers have of their calls. */
  readonly #traces = new WeakMap<Metadata, Trace>();

  constructor(tracer: Tracer, clock: Pick<Clock, 'now'>) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  /** Null: the call has no span. */
  readonly traceOf = (metadata: Metadata): Trace | null => this.#traces.get(metadata) ?? null;

  /** Of one command of a stream, as a call of its method has it. */
  begin(method: DescMethod, traceparent: string): CallSpan {
    return this.#begin(method.parent.typeName, method.name, traceparent);
  }

  /** REQUIRES: behind that of the metrics, so that clients cannot say which account they are. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    // Health checks and reflection are no business of the caller.
    const [, service = '', name = ''] = /^\/(parley\.[^/]+)\/(.+)$/.exec(method.path) ?? [];
    if (service === '') return new ServerInterceptingCall(call);
    let begun: { readonly span: CallSpan; readonly metadata: Metadata } | null = null;
    const end = (code: status): void => {
      begun?.span.end(code, accountIn(begun.metadata));
      begun = null;
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const [traceparent] = metadata.get('traceparent');
            const span = this.#begin(service, name, typeof traceparent === 'string' ? traceparent : '');
            begun = { span, metadata };
            this.#traces.set(metadata, span.trace);
            pass(metadata);
          },
          // Said at the end of every call, answered ones included.
          onCancel: () =>
            end(this.#clock.now() >= Number(call.getDeadline()) ? status.DEADLINE_EXCEEDED : status.CANCELLED),
        }),
      sendStatus: (ending, next) => {
        end(ending.code ?? status.UNKNOWN);
        next(ending);
      },
    });
  };

  #begin(service: string, method: string, traceparent: string): CallSpan {
    const about = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
    const span = this.#tracer.begin(`${service}/${method}`, 'server', parseParent(traceparent), about);
    return {
      trace: span.trace,
      end: (code, account) =>
        span.end(
          { 'rpc.grpc.status_code': code, ...(account === null ? {} : { 'parley.account_sid': account }) },
          failures.has(code) ? (codeNames[code] ?? 'UNKNOWN') : null,
        ),
    };
  }
}
