/** Counts every gRPC call once by the status it ended with, those that never reached a handler included. */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { metrics as declarations, type Metrics } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { accountIn, withoutAccount } from './authentication.js';

/** By number, as gRPC defines them. */
const codeNames = declarations.parley_rpcs_total.labels.code;

/** Once for each call and each command of a stream. `unarySeconds`: how long it took; null for a stream. */
export function countCall(
  metrics: Metrics,
  code: status,
  account: AccountSid | null,
  unarySeconds: number | null,
): void {
  metrics.count('parley_rpcs_total', { code: codeNames[code] ?? 'UNKNOWN' });
  if (account !== null) metrics.count('parley_account_requests_total', { account, face: 'grpc' });
  if (unarySeconds !== null) metrics.observe('parley_rpc_duration_seconds', {}, unarySeconds);
}

/** REQUIRES: the first of the interceptors, so that it sees what the others refuse. */
export const rpcMetrics =
  (clock: Clock, metrics: Metrics): ServerInterceptor =>
  (method, call) => {
    const startedMs = clock.monotonic();
    const isUnary = !method.requestStream && !method.responseStream;
    let received: Metadata | null = null;
    let isCounted = false;
    const count = (code: status): void => {
      if (isCounted) return;
      isCounted = true;
      const account = received === null ? null : accountIn(received);
      countCall(metrics, code, account, isUnary ? (clock.monotonic() - startedMs) / 1000 : null);
    };
    return new ServerInterceptingCall(call, {
      // grpc-js answers an expired deadline itself, below every interceptor: only the cancelling is seen here.
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            received = withoutAccount(metadata);
            pass(received);
          },
          onCancel: () =>
            count(clock.now() >= Number(call.getDeadline()) ? status.DEADLINE_EXCEEDED : status.CANCELLED),
        }),
      sendStatus: (ending, next) => {
        count(ending.code ?? status.UNKNOWN);
        next(ending);
      },
    });
  };
