/**
 * No call holds its place for ever: a unary one ends after a minute, from its head to its reply having been taken, and
 * a stream must have been asked for within one. Clients that say when they stop waiting are ended by grpc-js then.
 */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { Cancel, Clock } from '../../base/ports.js';
import type { ConnectionGuard } from './connection-guard.js';
import { toStatus } from './failure.js';

export const callMsMax = 60_000;
/** For the status to be taken. */
const cutAfterMs = 1000;

const outOfTime = toStatus({
  code: status.DEADLINE_EXCEEDED,
  reason: 'OUT_OF_TIME',
  message: `a call ends after ${callMsMax / 1000} s`,
  contractCode: null,
  violations: [],
});

export const deadlines =
  (clock: Pick<Clock, 'after'>, guard: Pick<ConnectionGuard, 'cut'>): ServerInterceptor =>
  (method, call) => {
    // Its messages are bounded by what reads them.
    if (method.requestStream) return new ServerInterceptingCall(call);
    let cancel: Cancel = () => {};
    const end = (metadata: Metadata): void => {
      call.sendStatus(outOfTime);
      clock.after(cutAfterMs, () => guard.cut(metadata, 'too-long'));
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            cancel = clock.after(callMsMax, () => end(metadata));
            pass(metadata);
          },
          onReceiveHalfClose: (pass) => {
            if (method.responseStream) cancel();
            pass();
          },
          // Said at the end of every call.
          onCancel: () => cancel(),
        }),
    });
  };
