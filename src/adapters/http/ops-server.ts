/**
 * What operators and their tools look at: `/metrics`, `/livez` (does the audio move?) and `/readyz` (may new calls be
 * sent here?), which show of accounts their names and how much they use, nothing of what they do, and ask for no token;
 * and the status page, which knows whom it shows what.
 */
import type { Server as HttpsServer } from 'node:https';
import { type FastifyInstance, fastify } from 'fastify';
import type { Application } from '../../app/application.js';
import type { Liveness } from '../../app/health/liveness.js';
import type { Store } from '../../app/ports.js';
import type { Connections } from '../../app/requests/connections.js';
import type { TlsIdentity } from '../../app/tls.js';
import type { Prometheus } from './prometheus.js';

export type OpsServerParts = {
  readonly application: Pick<Application, 'capacity' | 'shards'>;
  readonly liveness: Pick<Liveness, 'stalled'>;
  readonly store: Pick<Store, 'health'>;
  readonly prometheus: Prometheus;
  /** Brings gauges up to date that nobody sets as they change. */
  readonly beforeScrape: () => void;
  readonly connections?: Connections;
  /** Left out: `opsPatience`. */
  readonly patience?: OpsPatience;
  /** Null, or left out: plain HTTP. */
  readonly tls?: TlsIdentity | null;
  /** The status page; left out: there is none. */
  readonly page?: { readonly routes: (server: FastifyInstance) => Promise<void>; close(): void };
};

export type OpsPatience = {
  /** Nobody takes longer to ask, nor to agree on TLS before. */
  readonly requestMs: number;
  /** Nor says and takes nothing for longer. */
  readonly silenceMs: number;
  /** Between two looks. */
  readonly lookMs: number;
};

export const opsPatience: OpsPatience = { requestMs: 10_000, silenceMs: 120_000, lookMs: 2000 };

export interface OpsServer {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

export function createOpsServer(parts: OpsServerParts): OpsServer {
  const { application, liveness, store, prometheus, beforeScrape, tls = null, page = null } = parts;
  const { requestMs, silenceMs, lookMs } = parts.patience ?? opsPatience;
  const options = { headersTimeout: requestMs, connectionsCheckingInterval: lookMs };
  const server = fastify({
    ...(tls === null ? { http: options } : { https: { ...options, handshakeTimeout: requestMs, ...tls.current() } }),
    ...{ requestTimeout: requestMs, connectionTimeout: silenceMs },
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
  });
  server.server.on('connection', (socket) => parts.connections?.admit(socket));
  tls?.onChange((pem) => {
    if ('setSecureContext' in server.server) (server.server as HttpsServer).setSecureContext(pem);
  });

  server.get('/metrics', async (_request, reply) => {
    beforeScrape();
    return reply.type(prometheus.contentType).send(await prometheus.text());
  });

  // Some shard must be alive and none of those alive may stand still: a new start would help, and cost nobody a call.
  server.get('/livez', async (_request, reply) => {
    const stalledShards = liveness.stalled();
    const live = stalledShards.length === 0 && application.shards().some(({ alive }) => alive);
    return reply.code(live ? 200 : 503).send({ live, stalledShards });
  });

  server.get('/readyz', async (_request, reply) => {
    const shards = application.shards();
    const deadShards = shards.flatMap(({ alive, shard }) => (alive ? [] : [shard]));
    const { draining } = application.capacity();
    const health = store.health();
    const ready = deadShards.length < shards.length && !draining && health.ok;
    const storeFailing = health.ok ? null : health.why;
    return reply.code(ready ? 200 : 503).send({ ready, draining, deadShards, storeFailing });
  });

  if (page !== null) server.register(page.routes);

  return {
    async listen(host, port) {
      await server.listen({ host, port });
      const [bound] = server.addresses();
      return typeof bound === 'object' ? bound.port : port;
    },
    async close() {
      page?.close();
      await server.close();
    },
  };
}
