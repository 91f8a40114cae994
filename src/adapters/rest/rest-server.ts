/**
 * The REST face: the paths that the SDKs of SignalWire and Twilio ask for, mapped to the use cases under the gRPC face,
 * too. It maps and does not decide.
 */

import { createHash } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Application } from '../../app/application.js';
import type { Audit } from '../../app/audit.js';
import type { FailedLogins } from '../../app/failed-logins.js';
import type { Metrics } from '../../app/metrics.js';
import type { Connections } from '../../app/requests/connections.js';
import type { RequestLimits, TooMany } from '../../app/requests/request-limits.js';
import { type RestRoute, restStatusOf } from '../../app/rest-metrics.js';
import type { TlsIdentity } from '../../app/tls.js';
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Clock, Logger, Random } from '../../base/ports.js';
import { err, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { newTrace, parseParent, parseTraceparent } from '../../base/trace.js';
import type { Span, Tracer } from '../../base/tracer.js';
import { authorized, namedIn, type TokenOwner } from './authorization.js';
import { callRoutes } from './call-routes.js';
import { conferenceRoutes } from './conference-routes.js';
import { envelopeOf, failure, internalFailure, notFound, type RestFailure } from './failure.js';
import { notificationRoutes } from './notification-routes.js';
import { openApiOf } from './openapi.js';
import { saidOf } from './parameters.js';
import { participantRoutes } from './participant-routes.js';
import { apiVersion, routedUrl } from './paths.js';
import { errorPage, errorsPage, pagePolicy, readingPage, stylesheet } from './reading-page.js';
import { isMediaUrl, mediaNamed, mediaPath, mediaUrl, type RecordingMedia } from './recording-media.js';
import { recordingRoutes } from './recording-routes.js';
import type { Answer, Route } from './route.js';
import { readSaid, type Said } from './said.js';

/** A document of 64 KiB in a form, most of it percent-encoded. */
export const bodyBytesMax = 256 * 1024;
/** More than a request line can be: what is too long is not found, as anything else that is not there. */
const pathPartCharactersMax = 64 * 1024;
/** How long clients may take. */
export const restPatience: Patience = { headMs: 10_000, requestMs: 30_000, silenceMs: 120_000, lookMs: 2000 };
/** Longer than the 60 s after which proxies close what is idle, so that it is not we who close it under them. */
const keepAliveTimeoutMs = 65_000;

export type Patience = {
  /**
   * From the connection, or the last answer's first byte, to the end of the head; to the end of the body. To agree on
   * TLS there is as long as for a head.
   */
  readonly headMs: number;
  readonly requestMs: number;
  /** In which nothing is sent nor taken, while something is to be. */
  readonly silenceMs: number;
  /** Between two looks for heads and bodies that take too long. */
  readonly lookMs: number;
};

export type RestServerParts = {
  readonly application: Application;
  readonly ownerOf: TokenOwner;
  readonly flavourOf: (accountSid: AccountSid) => Flavour;
  /** Without credentials there are files alone. */
  readonly requestLimits: RequestLimits;
  readonly connections: Connections;
  /** Left out: `restPatience`. */
  readonly patience?: Patience;
  readonly failedLogins: FailedLogins;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly version: string;
  /** Null: plain HTTP. */
  readonly tls: TlsIdentity | null;
  /** Where others find this server, without a slash at the end; null: where whoever asks says that it is. */
  readonly publicUrl: string | null;
  readonly media: RecordingMedia;
  /** Null: requests have no spans. */
  readonly tracer: Tracer | null;
};

export interface RestServer {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Lets requests under way finish. */
  close(): Promise<void>;
  /** Answers a request that no socket brought. */
  inject: ReturnType<typeof fastify>['inject'];
}

/** Every route there is, in the order of the document. */
export const restRoutesOf = (application: Application): readonly Route[] => [
  ...conferenceRoutes(application),
  ...participantRoutes(application),
  ...callRoutes(application),
  ...notificationRoutes(application),
  ...recordingRoutes(application),
];

const unauthorized = failure(401, 20_003, 'send the sid and a token of an account as Basic credentials');
const crossSite = failure(403, 20_003, 'pages of other sites cannot use the API');
const tooMany = ({ perSecond, retryAfterSeconds }: TooMany): RestFailure => ({
  ...failure(429, 20_429, `more than ${perSecond} requests a second (apiRequestsPerSecond)`),
  retryAfterSeconds,
});
const tooManyFailed = (waitSeconds: number): RestFailure => ({
  ...failure(429, 20_429, 'too many requests with wrong credentials'),
  retryAfterSeconds: waitSeconds,
});
const unavailable = { ...failure(503, 20_503, 'the store cannot be read'), retryAfterSeconds: 5 };
const tooLarge = failure(413, 20_001, `a request has at most ${bodyBytesMax} bytes`);
const badRequest = failure(400, 20_001, 'the request breaks the rules of HTTP');

/** Kept beside a request while it is served. */
type Noted = {
  readonly accountSid: AccountSid | null;
  route: RestRoute | 'none';
  readonly startedAtMs: number;
  readonly span: Span | null;
};

export function createRestServer(parts: RestServerParts): RestServer {
  const { application, clock, metrics, logger, patience = restPatience } = parts;
  const routes = restRoutesOf(application);
  const baseOf = (host: string | undefined): string => parts.publicUrl ?? originOf(host, parts.tls !== null);
  const noted = new WeakMap<object, Noted>();
  const serverOptions = { headersTimeout: patience.headMs, connectionsCheckingInterval: patience.lookMs };
  const server = fastify({
    ...(parts.tls === null
      ? { http: serverOptions }
      : { https: { ...serverOptions, handshakeTimeout: patience.headMs, ...parts.tls.current() } }),
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: patience.requestMs,
    connectionTimeout: patience.silenceMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    clientErrorHandler: answerNoRequest,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = '/', method = '' }) => routedUrl(url, (path) => mediaUrl(method, path)),
    routerOptions: {
      maxParamLength: pathPartCharactersMax,
      onBadUrl: (_path, request, response) => {
        // A broken escape names nothing (CONTRACT §16.7); this is answered below the hooks.
        const body = JSON.stringify(envelopeOf(notFound, baseOf(request.headers.host)));
        response.writeHead(404, { 'content-type': 'application/json' }).end(body);
      },
    },
  });
  server.server.on('connection', (socket) => parts.connections.admit(socket));
  // Nothing can be told to whom TLS was not agreed with.
  server.server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  parts.tls?.onChange((pem) => {
    if ('setSecureContext' in server.server) (server.server as HttpsServer).setSecureContext(pem);
  });
  // Every body is read here, whatever it is called.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: RestFailure): FastifyReply => {
    if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds);
    if (refusal.allow !== undefined) reply.header('allow', refusal.allow);
    if (refusal.status === 401) reply.header('www-authenticate', 'Basic realm="Parley", charset="UTF-8"');
    const base = baseOf(request.headers.host);
    return reply.code(refusal.status).send(envelopeOf(refusal, base));
  };

  const after = async (ms: number): Promise<void> => {
    if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve));
  };
  const refuseLogin = async (request: FastifyRequest, reply: FastifyReply, waitSeconds: number) => {
    await after(parts.failedLogins.answerAfterMs(request.ip));
    return refuse(request, reply, tooManyFailed(waitSeconds));
  };

  server.addHook('onRequest', async (request, reply) => {
    const isApi = request.url.startsWith(`/${apiVersion}`);
    const authorization = request.headers.authorization ?? null;
    const login = { from: request.ip, named: namedIn(authorization) };
    const waitForLogin = isApi ? parts.failedLogins.waitSeconds(login) : 0;
    const accountSid = isApi && waitForLogin === 0 ? authorized(authorization, parts.ownerOf) : null;
    const span = isApi && parts.tracer !== null ? spanOf(parts.tracer, request) : null;
    noted.set(request, { accountSid, route: 'none', startedAtMs: clock.monotonic(), span });
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (!isApi) return;
    // A browser on the same machine must not lend its reach to a page from elsewhere.
    const site = request.headers['sec-fetch-site'];
    if (site === 'cross-site' || site === 'same-site') return refuse(request, reply, crossSite);
    if (waitForLogin > 0) return refuseLogin(request, reply, waitForLogin);
    if (accountSid === null && authorization !== null) {
      const waitSeconds = parts.failedLogins.failed(login);
      if (waitSeconds > 0) return refuseLogin(request, reply, waitSeconds);
    }
    // Files may be had without credentials, by whoever serves them.
    if (accountSid === null && !isMediaUrl(request.url)) return refuse(request, reply, unauthorized);
    const { requestLimits } = parts;
    const limited =
      accountSid === null ? requestLimits.ofVisitor('rest', request.ip) : requestLimits.ofAccount('rest', accountSid);
    if (limited === null) return;
    await after(limited.answerAfterMs);
    return refuse(request, reply, tooMany(limited));
  });

  server.addHook('onResponse', async (request, reply) => {
    const about = noted.get(request);
    const { route, startedAtMs } = about ?? { route: 'none', startedAtMs: clock.monotonic() };
    const account = about?.accountSid ?? null;
    about?.span?.end(
      { 'http.response.status_code': reply.statusCode, ...(account === null ? {} : { 'parley.account_sid': account }) },
      reply.statusCode >= 500 ? String(reply.statusCode) : null,
    );
    if (account !== null) metrics.count('parley_account_requests_total', { account, face: 'rest' });
    metrics.count('parley_rest_requests_total', { route, status: restStatusOf(reply.statusCode) });
    metrics.observe('parley_rest_request_duration_seconds', { route }, (clock.monotonic() - startedAtMs) / 1000);
  });

  const answer = async (route: Route, request: FastifyRequest): Promise<Result<Answer, RestFailure>> => {
    const { accountSid, span } = noted.get(request) ?? { accountSid: null, span: null };
    const path = request.params as Readonly<Record<string, string>>;
    // What is of another account is as what is not there.
    if (accountSid === null || parseSid('account', path.AccountSid ?? '') !== accountSid) return err(notFound);
    const trace = span?.trace ?? parseTraceparent(traceparentIn(request)) ?? newTrace(parts.random);
    const said = readSaid({
      query: queryOf(request.url),
      contentType: request.headers['content-type'] ?? null,
      body: request.body instanceof Uint8Array ? request.body : null,
    });
    const flavour = parts.flavourOf(accountSid);
    const answered = said.ok ? await route.serve({ accountSid, flavour, trace, path }, said.value) : said;
    if (route.method !== 'GET') {
      parts.audit.note({
        atMs: clock.now(),
        face: 'rest',
        accountSid,
        operation: route.id,
        target: request.url.split('?')[0] ?? '',
        said: said.ok ? audited(route, said.value) : {},
        token: tokenDigits(request.headers.authorization ?? null),
        from: request.ip,
        status: answered.ok ? answered.value.status : answered.error.status,
        code: answered.ok ? null : answered.error.code,
        traceId: trace.traceId,
      });
    }
    return answered;
  };

  for (const route of routes) {
    server.route({
      method: route.method,
      url: fastifyPath(route),
      handler: async (request, reply) => {
        const about = noted.get(request);
        if (about !== undefined) about.route = route.id;
        const answered = await answer(route, request);
        if (!answered.ok) return refuse(request, reply, answered.error);
        const { status, body } = answered.value;
        return reply.code(status).send(status === 204 ? undefined : body);
      },
    });
  }

  server.route({
    method: ['GET', 'HEAD'],
    url: mediaPath,
    handler: async (request, reply) => {
      const about = noted.get(request);
      if (about !== undefined) about.route = 'recordingMedia';
      const named = mediaNamed(request.params as Readonly<Record<string, string>>, parts.media);
      const openedBy = about?.accountSid ?? null;
      if (named === null) return refuse(request, reply, openedBy === null ? unauthorized : notFound);
      const { expires, signature } = Object.fromEntries(new URLSearchParams(queryOf(request.url)));
      const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
      const { headers } = request;
      const sent = await parts.media.serve({ ...named, method, openedBy, headers, query: { expires, signature } });
      const failed = { 401: unauthorized, 404: notFound, 503: unavailable }[sent.status];
      if (failed !== undefined) return refuse(request, reply, failed);
      return reply.code(sent.status).headers(sent.headers).send(sent.body);
    },
  });

  const document = openApiOf(routes, parts.version);
  const html = (reply: FastifyReply, text: string): FastifyReply =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', pagePolicy).send(text);
  server.get('/openapi.json', async (_request, reply) => reply.send(document));
  server.get('/docs', async (_request, reply) => html(reply, readingPage(document)));
  server.get('/docs/style.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(stylesheet));
  server.get('/errors', async (_request, reply) => html(reply, errorsPage()));
  server.get<{ Params: { code: string } }>('/errors/:code', async (request, reply) => {
    const text = /^\d{5}$/.test(request.params.code) ? errorPage(Number(request.params.code)) : null;
    return text === null ? refuse(request, reply, notFound) : html(reply, text);
  });

  server.setNotFoundHandler(async (request, reply) => {
    const { accountSid } = noted.get(request) ?? { accountSid: null };
    const [path = ''] = request.url.split('?');
    const methods = accountSid === null ? [] : methodsAt(routes, path);
    if (methods.length === 0) return refuse(request, reply, notFound);
    const refusal = failure(405, 20_004, `the path has ${methods.join(', ')} alone`);
    return refuse(request, reply, { ...refusal, allow: methods.join(', ') });
  });

  server.setErrorHandler(async (error: { readonly statusCode?: number; readonly stack?: string }, request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode === 413) return refuse(request, reply, tooLarge);
    if (statusCode < 500) return refuse(request, reply, badRequest);
    logger.error('rest-request-failed', { url: request.url.split('?')[0], error: error.stack ?? String(error) });
    return refuse(request, reply, internalFailure);
  });

  return {
    async listen(host, port) {
      await server.listen({ host, port });
      const [bound] = server.addresses();
      return typeof bound === 'object' ? bound.port : port;
    },
    close: () => server.close(),
    inject: server.inject.bind(server),
  };
}

