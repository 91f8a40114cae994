/**
 * Who calls. Every method but the health service needs an account; it is found once, before a message is read, and
 * travels to the handlers in a metadata key that clients cannot set.
 */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { assert } from '../../base/assert.js';
import type { AccountSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import { toStatus } from './failure.js';
import type { StandingCalls } from './standing-calls.js';

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

export type Authentication = {
  readonly accounts: Accounts;
  /** Clients are asked for a certificate. */
  readonly asksCertificates: boolean;
  readonly standing: StandingCalls;
};

export const authentication =
  ({ accounts, asksCertificates, standing }: Authentication): ServerInterceptor =>
  (method, call) => {
    let settle = (): void => {};
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const certificate = asksCertificates ? call.getAuthContext().sslPeerCertificate : undefined;
            const subject = certificate === undefined ? null : { ...certificate.subject };
            const authorization = authorizationOf(metadata);
            const letIn = (): AccountSid | null => accounts(authorization, subject);
            const accountSid = letIn();
            if (accountSid === null && !method.path.startsWith(openToAll)) {
              call.sendStatus(unauthenticated);
              return;
            }
            metadata.remove(accountKey);
            if (accountSid !== null) {
              metadata.set(accountKey, accountSid);
              const end = (): void => call.sendStatus(unauthenticated);
              if (method.responseStream) settle = standing.add({ accountSid, isStillLetIn: letIn, end });
            }
            pass(metadata);
          },
          // Said at the end of every call.
          onCancel: () => settle(),
        }),
    });
  };

/** What a client says of its account itself: before anybody believes it. */
export const withoutAccount = (metadata: Metadata): Metadata => {
  metadata.remove(accountKey);
  return metadata;
};

/** REQUIRES: of metadata that was `withoutAccount`. Null: the call needs none, or was refused. */
export function accountIn(metadata: Metadata): AccountSid | null {
  const [text] = metadata.get(accountKey);
  return typeof text === 'string' ? parseSid('account', text) : null;
}

/** As `accountIn`, of a call that needs an account. */
export function accountOf(metadata: Metadata): AccountSid {
  const accountSid = accountIn(metadata);
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
