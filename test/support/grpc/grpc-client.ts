/** A plain grpc-js client of any protobuf-es service: messages in and out, statuses as they came. */
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../../src/gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../../../src/gen/google/rpc/status_pb.js';

type Method = Pick<DescMethod, 'input' | 'output'>;

/** What a caller can read from a refused call. */
export type Refused = {
  readonly code: number;
  readonly message: string;
  readonly reason: string | null;
  readonly domain: string | null;
  readonly contractCode: string | null;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** When to come back; null: it is not said. */
  readonly retryAfterSeconds: number | null;
};

export class GrpcClient {
  readonly #client: Client;
  readonly #metadata: Metadata;

  constructor(port: number, metadata: Metadata = new Metadata(), channel = credentials.createInsecure()) {
    this.#client = new Client(`127.0.0.1:${port}`, channel, {
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#metadata = metadata;
  }

  /** Resolves with the reply; rejects with grpc-js' ServiceError. */
  unary<M extends Method & DescMethod>(
    method: M,
    request: MessageInitShape<M['input']>,
    options: CallOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<MessageShape<M['output']>> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        pathOf(method),
        (message: MessageInitShape<M['input']>) => encode(method, message),
        (bytes) => fromBinary<M['output']>(method.output, bytes),
        request,
        this.#metadata,
        options,
        (error, reply) => (error === null && reply !== undefined ? resolve(reply) : reject(error)),
      );
      options.signal?.addEventListener('abort', () => call.cancel());
    });
  }

  /** Sends bytes as they are. */
  unaryBytes(method: DescMethod, bytes: Buffer): Promise<Buffer> {
    const same = (buffer: Buffer): Buffer => buffer;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(pathOf(method), same, same, bytes, this.#metadata, (error, reply) =>
        error === null && reply !== undefined ? resolve(reply) : reject(error),
      );
    });
  }

  serverStream<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M['input']>,
    options: CallOptions = {},
  ): ClientReadableStream<MessageShape<M['output']>> {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      (message: MessageInitShape<M['input']>) => encode(method, message),
      (bytes) => fromBinary<M['output']>(method.output, bytes),
      request,
      this.#metadata,
      options,
    );
  }

  duplex<M extends DescMethod>(method: M): ClientDuplexStream<MessageInitShape<M['input']>, MessageShape<M['output']>> {
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      (message: MessageInitShape<M['input']>) => encode(method, message),
      (bytes) => fromBinary<M['output']>(method.output, bytes),
      this.#metadata,
    );
  }

  close(): void {
    this.#client.close();
  }
}

const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

function encode<M extends Method>(method: M, message: MessageInitShape<M['input']>): Buffer {
  return Buffer.from(toBinary(method.input, create<M['input']>(method.input, message)));
}

/** The status of a call that must fail. */
export async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  const error = await call.then(
    (reply) => {
      throw new Error(
        `answered: ${JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
      );
    },
    (error: ServiceError) => error,
  );
  return readRefusal(error);
}

export function readRefusal(error: ServiceError): Refused {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const details = bytes instanceof Buffer ? fromBinary(StatusSchema, bytes).details : [];
  const info = details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((message) => message !== undefined);
  const badRequest = details.map((any) => anyUnpack(any, BadRequestSchema)).find((message) => message !== undefined);
  const retry = details.map((any) => anyUnpack(any, RetryInfoSchema)).find((message) => message !== undefined);
  return {
    code: error.code,
    message: error.details,
    reason: info?.reason ?? null,
    domain: info?.domain ?? null,
    contractCode: info?.metadata.code ?? null,
    violations: (badRequest?.fieldViolations ?? []).map(({ field, description }) => ({ field, description })),
    retryAfterSeconds: retry?.retryDelay === undefined ? null : Number(retry.retryDelay.seconds),
  };
}

/** Reads a stream of messages one at a time; `next` rejects when the stream fails, and resolves null at its end. */
export function reader<T>(stream: ClientReadableStream<T>): {
  next(): Promise<T | null>;
} {
  const waiting: { resolve: (value: T | null) => void; reject: (error: Error) => void }[] = [];
  const arrived: (T | null | Error)[] = [];
  const put = (item: T | null | Error): void => {
    const first = waiting.shift();
    if (first === undefined) arrived.push(item);
    else if (item instanceof Error) first.reject(item);
    else first.resolve(item);
  };
  stream.on('data', put);
  stream.on('end', () => put(null));
  stream.on('error', put);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const item = arrived.shift();
        if (item === undefined) waiting.push({ resolve, reject });
        else if (item instanceof Error) reject(item);
        else resolve(item);
      }),
  };
}