/** What is no HTTP, or came too slowly: answered below everything else, and the connection is closed. */
function answerNoRequest(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [status, reason] = noRequests[error.code ?? ''] ?? [400, 'Bad Request'];
  const body = JSON.stringify(envelopeOf({ ...badRequest, status }, ''));
  const head = ['connection: close', 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('\r\n')}\r\n\r\n${body}`);
}

const noRequests: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

const fastifyPath = ({ path }: Route): string =>
  `/${apiVersion}/Accounts/:AccountSid${path.replace(/\{(\w+)\}/g, ':$1')}`;

const traceparentIn = ({ headers }: FastifyRequest): string => String(headers.traceparent ?? '');

/** By the pattern of its path: what stands in the path itself may be the number of a caller. */
function spanOf(tracer: Tracer, request: FastifyRequest): Span {
  const { method, routeOptions } = request;
  const route = routeOptions.url ?? null;
  const name = route === null ? method : `${method} ${route}`;
  const about = { 'http.request.method': method, ...(route === null ? {} : { 'http.route': route }) };
  return tracer.begin(name, 'server', parseParent(traceparentIn(request)), about);
}

const queryOf = (url: string): string => {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
};

/** What the path would have been answered to. */
function methodsAt(routes: readonly Route[], path: string): readonly string[] {
  const parts = path.split('/');
  const matching = routes.filter((route) => {
    const pattern = fastifyPath(route).split('/');
    return (
      pattern.length === parts.length &&
      pattern.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]))
    );
  });
  return matching.map(({ method }) => method);
}

function audited({ parameters }: Route, said: Said): Readonly<Record<string, string>> {
  const entries = Object.entries(parameters).flatMap(([name, parameter]) => {
    const text = saidOf(parameter, said.get(name));
    return text === undefined ? [] : [[name, parameter.audited(text)] as const];
  });
  return Object.fromEntries(entries);
}

/** Tells tokens of an account apart, and gives none of them away. */
function tokenDigits(authorization: string | null): string | null {
  if (authorization === null) return null;
  const [, scheme = '', shown = ''] = /^(\S+) +(\S+)/.exec(authorization) ?? [];
  const decoded = scheme.toLowerCase() === 'basic' ? Buffer.from(shown, 'base64').toString('utf8') : shown;
  const token = scheme.toLowerCase() === 'basic' ? decoded.slice(decoded.indexOf(':') + 1) : decoded;
  return createHash('sha256').update(token).digest('hex').slice(0, 8);
}

/** Where this server was found by whoever asks; what no client would send as a host is not repeated. */
function originOf(host: string | undefined, isSecure: boolean): string {
  const isHost = host !== undefined && /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host);
  return isHost ? `${isSecure ? 'https' : 'http'}://${host}` : '';
}
