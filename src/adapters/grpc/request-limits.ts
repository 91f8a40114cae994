/** Who asks more than its account may is refused before its message is read. */
import { ServerInterceptingCall, type ServerInterceptor, type StatusObject, status } from '@grpc/grpc-js';
import type { RequestLimits, TooMany, TooManyAtOnce } from '../../app/requests/request-limits.js';
import type { Clock } from '../../base/ports.js';
import { accountIn } from './authentication.js';
import { addressOf } from './failed-logins.js';
import { type Failure, toStatus } from './failure.js';

export const tooMany = ({ perSecond, retryAfterSeconds }: TooMany): Failure => ({
  code: status.RESOURCE_EXHAUSTED,
  reason: 'TOO_MANY_REQUESTS',
  message: `more than ${perSecond} requests a second (apiRequestsPerSecond): come again in ${retryAfterSeconds} s`,
  contractCode: 20_429,
  violations: [],
  retryAfterSeconds,
});

export const tooManyAtOnce = ({ what, max }: TooManyAtOnce): Failure => ({
  code: status.RESOURCE_EXHAUSTED,
  reason: 'ACCOUNT_LIMIT',
  message:
    what === 'streams'
      ? `the account may have ${max} streams at once and has them (streamsMax)`
      : `the account may have ${max} calls of methods under way and has them`,
  contractCode: 16_021,
  violations: [],
  retryAfterSeconds: 1,
});

/** REQUIRES: after the interceptor that lets in. */
export function limitingRequests(limits: RequestLimits, clock: Pick<Clock, 'after'>): ServerInterceptor {
  // In a flood all are alike: the last one that was made is given again.
  let last: { readonly of: TooMany; readonly made: StatusObject } | null = null;
  const statusOf = (of: TooMany): StatusObject => {
    const isSame = last?.of.perSecond === of.perSecond && last.of.retryAfterSeconds === of.retryAfterSeconds;
    if (last === null || !isSame) last = { of, made: toStatus(tooMany(of)) };
    return last.made;
  };
  return (method, call) => {
    let settle = (): void => {};
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const accountSid = accountIn(metadata);
            const refused =
              accountSid === null
                ? limits.ofVisitor('grpc', addressOf(call.getPeer()))
                : limits.ofAccount('grpc', accountSid);
            if (refused !== null) {
              const refuse = (): void => call.sendStatus(statusOf(refused));
              if (refused.answerAfterMs === 0) refuse();
              else settle = clock.after(refused.answerAfterMs, refuse);
              return;
            }
            if (accountSid !== null) {
              const what = method.responseStream ? 'streams' : 'calls';
              const full = limits.begin(accountSid, what);
              if (full !== null) {
                call.sendStatus(toStatus(tooManyAtOnce(full)));
                return;
              }
              settle = () => limits.end(accountSid, what);
            }
            pass(metadata);
          },
          // Said at the end of every call.
          onCancel: () => settle(),
        }),
    });
  };
}
