/** Who was not let in is counted by its address, and told to wait when that was too often. */
import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { FailedLogins } from '../../app/failed-logins.js';
import type { Clock } from '../../base/ports.js';
import { toStatus } from './failure.js';

const tooManyFailed = (waitSeconds: number) =>
  toStatus({
    code: status.RESOURCE_EXHAUSTED,
    reason: 'TOO_MANY_FAILED_LOGINS',
    message: `too many calls with wrong credentials: come again in ${waitSeconds} s`,
    contractCode: 20_429,
    violations: [],
    retryAfterSeconds: waitSeconds,
  });

/** `203.0.113.7` of `203.0.113.7:4711`. */
export const addressOf = (peer: string): string => peer.slice(0, Math.max(0, peer.lastIndexOf(':')));

/** REQUIRES: before the interceptor that lets in. A token names no account, so that right ones never wait. */
export const limitingLogins =
  (logins: FailedLogins, clock: Pick<Clock, 'after'>): ServerInterceptor =>
  (_method, call) => {
    let forget = (): void => {};
    return new ServerInterceptingCall(call, {
      // Said at the end of every call.
      start: (next) => next({ onCancel: () => forget() }),
      sendStatus(ending, next) {
        if (ending.code !== status.UNAUTHENTICATED) {
          next(ending);
          return;
        }
        const from = addressOf(call.getPeer());
        const waitSeconds = logins.failed({ from, named: null });
        if (waitSeconds === 0) {
          next(ending);
          return;
        }
        const answerAfterMs = logins.answerAfterMs(from);
        const refuse = (): void => next(tooManyFailed(waitSeconds));
        if (answerAfterMs === 0) refuse();
        else forget = clock.after(answerAfterMs, refuse);
      },
    });
  };
