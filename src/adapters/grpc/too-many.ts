/** What clients are told that ask more than they may. */
import { status } from '@grpc/grpc-js';
import type { TooMany, TooManyAtOnce } from '../../app/requests/request-limits.js';
import type { Failure } from './failure.js';

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

export const tooManyFailed = (waitSeconds: number): Failure => ({
  code: status.RESOURCE_EXHAUSTED,
  reason: 'TOO_MANY_FAILED_LOGINS',
  message: `too many calls with wrong credentials: come again in ${waitSeconds} s`,
  contractCode: 20_429,
  violations: [],
  retryAfterSeconds: waitSeconds,
});
