/**
 * The composition root: every part of the daemon is made here and handed what it needs; nothing else knows them all.
 */
import { createEnginePool } from './adapters/engine/engine-pool.js';
import { openEventBell } from './adapters/engine/event-bell.js';
import { memoryEntries, shardLimits } from './adapters/engine/shard-memory.js';
import { createShardThreads } from './adapters/engine/shard-threads.js';
import { bearerToken, type Subject } from './adapters/grpc/authentication.js';
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from './adapters/grpc/server.js';
import { createOpsServer } from './adapters/http/ops-server.js';
import { createPrometheus } from './adapters/http/prometheus.js';
import { partOfExtension, serveMedia } from './adapters/http/recording-media.js';
import { createJobPool } from './adapters/jobs/job-pool.js';
import { createRestServer } from './adapters/rest/rest-server.js';
import { createSounds } from './adapters/sound/sounds.js';
import { auditInLog, openAuditLog } from './adapters/system/audit-log.js';
import { systemClock as clock } from './adapters/system/clock.js';
import { collectGarbage, tellThreadsToCollect } from './adapters/system/collect-garbage.js';
import { systemRandom as random } from './adapters/system/random.js';
import { createContentClient } from './adapters/webhook/content-client.js';
import { createDocumentClient } from './adapters/webhook/document-client.js';
import { createEgressPolicy, createWebRules } from './adapters/webhook/egress.js';
import { createWebhookClient } from './adapters/webhook/webhook-client.js';
import { loadAddon } from './addon/addon.js';
import { callbackObserver } from './app/delivery/callback-observer.js';
import { createDispatcher, dispatcherLimits } from './app/delivery/dispatcher.js';
import { FailedLogins } from './app/failed-logins.js';
import { createBrownOutWatch } from './app/health/brown-out-watch.js';
import { createIdleCollector } from './app/health/idle-collector.js';
import { createLiveness } from './app/health/liveness.js';
import { type DaemonParts, type Face, shutDown, startUp } from './app/lifecycle.js';
import { createParley, type Parley } from './app/parley.js';
import { recover } from './app/recovery.js';
import { Connections } from './app/requests/connections.js';
import { RequestLimits } from './app/requests/request-limits.js';
import type { Listener } from './app/requests/request-metrics.js';
import { AccountSeries } from './app/usage/account-series.js';
import { assert } from './base/assert.js';
import type { AccountSid } from './base/brands.js';
import type { Logger } from './base/ports.js';
import { parseWebhookUrl } from './callbacks/url.js';
import type { Accounts } from './config/accounts.js';
import { listenAddressText } from './config/address.js';
import type { Config } from './config/config.js';
import { readConfigFiles } from './config/config-files.js';
import { LiveConfig, type LiveConfigParts, type Reloaded } from './config/live-config.js';
import { WrongConfiguration } from './config/wrong-configuration.js';
import { tellingFace, tryMediaAddress } from './listening.js';
import { srtpSuites } from './media/srtp-key.js';
import { packageVersion } from './package-version.js';
import { createPage } from './page-parts.js';
import { createRecordings, openRecordingsFolder } from './recording-parts.js';
import { beforeScrape } from './scrape.js';
import { createStore } from './store-parts.js';
import { openTls } from './tls-parts.js';
import { openTracing } from './tracing-parts.js';

const hourMs = 3_600_000;
const megabyte = 1024 * 1024;

export type Daemon = {
  /** `host:port` as really bound. */
  readonly addresses: { readonly grpc: string; readonly http: string; readonly rest: string };
  /** Reads the configuration anew, whole or not at all; what came of it is in the log, too. */
  reload(): Promise<Reloaded>;
  /**
   * Waits until every conference has ended, `config.drainSeconds` at most and no longer than until `hurried`: left out,
   * not at all. Then ends what is left, delivers what that makes, and stops, within `config.shutdownSeconds`.
   */
  stop(hurried?: Promise<void>): Promise<void>;
};

