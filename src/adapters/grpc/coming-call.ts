/** A call as its head says it: known before grpc-js makes anything of it, and counted once when it is over. */
import type { ServerHttp2Stream } from 'node:http2';
import type { status } from '@grpc/grpc-js';
import type { Metrics } from '../../app/metrics.js';
import type { AccountSid, MonotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { countCall } from './rpc-metrics.js';
import type { CallSpan } from './rpc-spans.js';

export type ComingCall = {
  readonly path: string;
  /** One message each way, of a method that there is. */
  readonly isUnary: boolean;
  /** Null: what the client has shown opens none. */
  readonly accountSid: AccountSid | null;
  /** The account that it would open now. */
  readonly opens: () => AccountSid | null;
  /** The address it comes from. */
  readonly from: string;
  readonly cameAtMs: MonotonicMs;
  /** Null: it has none. */
  readonly span: CallSpan | null;
  readonly stream: ServerHttp2Stream;
};

export type CountingParts = { readonly clock: Pick<Clock, 'monotonic'>; readonly metrics: Metrics };

/** Once. */
export function noteEnd(call: ComingCall, code: status, { clock, metrics }: CountingParts): void {
  const { accountSid, isUnary, cameAtMs, span } = call;
  span?.end(code, accountSid);
  countCall(metrics, code, accountSid, isUnary ? (clock.monotonic() - cameAtMs) / 1000 : null);
}
