/**
 * Where protobuf-es descriptors and grpc-js meet: typed handlers in, a served service out. Requests that are no valid
 * protobuf are answered here, and bugs of handlers end here.
 */
import { type DescMethod, fromBinary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type {
  Metadata,
  MethodDefinition,
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import type { Audit } from '../../app/audit.js';
import { assert } from '../../base/assert.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock, Logger, Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { newTrace, parseTraceparent, type Trace } from '../../base/trace.js';
import type { AdmittedCalls } from './admitted-calls.js';
import { type Caller, changes, noteCall, tokenDigits } from './audited.js';
import type { ComingCall } from './coming-call.js';
import { encode } from './encoding.js';
import { type Failure, internal, invalidArgument, shuttingDown, toStatus } from './failure.js';
import { outgoingOf as makeOutgoing, type Outgoing } from './outgoing.js';
import type { RpcSpans } from './rpc-spans.js';

/** What a handler knows of the call it serves. */
export type CallContext = {
  readonly accountSid: AccountSid;
  /**
   * Aborted when nobody waits any more: cancelled, out of time, connection lost, answered; streams also when the
   * server stops.
   */
  readonly signal: AbortSignal;
  /** Of its span, or of the `traceparent` in its metadata; null without one that can be read. */
  readonly trace: Trace | null;
  /** For the audit trail. */
  readonly caller: Caller;
};

type AnyCall = {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
};
export type Method = Pick<DescMethod, 'input' | 'output' | 'methodKind'>;
type Request<M extends Method> = MessageShape<M['input']>;
export type Reply<M extends Method> = MessageInitShape<M['output']>;

export type UnaryHandler<M extends Method> = (
  request: Request<M>,
  context: CallContext,
) => Promise<Result<Reply<M>, Failure>>;

/** The stream ends when the promise resolves. */
type ServerStreamHandler<M extends Method> = (
  request: Request<M>,
  context: CallContext,
  outgoing: Outgoing<Reply<M>>,
) => Promise<Result<void, Failure>>;

/** One bidirectional stream: `close` is called once, whichever side ended it. */
export type DuplexSession<Message> = {
  receive(message: Message): void;
  /**
   * The client, or the daemon that stops, wants no more of it: resolves once what was received is answered. Left out:
   * nothing is owed.
   */
  finish?(): Promise<void>;
  close(): void;
};

/** Between `pause` and `resume` nothing more is received, and the client feels it. */
export type Incoming = { pause(): void; resume(): void };

/** `fail` ends the stream and `close` follows; not to be called before the handler has returned. */
type DuplexHandler<M extends Method> = (
  context: CallContext,
  outgoing: Outgoing<Reply<M>>,
  fail: (failure: Failure) => void,
  incoming: Incoming,
) => DuplexSession<Request<M>>;

type HandlerOf<M extends Method> = {
  unary: UnaryHandler<M>;
  server_streaming: ServerStreamHandler<M>;
  bidi_streaming: DuplexHandler<M>;
  client_streaming: never;
}[M['methodKind']];

type Handlers<Methods extends GenServiceMethods> = { readonly [Name in keyof Methods]: HandlerOf<Methods[Name]> };

export type HandlersOf<Service> = Service extends GenService<infer Methods> ? Handlers<Methods> : never;

/** The unary methods of a service, each with its handler. */
export const unaryMethods = <Methods extends GenServiceMethods>(
  service: GenService<Methods>,
  handlers: Handlers<Methods>,
): readonly (readonly [DescMethod, UnaryHandler<Method>])[] =>
  service.methods.flatMap((method) =>
    // As in `serve`: a loop over names cannot express what the mapped type does.
    method.methodKind === 'unary' ? [[method, handlers[method.localName] as never] as const] : [],
  );

export type ServiceHost = {
  readonly server: Server;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly calls: AdmittedCalls;
  /** Aborted when the server stops: streams end with UNAVAILABLE. */
  readonly stopping: AbortSignal;
  /** Null, or left out: changes are not noted. */
  readonly auditing?: Auditing | null;
  /** Null, or left out: none is recorded. */
  readonly spans?: Pick<RpcSpans, 'begin'> | null;
};

export type Auditing = {
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
  /** Of traces that begin with a call. */
  readonly random: Random;
};

export function serve<Methods extends GenServiceMethods>(
  host: ServiceHost,
  service: GenService<Methods>,
  handlers: Handlers<Methods>,
): void {
  const definitions: Record<string, MethodDefinition<Reply<Method>, Read<Method>>> = {};
  const implementations: Record<string, UntypedHandleCall> = {};
  for (const method of service.methods) {
    definitions[method.name] = methodDefinition(method);
    // The mapped type of `handlers` ties each handler to its method; a loop over names cannot express that.
    implementations[method.name] = implementation(host, method, handlers[method.localName] as never);
  }
  host.server.addService(definitions, implementations);
}

/** A request as it came off the wire: a message, or bytes that are none. */
export type Read<M extends Method> = Result<Request<M>, Failure>;

const notProtobuf = invalidArgument([{ field: '', description: 'the request is not a valid message' }], null);

export const pathOf = ({ parent, name }: DescMethod): string => `/${parent.typeName}/${name}`;

function methodDefinition(method: DescMethod): MethodDefinition<Reply<Method>, Read<Method>> {
  const unused = (): never => {
    throw new Error('the server neither sends requests nor reads replies');
  };
  return {
    path: pathOf(method),
    requestStream: method.methodKind === 'bidi_streaming' || method.methodKind === 'client_streaming',
    responseStream: method.methodKind === 'bidi_streaming' || method.methodKind === 'server_streaming',
    requestDeserialize: (bytes) => readMessage(method, bytes),
    responseSerialize: (reply) => encode(method.output, reply),
    requestSerialize: unused,
    responseDeserialize: unused,
  };
}

function readMessage(method: DescMethod, bytes: Buffer): Read<Method> {
  try {
    return ok(fromBinary(method.input, bytes, { readUnknownFields: false }));
  } catch {
    return err(notProtobuf);
  }
}

function implementation(
  host: ServiceHost,
  method: DescMethod,
  handler: UnaryHandler<Method> & ServerStreamHandler<Method> & DuplexHandler<Method>,
): UntypedHandleCall {
  switch (method.methodKind) {
    case 'unary':
      return (call: ServerUnaryCall<Read<Method>, Reply<Method>>, callback: sendUnaryData<Reply<Method>>) => {
        const context = new ServedCall(call, null, host.calls.of(call.metadata));
        void carryOut(host, method, handler, call.request, context).then((result) =>
          result.ok ? callback(null, result.value) : callback(toStatus(result.error)),
        );
      };
    case 'server_streaming':
      return (call: ServerWritableStream<Read<Method>, Reply<Method>>) => {
        void serveServerStream(host, method, handler, call).then((result) => endCall(call, result));
      };
    case 'bidi_streaming':
      return (call: ServerDuplexStream<Read<Method>, Reply<Method>>) => serveDuplex(host, method, handler, call);
    case 'client_streaming':
      throw new Error('parley.v1 has no client-streaming methods');
  }
}

/**
 * Of a unary method, however it was asked for. Who changes something is in the audit trail with it, whatever came of
 * it; what it makes happen has its trace.
 */
export async function carryOut(
  host: Pick<ServiceHost, 'logger' | 'auditing'>,
  method: DescMethod,
  handler: UnaryHandler<Method>,
  request: Read<Method>,
  asked: CallContext,
): Promise<Result<Reply<Method>, Failure>> {
  const { auditing = null } = host;
  if (auditing === null || !changes(method)) return handle(host, method, handler, request, asked);
  const trace = asked.trace ?? newTrace(auditing.random);
  const context = asked.trace === null ? new TracedCall(asked, trace) : asked;
  const result = await handle(host, method, handler, request, context);
  noteCall(method, request.ok ? request.value : null, asked.caller, trace.traceId, result, auditing);
  return result;
}

/** As it was asked, in this trace. */
class TracedCall implements CallContext {
  readonly accountSid: AccountSid;
  readonly trace: Trace;
  readonly #asked: CallContext;

  constructor(asked: CallContext, trace: Trace) {
    this.accountSid = asked.accountSid;
    this.trace = trace;
    this.#asked = asked;
  }

  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  get caller(): Caller {
    return this.#asked.caller;
  }
}

async function handle(
  host: Pick<ServiceHost, 'logger'>,
  method: DescMethod,
  handler: UnaryHandler<Method>,
  request: Read<Method>,
  context: CallContext,
): Promise<Result<Reply<Method>, Failure>> {
  if (!request.ok) return request;
  try {
    return await handler(request.value, context);
  } catch (error) {
    return err(bug(host, pathOf(method), error));
  }
}

async function serveServerStream(
  host: ServiceHost,
  method: DescMethod,
  handler: ServerStreamHandler<Method>,
  call: ServerWritableStream<Read<Method>, Reply<Method>>,
): Promise<Result<void, Failure>> {
  if (!call.request.ok) return call.request;
  try {
    const context = new ServedCall(call, host.stopping, host.calls.of(call.metadata));
    const result = await handler(call.request.value, context, outgoingOf(host, call));
    return result.ok && host.stopping.aborted ? err(shuttingDown) : result;
  } catch (error) {
    return err(bug(host, pathOf(method), error));
  }
}

function serveDuplex(
  host: ServiceHost,
  method: DescMethod,
  handler: DuplexHandler<Method>,
  call: ServerDuplexStream<Read<Method>, Reply<Method>>,
): void {
  let isOver = false;
  const end = (result: Result<void, Failure>): void => {
    if (isOver) return;
    isOver = true;
    session.close();
    endCall(call, result);
  };
  const context = new ServedCall(call, host.stopping, host.calls.of(call.metadata));
  const session = handler(context, outgoingOf(host, call), (failure) => end(err(failure)), call);
  const finish = (result: Result<void, Failure>): void => {
    if (session.finish === undefined) end(result);
    else void session.finish().then(() => end(result));
  };
  call.on('data', (read: Read<Method>) => {
    if (isOver) return;
    try {
      if (read.ok) session.receive(read.value);
      else end(read);
    } catch (error) {
      end(err(bug(host, pathOf(method), error)));
    }
  });
  call.on('end', () => finish(ok(undefined)));
  context.signal.addEventListener('abort', () => {
    if (call.cancelled) end(ok(undefined));
    else finish(err(shuttingDown));
  });
}

/** Who does not read is not told either: the call is cut, and its handler sees it cancelled. */
const outgoingOf = (
  { clock, calls }: ServiceHost,
  call: ServerWritableStream<unknown, Reply<Method>> | ServerDuplexStream<unknown, Reply<Method>>,
): Outgoing<Reply<Method>> => makeOutgoing(call, clock, () => calls.cut(calls.of(call.metadata), 'slow-reader'));

/** After a cancelled call there is nobody to tell. */
function endCall(
  call: ServerWritableStream<unknown, Reply<Method>> | ServerDuplexStream<unknown, Reply<Method>>,
  result: Result<void, Failure>,
): void {
  if (call.cancelled) return;
  if (result.ok) call.end();
  else call.emit('error', toStatus(result.error));
}

/** An AbortController costs as much as all else of a small call, and few unary handlers look at it. */
class ServedCall implements CallContext {
  readonly accountSid: AccountSid;
  readonly trace: Trace | null;
  readonly #call: AnyCall;
  readonly #stopping: AbortSignal | null;
  readonly #from: string;
  #signal: AbortSignal | null = null;

  constructor(call: AnyCall, stopping: AbortSignal | null, { accountSid, from, span }: ComingCall) {
    assert(accountSid !== null, 'no call reaches a handler without an account');
    this.accountSid = accountSid;
    this.trace = span?.trace ?? traceIn(call.metadata);
    this.#call = call;
    this.#stopping = stopping;
    this.#from = from;
  }

  get caller(): Caller {
    const [authorization] = this.#call.metadata.get('authorization');
    return {
      accountSid: this.accountSid,
      token: tokenDigits(typeof authorization === 'string' ? authorization : null),
      from: this.#from,
    };
  }

  get signal(): AbortSignal {
    this.#signal ??= abortedWith(this.#call, this.#stopping);
    return this.#signal;
  }
}

/** Why signals of calls are aborted: one for all, since each would have a stack of its own. */
const over = new DOMException('the call is over', 'AbortError');

/** grpc-js says `cancelled` at the end of every call, answered ones included. */
function abortedWith(call: AnyCall, stopping: AbortSignal | null): AbortSignal {
  if (call.cancelled) return AbortSignal.abort(over);
  const controller = new AbortController();
  const abort = (): void => controller.abort(over);
  stopping?.addEventListener('abort', abort);
  call.once('cancelled', () => {
    stopping?.removeEventListener('abort', abort);
    abort();
  });
  return controller.signal;
}

function traceIn(metadata: Metadata): Trace | null {
  const [traceparent] = metadata.get('traceparent');
  return typeof traceparent === 'string' ? parseTraceparent(traceparent) : null;
}

function bug(host: Pick<ServiceHost, 'logger'>, path: string, error: unknown): Failure {
  host.logger.error('rpc-failed', {
    path,
    error: error instanceof Error ? error.stack : String(error),
  });
  return internal;
}
