/**
 * The status page, at `/` of the listener of metrics and health: a few files, a stream of what goes on, and one way to
 * change something (docs/status-page.md). Nothing is set in the browser, and nothing is said to pages of other sites.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccountSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import { Access, type AccessParts, type Asking, type Refused } from './access.js';
import { type ActionParts, act, actionBytesMax } from './actions.js';
import { type Asset, readAssets } from './asset-files.js';
import { type Sink, Viewers, type ViewersParts } from './viewers.js';
import type { RefusedAnswer, Viewer } from './wire.js';

export type StatusPageParts = AccessParts &
  ActionParts &
  ViewersParts & {
    readonly nameOf: (accountSid: AccountSid) => string | null;
    readonly version: string;
  };

export interface StatusPage {
  /** Its routes, in a scope of their own. */
  readonly routes: (server: FastifyInstance) => Promise<void>;
  /** Tokens may have been taken away: pages that were opened by them end. */
  accountsChanged(): void;
  /** All that follow are sent away. */
  close(): void;
}

/** Nothing runs and nothing is loaded but what comes from here, nothing may frame it, nothing is told to others. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

const folder = new URL('./assets/', import.meta.url);
const unknown: Refused = { status: 404, message: 'There is no such page.' };
const full: Refused = { status: 503, message: 'As many pages are open as may.', retryAfterSeconds: 10 };

export function createStatusPage(parts: StatusPageParts, assets = readAssets(folder)): StatusPage {
  const access = new Access(parts);
  const viewers = new Viewers(parts);
  return {
    accountsChanged: () => viewers.accountsChanged(),
    close: () => viewers.close(),
    routes: async (server) => {
      // Forms of other sites can send this, and JSON not unless they are let.
      server.removeContentTypeParser('text/plain');
      server.addHook('onRequest', async (request, reply) => {
        reply.headers(pageHeaders);
        const limited = access.limited(request.ip);
        if (limited !== null) return refuse(reply, limited);
      });
      server.setErrorHandler(async (error: { readonly statusCode?: number }, _request, reply) => {
        const { statusCode: status = 500 } = error;
        return refuse(reply, { status, message: status < 500 ? 'The request is wrong.' : 'Something went wrong.' });
      });

      server.get('/', async (request, reply) => sendAsset(request, reply, assets.get('page.html')));
      server.get<{ Params: { name: string } }>('/status/:name', async (request, reply) =>
        sendAsset(request, reply, assets.get(request.params.name)),
      );

      const stream = { exposeHeadRoute: false };
      server.get<{ Querystring: { conference?: unknown } }>('/status/live', stream, async (request, reply) => {
        const asker = access.asker(askingOf(request));
        if (!asker.ok) return refuse(reply, asker.error);
        const { accountSid, isOperator } = asker.value;
        const { conference } = request.query;
        const room = typeof conference === 'string' ? parseSid('conference', conference) : null;
        const name = accountSid === null ? null : parts.nameOf(accountSid);
        const kind = accountSid === null ? 'visitor' : isOperator ? 'operator' : 'account';
        const viewer: Viewer = { kind, name, version: parts.version };
        const sink = new Held();
        const letGo = viewers.add({ ...asker.value, viewer, room }, sink);
        if (letGo === null) return refuse(reply, full);
        reply.hijack();
        reply.raw.writeHead(200, {
          ...pageHeaders,
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          // Proxies that gather answers would make the levels stand still.
          'x-accel-buffering': 'no',
        });
        reply.raw.on('close', letGo);
        reply.raw.on('error', letGo);
        sink.open(reply.raw);
      });

      server.post('/status/actions', { bodyLimit: actionBytesMax }, async (request, reply) => {
        const asking = askingOf(request);
        const asker = access.asker(asking);
        if (!asker.ok) return refuse(reply, asker.error);
        const refused = await act(request.body, { asker: asker.value, from: asking.from }, parts);
        return refused === null ? reply.code(204).send() : refuse(reply, refused);
      });
    },
  };
}

function askingOf({ headers, ip, host }: FastifyRequest): Asking {
  const site = headers['sec-fetch-site'];
  return {
    authorization: headers.authorization ?? null,
    from: ip,
    host,
    origin: headers.origin ?? null,
    site: typeof site === 'string' ? site : null,
  };
}

function refuse(reply: FastifyReply, { status, message, retryAfterSeconds }: Refused): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const answer: RefusedAnswer = { message };
  return reply.code(status).header('cache-control', 'no-store').send(answer);
}

function sendAsset({ headers }: FastifyRequest, reply: FastifyReply, asset: Asset | undefined): FastifyReply {
  if (asset === undefined) return refuse(reply, unknown);
  reply.headers({ etag: asset.etag, 'cache-control': 'no-cache' });
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(asset.etag)) return reply.code(304).send();
  return reply.type(asset.type).send(asset.bytes);
}

type Stream = {
  write(text: string): unknown;
  end(): unknown;
  destroy(): unknown;
  readonly writableLength: number;
};

/** Holds what is written before the head of the answer is. */
class Held implements Sink {
  #before = '';
  #stream: Stream | null = null;

  open(stream: Stream): void {
    this.#stream = stream;
    stream.write(this.#before);
    this.#before = '';
  }

  write(text: string): void {
    if (this.#stream === null) this.#before += text;
    else this.#stream.write(text);
  }

  unreadBytes(): number {
    return this.#stream?.writableLength ?? 0;
  }

  end(): void {
    // One that reads nothing would not read the end either.
    if (this.unreadBytes() > 0) this.#stream?.destroy();
    else this.#stream?.end();
  }
}