export type Reloading = {
  /** How the configuration is read anew. */
  readonly read: NonNullable<LiveConfigParts['read']>;
  /** Of those that whoever started the daemon has to see to, after each time. */
  readonly onSettings?: (settings: Config) => void;
};

/**
 * `reloading`: null: nothing is read anew. Rejects, with everything taken down again, when something does not come up:
 * with `WrongConfiguration` when it is for files that the configuration names.
 */
export async function startDaemon(config: Config, logger: Logger, reloading: Reloading | null = null): Promise<Daemon> {
  const accountSeries = new AccountSeries(config.metricsAccountsMax);
  const prometheus = createPrometheus(() => engine.shards(), accountSeries);
  const { metrics } = prometheus;
  const files = await readConfigFiles(config);
  const opened = await openTls(config, { clock, metrics, logger });
  if (!opened.ok || !files.ok) {
    if (opened.ok) opened.value.stop();
    throw new WrongConfiguration([opened, files].flatMap((each) => (each.ok ? [] : each.error)));
  }
  const tls = opened.value;
  const live = new LiveConfig(config, files.value, {
    read: reloading?.read ?? null,
    prepareTls: tls.prepare,
    metrics,
    logger,
  });
  await openRecordingsFolder(config);
  const accounts = live.accounts();
  accountSeries.configure(accounts.configured());
  live.onAccounts(() => accountSeries.configure(accounts.configured()));
  const reload = async (): Promise<Reloaded> => {
    const reloaded = await live.reload();
    reloading?.onSettings?.(live.settings());
    return reloaded;
  };
  const addon = loadAddon();
  addon.keepLargeBlocksApart();
  tryMediaAddress(addon, config.mediaBind);
  const engine = createEnginePool({
    options: {
      shards: config.shards,
      limits: shardLimits(config),
      tickLoadMax: config.tickLoadMax,
      realtimePriority: config.realtimePriority,
      bindHost: config.mediaBind,
      advertisedHost: config.mediaAdvertise,
      rtpPorts: config.rtpPorts,
      speech: { startMs: config.speechStartMs, stopMs: config.speechStopMs },
      ranking: { above: config.rankedAbove, talkersMax: config.talkersMax },
      relatchMs: config.relatchMs,
    },
    addon,
    threads: createShardThreads(config.shards),
    openBell: (onRing) => openEventBell(addon, onRing),
    clock,
    random,
    logger,
  });
  for (const [part, bytes] of memoryEntries(engine.memory())) metrics.set('parley_shard_memory_bytes', { part }, bytes);
  const tracing = await openTracing(config, { clock, metrics, logger });
  const { store: untraced, outbox, desk, age, close } = await createStore(config, metrics, logger);
  const store = tracing.store(untraced);
  const rules = createWebRules({ ports: config.webhookPorts, hostsOf: accounts.webhookHostsOf });
  const web = createWebhookClient({
    clock,
    egress: createEgressPolicy(config.webhookAllow),
    rules,
    authorities: files.value.authorities,
    authoritiesOf: (accountSid) => live.authoritiesOf(accountSid),
    signingKeysOf: accounts.signingKeysOf,
  });
  const webhooks = tracing.webhooks(web);
  const observer = callbackObserver(metrics, logger, (callback) => parley.noteUndelivered(callback));
  const dispatcher = createDispatcher({
    outbox,
    webhooks,
    clock,
    random,
    observer,
    limits: dispatcherLimits,
    allowedOf: (sid) => live.limitsOf(sid).callbacks,
    onPostponed: (account) => metrics.count('parley_account_limits_reached_total', { account, limit: 'callbacks' }),
    horizonMsOf: (sid) => (accounts.callbackHorizonHoursOf(sid) ?? live.settings().callbackHorizonHours) * hourMs,
  });
  const asking = { agentOf: web.agentOf, clock, random, rules, signingKeysOf: accounts.signingKeysOf };
  const jobs = createJobPool();
  const sounds = await createSounds({
    contents: tracing.contents(createContentClient(asking)),
    clips: engine,
    jobs,
    clock,
    metrics,
    logger,
    cacheBytesMax: config.soundCacheMegabytes * megabyte,
    musicFile: config.musicFile ?? null,
    speechCommand: config.speechCommand,
  });
  let restPort = config.restListen.port;
  const scheme = tls.of.rest === null ? 'http' : 'https';
  const {
    desk: recordings,
    life,
    measure,
  } = await createRecordings(config, {
    ...{ live, accounts, engine, store, jobs, clock, random, metrics, logger, tracer: tracing.tracer },
    recordingKeysOf: (accountSid) => live.recordingKeysOf(accountSid),
    publicUrl: () => config.publicUrl ?? `${scheme}://${listenAddressText({ ...config.restListen, port: restPort })}`,
  });
  const parley = createParley({
    recordings,
    clock,
    engine,
    store,
    desk,
    metrics,
    logger,
    random,
    flavourOf: accounts.flavourOf,
    conferencesMax: config.shards * config.roomsPerShard,
    limitsOf: (sid) => live.limitsOf(sid),
    media: {
      advertisedHost: config.mediaAdvertise,
      jitterMs: config.jitterMs,
      security: { suites: srtpSuites, opportunistic: config.srtpOpportunistic },
      shaping: { noiseGate: config.noiseGate, automaticGain: config.automaticGain },
    },
    mediaTimeout: {
      afterMs: config.mediaTimeoutSeconds === 0 ? null : config.mediaTimeoutSeconds * 1000,
      policy: config.mediaTimeoutPolicy,
    },
    tickLoadMax: config.tickLoadMax,
    webRule: (accountSid, url) => {
      const parsed = parseWebhookUrl(url);
      return parsed === null ? null : rules(accountSid, parsed);
    },
    documents: tracing.documents(createDocumentClient(asking)),
    originateBy: { webhooks, urlOf: accounts.originateUrlOf },
    sounds,
    onDraining(isDraining) {
      for (const face of faces) face.admit(!isDraining);
    },
  });
  const liveness = createLiveness(engine, clock);
  const connectionLimits = () => live.connectionLimits();
  const connections = (listener: Listener) => new Connections(listener, connectionLimits, metrics);
  const audit =
    config.dataDir === 'memory' ? auditInLog(logger) : openAuditLog({ folder: config.dataDir, metrics, logger });
  const failedLogins = new FailedLogins(clock, metrics);
  const version = packageVersion();
  const callbacks = () => ({ queued: outbox.depth(), oldestSeconds: age(), receivers: dispatcher.receivers() });
  const ops = createOpsServer({
    ...{ application: parley, liveness, store, prometheus, tls: tls.of.http },
    connections: connections('http'),
    beforeScrape: beforeScrape({
      ...{ parley, dispatcher, outbox, store, metrics, callbackAge: age },
      measure: [() => sounds.measure(), measure],
    }),
    page: createPage(parley, { live, audit, failedLogins, store, callbacks, clock, random, metrics, version }),
  });
  // One for both faces.
  const requestLimits = new RequestLimits({
    ...{ clock, metrics },
    allowedOf: (sid) => live.limitsOf(sid).requests,
    visitorsAllowed: () => live.visitorsAllowed(),
    streamsMaxOf: (sid) => live.limitsOf(sid).streamsMax,
  });
  const rest = createRestServer({
    application: parley,
    ...{ audit, clock, random, metrics, logger, tracer: tracing.tracer },
    ownerOf: accounts.opened,
    flavourOf: accounts.flavourOf,
    ...{ failedLogins, requestLimits, connections: connections('rest') },
    version,
    tls: tls.of.rest,
    publicUrl: config.publicUrl ?? null,
    media: {
      partOf: partOfExtension,
      serve: (request) =>
        serveMedia(request, {
          application: parley,
          signingKeysOf: accounts.signingKeysOf,
          requiresAuth: live.settings().mediaRequiresAuth,
          clock,
        }),
    },
  });
  const faces: readonly Face[] = [
    tellingFace(
      'grpcListen',
      config.grpcListen,
      grpcFace(parley, {
        ...{ live, reload, metrics, logger, failedLogins, requestLimits, connectionLimits, tls: tls.of.grpc },
        auditing: { audit, clock, random },
        tracer: tracing.tracer,
      }),
    ),
    tellingFace('httpListen', config.httpListen, {
      name: 'http',
      listen: () => ops.listen(config.httpListen.host, config.httpListen.port),
      admit: () => {},
      close: () => ops.close(),
    }),
    tellingFace('restListen', config.restListen, {
      name: 'rest',
      async listen() {
        restPort = await rest.listen(config.restListen.host, config.restListen.port);
        return restPort;
      },
      admit: () => {},
      async close() {
        await rest.close();
        await audit.close();
      },
    }),
  ];
  const parts: DaemonParts = {
    engine,
    liveness,
    brownOut: createBrownOutWatch({ engine, rateSaving: parley.rateSaving, clock, metrics, logger }),
    collector: createIdleCollector({
      legs: () => parley.capacity().legs,
      steps: [
        () => {
          tellThreadsToCollect();
          collectGarbage().catch((error: unknown) => logger.warn('garbage-not-collected', { error }));
        },
        () => addon.trimHeap(),
      ],
      clock,
    }),
    quality: parley.quality,
    dispatcher,
    store: {
      recover: () => recover({ store, clock, random, metrics, logger, flavourOf: accounts.flavourOf, recordings }),
      close,
    },
    recordings: life,
    parley,
    faces,
    webhooks: web,
    jobs,
    tracing,
    clock,
    logger,
  };
  const [grpcPort, httpPort] = await startUp(parts).catch((error: unknown) => {
    tls.stop();
    throw error;
  });
  assert(grpcPort !== undefined && httpPort !== undefined, 'faces listen');
  return {
    addresses: {
      grpc: listenAddressText({ ...config.grpcListen, port: grpcPort }),
      http: listenAddressText({ ...config.httpListen, port: httpPort }),
      rest: listenAddressText({ ...config.restListen, port: restPort }),
    },
    reload,
    async stop(hurried = Promise.resolve()) {
      const { drainSeconds, shutdownSeconds } = live.settings();
      await shutDown(parts, { drainMs: drainSeconds * 1000, hurried, withinMs: shutdownSeconds * 1000 });
      // A drain may outlast a certificate: it is replaced until the end.
      tls.stop();
    },
  };
}

