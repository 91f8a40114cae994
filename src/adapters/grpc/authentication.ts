/** Who calls. Every method but those of the health service needs an account. */
import { status } from '@grpc/grpc-js';
import type { AccountSid } from '../../base/brands.js';
import type { Failure } from './failure.js';

/** The names in the subject of a certificate; one that is there several times is a list. */
export type Subject = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * `authorization` is the header as sent, e.g. `Bearer abc`, `subject` that of the certificate that the client has
 * shown; null when there is none. Null: not let in.
 */
export type Accounts = (authorization: string | null, subject: Subject | null) => AccountSid | null;

export const isOpenToAll = (path: string): boolean => path.startsWith('/grpc.health.v1.Health/');

export const unauthenticated: Failure = {
  code: status.UNAUTHENTICATED,
  reason: 'UNAUTHENTICATED',
  message: 'send metadata "authorization: Bearer TOKEN" with a token of an account, or show a certificate of one',
  contractCode: 20003,
  violations: [],
};

/** The token of `Bearer TOKEN`; null when the header says anything else. */
export function bearerToken(authorization: string | null): string | null {
  const [, token] = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
  return token ?? null;
}
