/** A span for each call of the API, with what came of it; whatever the call makes happen is below it. */
import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { metrics as declarations } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';
import { parseParent, type Trace } from '../../base/trace.js';
import type { Tracer } from '../../base/tracer.js';

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
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Of a call, or of one command of a stream, as a call of its method has it. */
  begin({ parent: { typeName }, name }: DescMethod, traceparent: string): CallSpan {
    const about = { 'rpc.system': 'grpc', 'rpc.service': typeName, 'rpc.method': name };
    const span = this.#tracer.begin(`${typeName}/${name}`, 'server', parseParent(traceparent), about);
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
