/**
 * Who calls. Every method but the health service needs an account; it is found once, before a message is read, and
 * travels to the handlers in a metadata key that clients cannot set.
 */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { assert } from '../../base/assert.js';
import type { AccountSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import { toStatus } from './failure.js';

/** The names in the subject of a certificate; one that is there several times is a list. */
export type Subject = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * `authorization` is the header as sent, e.g. `Bearer abc`, `subject` that of the certificate that the client has
 * shown; null when there is none. Null: not let in.
 */
export type Accounts = (authorization: string | null, subject: Subject | null) => AccountSid | null;

const accountKey = 'parley-account-sid';
const openToAll = '/grpc.health.v1.Health/';

const unauthenticated = toStatus({
  code: status.UNAUTHENTICATED,
  reason: 'UNAUTHENTICATED',
  message: 'send metadata "authorization: Bearer TOKEN" with a token of an account, or show a certificate of one',
  contractCode: 20003,
  violations: [],
});

/** `asksCertificates`: clients are asked for one. Left out: not. */
export const authentication =
  (accounts: Accounts, asksCertificates = false): ServerInterceptor =>
  (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const certificate = asksCertificates ? call.getAuthContext().sslPeerCertificate : undefined;
            const subject = certificate === undefined ? null : { ...certificate.subject };
            const accountSid = accounts(authorizationOf(metadata), subject);
            if (accountSid === null && !method.path.startsWith(openToAll)) {
              call.sendStatus(unauthenticated);
              return;
            }
            if (accountSid !== null) metadata.set(accountKey, accountSid);
            pass(metadata);
          },
        }),
    });

/** REQUIRES: the call went through `authentication`. */
export function accountOf(metadata: Metadata): AccountSid {
  const [text] = metadata.get(accountKey);
  const accountSid = typeof text === 'string' ? parseSid('account', text) : null;
  assert(accountSid !== null, 'no call reaches a handler without an account');
  return accountSid;
}

/** The token of `Bearer TOKEN`; null when the header says anything else. */
export function bearerToken(authorization: string | null): string | null {
  const [, token] = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
  return token ?? null;
}

function authorizationOf(metadata: Metadata): string | null {
  const [text] = metadata.get('authorization');
  return typeof text === 'string' ? text : null;
}