type GrpcFaceParts = Omit<GrpcServerOptions, 'application' | 'accounts' | 'operations' | 'clock' | 'address'> & {
  readonly live: LiveConfig;
  readonly reload: Daemon['reload'];
};

function grpcFace(parley: Parley, { live, reload, ...parts }: GrpcFaceParts): Face {
  let server: GrpcServer | null = null;
  const accounts = live.accounts();
  live.onAccounts(() => server?.accountsChanged());
  return {
    name: 'grpc',
    async listen() {
      server = await startGrpcServer({
        ...parts,
        application: parley,
        accounts: (authorization, subject) => grpcAccount(accounts, authorization, subject),
        operations: { isOperator: accounts.isOperator, reload },
        clock,
        address: listenAddressText(live.settings().grpcListen),
      });
      return server.port;
    },
    admit: (isOpen) => server?.setServing(isOpen),
    close: async (withinMs) => server?.stop(withinMs),
  };
}

/** A token says who it is; a certificate does where there is none, and must not say otherwise. */
function grpcAccount(accounts: Accounts, authorization: string | null, subject: Subject | null): AccountSid | null {
  const shown = subject === null ? null : accounts.openedBySubject(subject);
  if (authorization === null && shown !== null) return shown;
  const opened = accounts.opened(bearerToken(authorization));
  return shown === null || opened === shown ? opened : null;
}
