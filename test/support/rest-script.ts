/** The REST face over a whole Parley with doubles of the world: requests without sockets, answers taken apart. */
import { expect } from 'vitest';
import { partOfExtension, serveMedia } from '../../src/adapters/http/recording-media.js';
import { createRestServer, type Patience } from '../../src/adapters/rest/rest-server.js';
import type { Allowed } from '../../src/app/allowance.js';
import type { Application } from '../../src/app/application.js';
import type { AuditEntry } from '../../src/app/audit.js';
import { FailedLogins } from '../../src/app/failed-logins.js';
import { type ConnectionLimits, Connections } from '../../src/app/requests/connections.js';
import { RequestLimits } from '../../src/app/requests/request-limits.js';
import type { TlsIdentity } from '../../src/app/tls.js';
import type { AccountSid } from '../../src/base/brands.js';
import { type FlavourName, flavours } from '../../src/base/flavour.js';
import { accountSidOf } from './callers.js';
import { accountSid, parleyOf } from './parley-script.js';
import { countingRandom, recordingLogger, recordingMetrics } from './silent.js';

export const stranger = accountSidOf('other');

/** The second is that of a rotation. */
export const tokens: ReadonlyMap<string, AccountSid> = new Map([
  ['token-of-acc', accountSid],
  ['next-token-of-acc', accountSid],
  ['token-of-other', stranger],
]);

export const basic = (sid: string, token: string): string =>
  `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`;

export const ours = basic(accountSid, 'token-of-acc');
export const theirs = basic(stranger, 'token-of-other');

/** What a server answered may be anything. */
type Body = ReturnType<typeof JSON.parse>;

export type RestAnswer = {
  readonly status: number;
  readonly body: Body;
  readonly headers: Readonly<Record<string, unknown>>;
};

export type RestRequest = {
  readonly authorization?: string | null;
  readonly form?: Readonly<Record<string, string>> | string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Of signed links to recordings. */
export const signingKey = 'signing-key';

export const prefix = '/api/laml/2010-04-01';
const base = `${prefix}/Accounts/${accountSid}`;

export type RestWishes = {
  readonly flavour?: FlavourName;
  readonly allowed?: Allowed;
  readonly visitorsAllowed?: Allowed;
  readonly patience?: Patience;
  readonly connectionLimits?: ConnectionLimits;
  /** Left out: plain HTTP. */
  readonly tls?: TlsIdentity;
  /** Stands in the place of the application. */
  readonly application?: Application;
};

const noBound: Allowed = { perSecond: 0, burst: 0 };

export function restOf({
  flavour = 'signalwire',
  allowed = noBound,
  visitorsAllowed = noBound,
  connectionLimits = { max: 0, perAddressMax: 0 },
  patience,
  tls,
  application,
}: RestWishes = {}) {
  const parley = parleyOf(1, { afterMs: null, policy: 'none' }, flavour);
  const audited: AuditEntry[] = [];
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const server = createRestServer({
    application: application ?? parley.parley,
    ownerOf: (token) => (token === null ? null : (tokens.get(token) ?? null)),
    flavourOf: () => flavours[flavour],
    requestLimits: new RequestLimits({
      ...{ clock: parley.clock, metrics },
      allowedOf: () => allowed,
      visitorsAllowed: () => visitorsAllowed,
      streamsMaxOf: () => null,
    }),
    connections: new Connections('rest', () => connectionLimits, metrics),
    ...(patience === undefined ? {} : { patience }),
    failedLogins: new FailedLogins(parley.clock, metrics),
    audit: { note: (entry) => audited.push(entry) },
    ...{ clock: parley.clock, random: countingRandom(), metrics, logger },
    ...{ version: '0.1.0', tls: tls ?? null, publicUrl: null, tracer: null },
    media: {
      partOf: partOfExtension,
      serve: (request) =>
        serveMedia(request, {
          ...{ application: application ?? parley.parley, clock: parley.clock, requiresAuth: true },
          signingKeysOf: () => [signingKey],
        }),
    },
  });
  /** `path`: whole, or below the account when it begins with no prefix. */
  const ask = async (method: string, path: string, request: RestRequest = {}): Promise<RestAnswer> => {
    const { authorization = ours, form, json, headers = {} } = request;
    const {
      statusCode,
      body,
      headers: sent,
    } = await server.inject({
      method: method as 'GET',
      url: /^\/(api\/laml|2010-04-01|openapi|docs|errors)/.test(path) ? path : `${base}${path}`,
      headers: {
        host: 'parley.test',
        ...(authorization === null ? {} : { authorization }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(form === undefined ? {} : { payload: typeof form === 'string' ? form : `${new URLSearchParams(form)}` }),
      ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
    });
    const isJson = String(sent['content-type']).startsWith('application/json');
    return { status: statusCode, body: isJson && body !== '' ? JSON.parse(body) : body, headers: sent };
  };
  const get = (path: string, request?: RestRequest) => ask('GET', path, request);
  const post = (path: string, form: NonNullable<RestRequest['form']> = {}, request: RestRequest = {}) =>
    ask('POST', path, { form, ...request });
  const remove = (path: string, request?: RestRequest) => ask('DELETE', path, request);
  return { ...parley, server, ask, get, post, remove, audited, restMetrics: metrics, restLogger: logger };
}

/** `404 20404`; the envelope is checked. */
export function refused({ status, body }: RestAnswer): string {
  expect(body).toEqual({
    code: expect.any(Number),
    message: expect.any(String),
    more_info: `http://parley.test/errors/${body.code}`,
    status,
  });
  return `${status} ${body.code}`;
}
