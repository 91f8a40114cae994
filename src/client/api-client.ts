/** A client of parley.v1 over grpc-js, typed by the generated descriptors: one function for each shape of method. */
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { toParleyError } from './parley-error.js';

/** A daemon that does not answer within this is not going to, unless the caller knows better. */
export const deadlineMsDefault = 10_000;

/**
 * grpc-js tries again after ever longer pauses, up to two minutes: too long for a daemon that was restarted. TCP alone
 * does not say that the other end is gone without a word: a stream is asked each 20 s.
 */
const channelOptions: ClientOptions = {
  'grpc.initial_reconnect_backoff_ms': 250,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

type Path = { readonly parent: { readonly typeName: string }; readonly name: string };
const pathOf = (method: Path): string => `/${method.parent.typeName}/${method.name}`;

const writer =
  <I extends DescMessage>(schema: I) =>
  (message: MessageShape<I>): Buffer => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
const reader =
  <O extends DescMessage>(schema: O) =>
  (bytes: Buffer): MessageShape<O> =>
    fromBinary(schema, bytes);

export type CallOptions = {
  /** Milliseconds; default that of the client. */
  readonly deadlineMs?: number | undefined;
};

export class ApiClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #deadlineMs: number;

  /** `address` is host:port; `token` null where the daemon asks for none. `channel` left out: in clear text. */
  constructor(
    address: string,
    token: string | null,
    channel = credentials.createInsecure(),
    deadlineMs = deadlineMsDefault,
  ) {
    this.#client = new Client(address, channel, channelOptions);
    this.#deadlineMs = deadlineMs;
    if (token !== null) this.#metadata.set('authorization', `Bearer ${token}`);
  }

  /** Rejects with a ParleyError. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { deadlineMs = this.#deadlineMs }: CallOptions = {},
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(method),
        writer(method.input),
        reader(method.output),
        create(method.input, request),
        this.#metadata,
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null, response?: MessageShape<O>) => {
          if (error !== null) reject(toParleyError(error));
          else if (response !== undefined) resolve(response);
        },
      );
    });
  }

  /** The stream's `error` is grpc-js's ServiceError; toParleyError reads it. */
  watch<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
  ): ClientReadableStream<MessageShape<O>> {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      writer(method.input),
      reader(method.output),
      create(method.input, request),
      this.#metadata,
    );
  }

  /** As `watch`. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
  ): ClientDuplexStream<MessageShape<I>, MessageShape<O>> {
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      writer(method.input),
      reader(method.output),
      this.#metadata,
    );
  }

  /** Resolves once the daemon was reached; rejects with a ParleyError when it is not within `deadlineMs`. */
  ready(deadlineMs = this.#deadlineMs): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + deadlineMs, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(toParleyError(Object.assign(error, { code: 14, details: `not reached: ${error.message}` })));
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}
