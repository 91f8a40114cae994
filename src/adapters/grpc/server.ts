/** The gRPC face of Parley: every service of parley.v1, the standard health service, and reflection. */
import { setMaxListeners } from 'node:events';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Application } from '../../app/application.js';
import type { FailedLogins } from '../../app/failed-logins.js';
import type { Metrics } from '../../app/metrics.js';
import { type ConnectionLimits, Connections } from '../../app/requests/connections.js';
import type { RequestLimits } from '../../app/requests/request-limits.js';
import type { TlsIdentity } from '../../app/tls.js';
import type { Clock, Logger } from '../../base/ports.js';
import type { Tracer } from '../../base/tracer.js';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { CallbackService } from '../../gen/parley/v1/callback_service_pb.js';
import { CommandService } from '../../gen/parley/v1/command_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import { DebuggerService } from '../../gen/parley/v1/debugger_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { MediaService } from '../../gen/parley/v1/media_service_pb.js';
import { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';
import { adminHandlers, type Operations } from './admin-handlers.js';
import { Admission } from './admission.js';
import { AdmittedCalls } from './admitted-calls.js';
import type { Accounts } from './authentication.js';
import { callHandlers } from './call-handlers.js';
import { callbackHandlers } from './callback-handlers.js';
import { commandHandlers, commandMethods } from './command-stream.js';
import { conferenceHandlers } from './conference-handlers.js';
import { guardConnections } from './connection-guard.js';
import { type ConnectionTimes, connectionTimes } from './connection-times.js';
import { debuggerHandlers } from './debugger-handlers.js';
import { Door } from './door.js';
import { eventHandlers } from './event-handlers.js';
import { meetHttp2Server } from './http2-server.js';
import { mediaHandlers } from './media-handlers.js';
import { participantHandlers } from './participant-handlers.js';
import { recordingHandlers } from './recording-handlers.js';
import { serveReflection } from './reflection.js';
import { ReloadableCredentials } from './reloadable-credentials.js';
import { RpcSpans } from './rpc-spans.js';
import { type Auditing, pathOf, type ServiceHost, serve, unaryMethods } from './service-definition.js';
import { StandingCalls } from './standing-calls.js';
import { supervision } from './supervision.js';

export const messageBytesMax = 4 * 1024 * 1024;
/** Concurrent calls a connection may have. */
const streamsMax = 1000;

const limits = {
  'grpc.max_receive_message_length': messageBytesMax,
  'grpc.max_send_message_length': messageBytesMax,
  'grpc.max_concurrent_streams': streamsMax,
} as const;

const lifeOf = ({ keepAlive, answer, idle, age }: ConnectionTimes) => ({
  'grpc.keepalive_time_ms': keepAlive,
  'grpc.keepalive_timeout_ms': answer,
  'grpc.max_connection_idle_ms': idle,
  'grpc.max_connection_age_ms': age,
});

export const services = [
  CallService,
  ConferenceService,
  ParticipantService,
  RecordingService,
  EventService,
  CallbackService,
  DebuggerService,
  MediaService,
  CommandService,
  AdminService,
];
/** By path; of the services of others those that clients use all the time. */
const methods = new Map(
  [...services, Health].flatMap((service) => service.methods.map((each) => [pathOf(each), each])),
);

export type GrpcServerOptions = {
  readonly application: Application;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** `host:port`; port 0 lets the machine choose. */
  readonly address: string;
  /** Null, or left out: it is operated from elsewhere. */
  readonly operations?: Operations | null;
  /** Null, or left out: changes are not noted. */
  readonly auditing?: Auditing | null;
  /** Null, or left out: wrong credentials are not counted. */
  readonly failedLogins?: FailedLogins | null;
  /** Null, or left out: everybody may ask as much as he likes. */
  readonly requestLimits?: RequestLimits | null;
  /** Left out: as many connections as the machine takes. */
  readonly connectionLimits?: () => ConnectionLimits;
  /** Left out: `connectionTimes`. */
  readonly times?: ConnectionTimes;
  /** Null, or left out: in clear text. */
  readonly tls?: TlsIdentity | null;
  /** Null, or left out: calls have no spans. */
  readonly tracer?: Tracer | null;
};

export interface GrpcServer {
  readonly port: number;
  /** What the health service says of the whole and of each service; serving at first. */
  setServing(serving: boolean): void;
  /** Accounts have changed: streams end with UNAUTHENTICATED that would not be let in now. */
  accountsChanged(): void;
  /** Streams end with UNAVAILABLE at once, other calls may finish for `graceMs`; then everything is cut. */
  stop(graceMs: number): Promise<void>;
}

/** Rejects when the address cannot be bound. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { application, clock, logger, metrics, requestLimits = null, tls = null, times = connectionTimes } = options;
  const stopping = new AbortController();
  // Every stream listens.
  setMaxListeners(0, stopping.signal);
  const standing = new StandingCalls();
  const connectionLimits = options.connectionLimits ?? (() => ({ max: 0, perAddressMax: 0 }));
  const connections = new Connections('grpc', connectionLimits, metrics);
  const spans = options.tracer == null ? null : new RpcSpans(options.tracer);
  const calls = new AdmittedCalls(metrics);
  const admission = new Admission(options.failedLogins ?? null, requestLimits);
  const door = new Door({ clock, metrics, accounts: options.accounts, admission, calls, spans, methods, streamsMax });
  const interceptors = [supervision({ clock, metrics, calls, standing, stopping: stopping.signal })];
  const server = new Server({ ...limits, ...lifeOf(times), interceptors });
  meetHttp2Server(server, (http2) => {
    guardConnections(http2, { clock, metrics, connections });
    door.stand(http2);
  });
  const auditing = options.auditing ?? null;
  const host: ServiceHost = { server, clock, calls, logger, stopping: stopping.signal, auditing, spans };
  const [callMethods, conferences] = [callHandlers(application), conferenceHandlers(application, metrics)];
  const [participants, recordings] = [participantHandlers(application), recordingHandlers(application)];
  serve(host, CallService, callMethods);
  serve(host, ConferenceService, conferences);
  serve(host, ParticipantService, participants);
  serve(host, RecordingService, recordings);
  const commands = commandMethods([
    ...unaryMethods(CallService, callMethods),
    ...unaryMethods(ConferenceService, conferences),
    ...unaryMethods(ParticipantService, participants),
    ...unaryMethods(RecordingService, recordings),
  ]);
  serve(host, CommandService, commandHandlers({ host, clock, metrics, limits: requestLimits, methods: commands }));
  serve(host, EventService, eventHandlers(application));
  serve(host, CallbackService, callbackHandlers(application));
  serve(host, DebuggerService, debuggerHandlers(application));
  serve(host, MediaService, mediaHandlers(application, clock, metrics));
  serve(host, AdminService, adminHandlers(application, options.operations ?? null));
  serveReflection(server, services);
  const health = new HealthImplementation();
  health.addToServer(server);
  const setServing = (serving: boolean): void => {
    for (const name of ['', ...services.map(({ typeName }) => typeName)]) {
      health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  };
  setServing(true);
  const credentials =
    tls === null ? ServerCredentials.createInsecure() : new ReloadableCredentials(tls, times.handshake);
  const port = await bind(server, options.address, credentials);
  logger.info('grpc-listening', { address: options.address, port });
  return {
    port,
    setServing,
    accountsChanged: () => standing.lookAgain(),
    stop: async (graceMs) => {
      setServing(false);
      stopping.abort();
      await shutDown(server, connections, clock, graceMs);
    },
  };
}

const bind = (server: Server, address: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });

/**
 * Neither of the library's ways waits for what matters: a connection of a client that is gone without a word is never
 * closed, and one that is just being destroyed is never told of. Cutting the sockets ends both.
 */
const shutDown = (server: Server, connections: Connections, clock: Clock, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const cancel = clock.after(graceMs, () => {
      server.forceShutdown();
      void connections.cut().then(resolve);
    });
    server.tryShutdown(() => {
      cancel();
      resolve();
    });
  });
